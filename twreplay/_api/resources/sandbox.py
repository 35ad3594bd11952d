"""The sandbox: a shared number for trying things out. One per account, without a Sid."""

from twreplay._api import possible
from twreplay._api.definition import (
    Endpoint,
    Property,
    Resource,
    WireFormat,
)
from twreplay._api.evidence import Evidence
from twreplay._api.operations import (
    DATES,
    define_fetch,
    define_method,
    define_update,
    define_url,
    with_nearest_codes,
)

_PAGE = Evidence("Sandbox page")
_UPDATE = with_nearest_codes(
    define_url("Url"),
    define_method("Method"),
    define_url("SmsUrl"),
    define_method("SmsMethod"),
)

SANDBOX = Resource(
    name="TwilioSandbox",
    plural="sandboxes",
    listing="The sandboxes, one for each account that has one.",
    properties=(
        Property("Pin", possible=possible.PIN),
        Property("PhoneNumber", WireFormat.NUMBER, "4155992671", possible=possible.PHONE_NUMBER),
        Property("AccountSid"),
        *DATES,
        Property("Url"),
        Property("Method", arranged="POST"),
        Property("SmsUrl"),
        Property("SmsMethod", arranged="POST"),
    ),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Sandbox",
            operations=(
                define_fetch("Show the sandbox.", _PAGE),
                *define_update(
                    "POST", "PUT", summary="Change the sandbox.", evidence=_PAGE, params=_UPDATE
                ),
            ),
        ),
    ),
    pages="Sandbox page",
)
