"""
What the properties of one instance say of each other, and of the instances that it belongs to.

What a test leaves out is derived from what it gives; what contradicts it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TypeAlias

from twreplay._api import MAX_SECONDS, TOLL_FREE_CODES, Hidden, Resource, format_phone_number
from twreplay._api.errors import CODES, ERROR_PAGE
from twreplay._simulator.events import LONGEST_TRANSCRIBED, compute_price
from twreplay._simulator.left_over import find_left_over
from twreplay._simulator.reading import refuse
from twreplay._simulator.state.clock import format_wire_date
from twreplay._simulator.state.instance import (
    Instance,
    get_resource,
    get_times,
    get_value,
    is_set,
)
from twreplay._simulator.state.store import SUSPENDED, Account
from twreplay._simulator.state.world import STATUS_TEXT, World
from twreplay.errors import UsageError

_INBOUND = 1
_OUTBOUND = 2
_DIAL = 4
USUAL_LENGTH = 30
_USUAL_RECORDING = "15"

DATES_IN_ORDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Call": ("DateCreated", "StartTime", "EndTime", "DateUpdated"),
        "SMSMessage": ("DateCreated", "DateSent", "DateUpdated"),
        "Notification": ("MessageDate", "DateCreated", "DateUpdated"),
    }
)
"""The dates of a resource as they come one after the other; of all others, created and updated."""

_CREATED_AND_UPDATED = ("DateCreated", "DateUpdated")
_ALWAYS = frozenset({*_CREATED_AND_UPDATED, "MessageDate"})
"""The dates that every instance has that has a place for them."""


@dataclass(slots=True)
class Draft:
    """
    An instance as it is to be, before it is put into the world.

    Attributes:
        account: Its account; None for an account.

        values: The texts of its properties.

        times: Its dates, in Unix seconds.

        hidden: What steers the simulator.

        given: The properties that the test set; all others may be derived.

        parents: What it belongs to, by the property that has the Sid; one that is to be made is
            absent.

        instance: What it was before; None if it is new.
    """

    world: World
    account: Account | None
    resource: Resource
    values: dict[str, str]
    times: dict[str, int]
    hidden: dict[str, Hidden]
    given: frozenset[str]
    parents: Mapping[str, Instance]
    instance: Instance | None = None

    @property
    def is_trial(self) -> bool:
        return self.account is not None and self.account.is_trial

    def read(self, name: str) -> str:
        return self.values.get(name, "")

    def refuse(self, name: str, why: str, nearest: object = "") -> None:
        shown: object = self.values.get(name, "")
        if name in self.times:
            shown = format_wire_date(self.times[name])
        refuse(self.resource, name, shown, why, nearest)

    def leave_empty(self, names: Iterable[str], state: str) -> None:
        """Empty what an instance in this *state* does not have; refuse what was given."""
        for name in names:
            if name in self.given and (name in self.times or self.read(name)):
                self.refuse(name, f"is empty {state}")
            self.values[name] = ""
            self.times.pop(name, None)

    def derive(self, name: str, text: str) -> None:
        """Set *name* to *text* unless it has a value, or was given as empty."""
        if name not in self.values:
            self.values[name] = text


def settle(draft: Draft) -> None:
    """
    Derive what was not given, and check that all agrees.

    Raises:
        UsageError: A property contradicts another one, or an instance that is there.
    """
    rule = _RULES.get(draft.resource.name)
    if rule is not None:
        rule(draft)
    _settle_dates(draft)
    _check_parents_dates(draft)
    if draft.instance is not None and draft.account is not None:
        _check_children(draft, draft.instance)


def _settle_dates(draft: Draft) -> None:
    names = DATES_IN_ORDER.get(draft.resource.name, _CREATED_AND_UPDATED)
    times = draft.times
    for place, name in enumerate(names):
        if name not in _ALWAYS or (name in draft.given and name in times):
            continue
        later = [times[n] for n in names[place + 1 :] if n in times]
        earlier = [times[n] for n in names[:place] if n in times]
        if draft.instance is not None and name in times:
            # What was there moves only as far as it has to.
            times[name] = max([min([times[name], *later]), *earlier])
        elif later:
            times[name] = min(later)
        else:
            times[name] = max(earlier) if earlier else draft.world.clock.seconds
    there = [name for name in names if name in times]
    for before, after in pairwise(there):
        if times[before] > times[after]:
            blamed, other = (after, before) if after in draft.given else (before, after)
            side = "not before" if blamed == after else "not after"
            moment = format_wire_date(times[other])
            draft.refuse(blamed, f"lies {side} {other}, {moment}", moment)


def _check_parents_dates(draft: Draft) -> None:
    """
    Refuse what was made, by its own dates, before the thing that it belongs to.

    Dates that were not given to the parent contradict nothing that is added.
    """
    name = "MessageDate" if draft.resource.name == "Notification" else "DateCreated"
    if name not in draft.given:
        return
    # An account whose dates were given can have nothing that is older.
    owner = draft.account.instance if draft.account is not None else None
    dated = (owner,) if owner is not None and is_set(owner, "dated") else ()
    for parent in (*draft.parents.values(), *dated):
        start = get_times(parent).get("DateCreated")
        if start is None or draft.times[name] >= start:
            continue
        if draft.instance is None and is_set(parent, "undated"):
            continue
        moment = format_wire_date(start)
        of = f"{get_resource(parent).name} {parent.Sid} was created, {moment}"
        draft.refuse(name, f"lies not before {of}", moment)


def _check_children(draft: Draft, instance: Instance) -> None:
    """Refuse a change that what belongs to *instance* contradicts."""
    if draft.hidden.get("segment") is True:
        return
    if "DateCreated" in draft.given and "DateCreated" in draft.times:
        _check_childrens_dates(draft, instance)
    child_name, reference = _MEASURED.get(draft.resource.name, ("", ""))
    children = _list_children(draft, instance, child_name, reference) if child_name else []
    if not children:
        return
    name, values = child_name.lower(), draft.values
    if draft.resource.name == "Call" and values["Status"] in ("0", "3", "5"):
        draft.refuse("Status", f"is that of a call that was answered, as {name}s of it are there")
    longest = max(int(child.Duration or 0) for child in children)
    if values["Duration"] and int(values["Duration"]) < longest:
        whole = f"is at least the {longest} seconds of a {name} of it"
        draft.refuse("Duration", whole, str(longest))
    is_done = any(child_name == "Transcription" and c.Status == "completed" for c in children)
    if is_done and int(values["Duration"]) > LONGEST_TRANSCRIBED:
        why = f"is at most {LONGEST_TRANSCRIBED} seconds, as a transcription of it is completed"
        draft.refuse("Duration", why, str(LONGEST_TRANSCRIBED))


def _check_childrens_dates(draft: Draft, instance: Instance) -> None:
    """Refuse a DateCreated after that of what belongs to *instance*."""
    for child_name, reference in _DATED.get(draft.resource.name, ()):
        children = _list_children(draft, instance, child_name, reference)
        first = min((get_times(c).get("DateCreated", MAX_SECONDS) for c in children), default=None)
        if first is not None and draft.times["DateCreated"] > first:
            moment, name = format_wire_date(first), child_name.lower()
            draft.refuse("DateCreated", f"lies not after that of a {name} of it, {moment}", moment)


def _list_children(draft: Draft, instance: Instance, name: str, reference: str) -> list[Instance]:
    assert draft.account is not None
    found = draft.account.stores[name].select(((reference, instance.Sid),))
    return [order[2] for order in found]


_MEASURED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"Call": ("Recording", "CallSid"), "Recording": ("Transcription", "RecordingSid")}
)
"""What has a part that cannot be longer: the part's resource, and its property with the Sid."""

_DATED: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "Call": (("Recording", "CallSid"), ("Participant", "CallSid"), ("Notification", "CallSid")),
        "Conference": (("Participant", "ConferenceSid"),),
        "Recording": (("Transcription", "RecordingSid"),),
    }
)
"""What has parts that cannot be older."""


def _settle_account(draft: Draft) -> None:
    text = STATUS_TEXT[draft.values["Status"]]
    given = draft.values.setdefault("StatusText", "")
    if given and given != text and draft.values["Status"] not in SUSPENDED:
        draft.refuse("StatusText", f"is {text!r} where Status is {draft.values['Status']}", text)
    if given in ("Active", "Inactive") and given != text:
        draft.refuse("StatusText", f"is {text!r} where Status is {draft.values['Status']}", text)
    draft.values["StatusText"] = given or text
    if "Type" in draft.given and draft.values["Type"]:
        is_trial = draft.values["Type"] == "Trial"
        if draft.instance is None and draft.hidden.get("trial") is True and not is_trial:
            draft.refuse("Type", "is Trial with trial=True", "Trial")
        if is_trial and draft.instance is not None:
            _refuse_trial_with_numbers(draft, draft.instance.Sid)
        draft.hidden["trial"] = is_trial
    if "DateCreated" in draft.given:
        draft.hidden["dated"] = True


def _refuse_trial_with_numbers(draft: Draft, sid: str) -> None:
    numbers = draft.world.accounts[sid].stores["IncomingPhoneNumber"]
    if any(not is_set(number, "unasked") for number in numbers):
        draft.refuse("Type", "is Full for an account that has numbers", "Full")


_CALL_STATES = {
    "0": "in a call that is not yet dialled (Status 0)",
    "1": "in a call that is in progress (Status 1)",
    "3": "in a call that was busy (Status 3)",
    "4": "in a call that failed (Status 4)",
    "5": "in a call that was not answered (Status 5)",
}


def _settle_call(draft: Draft) -> None:
    """Source: Calls page, properties."""
    values, status = draft.values, draft.values["Status"]
    live = draft.world.live
    is_running = (
        live is not None and draft.instance is not None and live.is_running(_find_sid(draft))
    )
    if is_running:
        _refuse_other_ends(draft)
    _settle_direction(draft)
    if status == "0":
        if int(values["Flags"]) & _INBOUND:
            draft.refuse("Status", "is one of 1, 2, 3, 4, 5 for an inbound call (Flags 1)", "1")
        if is_running:
            draft.refuse("Status", "is that of a call that was dialled, as its TwiML runs", "1")
        names = ("StartTime", "EndTime", "Duration", "Price")
        draft.leave_empty(names, _CALL_STATES[status])
    elif status == "2":
        _settle_completed_call(draft)
    else:
        draft.leave_empty(("EndTime", "Duration", "Price"), _CALL_STATES[status])
        if "StartTime" not in draft.times:
            known = draft.times.get("DateCreated", draft.times.get("DateUpdated"))
            is_new = draft.instance is None and known is not None
            draft.times["StartTime"] = known if is_new and known else draft.world.clock.seconds


def _refuse_other_ends(draft: Draft) -> None:
    """Refuse a change of who calls whom: the webhooks of the call that runs go on with both."""
    assert draft.instance is not None
    for name in ("Called", "Caller", "Flags"):
        now = get_value(draft.instance, name)
        if draft.values[name] != now:
            draft.refuse(name, "stays as it is while the TwiML of the call runs", now)


def _find_sid(draft: Draft) -> str:
    """Return the Sid that a call, or the segment of one, has for itself."""
    return draft.read("CallSegmentSid") or draft.read("Sid")


def _settle_completed_call(draft: Draft) -> None:
    times, values = draft.times, draft.values
    start, end = times.get("StartTime"), times.get("EndTime")
    text = values.get("Duration", "")
    created, updated = times.get("DateCreated"), times.get("DateUpdated")
    if start is not None and end is not None:
        if end < start:
            moment = format_wire_date(start)
            draft.refuse("EndTime", f"lies not before StartTime, {moment}", moment)
        length = end - start
        if text and abs(int(text) - length) > 1:
            seconds = f"the {length} seconds from StartTime to EndTime"
            draft.refuse("Duration", f"is {seconds}", str(length))
        length = int(text) if text else length
        if length > MAX_SECONDS:
            moment = format_wire_date(start + MAX_SECONDS)
            draft.refuse("EndTime", "lies not so long after StartTime", moment)
    else:
        length = int(text) if text else USUAL_LENGTH
        is_new = draft.instance is None
        if start is None and end is None:
            if created is not None and is_new:
                start = created
                if updated is not None and not text:
                    length = min(length, max(0, updated - created))
            else:
                end = updated if updated is not None and is_new else draft.world.clock.seconds
        if start is None:
            assert end is not None
            start = end - length
        times["StartTime"], times["EndTime"] = start, start + length if end is None else end
    values["Duration"] = str(length)
    if draft.is_trial:
        draft.leave_empty(("Price",), "in a trial account")
    else:
        draft.derive("Price", compute_price(draft.world, length))


def _settle_direction(draft: Draft) -> None:
    values, flags = draft.values, int(draft.values["Flags"])
    is_segment = draft.hidden.get("segment") is True
    if bool(flags & _DIAL) != is_segment:
        if is_segment:
            draft.refuse("Flags", "has 4 in it for a leg that Dial made", str(flags | _DIAL))
        way = "has 4 in it only for a leg that Dial made: add_call(Sid=…, segment=True)"
        draft.refuse("Flags", way, str(flags & ~_DIAL or 2))
    if not is_segment:
        draft.leave_empty(("CallSegmentSid",), "for the first segment of a call (segment=True)")
    is_inbound = bool(flags & _INBOUND)
    if not is_inbound and values["Caller"] in ("", *_list_withheld(values["Caller"])):
        draft.refuse("Caller", "is a phone number for an outbound call", _find_own_number(draft))
    ours = values["Called"] if is_inbound else values["Caller"]
    account = draft.account
    assert account is not None
    names = ("IncomingPhoneNumber",) if is_inbound else ("OutgoingCallerId", "IncomingPhoneNumber")
    owned = [draft.world.find_owned(account, name, PhoneNumber=ours) for name in names]
    sids = [number.Sid for number in owned if number is not None]
    sid = values.get("PhoneNumberSid", "")
    if is_segment and draft.instance is None:
        _check_leg(draft, flags)
    if "PhoneNumberSid" not in draft.given:
        values["PhoneNumberSid"] = sids[0] if sids else ""
    elif sid and sid not in sids:
        # A number that is not there may have been released since.
        for name in ("OutgoingCallerId", "IncomingPhoneNumber"):
            other = draft.world.find_owned(account, name, Sid=sid)
            if other is not None:
                side = "Called" if is_inbound else "Caller"
                why = f"is the Sid of {side}, {ours}, and {sid} is {other.PhoneNumber}"
                draft.refuse("PhoneNumberSid", why, sids[0] if sids else "")


def _check_leg(draft: Draft, flags: int) -> None:
    """Refuse a leg whose Flags say another beginning than those of its call: Calls page, Flags."""
    wanted = (("Sid", draft.values["Sid"]), ("segment", False))
    assert draft.account is not None
    call = draft.account.stores["Call"].find(wanted)
    ways = _INBOUND | _OUTBOUND
    if call is not None and call.Flags and (int(call.Flags) ^ flags) & ways:
        right = str(int(call.Flags) | _DIAL)
        draft.refuse("Flags", f"is {right} for a leg of a call with Flags {call.Flags}", right)


def _list_withheld(caller: str) -> tuple[str, ...]:
    return (caller,) if caller.isalpha() else ()


def find_own_number(draft: Draft, usual: str, *, is_inbound: bool) -> str:
    """
    Return a number that can be the account's side of a call or message.

    One of its numbers, *usual* before all others; for want of one its sandbox's, or that of a
    caller id; else one that no account has, as of a number that was released since.
    """
    account = draft.account
    assert account is not None
    is_call = draft.resource.name == "Call"
    numbers = account.stores["IncomingPhoneNumber"]
    able = [one.PhoneNumber for one in numbers if is_set(one, "voice" if is_call else "sms")]
    if is_call and not is_inbound:
        ids = [one.PhoneNumber for one in account.stores["OutgoingCallerId"]]
        able = [one.PhoneNumber for one in numbers] + ids
    else:
        able += [one.PhoneNumber for one in account.stores["TwilioSandbox"]]
    if usual in able:
        return usual
    return able[0] if able else find_free_number(draft.world, "IncomingPhoneNumber", usual)


_USUAL_NUMBER = "4158675309"


def _find_own_number(draft: Draft) -> str:
    return find_own_number(draft, _USUAL_NUMBER, is_inbound=False)


def _settle_message(draft: Draft) -> None:
    """Source: SMS Messages page, properties."""
    values, status = draft.values, draft.values["Status"]
    is_inbound = bool(int(values["Flags"]) & _INBOUND)
    if is_inbound and status in ("queued", "sending"):
        draft.refuse("Status", "is sent or failed for an inbound message (Flags 1)", "sent")
    _check_messages_number(draft, is_inbound=is_inbound)
    if not is_inbound and not values["Body"]:
        draft.refuse("Body", "is text of 1 to 160 characters for a message that is sent", "Hi")
    if status != "sent":
        draft.leave_empty(("DateSent", "Price"), f"in a message that is not sent ({status})")
        return
    if "DateSent" not in draft.times:
        known = draft.times.get("DateUpdated", draft.times.get("DateCreated"))
        is_new = draft.instance is None and known is not None
        draft.times["DateSent"] = known if is_new and known else draft.world.clock.seconds
    if draft.is_trial:
        draft.leave_empty(("Price",), "in a trial account")
    elif draft.world.profile["sms price"] == "yes" and not is_inbound:
        draft.derive("Price", draft.world.prices["sms"])


def _check_messages_number(draft: Draft, *, is_inbound: bool) -> None:
    """Refuse a message of a number that takes none, but for one that failed to be sent."""
    side = "To" if is_inbound else "From"
    number = draft.values[side]
    if draft.values["Status"] == "failed" and not is_inbound:
        return
    assert draft.account is not None
    numbers = draft.account.stores["IncomingPhoneNumber"]
    one = numbers.find((("PhoneNumber", number),))
    is_able = number[:3] not in TOLL_FREE_CODES if one is None else is_set(one, "sms")
    is_phone_number = len(number) == 10 and not number.startswith("+")
    if not is_able and is_phone_number:
        right = find_own_number(draft, _USUAL_NUMBER, is_inbound=is_inbound)
        draft.refuse(side, f"is a number that takes messages, which {number} does not", right)


def _settle_conference(draft: Draft) -> None:
    """Refuse a second conference that is not over with one name. Source: Conferences page."""
    assert draft.account is not None
    if not draft.values["FriendlyName"]:
        draft.refuse("FriendlyName", "is the name of a room", "room")
    if draft.values["Status"] == "2":
        return
    name = draft.values["FriendlyName"]
    number, free = 2, name
    while _is_running(draft, free):
        free, number = f"{name}{number}", number + 1
    if free == name:
        return
    if "FriendlyName" in draft.given or draft.instance is not None:
        why = "is unique among the conferences that are not over"
        draft.refuse("FriendlyName", why, free)
    draft.values["FriendlyName"] = free


def _is_running(draft: Draft, name: str) -> bool:
    assert draft.account is not None
    found = draft.account.stores["Conference"].select((("FriendlyName", name),))
    return any(o[2] is not draft.instance and o[2].Status != "2" for o in found)


def _settle_participant(draft: Draft) -> None:
    conference, call = draft.parents.get("ConferenceSid"), draft.parents.get("CallSid")
    if conference is not None and conference.Status == "2":
        msg = f"conference {conference.Sid} is over, so nobody can take part in it."
        raise UsageError(msg)
    if call is not None and call.Status != "1":
        msg = (
            f"call {call.Sid} is not in progress (its Status is {call.Status}), so it cannot take "
            "part in a conference: add_call(Status=1)."
        )
        raise UsageError(msg)


def _settle_recording(draft: Draft) -> None:
    call = draft.parents.get("CallSid")
    if call is not None and call.Status in ("0", "3", "5"):
        msg = (
            f"call {call.Sid} was never answered (its Status is {call.Status}), so nothing of it "
            "can be recorded: add_call(Status=1) or add_call(Status=2)."
        )
        raise UsageError(msg)
    values = draft.values
    # A call that goes on may last as long as it takes.
    longest = int(call.Duration) if call is not None and call.Duration else MAX_SECONDS
    if "Duration" not in draft.given or not values.get("Duration"):
        before = values.get("Duration") or _USUAL_RECORDING
        values["Duration"] = str(min(int(before), longest))
    if call is not None and int(values["Duration"]) > longest:
        whole = f"at most the {longest} seconds of call {call.Sid}"
        draft.refuse("Duration", f"is {whole}", str(longest))


def _settle_notification(draft: Draft) -> None:
    values = draft.values
    code = values["ErrorCode"]
    values["MoreInfo"] = values.get("MoreInfo") or ERROR_PAGE.format(code=code)
    known = CODES.get(int(code)) if code.isascii() and code.isdigit() else None
    values.setdefault("MessageText", known.message if known is not None else "")
    values.setdefault("Log", known.log if known is not None and known.log else "0")
    if values["CallSid"] and values["RequestMethod"] in ("PUT", "DELETE"):
        draft.refuse("RequestMethod", "is GET or POST for a notification of a call", "POST")


def _settle_transcription(draft: Draft) -> None:
    """Source: Transcriptions page, properties."""
    values, status = draft.values, draft.values["Status"]
    recording = draft.parents.get("RecordingSid")
    length = int(recording.Duration) if recording is not None else None
    if not values.get("Duration"):
        values["Duration"] = "9" if length is None else str(length)
    if length is not None and int(values["Duration"]) > length:
        whole = f"at most the {length} seconds of recording {values['RecordingSid']}"
        draft.refuse("Duration", f"is {whole}", str(length))
    if status != "completed":
        names = ("TranscriptionText", "Price")
        draft.leave_empty(names, f"in a transcription that is not completed ({status})")
        return
    if (length or 0) > LONGEST_TRANSCRIBED or int(values["Duration"]) > LONGEST_TRANSCRIBED:
        why = "is failed or in-progress for a recording of more than 120 seconds"
        draft.refuse("Status", why, "failed")
    draft.derive("TranscriptionText", "hello")
    if draft.is_trial:
        draft.leave_empty(("Price",), "in a trial account")
    else:
        draft.derive("Price", draft.world.prices["transcription"])


def _settle_number(draft: Draft) -> None:
    values, hidden = draft.values, draft.hidden
    number = values.get("PhoneNumber", "")
    if draft.is_trial and draft.instance is None:
        assert draft.account is not None
        msg = (
            f"account {draft.account.sid} is a trial account, which has no numbers "
            "(error 21404): add_outgoing_caller_id gives it a number to call from, its sandbox "
            "takes calls and messages, and add_account() is a full one."
        )
        raise UsageError(msg)
    toll_free = hidden.get("toll_free") is True
    if number and toll_free != (number[:3] in TOLL_FREE_CODES):
        kind = "toll-free" if toll_free else "local"
        codes = f"begins with {', '.join(TOLL_FREE_CODES)}"
        why = f"{codes} if it is toll-free" if toll_free else f"is local unless it {codes}"
        nearest = ("800" if toll_free else "415") + number[3:]
        draft.refuse("PhoneNumber", f"{why}, and this one is to be {kind}", nearest)
    if toll_free:
        names = ("SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod")
        for name in names:
            if name in draft.given and values.get(name):
                draft.refuse(name, "is empty for a toll-free number")
    _refuse_taken_number(draft, "IncomingPhoneNumber")
    _settle_fallbacks(draft)
    values.setdefault("FriendlyName", format_phone_number(number))
    unset = "POST" if draft.world.profile["methods of unset URLs"] == "POST" else ""
    for url, method in (
        ("Url", "Method"),
        ("SmsUrl", "SmsMethod"),
        ("VoiceFallbackUrl", "VoiceFallbackMethod"),
        ("SmsFallbackUrl", "SmsFallbackMethod"),
    ):
        if values.get(url):
            values[method] = values.get(method) or "POST"
        values.setdefault(method, unset)


def _settle_fallbacks(draft: Draft) -> None:
    """Refuse a fallback URL without its URL; one that was there is cleared with it."""
    values = draft.values
    emptied = {name: "" for name in draft.given if name.endswith("Url") and not values.get(name)}
    left_over = find_left_over(draft.resource, emptied, draft.world.profile)
    values |= {name: text for name, text in left_over.items() if name not in draft.given}
    for url, fallback in (("Url", "VoiceFallbackUrl"), ("SmsUrl", "SmsFallbackUrl")):
        if values.get(fallback) and not values.get(url):
            draft.refuse(fallback, f"is empty where {url} is")


def _settle_caller_id(draft: Draft) -> None:
    _refuse_taken_number(draft, "OutgoingCallerId")
    draft.values.setdefault("FriendlyName", format_phone_number(draft.values["PhoneNumber"]))


def _refuse_taken_number(draft: Draft, resource: str) -> None:
    """Refuse a number that is in the list of any account. Error dictionary, 21450 and 21453."""
    number = draft.values["PhoneNumber"]
    for account in draft.world.iterate_accounts():
        other = draft.world.find_owned(account, resource, PhoneNumber=number)
        if other is not None and other is not draft.instance:
            if draft.instance is None and account is draft.account and is_set(other, "unasked"):
                # The number that every world begins with makes room for one that is added.
                continue
            why = f"is unique, and account {account.sid} has {number} already"
            free = find_free_number(draft.world, resource, number)
            draft.refuse("PhoneNumber", why, free)


def is_taken(world: World, resource: str, number: str) -> bool:
    """Return whether *number* is in the list of any account."""
    accounts = world.iterate_accounts()
    return any(world.find_owned(account, resource, PhoneNumber=number) for account in accounts)


def find_free_number(world: World, resource: str, number: str) -> str:
    """Return *number*, or the first after it that no account has in its list."""
    while is_taken(world, resource, number):
        sign = "+" if number.startswith("+") else ""
        number = f"{sign}{int(number) + 1}"
    return number


def _settle_short_code(draft: Draft) -> None:
    assert draft.account is not None
    code = draft.values["ShortCode"]
    taken = {c.ShortCode for c in draft.account.stores["ShortCode"] if c is not draft.instance}
    if code in taken:
        free = code
        while free in taken:
            free = f"{int(free) % 99999 + 1:05d}"
        if "ShortCode" in draft.given:
            draft.refuse("ShortCode", "is unique in an account", free)
        draft.values["ShortCode"] = free
    _settle_fallbacks(draft)
    draft.values.setdefault("FriendlyName", draft.values["ShortCode"])


def _settle_sandbox(draft: Draft) -> None:
    if not draft.values.get("Pin"):
        draft.values["Pin"] = draft.world.identifiers.generate_digits(8)


_Rule: TypeAlias = Callable[[Draft], None]

_RULES: Mapping[str, _Rule] = MappingProxyType(
    {
        "Account": _settle_account,
        "Call": _settle_call,
        "Conference": _settle_conference,
        "IncomingPhoneNumber": _settle_number,
        "Notification": _settle_notification,
        "OutgoingCallerId": _settle_caller_id,
        "Participant": _settle_participant,
        "Recording": _settle_recording,
        "SMSMessage": _settle_message,
        "ShortCode": _settle_short_code,
        "Transcription": _settle_transcription,
        "TwilioSandbox": _settle_sandbox,
    }
)
