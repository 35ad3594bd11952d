"""Values that only the server knows, for which any well-formed value is accepted."""

from __future__ import annotations

from twreplay._api import TOLL_FREE_CODES, WIRE_DATES, Action, format_phone_number
from twreplay._inference import MAKES, Content, ParsedInteraction
from twreplay._verify.comparing import Tolerance

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


def build_tolerance(seen: ParsedInteraction) -> Tolerance:
    """Build the tolerance for comparing *seen* with a simulated response."""
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
        return _is_possible(seen, element, recorded)

    return same


def build_server_tolerance(seen: ParsedInteraction) -> Tolerance:
    """Build the tolerance for two responses of one server at different times."""

    def same(name: str, element: str, recorded: Content, expected: Content) -> bool:
        if recorded == expected or element in _SECRET or _REDACTED in recorded:
            return True
        return element in _LIVE or _is_date(seen, element)

    return same


def match_created_sids(seen: ParsedInteraction, now: ParsedInteraction) -> tuple[str, str] | None:
    """Return the two Sids of one instance that was created twice; None if there is none."""
    if seen.action not in MAKES or not (seen.rows and now.rows):
        return None
    old, new = dict(seen.rows[0]).get("Sid"), dict(now.rows[0]).get("Sid")
    return (old, new) if isinstance(old, str) and isinstance(new, str) and old and new else None


def _is_possible(seen: ParsedInteraction, element: str, recorded: str) -> bool:
    if element in _GIVEN_BY_SERVER or _is_date(seen, element):
        return True
    if element == "Status":
        return seen.action is Action.REDIRECT_CALL
    if element == "Flags":
        return _has_outbound_flag(seen, recorded)
    form = dict(seen.request.form)
    if seen.action is Action.CREATE_ACCOUNT:
        return element == "FriendlyName" and not form.get("FriendlyName")
    if seen.action is Action.BUY_NUMBER and element == "PhoneNumber":
        return _is_buyable(seen, recorded, form.get("AreaCode", ""))
    if seen.action is Action.BUY_NUMBER and element == "FriendlyName" and not form.get(element):
        numbers = [text for row in seen.rows for name, text in row if name == "PhoneNumber"]
        return [format_phone_number(str(number)) for number in numbers] == [recorded]
    return False


def _is_date(seen: ParsedInteraction, element: str) -> bool:
    prop = seen.resource.find_property(element) if seen.resource else None
    return prop is not None and prop.wire_format in WIRE_DATES


def _has_outbound_flag(seen: ParsedInteraction, flags: str) -> bool:
    """Return whether the bit of calls made by request is set. Question 22."""
    is_call = seen.resource is not None and seen.resource.name == "Call"
    return is_call and flags.isdecimal() and bool(int(flags) & _OUTBOUND)


def _is_buyable(seen: ParsedInteraction, number: str, area_code: str) -> bool:
    if not (number.isdecimal() and len(number) == 10 and number.startswith(area_code)):
        return False
    fixed = dict(seen.endpoint.fixed) if seen.endpoint else {}
    return (number[:3] in TOLL_FREE_CODES) == (fixed.get("toll_free") is True)
