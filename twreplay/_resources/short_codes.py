"""Short codes."""

from twreplay._resources import _faults as fault
from twreplay._resources._definition import (
    Action,
    Endpoint,
    Filter,
    FilterBy,
    Operation,
    Param,
    Property,
    Resource,
    Shape,
)
from twreplay._resources._evidence import Evidence
from twreplay._resources._values import API_VERSION, FRIENDLY_NAME, METHOD, URL

_PAGE = Evidence("Short Codes page")


def _url(name: str) -> Param:
    return Param(
        name,
        URL,
        invalid=fault.INVALID_NUMBER_URL,
        sets=name,
        example=f"http://www.example.com/{name.lower()}",
    )


def _method(name: str) -> Param:
    return Param(name, METHOD, invalid=fault.INVALID_NUMBER_METHOD, sets=name, example="GET")


SHORT_CODE = Resource(
    name="ShortCode",
    container="ShortCodes",
    plural="short_codes",
    sid_prefix="SC",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("FriendlyName"),
        Property("ShortCode", arranged="67898"),
        Property("DateCreated", Shape.DATE),
        Property("DateUpdated", Shape.DATE),
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
            operations=(
                Operation(
                    method="GET", action=Action.LIST, summary="List short codes.", evidence=_PAGE
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/SMS/ShortCodes/{Sid}",
            operations=(
                Operation(
                    method="GET", action=Action.FETCH, summary="Show a short code.", evidence=_PAGE
                ),
                Operation(
                    method="POST",
                    action=Action.UPDATE,
                    summary="Change a short code.",
                    evidence=_PAGE,
                    params=(
                        Param(
                            "FriendlyName",
                            FRIENDLY_NAME,
                            invalid=fault.INVALID_FRIENDLY_NAME,
                            sets="FriendlyName",
                            example="Votes",
                        ),
                        Param("ApiVersion", API_VERSION, example="2008-08-01"),
                        _url("SmsUrl"),
                        _method("SmsMethod"),
                        _url("SmsFallbackUrl"),
                        _method("SmsFallbackMethod"),
                    ),
                ),
            ),
        ),
    ),
    pages="Short Codes page",
)
