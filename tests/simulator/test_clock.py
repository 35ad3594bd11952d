"""The virtual clock: how far, until when, and after whose."""

import sys
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest
from builders import Client, at, call, client, message
from extent import choose_extent
from hypothesis import given, settings
from hypothesis import strategies as st

import twreplay
from twreplay.errors import UsageError


@pytest.fixture
def asking() -> Client:
    return client(undocumented="ignore")


@pytest.fixture
def clock(asking):
    return asking.simulator.clock


class TestAdvance:
    @pytest.mark.parametrize(
        ("args", "units", "seconds"),
        [
            ((5,), {}, 5),
            ((0.25,), {}, 0.25),
            ((timedelta(minutes=2),), {}, 120),
            ((timedelta(minutes=2),), {"seconds": 3}, 123),
            ((), {"seconds": 5}, 5),
            ((), {"minutes": 5}, 300),
            ((), {"hours": 1, "minutes": 1}, 3660),
            ((), {"days": 1, "milliseconds": 500}, 86400.5),
            ((), {"weeks": 1}, 604800),
            ((0,), {}, 0),
        ],
        ids=str,
    )
    def test_takes_seconds_a_timedelta_or_its_keywords(self, clock, args, units, seconds):
        before = clock.now

        clock.advance(*args, **units)

        assert (clock.now - before).total_seconds() == seconds

    @pytest.mark.parametrize(
        ("args", "units", "message"),
        [
            ((), {}, "a timedelta, or keywords such as minutes=5, not None"),
            (("5",), {}, "not '5'"),
            ((True,), {}, "not True"),
            ((-1,), {}, "from 0, not -1"),
            ((timedelta(seconds=-1),), {}, "from 0, not -1"),
            ((), {"minutes": -1}, "from 0, not -60"),
            ((), {"minuts": 5}, "did you mean 'minutes'"),
            ((), {"months": 5}, "There is: seconds, minutes"),
            ((), {"seconds": timedelta(5)}, "not datetime.timedelta"),
            ((float("nan"),), {}, "not nan"),
            ((1e15,), {}, "past the year 9999"),
            ((10**400,), {}, "a number of seconds"),
            ((), {"weeks": 10**9}, "past the year 9999"),
        ],
        ids=str,
    )
    def test_refuses_anything_else_with_one_error(self, clock, args, units, message):
        before = clock.now

        with pytest.raises(UsageError, match=message):
            clock.advance(*args, **units)

        assert clock.now == before

    @given(
        steps=st.lists(st.sampled_from(["call", "text", "in", "transcribe", "wait"]), max_size=6),
        cuts=st.lists(st.integers(1, 59), max_size=5, unique=True),
    )
    @settings(max_examples=choose_extent(25, 60), deadline=None)
    def test_at_once_is_the_same_as_in_pieces(self, steps, cuts):
        whole, pieces, seconds = (_world(steps) for _ in range(3))

        whole.simulator.clock.advance(60)
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), 60], strict=True):
            pieces.simulator.clock.advance(end - start)
        for _ in range(60):
            seconds.simulator.clock.advance(1)

        answers = [one.get("/Calls").body for one in (whole, pieces, seconds)]
        assert answers[0] == answers[1] == answers[2]
        assert whole.simulator.snapshot() == pieces.simulator.snapshot()
        assert whole.simulator.snapshot() == seconds.simulator.snapshot()
        assert str(whole.simulator.requests) == str(seconds.simulator.requests)


def _world(steps: list[str]) -> Client:
    asking = client(undocumented="ignore")
    simulator = asking.simulator
    simulator.arrange_call(after=4.5, duration=7.25)
    for step in steps:
        if step == "call":
            asking.post("/Calls", call())
        elif step == "text":
            asking.post("/SMS/Messages", message())
        elif step == "in":
            simulator.receive_call(duration=11.5)
        elif step == "transcribe":
            simulator.add_transcription(Status="in-progress", goes_on=True)
        else:
            simulator.clock.advance(0.75)
    return asking


class TestTravelTo:
    def test_runs_what_is_due(self, asking, clock):
        asking.post("/Calls", call())

        clock.travel_to(at("2010-03-01 10:00:00"))

        assert asking.simulator.calls[0].Status == "2"
        assert clock.now == at("2010-03-01 10:00:00")

    def test_refuses_to_pass_the_last_year_from_near_it(self, clock):
        clock.travel_to(datetime(9990, 1, 1, tzinfo=UTC))

        with pytest.raises(UsageError, match="past the year 9999"):
            clock.advance(900_000_000)

    @pytest.mark.parametrize(
        ("moment", "message"),
        [
            (at("2009-01-01"), "is in the past"),
            (datetime(2011, 1, 1), "with a time zone"),  # noqa: DTZ001
            ("2011-01-01", "with a time zone"),
            (None, "with a time zone"),
            (datetime(9999, 12, 31, 23, tzinfo=UTC), "past the year 9999"),
        ],
    )
    def test_refuses_other_moments(self, clock, moment, message):
        with pytest.raises(UsageError, match=message):
            clock.travel_to(moment)


class TestRunUntil:
    def test_an_instance_has_a_status(self, asking, clock):
        asking.post("/Calls", call())

        clock.run_until(asking.simulator.calls[0], "1")

        assert clock.now == at("2010-03-01 09:00:05")

    def test_a_function_says_so(self, asking, clock):
        asking.post("/Calls", call())
        (one,) = asking.simulator.calls

        clock.run_until(lambda: one.Price)

        assert clock.now == at("2010-03-01 09:01:35")

    def test_it_is_so_already(self, asking, clock):
        clock.run_until(asking.simulator.add_call(), "2")

        assert clock.now == at("2010-03-01 09:00:00")

    def test_nothing_more_is_due(self, asking, clock):
        asking.post("/Calls", call())

        with pytest.raises(UsageError, match="3 events in 95 seconds, and nothing more is due"):
            clock.run_until(asking.simulator.calls[0], "3")

    @pytest.mark.parametrize("limit", [20, timedelta(seconds=20)])
    def test_it_takes_too_long(self, asking, clock, limit):
        asking.post("/Calls", call())

        with pytest.raises(UsageError, match=r"call ended \(CA\w+\), is after 35 s.* limit=20"):
            clock.run_until(asking.simulator.calls[0], "2", limit=limit)

    @pytest.mark.parametrize(
        ("args", "options", "message"),
        [
            (("2",), {}, "takes a function"),
            ((lambda: True, "2"), {}, "takes a function"),
            ((lambda: True,), {"limit": "long"}, "limit: a number of seconds or a timedelta"),
            ((lambda: True,), {"limit": -1}, "from 0"),
        ],
    )
    def test_refuses_anything_else(self, clock, args, options, message):
        with pytest.raises(UsageError, match=message):
            clock.run_until(*args, **options)

    def test_a_status_that_cannot_be_is_refused(self, asking, clock):
        one = asking.simulator.add_call(Status=1)

        with pytest.raises(UsageError, match="the nearest is '2'"):
            clock.run_until(one, "completed")
        with pytest.raises(UsageError, match="Recording has none"):
            clock.run_until(asking.simulator.add_recording(), "2")

    def test_idle_is_when_nothing_is_due(self, asking, clock):
        asking.post("/Calls", call())
        asking.post("/SMS/Messages", message())

        with pytest.raises(UsageError, match="beyond limit=50"):
            clock.run_until_idle(limit=50)
        clock.run_until_idle()

        assert clock.due == ()
        assert clock.now == at("2010-03-01 09:01:35")


def test_repr_says_when_it_is_and_what_comes_next(asking, clock):
    asking.simulator.arrange_call(after=5)
    assert repr(clock) == "<Clock 2010-03-01 09:00:00 -0800, not moved, 0 due>"

    asking.post("/Calls", call())
    clock.advance(2)

    sid = asking.simulator.calls[0].Sid
    assert repr(clock) == (
        f"<Clock 2010-03-01 09:00:02 -0800, 0:00:02 after the start, 1 due, "
        f"next call answered ({sid}) in 3 s>"
    )


class Watch:
    """A clock of the test's own."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def tick(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def watch() -> Watch:
    return Watch(datetime(2011, 7, 6, tzinfo=UTC))


class TestFollow:
    def test_begins_at_the_time_that_is_followed(self, watch):
        asking = client(clock=watch)

        assert asking.simulator.clock.now == watch.moment

    def test_moves_before_anything_is_looked_at(self, watch):
        simulator = twreplay.Simulator(clock=watch)
        one = simulator.add_call(Status=1, ends_after=30)

        watch.tick(30)

        assert one.Status == "2"
        watch.tick(60)
        assert simulator.calls[0].Price == "-0.03000"
        watch.tick(60)
        assert simulator.clock.now == watch.moment

    def test_moves_before_a_request_is_answered(self, watch):
        asking = client(clock=watch)
        one = asking.simulator.add_call(Status=1, ends_after=30)

        watch.tick(30)

        assert asking.get(f"/Calls/{one.Sid}")["Status"] == "2"

    def test_another_clock_is_followed_from_then_on_and_no_more(self, asking, clock, watch):
        clock.follow(watch)
        assert clock.now == watch.moment
        clock.follow(None)
        watch.tick(60)

        assert clock.now == watch.moment - timedelta(seconds=60)

    def test_goes_on_after_restore_and_fork(self, watch):
        simulator = twreplay.Simulator(clock=watch)
        saved = simulator.snapshot()
        begun = watch.moment
        with simulator.fork():
            watch.tick(10)
            assert simulator.clock.now == watch.moment
        watch.tick(10)
        simulator.restore(saved)

        assert simulator.clock.now == begun
        watch.tick(5)
        assert simulator.clock.now == begun + timedelta(seconds=5)

    def test_a_world_reads_one_moment_in_one_request(self):
        moments = iter(range(10**6))
        ticking = client(
            clock=lambda: datetime(2011, 7, 6, tzinfo=UTC) + timedelta(seconds=next(moments))
        )

        shown = ticking.post("/Calls", call())

        assert shown["DateCreated"] == shown["DateUpdated"]

    def test_no_clock_goes_back(self, watch):
        simulator = twreplay.Simulator(clock=watch)
        assert simulator.calls == ()
        watch.tick(-5)

        with pytest.raises(UsageError, match="went back by 5 seconds"):
            simulator.calls  # noqa: B018

    def test_a_clock_of_the_past_is_not_caught_up_with(self, clock, watch):
        watch.moment = datetime(2009, 1, 1, tzinfo=UTC)

        with pytest.raises(UsageError, match=r"simulate\(clock=\.\.\.\) starts at its time"):
            clock.follow(watch)

    @pytest.mark.parametrize(
        "wrong",
        ["freezgun", 5, datetime, datetime(2010, 1, 1, tzinfo=UTC), lambda: "now"],
        ids=["a name", "a number", "a class", "a date", "a function that returns text"],
    )
    def test_what_is_no_clock_is_refused(self, wrong):
        with pytest.raises(UsageError, match=r"a clock follows|the clock that is followed returns"):
            twreplay.simulate(clock=wrong)

    def test_other_simulators_stand_still(self, asking, watch):
        other = twreplay.Simulator(clock=watch)
        one = asking.simulator.add_call(Status=1, ends_after=30)

        watch.tick(30)

        assert other.clock.now == watch.moment
        assert one.Status == "1"


class TestFrozen:
    """Stand-ins of the libraries: their modules, and how they tell the time."""

    @pytest.fixture
    def freezegun(self, monkeypatch) -> ModuleType:
        module = ModuleType("freezegun.api")
        module.freeze_factories = []
        monkeypatch.setitem(sys.modules, "freezegun.api", module)
        return module

    @pytest.fixture
    def frozen(self, freezegun) -> Watch:
        # As there: the time in UTC, without a zone.
        factory = type("FrozenDateTimeFactory", (Watch,), {"__module__": "freezegun.api"})
        return factory(datetime(2009, 7, 6))  # noqa: DTZ001

    @pytest.mark.parametrize("by_name", [True, False], ids=["by name", "by its factory"])
    def test_the_clock_of_freezegun_is_followed(self, freezegun, frozen, by_name):
        freezegun.freeze_factories.append(frozen)
        simulator = twreplay.Simulator(clock="freezegun" if by_name else frozen)
        one = simulator.add_call(Status=1, ends_after=30)

        frozen.tick(31)

        assert one.Status == "2"
        assert simulator.clock.now == datetime(2009, 7, 6, 0, 0, 31, tzinfo=UTC)

    def test_freezegun_is_followed_where_it_freezes_later(self, freezegun, frozen):
        frozen.moment = datetime(2012, 1, 1)  # noqa: DTZ001
        simulator = twreplay.Simulator(clock="freezegun")
        assert simulator.clock.now == at("2010-03-01 09:00:00")

        freezegun.freeze_factories.append(frozen)
        assert simulator.clock.now == datetime(2012, 1, 1, tzinfo=UTC)
        freezegun.freeze_factories.clear()

        assert simulator.clock.now == datetime(2012, 1, 1, tzinfo=UTC)

    def test_the_clock_of_time_machine_is_followed(self, monkeypatch):
        moment = datetime(2009, 7, 6, tzinfo=UTC).timestamp()
        travelled = [moment]
        module = ModuleType("time_machine")
        hatch = type("Hatch", (), {"is_travelling": lambda self: True})
        module.escape_hatch = hatch()
        monkeypatch.setitem(sys.modules, "time_machine", module)
        monkeypatch.setattr("time.time", lambda: travelled[0])
        simulator = twreplay.Simulator(clock="time-machine")
        traveller = type(
            "Traveller",
            (),
            {"__module__": "time_machine", "time_ns": lambda self: int(travelled[0]) * 10**9},
        )
        other = twreplay.Simulator(clock=traveller())
        assert simulator.clock.now == other.clock.now == datetime(2009, 7, 6, tzinfo=UTC)

        travelled[0] += 30

        assert simulator.clock.now == other.clock.now
        assert other.clock.now == datetime(2009, 7, 6, 0, 0, 30, tzinfo=UTC)

    def test_nothing_that_is_frozen_stands_still(self):
        simulator = twreplay.Simulator(clock="time-machine")

        assert simulator.clock.now == at("2010-03-01 09:00:00")
