"""What a test puts into a simulated world before it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeAlias

from twreplay._api import (
    RESOURCES,
    WIRE_DATES,
    Hidden,
    Property,
    Resource,
    WireFormat,
    clean_text,
    format_phone_number,
    parse_phone_number,
)
from twreplay._api.errors import CODES, ERROR_PAGE
from twreplay._simulator.events import compute_price
from twreplay._simulator.state.clock import read_date
from twreplay._simulator.state.instance import Instance, is_set
from twreplay._simulator.state.world import SUSPENDED, Account, World
from twreplay._suggestion import check_choice
from twreplay.errors import UsageError

BY_NAME: Mapping[str, Resource] = MappingProxyType({r.name: r for r in RESOURCES})

_YES = {"true", "1"}
_NO = {"false", "0"}


def arrange(
    world: World,
    owner: Account,
    resource: Resource,
    given: Mapping[str, object],
    options: Mapping[str, object] | None = None,
) -> Instance:
    """
    Put an instance of *resource* into *owner*, or into the account that *given* names.

    Args:
        owner: The account if *given* names none.

        given: Properties, by wire name.

        options: What else the method takes, by the names in the definition.

    Raises:
        UsageError: A property that does not exist, a value that it cannot have, a Sid that is
            taken, an account that is not there. Nothing has changed.
    """
    given = dict(given)
    prepare = _PREPARE.get(resource.name)
    hidden = prepare(world, given, options or {}) if prepare is not None else {}
    values, times = _read(resource, given)
    account = _find_owner(world, owner, values.pop("AccountSid", ""))
    _refuse_taken(world, resource, values, hidden)
    _add_parents(world, account, resource, values)
    for prop in resource.properties:
        if prop.arranged and prop.name not in values and prop.name not in times:
            values[prop.name] = prop.arranged
    finish = _FINISH.get(resource.name)
    if finish is not None:
        finish(world, values, times)
    instance = world.create(resource, account, values, times, hidden)
    if resource.name == "Account" and is_set(instance, "sandbox"):
        arrange(world, world.accounts[instance.Sid], BY_NAME["TwilioSandbox"], {})
    return instance


def _prepare_account(
    world: World, given: dict[str, object], options: Mapping[str, object]
) -> dict[str, Hidden]:
    given.setdefault("FriendlyName", "user@example.com")
    given.setdefault("AuthToken", world.identifiers.generate_token())
    status = str(given.get("Status", "2"))
    check_choice("Account.Status", "value", status, ("2", "1", *sorted(SUSPENDED)))
    return {name: bool(value) for name, value in options.items()}


def _prepare_call(
    world: World, given: dict[str, object], options: Mapping[str, object]
) -> dict[str, Hidden]:
    if not options.get("segment"):
        return {}
    calls = world.list_instances(BY_NAME["Call"])
    first = next((call for call in calls if call.Sid == given.get("Sid")), None)
    if first is None:
        msg = "add_call(segment=True) takes the Sid of a call that is there."
        raise UsageError(msg)
    given.setdefault("AccountSid", first.AccountSid)
    given.setdefault("Flags", int(first.Flags or 0) | 4)
    if "CallSegmentSid" not in given:
        # Question 21.
        given["CallSegmentSid"] = world.identifiers.generate_sid("CS")
    return {"segment": True}


def _prepare_number(
    world: World, given: dict[str, object], options: Mapping[str, object]
) -> dict[str, Hidden]:
    toll_free, sms = bool(options.get("toll_free")), options.get("sms")
    return {
        "toll_free": toll_free,
        "voice": bool(options.get("voice", True)),
        "sms": not toll_free if sms is None else bool(sms),
    }


def _prepare_recording(
    world: World, given: dict[str, object], options: Mapping[str, object]
) -> dict[str, Hidden]:
    hidden: dict[str, Hidden] = {}
    for name, audio in options.items():
        if audio is None:
            continue
        if not isinstance(audio, bytes):
            msg = f"add_recording takes {name} as bytes, not {type(audio).__name__}."
            raise UsageError(msg)
        hidden[name] = audio
    return hidden


_Prepare: TypeAlias = Callable[[World, dict[str, object], Mapping[str, object]], dict[str, Hidden]]

_PREPARE: Mapping[str, _Prepare] = MappingProxyType(
    {
        "Account": _prepare_account,
        "Call": _prepare_call,
        "IncomingPhoneNumber": _prepare_number,
        "Recording": _prepare_recording,
    }
)


def _read(resource: Resource, given: Mapping[str, object]) -> tuple[dict[str, str], dict[str, int]]:
    known = [prop.name for prop in resource.properties if prop.wire_format is not WireFormat.PARTS]
    values: dict[str, str] = {}
    times: dict[str, int] = {}
    for name, value in given.items():
        prop = resource.find_property(name)
        if prop is None or name not in known:
            close = get_close_matches(name, known, n=1)
            guess = f"did you mean {close[0]}?" if close else f"it has {', '.join(known)}."
            msg = f"{resource.name} has no property {name}; {guess}"
            raise UsageError(msg)
        if prop.wire_format in WIRE_DATES:
            seconds = _convert_time(resource, prop, value)
            if seconds is not None:
                times[name] = seconds
        else:
            values[name] = _convert_value(resource, prop, value)
            _refuse_impossible(resource, name, values[name])
    return values, times


def _refuse_impossible(resource: Resource, name: str, text: str) -> None:
    possible = next((f.values for f in resource.filters if f.name == name), ())
    if possible and text not in possible:
        msg = f"{resource.name}.{name} is one of {', '.join(possible)}, not {text!r}."
        raise UsageError(msg)


def _convert_time(resource: Resource, prop: Property, value: object) -> int | None:
    if value is None or value == "":
        return None
    seconds: int | None = None
    if isinstance(value, datetime):
        seconds = int(value.timestamp()) if value.tzinfo is not None else None
    elif isinstance(value, int) and not isinstance(value, bool):
        seconds = value
    elif isinstance(value, str):
        seconds = int(value) if value.isascii() and value.isdigit() else read_date(value)
    # From the year 1 to the year 9999, which is as far as a calendar goes.
    if seconds is None or not -62135000000 <= seconds <= 253402000000:
        msg = (
            f"{resource.name}.{prop.name} takes a datetime with a time zone, Unix seconds or an "
            f"RFC 2822 date, not {value!r}."
        )
        raise UsageError(msg)
    return seconds


def _convert_value(resource: Resource, prop: Property, value: object) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str | int | float):
        msg = f"{resource.name}.{prop.name} takes text or a number, not {value!r}."
        raise UsageError(msg)
    if prop.wire_format in (WireFormat.TRUE_FALSE, WireFormat.ONE_ZERO):
        if text not in _YES | _NO:
            msg = f"{resource.name}.{prop.name} takes True or False, not {value!r}."
            raise UsageError(msg)
        on, off = ("true", "false") if prop.wire_format is WireFormat.TRUE_FALSE else ("1", "0")
        return on if text in _YES else off
    if prop.wire_format is WireFormat.NUMBER:
        # A caller may also be a short code, or withhold the number.
        return parse_phone_number(text) or clean_text(text)
    return clean_text(text)


def _find_owner(world: World, owner: Account, sid: str) -> Account:
    if not sid:
        return owner
    if sid not in world.accounts:
        msg = f"there is no account {sid}; make it first, with add_account(Sid={sid!r})."
        raise UsageError(msg)
    return world.accounts[sid]


def _refuse_taken(
    world: World, resource: Resource, values: Mapping[str, str], hidden: Mapping[str, Hidden]
) -> None:
    sid = values.get("Sid")
    if not sid:
        return
    if "/" in sid or "." in sid or sid != sid.strip():
        msg = f"{resource.name}.Sid stands in paths, so it cannot be {sid!r}."
        raise UsageError(msg)
    if hidden.get("segment") is True:
        return
    if resource.name == "Account":
        is_taken = sid in world.accounts
    else:
        accounts = world.iterate_accounts()
        is_taken = any(world.find_owned(account, resource.name, Sid=sid) for account in accounts)
    if is_taken:
        msg = f"there is a {resource.name} {sid} already."
        if resource.name == "Call":
            msg += f" A leg of it is added with add_call(Sid={sid!r}, segment=True)."
        raise UsageError(msg)


def _add_parents(
    world: World, account: Account, resource: Resource, values: dict[str, str]
) -> None:
    for parent in resource.arranging.parents if resource.arranging is not None else ():
        sid = values.get(parent.sid)
        if not sid:
            values[parent.sid] = _find_or_add_newest(world, account, parent.resource, parent.wanted)
        elif world.find_owned(account, parent.resource, Sid=sid) is None:
            msg = f"the account has no {parent.resource} {sid}; add it first."
            raise UsageError(msg)
    if resource.name == "Participant":
        if not values.get("CallSid"):
            values["CallSid"] = arrange(world, account, BY_NAME["Call"], {"Status": 1}).Sid
        conference = world.find_owned(account, "Conference", Sid=values["ConferenceSid"])
        if conference is not None and conference.Status == "2":
            msg = f"conference {conference.Sid} is over, so nobody can take part in it."
            raise UsageError(msg)
        here = {name: values[name] for name in ("ConferenceSid", "CallSid")}
        if world.find_owned(account, "Participant", **here) is not None:
            msg = f"call {values['CallSid']} takes part in that conference already."
            raise UsageError(msg)


def _find_or_add_newest(
    world: World, account: Account, name: str, wanted: Mapping[str, str]
) -> str:
    for instance in reversed(world.list_instances(BY_NAME[name])):
        fits = all(getattr(instance, key) == value for key, value in wanted.items())
        if instance.AccountSid == account.sid and fits:
            return instance.Sid
    return arrange(world, account, BY_NAME[name], wanted).Sid


def _finish_call(world: World, values: dict[str, str], times: dict[str, int]) -> None:
    """Fill in the properties that a call of this status has. Source: Calls page, properties."""
    status = values["Status"]
    now = world.clock.seconds
    if status != "0":
        times.setdefault("StartTime", now)
    if status == "2":
        duration = values.setdefault("Duration", "30")
        length = int(duration) if duration.isdigit() else 0
        times.setdefault("EndTime", times["StartTime"] + length)
        values.setdefault("Price", compute_price(length))


def _finish_number(world: World, values: dict[str, str], times: dict[str, int]) -> None:
    if not values.get("PhoneNumber"):
        values["PhoneNumber"] = f"415555{world.identifiers.generate_digits(4)}"
    values.setdefault("FriendlyName", format_phone_number(values["PhoneNumber"]))
    unset = "POST" if world.profile["methods of unset URLs"] == "POST" else ""
    for url, method in (
        ("Url", "Method"),
        ("SmsUrl", "SmsMethod"),
        ("VoiceFallbackUrl", "VoiceFallbackMethod"),
        ("SmsFallbackUrl", "SmsFallbackMethod"),
    ):
        values.setdefault(method, "POST" if values.get(url) else unset)


def _finish_caller_id(world: World, values: dict[str, str], times: dict[str, int]) -> None:
    values.setdefault("FriendlyName", format_phone_number(values["PhoneNumber"]))


def _finish_message(world: World, values: dict[str, str], times: dict[str, int]) -> None:
    if values["Status"] == "sent":
        times.setdefault("DateSent", world.clock.seconds)


def _finish_notification(world: World, values: dict[str, str], times: dict[str, int]) -> None:
    times.setdefault("MessageDate", world.clock.seconds)
    code = values["ErrorCode"]
    values.setdefault("MoreInfo", ERROR_PAGE.format(code=code))
    known = CODES.get(int(code)) if code.isascii() and code.isdigit() else None
    values.setdefault("MessageText", known.message if known is not None else "")
    values.setdefault("Log", known.log if known is not None and known.log else "0")


def _finish_short_code(world: World, values: dict[str, str], times: dict[str, int]) -> None:
    values.setdefault("FriendlyName", values["ShortCode"])


def _finish_sandbox(world: World, values: dict[str, str], times: dict[str, int]) -> None:
    values.setdefault("Pin", world.identifiers.generate_digits(8))


def _finish_transcription(world: World, values: dict[str, str], times: dict[str, int]) -> None:
    """Set a price once completed. Source: Transcriptions page, properties."""
    if values["Status"] == "completed":
        values.setdefault("Price", "-0.03000")


_FINISH = {
    "Call": _finish_call,
    "IncomingPhoneNumber": _finish_number,
    "OutgoingCallerId": _finish_caller_id,
    "SMSMessage": _finish_message,
    "Notification": _finish_notification,
    "ShortCode": _finish_short_code,
    "Transcription": _finish_transcription,
    "TwilioSandbox": _finish_sandbox,
}
