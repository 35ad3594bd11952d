"""Which values only the server knows, so that any of the right shape will do."""

from __future__ import annotations

from twreplay._api import Action, Shape
from twreplay._api.field_types import formatted
from twreplay._inference import MAKES, Content, Sighting
from twreplay._simulator.checks.operations import TOLL_FREE_CODES
from twreplay._verify.comparing import Same

_OUTBOUND = 2
_REDACTED = "REDACTED"
_SECRET = frozenset({"AuthToken"})
_GIVEN_BY_SERVER = frozenset({"Sid", "Price", "Duration", "Pin", "ValidationCode"})
_LIVE = _GIVEN_BY_SERVER | {
    "AccountSid",
    "CallSid",
    "ConferenceSid",
    "PhoneNumberSid",
    "RecordingSid",
    "CallSegmentSid",
}


def same_for(seen: Sighting) -> Same:
    """What can be right in the answer of *seen*, besides what the rules say."""
    changes = seen.action in MAKES or seen.action in (
        Action.UPDATE,
        Action.REDIRECT_CALL,
        Action.START_VALIDATION,
    )

    def same(name: str, element: str, recorded: Content, expected: Content) -> bool:
        if recorded == expected:
            return True
        if element in _SECRET or _REDACTED in recorded:
            return True
        if not changes or not isinstance(recorded, str) or not isinstance(expected, str):
            return False
        return _may_be(seen, element, recorded)

    return same


def only_server_knows(seen: Sighting) -> Same:
    """What can be right in two answers of one server at different times."""

    def same(name: str, element: str, recorded: Content, expected: Content) -> bool:
        if recorded == expected or element in _SECRET or _REDACTED in recorded:
            return True
        return element in _LIVE or _is_date(seen, element)

    return same


def made_as(seen: Sighting, now: Sighting) -> tuple[str, str] | None:
    """The Sids that one thing was given when it was made twice; None if nothing was."""
    if seen.action not in MAKES or not (seen.rows and now.rows):
        return None
    old, new = dict(seen.rows[0]).get("Sid"), dict(now.rows[0]).get("Sid")
    return (old, new) if isinstance(old, str) and isinstance(new, str) and old and new else None


def _may_be(seen: Sighting, element: str, recorded: str) -> bool:
    if element in _GIVEN_BY_SERVER or _is_date(seen, element):
        return True
    if element == "Status":
        return seen.action is Action.REDIRECT_CALL
    if element == "Flags":
        return _initiated_through_rest(seen, recorded)
    form = dict(seen.request.form)
    if seen.action is Action.CREATE_ACCOUNT:
        return element == "FriendlyName" and not form.get("FriendlyName")
    if seen.action is Action.BUY_NUMBER and element == "PhoneNumber":
        return _could_be_bought(seen, recorded, form.get("AreaCode", ""))
    if seen.action is Action.BUY_NUMBER and element == "FriendlyName" and not form.get(element):
        numbers = [text for row in seen.rows for name, text in row if name == "PhoneNumber"]
        return [formatted(str(number)) for number in numbers] == [recorded]
    return False


def _is_date(seen: Sighting, element: str) -> bool:
    prop = seen.resource.named(element) if seen.resource else None
    return prop is not None and prop.shape in (Shape.DATE, Shape.UNIX_DATE)


def _initiated_through_rest(seen: Sighting, flags: str) -> bool:
    """A call that a request made has this bit, whichever others it has. Question 22."""
    is_call = seen.resource is not None and seen.resource.name == "Call"
    return is_call and flags.isdecimal() and bool(int(flags) & _OUTBOUND)


def _could_be_bought(seen: Sighting, number: str, area_code: str) -> bool:
    if not (number.isdecimal() and len(number) == 10 and number.startswith(area_code)):
        return False
    fixed = dict(seen.endpoint.fixed) if seen.endpoint else {}
    return (number[:3] in TOLL_FREE_CODES) == (fixed.get("toll_free") is True)
