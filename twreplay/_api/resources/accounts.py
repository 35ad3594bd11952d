"""Accounts."""

from dataclasses import replace

from twreplay._api import possible
from twreplay._api.definition import (
    Action,
    Arranging,
    Endpoint,
    Operation,
    Option,
    Property,
    Resource,
    SuccessStatus,
)
from twreplay._api.evidence import Evidence, Grade
from twreplay._api.operations import (
    DATES,
    define_fetch,
    define_friendly_name,
    define_list,
    define_update,
)
from twreplay._api.questions import Q

_PAGE = Evidence("Accounts page")
_NAME = define_friendly_name("Reminders")
_RENAME = (replace(_NAME, absent_question=Q.EMPTY_UPDATE),)

ACCOUNT = Resource(
    name="Account",
    container="Accounts",
    plural="accounts",
    listing="The accounts, in the order in which they came to be, as all that follow.",
    arranging=Arranging(
        method="add_account",
        summary="Add an account, isolated from all others.",
        options=(
            Option(
                "trial",
                "bool",
                "False",
                "Calls and messages go to validated numbers only, messages come from the sandbox, "
                "numbers cannot be bought, nothing is priced.",
            ),
            Option("international", "bool", "True", "Numbers outside the US can be called."),
            Option("sandbox", "bool", "True", "It has a sandbox."),
        ),
        properties="Any property, such as ``Sid``, ``AuthToken`` or ``Status`` (4, 16 or 32 is "
        "suspended).",
    ),
    sid_prefix="AC",
    properties=(
        Property("Sid"),
        Property("FriendlyName"),
        Property("Status", arranged="2", possible=possible.ACCOUNT_STATUS),
        Property("StatusText"),
        *DATES,
        Property("AuthToken", possible=possible.TOKEN),
        Property(
            "Type",
            possible=possible.ACCOUNT_TYPE,
            only_with="account type",
            known_from=Evidence("the vendor's own application, June 2010", Grade.OBSERVED),
        ),
    ),
    sorted_by="DateCreated",
    hidden={"trial": False, "international": True, "sandbox": True},
    endpoints=(
        Endpoint(
            path="/Accounts",
            operations=(
                define_list("List the account that the credentials belong to.", _PAGE),
                Operation(
                    method="POST",
                    action=Action.CREATE_ACCOUNT,
                    summary="Make a subaccount.",
                    evidence=Evidence("the vendor's own application, June 2010", Grade.OBSERVED),
                    params=(_NAME,),
                    success=SuccessStatus.CREATED,
                    questions=(Q.SUBACCOUNT_OF_SUBACCOUNT,),
                ),
            ),
            silent_on=frozenset({"PUT", "DELETE"}),
        ),
        Endpoint(
            path="/Accounts/{Sid}",
            operations=(
                define_fetch("Show the account.", _PAGE),
                *define_update(
                    "POST", "PUT", summary="Rename the account.", evidence=_PAGE, params=_RENAME
                ),
            ),
        ),
    ),
    pages="Accounts page",
)
