"""The sandbox: a shared number for trying things out. One per account, without a Sid."""

from twreplay._api.definition import (
    Endpoint,
    Property,
    Resource,
    Shape,
)
from twreplay._api.evidence import Evidence
from twreplay._api.operations import DATES, fetching, method, updating, url

_PAGE = Evidence("Sandbox page")
_UPDATE = (
    url("Url"),
    method("Method"),
    url("SmsUrl"),
    method("SmsMethod"),
)

SANDBOX = Resource(
    name="TwilioSandbox",
    plural="sandboxes",
    listing="The sandboxes, one for each account that has one.",
    properties=(
        Property("Pin"),
        Property("PhoneNumber", Shape.NUMBER, arranged="4155992671"),
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
                fetching("Show the sandbox.", _PAGE),
                *updating(
                    "POST", "PUT", summary="Change the sandbox.", evidence=_PAGE, params=_UPDATE
                ),
            ),
        ),
    ),
    pages="Sandbox page",
)
