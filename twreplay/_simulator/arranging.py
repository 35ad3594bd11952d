"""What a test puts into a simulated world, changes in it, and takes out of it."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from twreplay._api import (
    RESOURCES,
    TOLL_FREE_CODES,
    WIRE_DATES,
    Hidden,
    Parent,
    Resource,
    format_phone_number,
)
from twreplay._explanation import shorten
from twreplay._numbers import is_number
from twreplay._simulator.consistency import (
    USUAL_LENGTH,
    Draft,
    find_free_number,
    find_own_number,
    settle,
)
from twreplay._simulator.events import LONGEST_TRANSCRIBED, cancel_events, go_on, leave
from twreplay._simulator.reading import read_properties, refuse
from twreplay._simulator.state.instance import (
    Instance,
    get_hidden,
    get_resource,
    get_times,
    get_values,
    is_set,
)
from twreplay._simulator.state.store import Account
from twreplay._simulator.state.world import LiveCalls, World
from twreplay.errors import UsageError

BY_NAME: Mapping[str, Resource] = MappingProxyType({r.name: r for r in RESOURCES})

_INBOUND = 1
_DIAL = 4

_PARENTS = frozenset(
    parent.resource
    for resource in RESOURCES
    if resource.arranging is not None
    for parent in resource.arranging.parents
)
"""The resources that others belong to."""

_DRAWN = frozenset({"Account", "IncomingPhoneNumber"})
"""The resources for which something is drawn from the seed before all is checked."""

_SWITCHES: Mapping[str, tuple[tuple[str, bool], ...]] = MappingProxyType(
    {
        resource.name: tuple(
            (option.name, "None" in option.annotation)
            for option in (resource.arranging.options if resource.arranging is not None else ())
            if option.annotation.startswith("bool")
        )
        for resource in RESOURCES
    }
)
"""The options of ``add_...`` that are True or False, and whether None is possible as well."""

_ARRANGED: Mapping[str, dict[str, str]] = MappingProxyType(
    {
        resource.name: {prop.name: prop.arranged for prop in resource.properties if prop.arranged}
        for resource in RESOURCES
    }
)
"""What properties are if a test says nothing, by resource."""

_COURSE = ("goes_on", "ends_after")
"""The options of add_... that say how an instance goes on."""


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
        UsageError: A property that does not exist, a value that it cannot have, a contradiction,
            a Sid that is taken, an account that is not there. Nothing has changed.
    """
    options = dict(options or {})
    if resource.arranging is not None and options:
        _check_switches(resource, options)
    is_drawn = resource.name in _DRAWN or bool(options.get("segment"))
    saved = world.identifiers.save() if is_drawn else None
    try:
        return _arrange(world, owner, resource, dict(given), options)
    except UsageError:
        # What was refused uses up no identifier.
        if saved is not None:
            world.identifiers.load(saved)
        raise


def _check_switches(resource: Resource, options: Mapping[str, object]) -> None:
    """Refuse what is neither True nor False for an option that is one of both."""
    for name, may_be_none in _SWITCHES[resource.name]:
        value = options.get(name, False)
        if value is True or value is False or (value is None and may_be_none):
            continue
        method = resource.arranging.method if resource.arranging is not None else ""
        msg = f"{method} takes {name} as True or False, not {shorten(repr(value), 60)}."
        raise UsageError(msg)


def _arrange(
    world: World,
    owner: Account,
    resource: Resource,
    given: dict[str, object],
    options: dict[str, object],
) -> Instance:
    course = {name: options.pop(name) for name in _COURSE if name in options}
    prepare = _PREPARE.get(resource.name)
    hidden = prepare(world, given, options) if prepare is not None else {}
    values, times = read_properties(resource, given)
    account = _find_owner(world, owner, values.pop("AccountSid", ""))
    _refuse_taken_sid(world, resource, values, hidden)
    owned = None if resource.name == "Account" else account
    parents = _find_parents(world, owned, resource, values, times)
    draft = Draft(world, owned, resource, values, times, hidden, frozenset(given), parents)
    if not times and resource.name in _PARENTS:
        hidden["undated"] = True
    _add_defaults(draft)
    settle(draft)
    check_course(draft.resource, draft.values.get("Status", ""), course)
    _make_parents(draft)
    if resource.name == "IncomingPhoneNumber":
        there = world.find_owned(account, resource.name, PhoneNumber=values["PhoneNumber"])
        if there is not None:
            world.forget(there)
    instance = world.create(resource, account, values, times, hidden)
    if resource.name == "Account" and is_set(instance, "sandbox"):
        arrange(world, world.accounts[instance.Sid], BY_NAME["TwilioSandbox"], {})
    if any(value not in (None, False) for value in course.values()):
        go_on(world, account, instance, ends_after=_read_seconds(course.get("ends_after")))
    return instance


def check_course(resource: Resource, status: str, course: Mapping[str, object]) -> None:
    """
    Check that an instance of this *status* can go on as *course* says.

    Raises:
        UsageError: It is over already, or *course* has no number of seconds.
    """
    ends_after = course.get("ends_after")
    _read_seconds(ends_after)
    if ends_after is None and not course.get("goes_on"):
        return
    open_states = {"Call": ("0", "1"), "SMSMessage": ("queued", "sending")}
    possible = open_states.get(resource.name, ("in-progress",))
    if status not in possible:
        name = "ends_after" if ends_after is not None else "goes_on"
        states = " or ".join(repr(state) for state in possible)
        msg = f"{name} is for a {resource.name} with Status {states}; it is over with {status!r}."
        raise UsageError(msg)


def _read_seconds(seconds: object) -> float | None:
    if seconds is None:
        return None
    if not is_number(seconds) or not seconds >= 0:
        msg = f"ends_after is a number of seconds from 0, not {seconds!r}."
        raise UsageError(msg)
    return seconds


def change(world: World, instance: Instance, given: Mapping[str, object]) -> None:
    """
    Set properties of *instance*; what follows from them is derived again.

    Raises:
        UsageError: As *arrange*, or *instance* is not in the world, or a property that is its
            identity. Nothing has changed.
    """
    account = find_account(world, instance, "change")
    resource = get_resource(instance)
    for name in ("Sid", "AccountSid", *_IDENTITY.get(resource.name, ())):
        if name in given:
            msg = (
                f"{resource.name}.{name} is what the instance is known by, so it cannot be "
                "changed; remove it, and add another one."
            )
            raise UsageError(msg)
    changes, moments = read_properties(resource, given)
    sid = changes.get("CallSid", "")
    if sid and find_parent(world, account, Parent("CallSid", "Call"), sid) is None:
        msg = f"the account has no Call {sid}; add it first."
        raise UsageError(msg)
    values = dict(get_values(instance))
    times = dict(get_times(instance))
    changes |= _turn_round(instance, given, changes)
    for name in _list_dependents(instance, changes, moments):
        if name not in given:
            values.pop(name, None)
            times.pop(name, None)
    values |= changes
    emptied = [name for name in given if name not in changes and name not in moments]
    times = {name: at for name, at in times.items() if name not in emptied} | moments
    if "DateUpdated" not in given:
        times["DateUpdated"] = max(world.clock.seconds, times.get("DateUpdated", 0))
    values = {n: v for n, v in values.items() if not _is_date(resource, n)}
    parents = {
        parent.sid: found
        for parent in (*list_parents(resource), *_CALLS_OF.get(resource.name, ()))
        if (found := find_parent(world, account, parent, values.get(parent.sid, ""))) is not None
    }
    owned = None if resource.name == "Account" else account
    hidden = dict(get_hidden(instance)) | ({"undated": False} if moments else {})
    draft = Draft(
        world, owned, resource, values, times, hidden, frozenset(given), parents, instance
    )
    settle(draft)
    was = instance.Status if "Status" in get_values(instance) else ""
    world.replace(instance, draft.values, draft.times, draft.hidden)
    if was and was != instance.Status:
        _follow_status(world, account, instance, was)


def _is_date(resource: Resource, name: str) -> bool:
    prop = resource.find_property(name)
    return prop is not None and prop.wire_format in WIRE_DATES


_IDENTITY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Call": ("CallSegmentSid",),
        "Participant": ("ConferenceSid", "CallSid"),
        "Recording": ("CallSid",),
        "Transcription": ("RecordingSid",),
    }
)

_DEPENDENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Account": {"Status": ("StatusText",)},
        "Call": {
            "Status": ("EndTime", "Duration", "Price"),
            "StartTime": ("EndTime", "Price"),
            "EndTime": ("Duration", "Price"),
            "Duration": ("EndTime", "Price"),
            "Flags": ("PhoneNumberSid",),
            "Called": ("PhoneNumberSid",),
            "Caller": ("PhoneNumberSid",),
        },
        "Notification": {"ErrorCode": ("MoreInfo", "MessageText")},
        "SMSMessage": {"Status": ("DateSent", "Price")},
        "Transcription": {"Status": ("TranscriptionText", "Price")},
    }
)
"""The properties that are derived anew when another one is changed."""


def _list_dependents(
    instance: Instance, changes: Mapping[str, str], moments: Mapping[str, int]
) -> list[str]:
    table = _DEPENDENTS.get(get_resource(instance).name, {})
    before = get_values(instance)
    names = [
        name
        for cause, dependents in table.items()
        if cause in moments or (cause in changes and changes[cause] != before.get(cause))
        for name in dependents
    ]
    status = changes.get("Status", "")
    # Undialled calls have no StartTime; a call that was not dialled gets one.
    if get_resource(instance).name == "Call" and status and "0" in (status, instance.Status):
        names.append("StartTime")
    # A name that is the number still: no test gave it.
    for source, write in (("PhoneNumber", format_phone_number), ("ShortCode", str)):
        if source in changes and before.get("FriendlyName") == write(before.get(source, "")):
            names.append("FriendlyName")
    # A Duration that stays tells where an EndTime that moves is.
    if "StartTime" in moments and "EndTime" in moments:
        names.append("Duration")
    return names


def _follow_status(world: World, account: Account, instance: Instance, was: str) -> None:
    """
    Cancel what was due in the state before; let participants leave with their calls.

    What lives takes note, as of what time or a request did.
    """
    name = get_resource(instance).name
    cancel_events(world, account, instance)
    if name == "Call" and instance.Status != "1" and not is_set(instance, "segment"):
        for order in list(account.stores["Participant"].select((("CallSid", instance.Sid),))):
            if world.has(order[2]):
                leave(world, order[2], goes_on=False)
    if name == "Conference" and instance.Status == "2":
        for order in list(account.stores["Participant"].select(())):
            if order[2].ConferenceSid == instance.Sid:
                world.delete(order[2])
                if world.live is not None:
                    world.live.leave_conference(account, order[2].CallSid)
    if world.live is not None:
        _tell_applications(world.live, account, instance, was)


def _tell_applications(live: LiveCalls, account: Account, instance: Instance, was: str) -> None:
    """Tell what lives that the status of *instance* has changed from what it *was*."""
    name, status = get_resource(instance).name, instance.Status
    if is_set(instance, "segment"):
        if was == "0" and status == "1":
            live.answer_leg(instance)
        elif was in ("0", "1") and status not in ("0", "1"):
            live.end_leg(instance)
    elif name == "Call" and was in ("0", "1"):
        if status == "1":
            live.begin_call(account, instance, "human")
        elif status != "0":
            live.end_call(account, instance)
    elif name == "SMSMessage" and was in ("queued", "sending") and status in ("sent", "failed"):
        live.end_message(account, instance)
    elif name == "Transcription" and was == "in-progress":
        live.end_transcription(account, instance)


def remove(world: World, instance: Instance) -> None:
    """
    Take *instance* out of the world, and what cannot be without it.

    Raises:
        UsageError: *instance* is not in the world, or is the first account.
    """
    account = find_account(world, instance, "remove")
    resource = get_resource(instance)
    if resource.name == "Account":
        if next(world.iterate_accounts()) is account:
            msg = "the first account stays; twilio.close() makes it inactive."
            raise UsageError(msg)
        if world.live is not None:
            world.live.forget(account, instance)
        world.remove_account(account)
        return
    if resource.name == "Participant":
        leave(world, instance)
        return
    if resource.name == "TwilioSandbox":
        msg = "each account has a sandbox, which stays; twilio.change(sandbox, ...) changes it."
        raise UsageError(msg)
    if world.live is not None and resource.name in ("Call", "SMSMessage"):
        world.live.forget(account, instance)
    for name, prop in _CHILDREN.get(resource.name, ()):
        if is_set(instance, "segment"):
            break
        for child in list(account.stores[name]):
            if get_values(child)[prop] == instance.Sid and world.has(child) and child != instance:
                remove(world, child)
    if not world.has(instance):
        return
    cancel_events(world, account, instance)
    world.delete(instance)


_CHILDREN: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "Call": (
            ("Call", "Sid"),
            ("Participant", "CallSid"),
            ("Recording", "CallSid"),
            ("Notification", "CallSid"),
        ),
        "Conference": (("Participant", "ConferenceSid"),),
        "Recording": (("Transcription", "RecordingSid"),),
    }
)
"""What goes with an instance that is removed: the resource, and its property with the Sid."""


def check_instance(verb: str, instance: object) -> Instance:
    """Return *instance*; raise UsageError unless it is one."""
    if not isinstance(instance, Instance):
        msg = f"{verb} takes an instance, such as twilio.calls[0], not {type(instance).__name__}."
        raise UsageError(msg)
    return instance


def find_account(world: World, instance: object, verb: str) -> Account:
    """
    Return the account that *instance* is in.

    Raises:
        UsageError: *instance* is not an instance, or not in this world.
    """
    instance = check_instance(verb, instance)
    name = get_resource(instance).name
    if name not in BY_NAME or not world.has(instance):
        where = "look it up again" if name in BY_NAME else "it only tells what was requested"
        msg = f"{instance!r} is not in this world (any more); {where}."
        raise UsageError(msg)
    return world.accounts[instance.Sid if name == "Account" else instance.AccountSid]


def _prepare_account(
    world: World, given: dict[str, object], options: Mapping[str, object]
) -> dict[str, Hidden]:
    given.setdefault("FriendlyName", "user@example.com")
    given.setdefault("AuthToken", world.identifiers.generate_token())
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
    if first.Status in ("0", "3", "5"):
        msg = (
            f"call {first.Sid} was never answered (its Status is {first.Status}), so Dial made no "
            "leg of it: add_call(Status=1) or add_call(Status=2)."
        )
        raise UsageError(msg)
    named = str(given.get("CallSegmentSid"))
    if any(call.Sid == first.Sid and call.CallSegmentSid == named for call in calls):
        msg = f"call {first.Sid} has a leg {named} already."
        raise UsageError(msg)
    given.setdefault("AccountSid", first.AccountSid)
    given.setdefault("Flags", int(first.Flags or 0) | _DIAL)
    if "CallSegmentSid" not in given:
        # Question 21.
        given["CallSegmentSid"] = world.identifiers.generate_sid("CS")
    return {"segment": True}


def _prepare_number(
    world: World, given: dict[str, object], options: Mapping[str, object]
) -> dict[str, Hidden]:
    number, toll_free = given.get("PhoneNumber"), options.get("toll_free")
    if toll_free is None:
        digits = "".join(c for c in str(number or "") if c.isdigit()).removeprefix("1")
        toll_free = len(digits) == 10 and digits[:3] in TOLL_FREE_CODES
    sms = options.get("sms")
    if toll_free and sms:
        msg = "a toll-free number takes no messages: leave out sms=True, or toll_free."
        raise UsageError(msg)
    if number is None:
        given.pop("PhoneNumber", None)
        code = "800" if toll_free else "415"
        drawn = f"{code}555{world.identifiers.generate_digits(4)}"
        given["PhoneNumber"] = find_free_number(world, "IncomingPhoneNumber", drawn)
    return {
        "toll_free": bool(toll_free),
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
    wav = hidden.get("wav")
    length = _measure_wav(wav) if isinstance(wav, bytes) else None
    if length is not None and given.setdefault("Duration", length) is not None:
        told = str(given["Duration"])
        if told.isdigit() and abs(int(told) - length) > 1:
            why = f"is the {length} seconds of wav"
            refuse(BY_NAME["Recording"], "Duration", given["Duration"], why, length)
    return hidden


def _measure_wav(audio: bytes) -> int | None:
    """Return how many seconds *audio* lasts; None if it is not PCM WAV."""
    try:
        with wave.open(io.BytesIO(audio)) as file:
            seconds: float = file.getnframes() / file.getframerate()
            return round(seconds)
    except (wave.Error, EOFError, ZeroDivisionError):
        return None


_Prepare: TypeAlias = Callable[[World, dict[str, object], Mapping[str, object]], dict[str, Hidden]]

_PREPARE: Mapping[str, _Prepare] = MappingProxyType(
    {
        "Account": _prepare_account,
        "Call": _prepare_call,
        "IncomingPhoneNumber": _prepare_number,
        "Recording": _prepare_recording,
    }
)


def _find_owner(world: World, owner: Account, sid: str) -> Account:
    if not sid:
        return owner
    if sid not in world.accounts:
        msg = f"there is no account {sid}; make it first, with add_account(Sid={sid!r})."
        raise UsageError(msg)
    return world.accounts[sid]


def _refuse_taken_sid(
    world: World, resource: Resource, values: Mapping[str, str], hidden: Mapping[str, Hidden]
) -> None:
    sid = values.get("Sid")
    if not sid or hidden.get("segment") is True:
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


def list_parents(resource: Resource) -> tuple[Parent, ...]:
    """Return what an instance of *resource* belongs to."""
    return _BELONGS_TO[resource.name]


_CALLS_OF: Mapping[str, tuple[Parent, ...]] = MappingProxyType(
    {"Notification": (Parent("CallSid", "Call"),)}
)
"""The parents that an instance may have, and need not."""

_CALLS_IN_PROGRESS = (Parent("CallSid", "Call", {"Status": "1"}),)

_BELONGS_TO: Mapping[str, tuple[Parent, ...]] = MappingProxyType(
    {
        resource.name: (
            *(resource.arranging.parents if resource.arranging is not None else ()),
            *(_CALLS_IN_PROGRESS if resource.name == "Participant" else ()),
        )
        for resource in RESOURCES
    }
)


def find_parent(world: World, account: Account, parent: Parent, sid: str) -> Instance | None:
    """Return the parent with this *sid*; None if it is missing."""
    first = {"segment": False} if parent.resource == "Call" else {}
    return world.find_owned(account, parent.resource, Sid=sid, **first) if sid else None


def _find_parents(
    world: World,
    account: Account | None,
    resource: Resource,
    values: dict[str, str],
    times: Mapping[str, int],
) -> dict[str, Instance]:
    """Return the parents that are there; one that is to be made is absent."""
    found: dict[str, Instance] = {}
    if account is None:
        return found
    for parent in list_parents(resource):
        sid = values.get(parent.sid, "")
        one: Instance | None
        if sid:
            one = find_parent(world, account, parent, sid)
            if one is None:
                msg = f"the account has no {parent.resource} {sid}; add it first."
                raise UsageError(msg)
        elif resource.name == "Participant" and parent.resource == "Call":
            one = None
        else:
            one = _find_newest(world, account, parent, values, times)
        if one is not None:
            found[parent.sid] = one
            values[parent.sid] = one.Sid
    if resource.name == "Participant" and "CallSid" in found:
        there = world.find_owned(account, "Participant", CallSid=values["CallSid"])
        if there is not None:
            same = there.ConferenceSid == values.get("ConferenceSid")
            where = "that conference" if same else f"conference {there.ConferenceSid}"
            msg = f"call {values['CallSid']} takes part in {where} already."
            raise UsageError(msg)
    sid = values.get("CallSid", "")
    if resource.name == "Notification" and sid:
        call = find_parent(world, account, Parent("CallSid", "Call"), sid)
        if call is None:
            msg = f"the account has no Call {sid}; add it first."
            raise UsageError(msg)
        found["CallSid"] = call
    return found


def _find_newest(
    world: World,
    account: Account,
    parent: Parent,
    values: Mapping[str, str],
    times: Mapping[str, int],
) -> Instance | None:
    latest = times.get("DateCreated")
    for instance in reversed(world.list_instances(BY_NAME[parent.resource])):
        if instance.AccountSid != account.sid:
            continue
        known = get_values(instance)
        fits = all(known[key] == value for key, value in parent.wanted.items())
        is_late = latest is not None and get_times(instance).get("DateCreated", latest) > latest
        if fits and not is_late and _can_have_children(instance, values):
            return instance
    return None


def _can_have_children(instance: Instance, values: Mapping[str, str]) -> bool:
    """Return whether *instance* can have a child with these *values*."""
    if get_resource(instance).name == "Call":
        is_over = instance.Status == "2"
        is_long = not is_over or int(values.get("Duration") or 0) <= int(instance.Duration)
        return not is_set(instance, "segment") and instance.Status in ("1", "2", "4") and is_long
    if get_resource(instance).name != "Recording":
        return True
    length = int(instance.Duration)
    is_text = values.get("Status", "completed") == "completed"
    wanted = values.get("Duration", "")
    is_short = not wanted or int(wanted) <= length
    return is_short and not (is_text and length > LONGEST_TRANSCRIBED)


def _make_parents(draft: Draft) -> None:
    world, account = draft.world, draft.account
    if account is None:
        return
    for parent in list_parents(draft.resource):
        if parent.sid in draft.parents:
            continue
        given: dict[str, object] = dict(parent.wanted)
        if "DateCreated" in draft.given:
            given["DateCreated"] = draft.times["DateCreated"]
        length = draft.values.get("Duration", "")
        if draft.resource.name == "Transcription" and "Duration" in draft.given:
            given["Duration"] = length
        if draft.resource.name == "Recording" and int(length) > USUAL_LENGTH:
            given["Duration"] = length
        made = arrange(world, account, BY_NAME[parent.resource], given)
        draft.values[parent.sid] = made.Sid
        # A recording is no longer than its call, which may be there already, and of no length.
        if draft.resource.name == "Transcription" and int(length) > int(made.Duration):
            draft.values["Duration"] = made.Duration


def _add_defaults(draft: Draft) -> None:
    values, resource = draft.values, draft.resource
    defaults = _ARRANGED[resource.name].copy()
    if resource.name in ("Call", "SMSMessage"):
        _direct(draft, defaults)
    if resource.name == "OutgoingCallerId":
        first = defaults["PhoneNumber"]
        defaults["PhoneNumber"] = find_free_number(draft.world, resource.name, first)
    for name, text in defaults.items():
        if name not in draft.times:
            values.setdefault(name, text)
    values.setdefault("CallSid", "") if resource.name == "Notification" else None


def _direct(draft: Draft, defaults: dict[str, str]) -> None:
    """Swap the default numbers of what is inbound, and take the account's own as its side."""
    to, sender = _SIDES[draft.resource.name]
    flags = draft.values.get("Flags", defaults["Flags"])
    is_inbound = bool(int(flags) & _INBOUND)
    stranger = defaults[to]
    ours = find_own_number(draft, defaults[sender], is_inbound=is_inbound)
    defaults[to], defaults[sender] = (ours, stranger) if is_inbound else (stranger, ours)


_SIDES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"Call": ("Called", "Caller"), "SMSMessage": ("To", "From")}
)
"""Where calls and messages go to, and come from."""


def _turn_round(
    instance: Instance, given: Mapping[str, object], changes: Mapping[str, str]
) -> dict[str, str]:
    """Return the numbers of a call or message that becomes inbound, or outbound: the other ones."""
    to, sender = _SIDES.get(get_resource(instance).name, ("", ""))
    if not to or to in given or sender in given or "Flags" not in changes:
        return {}
    known = get_values(instance)
    if not (int(changes["Flags"] or 0) ^ int(known["Flags"] or 0)) & _INBOUND:
        return {}
    return {to: known[sender], sender: known[to]} if known[sender].lstrip("+").isdigit() else {}
