"""Short codes."""

from twreplay._api import errors as fault
from twreplay._api import possible
from twreplay._api.definition import (
    Arranging,
    Endpoint,
    Filter,
    FilterBy,
    Param,
    Property,
    Resource,
    WireFormat,
)
from twreplay._api.evidence import Evidence
from twreplay._api.field_types import API_VERSION
from twreplay._api.operations import (
    define_fetch,
    define_friendly_name,
    define_list,
    define_method,
    define_update,
    define_url,
    with_nearest_codes,
)

_PAGE = Evidence("Short Codes page")


SHORT_CODE = Resource(
    name="ShortCode",
    container="ShortCodes",
    plural="short_codes",
    listing="The short codes.",
    arranging=Arranging(method="add_short_code", summary="Add a short code."),
    sid_prefix="SC",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("FriendlyName"),
        Property("ShortCode", arranged="67898", possible=possible.SHORT_CODE),
        # The page says GMT, and its samples have +0000: the only ones.
        Property("DateCreated", WireFormat.GMT_DATE),
        Property("DateUpdated", WireFormat.GMT_DATE),
        Property("SmsUrl"),
        Property("SmsMethod", arranged="POST"),
        Property("SmsFallbackUrl"),
        Property("SmsFallbackMethod", arranged="POST"),
    ),
    sorted_by="DateCreated",
    filters=(Filter("ShortCode", FilterBy.DIGITS), Filter("FriendlyName")),
    hidden={"ApiVersion": "2008-08-01"},
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/SMS/ShortCodes",
            operations=(define_list("List short codes.", _PAGE),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/SMS/ShortCodes/{Sid}",
            operations=(
                define_fetch("Show a short code.", _PAGE),
                *define_update(
                    "POST",
                    summary="Change a short code.",
                    evidence=_PAGE,
                    params=(
                        define_friendly_name("Votes"),
                        Param(
                            "ApiVersion",
                            API_VERSION,
                            invalid=fault.INVALID_API_VERSION,
                            nearest_code=frozenset({"invalid"}),
                            example="2008-08-01",
                        ),
                        *with_nearest_codes(
                            define_url("SmsUrl"),
                            define_method("SmsMethod"),
                            define_url("SmsFallbackUrl"),
                            define_method("SmsFallbackMethod"),
                        ),
                    ),
                    requires=("fallbacks_have_urls",),
                ),
            ),
        ),
    ),
    pages="Short Codes page",
)
