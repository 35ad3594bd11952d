"""Whatever a test arranges or changes, the world is one that could be, or nothing has happened."""

from hypothesis import given, settings
from hypothesis import strategies as st

import twreplay
from twreplay._api import RESOURCES, WireFormat, find_value_type
from twreplay.errors import UsageError

RESOURCE = {r.name: r for r in RESOURCES if r.arranging is not None}
DAYS = ("2009-07-05", "2009-07-06", "2010-03-01", 1267462800, 1267462830, 0, None, "")
TEXTS = (
    *("", "0", "1", "2", "3", "4", "5", "6", "16", 0, 1, 2, 30, 200, True, False, None),
    *("sent", "queued", "failed", "completed", "in-progress", "GET", "POST", "http://a.example/"),
    *("4155550123", "8005550123", "+442071838750", "67898", "anonymous", "-0.03", "12100", "x"),
)
STATES = {
    "Call": {"0": "", "1": "s", "2": "sed", "3": "s", "4": "s", "5": "s"},
}


@st.composite
def properties(draw, name: str):
    resource = RESOURCE[name]
    given = {}
    for prop in draw(st.lists(st.sampled_from(resource.properties), max_size=5)):
        is_date = prop.wire_format in (WireFormat.DATE, WireFormat.UNIX_DATE)
        if prop.wire_format is WireFormat.PARTS or prop.name.endswith("Sid"):
            continue
        given[prop.name] = draw(st.sampled_from(DAYS if is_date else TEXTS))
    return given


@st.composite
def deeds(draw):
    name = draw(st.sampled_from(sorted(RESOURCE)))
    return name, draw(properties(name)), draw(properties(name)), draw(st.integers(0, 40))


def _check(simulator: twreplay.Simulator) -> None:
    """Check what must hold in every world."""
    instances = simulator.snapshot()["instances"]
    for one in instances:
        values, times, name = one["values"], one["times"], one["resource"]
        if name not in RESOURCE:
            continue
        for prop, text in values.items():
            kind = find_value_type(RESOURCE[name], prop)
            is_date = RESOURCE[name].find_property(prop).wire_format in (
                WireFormat.DATE,
                WireFormat.UNIX_DATE,
            )
            if is_date:
                assert bool(text) == (prop in times)
            elif text or kind.is_needed:
                assert kind.read(text) == text or text in ("0", "1", "true", "false")
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
@settings(max_examples=120, deadline=None)
def test_every_world_could_be(script):
    simulator = twreplay.Simulator(undocumented="ignore")
    for name, added, changed, seconds in script:
        before = simulator.snapshot()["instances"]
        try:
            one = getattr(simulator, RESOURCE[name].arranging.method)(**added)
        except UsageError:
            assert simulator.snapshot()["instances"] == before
            continue
        _check(simulator)
        before = simulator.snapshot()["instances"]
        try:
            simulator.change(one, **changed)
        except UsageError:
            assert simulator.snapshot()["instances"] == before
        _check(simulator)
        simulator.clock.advance(seconds)
        _check(simulator)
