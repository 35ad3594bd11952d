"""
What to arrange so that a refused request is answered.

For the journal alone: a test that wants the refusal is not warned of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from twreplay._api import errors as fault
from twreplay._explanation import shorten
from twreplay._simulator.checks.context import Answer, One, RequestContext

_SID_LENGTH = 34
_SHOWN = 12

CURE = (
    "simulate(account_sid=..., auth_token=...), or override the fixture twreplay_config with "
    '{"account_sid": ..., "auth_token": ...}'
)
"""Makes the simulated account one's own."""

_Find = Callable[[RequestContext], str]


def find_advice(context: RequestContext, answer: Answer) -> tuple[str, ...]:
    """Return what to arrange; empty if the request was not refused, or nothing can be."""
    if answer.status < 400:
        return ()
    if answer.status == 401:
        advice = _advise_on_credentials(context)
    else:
        find = _BY_CODE.get(_read_code(answer))
        advice = find(context) if find is not None else ""
    return (advice,) if advice else ()


def _advise_on_credentials(context: RequestContext) -> str:
    given = context.request.credentials
    world = context.world
    first = next(world.iterate_accounts()).sid
    if given is None:
        return "twilio.auth is what a client takes as its auth" if _has_none(context) else ""
    if given.account_sid not in world.accounts:
        known = f"no account {_show(given.account_sid)}; the simulator's is {_show(first)}"
        return f"{known}: {CURE}"
    if world.accounts[given.account_sid].instance.AuthToken != given.auth_token:
        return f"the account is right, the token is not: {CURE}"
    return ""


def _has_none(context: RequestContext) -> bool:
    return not context.request.headers.get("authorization")


def _show(sid: str) -> str:
    return shorten(sid, _SHOWN) if len(sid) >= _SID_LENGTH else sid


def _read_code(answer: Answer) -> int:
    content = answer.content
    elements = dict(content.fields) if isinstance(content, One) else {}
    code = elements.get("Code")
    return int(code) if isinstance(code, str) and code.isdigit() else 0


def _get_field(context: RequestContext, name: str) -> str:
    sent = dict(context.request.form)
    return sent.get(name, "...")


def _add_number(name: str) -> _Find:
    return lambda context: (
        "to make it a number of the account: "
        f"add_incoming_phone_number(PhoneNumber={_get_field(context, name)!r})"
    )


def _add_caller_id(name: str) -> _Find:
    return lambda context: (
        f"to have it validated: add_outgoing_caller_id(PhoneNumber={_get_field(context, name)!r})"
    )


def _add_area_code(context: RequestContext) -> str:
    code = _get_field(context, "AreaCode")
    return f"to have some for sale: arrange_numbers({code!r}, available=1)"


_BY_CODE: Mapping[int, _Find] = MappingProxyType(
    {
        error.code: find
        for error, find in (
            (fault.SENDER_NOT_OWNED, _add_number("From")),
            (fault.CALLER_NOT_VERIFIED, _add_caller_id("Caller")),
            (fault.CALLED_NOT_VERIFIED, _add_caller_id("Called")),
            (fault.SANDBOX_TO_UNVERIFIED, _add_caller_id("To")),
            (fault.NO_NUMBERS_FOUND, _add_area_code),
        )
        if error.code is not None
    }
)
