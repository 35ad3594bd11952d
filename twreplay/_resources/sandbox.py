"""The sandbox: a shared number for trying things out. One per account, without a Sid."""

from twreplay._resources import _faults as fault
from twreplay._resources._definition import (
    Action,
    Endpoint,
    Operation,
    Param,
    Property,
    Resource,
    Shape,
)
from twreplay._resources._evidence import Evidence
from twreplay._resources._values import METHOD, URL

_PAGE = Evidence("Sandbox page")
_UPDATE = (
    Param(
        "Url",
        URL,
        invalid=fault.INVALID_NUMBER_URL,
        sets="Url",
        example="http://www.example.com/voice",
    ),
    Param("Method", METHOD, invalid=fault.INVALID_NUMBER_METHOD, sets="Method", example="GET"),
    Param(
        "SmsUrl",
        URL,
        invalid=fault.INVALID_NUMBER_URL,
        sets="SmsUrl",
        example="http://www.example.com/sms",
    ),
    Param(
        "SmsMethod", METHOD, invalid=fault.INVALID_NUMBER_METHOD, sets="SmsMethod", example="GET"
    ),
)

SANDBOX = Resource(
    name="TwilioSandbox",
    plural="sandboxes",
    properties=(
        Property("Pin"),
        Property("PhoneNumber", Shape.NUMBER, arranged="4155992671"),
        Property("AccountSid"),
        Property("DateCreated", Shape.DATE),
        Property("DateUpdated", Shape.DATE),
        Property("Url"),
        Property("Method", arranged="POST"),
        Property("SmsUrl"),
        Property("SmsMethod", arranged="POST"),
    ),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Sandbox",
            operations=(
                Operation(
                    method="GET", action=Action.FETCH, summary="Show the sandbox.", evidence=_PAGE
                ),
                Operation(
                    method="POST",
                    action=Action.UPDATE,
                    summary="Change the sandbox.",
                    evidence=_PAGE,
                    params=_UPDATE,
                ),
                Operation(
                    method="PUT",
                    action=Action.UPDATE,
                    summary="Change the sandbox.",
                    evidence=_PAGE,
                    params=_UPDATE,
                ),
            ),
        ),
    ),
    pages="Sandbox page",
)
