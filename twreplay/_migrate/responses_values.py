"""What a test reads of a mock of responses, and the same of our simulator."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from twreplay._migrate.values import PLAIN, Kind, Member, Table, rename, wrap, wrap_call

MOCK: Final[Kind] = "mock"
STUB: Final[Kind] = "stub"
REQUEST: Final[Kind] = "sent request"
SENT: Final[Kind] = "sent body"
_CALLS: Final[Kind] = "calls"
_CALL: Final[Kind] = "call"
_RESPONSE: Final[Kind] = "given response"
HEADERS: Final[Kind] = "sent headers"

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
CONSTANTS = tuple(method.upper() for method in METHODS)

# Planned by hand, with all of their arguments.
OF_MOCK = ("add", *METHODS, "add_callback", "add_passthru", "assert_call_count", "upsert")

_REGISTRY = "rule.remove(), or a rule as a block: with twilio.when(...)"

TABLES: Final[Mapping[Kind, Table]] = MappingProxyType(
    {
        MOCK: Table(
            "a mock of responses",
            attributes={
                "calls": Member(_CALLS, rename("requests")),
                **dict.fromkeys(CONSTANTS, Member()),
            },
            methods=dict.fromkeys(OF_MOCK, Member()),
            instead={
                "remove": _REGISTRY,
                "replace": "a newer rule, which is asked first",
                "reset": "nothing: each session begins anew",
                "registered": "twilio.rules",
                "assert_all_requests_are_fired": "simulate(allow_unused=False), the default",
                "": "twilio, the simulator, where that function wants one",
            },
        ),
        _CALLS: Table(
            "the calls of responses",
            element=_CALL,
            instead={"reset": "the number of requests before: len(twilio.requests)"},
        ),
        _CALL: Table(
            "a call of responses",
            attributes={"request": Member(REQUEST), "response": Member(_RESPONSE)},
            instead={"": "an entry of twilio.requests"},
        ),
        REQUEST: Table(
            "a request of the library requests",
            attributes={
                "url": Member(),
                "method": Member(),
                "headers": Member(HEADERS),
                "body": Member(SENT, wrap("", "body", ".decode()")),
                "params": Member(PLAIN, wrap("dict(", "query", ")")),
            },
            instead={
                "path_url": "request.path, and request.query",
                "": "a twreplay.Request where that function wants one",
            },
        ),
        SENT: Table("the body of a request", is_never_none=True),
        HEADERS: Table(
            "the headers of a request",
            methods=dict.fromkeys(("get", "items", "keys", "values"), Member()),
            item=Member(),
            instead={"": "a copy: dict(request.headers)"},
        ),
        _RESPONSE: Table(
            "a response of the library requests",
            attributes={
                "status_code": Member(PLAIN, rename("status")),
                "text": Member(PLAIN, wrap("", "body", ".decode()")),
                "content": Member(PLAIN, rename("body")),
                "headers": Member(HEADERS),
                "reason": Member(),
            },
            methods={"json": Member(PLAIN, wrap_call("json.loads(", "body", ")"))},
            instead={"": "a twreplay.Response where that function wants one"},
        ),
        STUB: Table(
            "a stub of responses",
            attributes={
                "call_count": Member(PLAIN, rename("used")),
                "calls": Member(_CALLS, rename("requests")),
            },
            instead={"": "a rule, as twilio.when(...).respond(...) returns it"},
        ),
    }
)
