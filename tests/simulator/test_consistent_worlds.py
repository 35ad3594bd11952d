"""Whatever a test arranges or changes, the world is one that could be, or nothing has happened."""

from extent import choose_extent
from hypothesis import given, settings
from hypothesis import strategies as st
from published_reference import ELEMENTS

import twreplay
from twreplay.errors import UsageError

# How each resource is arranged, and where what was arranged is looked up.
METHODS = {
    "Account": ("add_account", "accounts"),
    "Call": ("add_call", "calls"),
    "Conference": ("add_conference", "conferences"),
    "IncomingPhoneNumber": ("add_incoming_phone_number", "incoming_phone_numbers"),
    "Notification": ("add_notification", "notifications"),
    "OutgoingCallerId": ("add_outgoing_caller_id", "outgoing_caller_ids"),
    "Participant": ("add_participant", "participants"),
    "Recording": ("add_recording", "recordings"),
    "ShortCode": ("add_short_code", "short_codes"),
    "SMSMessage": ("add_sms_message", "sms_messages"),
    "Transcription": ("add_transcription", "transcriptions"),
}
DAYS = ("2009-07-05", "2009-07-06", "2010-03-01", 1267462800, 1267462830, 0, None, "")
TEXTS = (
    *("", "0", "1", "2", "3", "4", "5", "6", "16", 0, 1, 2, 30, 200, True, False, None),
    *("sent", "queued", "failed", "completed", "in-progress", "GET", "POST", "http://a.example/"),
    *("4155550123", "8005550123", "+442071838750", "67898", "anonymous", "-0.03", "12100", "x"),
)
STATES = {
    "Call": {"0": "", "1": "s", "2": "sed", "3": "s", "4": "s", "5": "s"},
}


DATES = {"DateCreated", "DateUpdated", "StartTime", "EndTime", "MessageDate", "DateSent"}
SETTABLE = {
    name: [n for n in ELEMENTS[name] if not n.endswith("Sid") and n != "Capabilities"]
    for name in METHODS
}


@st.composite
def properties(draw, name: str):
    names = draw(st.lists(st.sampled_from(SETTABLE[name]), max_size=5))
    return {n: draw(st.sampled_from(DAYS if n in DATES else TEXTS)) for n in names}


@st.composite
def deeds(draw):
    name = draw(st.sampled_from(sorted(METHODS)))
    return name, draw(properties(name)), draw(properties(name)), draw(st.integers(0, 40))


def _check_values(simulator: twreplay.Simulator, name: str, one) -> None:
    """Check that each value is one that the property may have: it can be given again."""
    values = {n: getattr(one, n) for n in SETTABLE[name] if n in dir(one) and n not in DATES}
    with simulator.fork():
        simulator.change(one, **values)
        again = {n: getattr(one, n) for n in values}
    assert again == values


def _check(simulator: twreplay.Simulator) -> None:
    """Check what must hold in every world."""
    instances = simulator.snapshot()["instances"]
    for one in instances:
        values, times, name = one["values"], one["times"], one["resource"]
        if name not in METHODS:
            continue
        for prop, text in values.items():
            if prop in DATES:
                assert bool(text) == (prop in times)
        assert times["DateCreated"] <= times["DateUpdated"]
        if name == "Call":
            has = {
                letter for letter, prop in (("s", "StartTime"), ("e", "EndTime")) if values[prop]
            }
            has |= {"d"} if values["Duration"] else set()
            assert has == set(STATES["Call"][values["Status"]])
            order = [times[n] for n in ("DateCreated", "StartTime", "EndTime") if n in times]
            assert order == sorted(order)
            assert max(order) <= times["DateUpdated"]
        if name == "SMSMessage":
            assert bool(values["DateSent"]) == (values["Status"] == "sent")
        if name == "Transcription" and values["Status"] != "completed":
            assert values["TranscriptionText"] == values["Price"] == ""
    numbers = [
        i["values"]["PhoneNumber"] for i in instances if i["resource"].startswith("Incoming")
    ]
    running = [
        i["values"]["FriendlyName"]
        for i in instances
        if i["resource"] == "Conference" and i["values"]["Status"] == "1"
    ]
    assert len(set(numbers)) == len(numbers)
    assert len(set(running)) == len(running)


@given(script=st.lists(deeds(), min_size=1, max_size=6))
@settings(max_examples=choose_extent(50, 120), deadline=None)
def test_every_world_could_be(script):
    simulator = twreplay.Simulator(undocumented="ignore")
    for name, added, changed, seconds in script:
        before = simulator.snapshot()["instances"]
        try:
            one = getattr(simulator, METHODS[name][0])(**added)
        except UsageError:
            assert simulator.snapshot()["instances"] == before
            continue
        _check(simulator)
        _check_values(simulator, name, one)
        before = simulator.snapshot()["instances"]
        try:
            simulator.change(one, **changed)
        except UsageError:
            assert simulator.snapshot()["instances"] == before
        _check(simulator)
        _check_values(simulator, name, one)
        simulator.clock.advance(seconds)
        _check(simulator)
    for name, (_, listed) in METHODS.items():
        for one in getattr(simulator, listed):
            _check_values(simulator, name, one)
