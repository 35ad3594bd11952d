"""What a test reads of a cassette of vcrpy, and the same of ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import libcst as cst

from twreplay._migrate.code import parse, write_code
from twreplay._migrate.values import PLAIN, Kind, Member, Table, flatten, rename, wrap

CASSETTE: Final[Kind] = "cassette"
REQUEST: Final[Kind] = "request"
RESPONSE: Final[Kind] = "response"
REQUEST_HEADERS: Final[Kind] = "request headers"
_REQUESTS: Final[Kind] = "requests"
_RESPONSES: Final[Kind] = "responses"
_SENT: Final[Kind] = "sent body"
_STATUS: Final[Kind] = "status"
_BODY: Final[Kind] = "body"
_HEADERS: Final[Kind] = "headers"


def _read_header(node: Any) -> cst.BaseExpression:
    """Return our expression for ``response["headers"]["Name"]``, which is a list there."""
    response, key = write_code(node.value.value), write_code(node.slice[0])
    return parse(f"list({response}.headers.get_all({key}))")


_TO_INSPECT = "cassette.interactions, cassette.replayed and cassette.recorded show what there is"

TABLES: Final[Mapping[Kind, Table]] = MappingProxyType(
    {
        CASSETTE: Table(
            "a cassette of vcrpy",
            attributes={
                "play_count": Member(),
                "all_played": Member(),
                "requests": Member(_REQUESTS),
                "responses": Member(_RESPONSES),
                "dirty": Member(PLAIN, wrap("bool(", "recorded", ")")),
            },
            methods={"rewind": Member()},
            instead={
                "data": _TO_INSPECT,
                "play_counts": "cassette.replayed, the interactions that answered a request",
                "responses_of": _TO_INSPECT,
                "write_protected": "cassette.records, which is the opposite",
                "rewound": "cassette.records",
                "": "the cassette of twreplay where that function wants one",
            },
        ),
        _REQUESTS: Table("the list of requests", element=REQUEST),
        _RESPONSES: Table("the list of responses", element=RESPONSE),
        REQUEST: Table(
            "a request of vcrpy",
            attributes={
                **dict.fromkeys(("method", "host", "port", "scheme", "path", "url"), Member()),
                "headers": Member(REQUEST_HEADERS),
                "uri": Member(PLAIN, rename("url")),
                "protocol": Member(PLAIN, rename("scheme")),
                # b"" and None are both false.
                "body": Member(_SENT),
                "query": Member(PLAIN, wrap("sorted(", "query", ")")),
            },
            instead={"": "a twreplay.Request where that function wants one"},
        ),
        _SENT: Table("the body of a request", is_never_none=True),
        REQUEST_HEADERS: Table(
            "the headers of a request",
            methods=dict.fromkeys(("get", "items", "keys", "values"), Member()),
            item=Member(),
            instead={"": "a copy: dict(request.headers)"},
        ),
        RESPONSE: Table(
            "a response of vcrpy",
            items={
                "status": Member(_STATUS),
                "body": Member(_BODY),
                "headers": Member(_HEADERS),
            },
            instead={"": "a twreplay.Response where that function wants one"},
        ),
        _STATUS: Table(
            "a status of vcrpy",
            is_part=True,
            items={
                "code": Member(PLAIN, flatten("status")),
                "message": Member(PLAIN, flatten("reason")),
            },
        ),
        _BODY: Table(
            "a body of vcrpy", is_part=True, items={"string": Member(PLAIN, flatten("body"))}
        ),
        _HEADERS: Table("the headers of vcrpy", is_part=True, item=Member(PLAIN, _read_header)),
    }
)
