"""Which rule of a test's own is asked first, how often it applies, and how it is taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from basic_auth import encode_basic
from hypothesis import given
from hypothesis import strategies as st

import twreplay
from twreplay.errors import UnusedRules, UsageError


@pytest.fixture
def simulator():
    return twreplay.Simulator(undocumented="ignore")


def send(simulator, method="GET", path="/Calls"):
    headers = {"Authorization": encode_basic(*simulator.auth)}
    return simulator.handle(twreplay.Request(method, simulator.account_url + path, headers))


def ask(simulator, count):
    return [send(simulator).status for _ in range(count)]


class TestOrder:
    def test_newest_rule_answers_first(self, simulator):
        simulator.when("GET", "/Calls").respond(500)
        simulator.when("GET", "/Calls").respond(503)

        assert ask(simulator, 2) == [503, 503]

    def test_rules_that_end_are_gone_through_in_the_order_made(self, simulator):
        simulator.when("GET").respond(502)
        simulator.when(times=1).fail(500)
        simulator.when(times=1).fail(503)
        simulator.when("GET").respond(504)

        assert ask(simulator, 4) == [500, 503, 504, 504]

    def test_oldest_rule_answers_first_if_asked_for(self):
        simulator = twreplay.Simulator(rule_order="oldest")
        simulator.when("GET", "/Calls").respond(500)
        simulator.when("GET", "/Calls", times=1).respond(503)

        assert ask(simulator, 2) == [500, 500]

    def test_rules_are_listed_in_the_order_in_which_they_are_asked(self, simulator):
        old, new = simulator.when().fail(), simulator.when().fail()
        plan = simulator.when(times=1).fail()

        assert simulator.rules == (plan, new, old)

    def test_order_that_does_not_exist_is_refused(self):
        with pytest.raises(UsageError, match="did you mean 'newest'"):
            twreplay.simulate(rule_order="newes")

    def test_rule_behind_a_newer_one_is_told_with_its_place(self):
        with pytest.raises(UnusedRules) as caught, twreplay.simulate() as twilio:
            twilio.when("GET", "/Calls").fail()
            twilio.when("GET").respond(200)
            send(twilio)

        assert "#1 was answered by when('GET'), made at test_user_rules_order.py:" in str(
            caught.value
        )
        assert 'rule_order="oldest"' in str(caught.value)


class TestTakingBack:
    def test_removed_rule_answers_no_more_and_need_not_be_used(self):
        with twreplay.simulate() as twilio:
            rule = twilio.when("GET", "/Calls").fail()
            rule.remove()
            rule.remove()

            assert send(twilio).status == 200
            assert twilio.rules == ()

    def test_rule_applies_within_a_block(self, simulator):
        with simulator.when("GET", "/Calls").fail() as rule:
            assert send(simulator).status == 500

        assert (send(simulator).status, rule.used) == (200, 1)

    def test_rule_of_a_block_that_was_not_used_is_an_error_at_the_end_of_the_test(self):
        with (
            pytest.raises(UnusedRules, match="used 0 of at least 1"),
            twreplay.simulate() as twilio,
        ):
            with twilio.when("GET", "/Calls").fail():
                pass
            send(twilio)

    def test_rule_of_a_block_that_was_removed_within_need_not_be_used(self):
        with twreplay.simulate() as twilio, twilio.when("GET", "/Calls").fail() as rule:
            rule.remove()

    def test_error_of_a_block_comes_before_the_rule(self, simulator):
        with pytest.raises(ZeroDivisionError), simulator.when("GET", "/Calls").fail():
            raise ZeroDivisionError

    def test_rule_knows_the_requests_that_it_answered(self, simulator):
        rule = simulator.when("GET", "/Calls").fail()
        send(simulator)
        send(simulator, path="/Recordings")
        send(simulator)

        assert [entry.number for entry in rule.requests] == [1, 3]
        assert (rule.used, rule.matched) == (2, 2)
        assert rule.requests[0] is simulator.requests[0]

    def test_rule_that_delays_knows_its_requests_as_well(self, simulator):
        rule = simulator.when("GET", "/Calls").delay(seconds=5)
        send(simulator)

        assert [entry.response.status for entry in rule.requests] == [200]


class TestSequences:
    def test_each_answer_is_given_once_and_then_the_api_answers(self, simulator):
        simulator.when("GET", "/Calls").fail(500).then.respond(404).then.redirect("/x")

        assert ask(simulator, 4) == [500, 404, 302, 200]

    def test_answer_is_repeated(self, simulator):
        simulator.when("GET", "/Calls").fail(500).repeat(2).then.fail(503)

        assert ask(simulator, 4) == [500, 500, 503, 200]

    def test_last_answer_is_given_forever(self, simulator):
        simulator.when("GET", "/Calls").passes().then.fail(503).forever()

        assert ask(simulator, 4) == [200, 503, 503, 503]

    def test_times_goes_on_with_the_last_answer(self, simulator):
        simulator.when("GET", "/Calls", times=3).fail(500).then.fail(503)

        assert ask(simulator, 4) == [500, 503, 503, 200]

    def test_failures_of_the_client_may_be_steps(self, simulator):
        simulator.when("GET").raises(twreplay.faults.ReadTimeout).then.fail()

        with pytest.raises(twreplay.faults.ReadTimeout):
            send(simulator)
        assert ask(simulator, 2) == [500, 200]

    def test_function_may_be_a_step(self, simulator):
        @simulator.when("GET").fail().then
        def teapot(request):
            return twreplay.Response(418)

        assert ask(simulator, 3) == [500, 418, 200]

    def test_each_step_is_given_once_when_several_threads_ask(self, simulator):
        simulator.when("GET").fail(500).repeat(20).then.fail(503).repeat(20)

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: send(simulator).status, range(60)))

        assert [statuses.count(status) for status in (500, 503, 200)] == [20, 20, 20]

    def test_sequence_that_was_not_gone_through_is_an_error(self):
        with pytest.raises(UnusedRules, match="used 1 of 3"), twreplay.simulate() as twilio:
            twilio.when("GET").fail().repeat(2).then.fail(503)
            send(twilio)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda rule: rule.then, "has no answer yet"),
            (lambda rule: rule.fail().forever().then, "nothing comes after"),
            (lambda rule: rule.fail().repeat(0), "repeat is a whole number from 1"),
            (lambda rule: rule.fail().fail(), r"write \.then before the next one"),
        ],
    )
    def test_sequence_that_cannot_be_is_refused(self, simulator, make, message):
        with pytest.raises(UsageError, match=message):
            make(simulator.when())

    def test_sequence_longer_than_its_times_is_refused(self, simulator):
        with pytest.raises(UsageError, match="is for 1 requests"):
            simulator.when(times=1).fail().then.fail()

    def test_step_without_an_answer_is_an_error(self):
        with pytest.raises(UnusedRules, match="no answer"), twreplay.simulate() as twilio:
            _ = twilio.when("GET").fail().then
            send(twilio)


class TestSelection:
    def test_the_first_requests_alone_can_be_selected(self, simulator):
        simulator.when("GET", "/Calls").fail().first(2)

        assert ask(simulator, 3) == [500, 500, 200]

    def test_fewer_than_the_first_are_no_error_and_none_is(self):
        with twreplay.simulate() as twilio:
            twilio.when("GET").fail().first(2)
            send(twilio)
        with pytest.raises(UnusedRules), twreplay.simulate() as twilio:
            twilio.when("GET").fail().first(2)

    def test_every_third_request_can_be_selected(self, simulator):
        simulator.when("GET", "/Calls").every(3).fail()

        assert ask(simulator, 6) == [200, 200, 500, 200, 200, 500]

    @pytest.mark.parametrize(
        ("pick", "answered"),
        [
            (lambda rule: rule.first(4).every(2), [2, 4]),
            (lambda rule: rule.every(2).first(4), [2, 4, 6, 8]),
            (lambda rule: rule.first(3).with_probability(1), [1, 2, 3]),
            (lambda rule: rule.first(4).every(3), [3]),
            (lambda rule: rule.every(3).first(2), [3, 6]),
        ],
    )
    def test_clauses_pick_in_the_order_in_which_they_are_written(self, simulator, pick, answered):
        rule = pick(simulator.when("GET", "/Calls")).fail()
        ask(simulator, 12)

        assert [entry.number for entry in rule.requests] == answered

    def test_the_first_by_chance_are_not_those_of_the_first_that_chance_picks(self):
        def count(pick):
            simulator = twreplay.Simulator(seed=3)
            rule = pick(simulator.when("GET", "/Calls")).fail()
            ask(simulator, 40)
            return rule.used

        assert count(lambda rule: rule.first(8).with_probability(0.5)) < 8
        assert count(lambda rule: rule.with_probability(0.5).first(8)) == 8

    def test_random_share_is_the_same_for_the_same_seed(self):
        def run(world, seed=None):
            simulator = twreplay.Simulator(seed=world)
            simulator.when("GET", "/Calls").with_probability(0.5, seed=seed).fail()
            return ask(simulator, 40)

        assert run(1) == run(1)
        assert run(1) != run(2)
        assert run(1, seed=7) == run(2, seed=7)
        assert 5 < run(1).count(500) < 35

    def test_two_rules_by_chance_do_not_pick_the_same(self, simulator):
        first = simulator.when().with_probability(0.5).delay(seconds=0)
        second = simulator.when().with_probability(0.5).delay(seconds=0)
        ask(simulator, 40)

        assert [e.number for e in first.requests] != [e.number for e in second.requests]

    def test_chance_that_picked_none_is_no_error_if_there_was_one_to_pick(self):
        with twreplay.simulate() as twilio:
            twilio.when("GET").with_probability(0).fail()
            send(twilio)
        with pytest.raises(UnusedRules), twreplay.simulate() as twilio:
            twilio.when("GET").with_probability(1).fail()

    @pytest.mark.parametrize(
        "schedule",
        [
            lambda rule: rule.between(60, 120),
            lambda rule: rule.between(timedelta(minutes=1), timedelta(minutes=2)),
            lambda rule: rule.between(
                datetime(2010, 3, 1, 17, 1, tzinfo=UTC), datetime(2010, 3, 1, 17, 2, tzinfo=UTC)
            ),
        ],
    )
    def test_rule_applies_between_two_moments_of_the_virtual_clock(self, simulator, schedule):
        schedule(simulator.when("GET", "/Calls")).fail()

        statuses = []
        for _ in range(4):
            statuses += ask(simulator, 1)
            simulator.clock.advance(seconds=45)

        assert statuses == [200, 200, 500, 200]

    def test_rule_applies_after_a_moment(self, simulator):
        simulator.when("GET", "/Calls").after(seconds=60).fail()

        before = ask(simulator, 1)
        simulator.clock.advance(seconds=60)

        assert before + ask(simulator, 1) == [200, 500]

    def test_schedule_counts_from_where_the_clock_stood(self, simulator):
        simulator.clock.advance(seconds=100)
        simulator.when("GET", "/Calls").after(timedelta(seconds=10)).fail()
        simulator.clock.advance(seconds=9)

        assert ask(simulator, 1) == [200]

    def test_rule_whose_time_did_not_come_is_told_by_the_clock(self):
        with (
            pytest.raises(UnusedRules, match="it applies 60 s from where the virtual clock stands"),
            twreplay.simulate() as twilio,
        ):
            twilio.when("GET").after(seconds=60).fail()
            send(twilio)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda rule: rule.first(0), "first is a whole number from 1"),
            (lambda rule: rule.every(True), "every is a whole number from 1"),
            (lambda rule: rule.with_probability(2), "number from 0 to 1"),
            (lambda rule: rule.between(2, 1), "a start before its end"),
            (lambda rule: rule.between(datetime(2010, 3, 1), 1), "with a time zone"),  # noqa: DTZ001
            (lambda rule: rule.after("1"), "takes seconds, a timedelta"),
            (lambda rule: rule.after(), "either a moment or seconds"),
        ],
    )
    def test_selection_that_cannot_be_is_refused(self, simulator, make, message):
        with pytest.raises(UsageError, match=message):
            make(simulator.when())

    def test_rule_shows_its_clauses(self, simulator):
        assert (
            simulator.when("GET").every(3).between(1, 2).fail().repeat(2).text
            == "when('GET').every(3).between(1, 2).repeat(2)"
        )


class TestUnused:
    def test_rule_without_an_answer_is_an_error_at_the_end(self):
        with (
            pytest.raises(UnusedRules, match=r"no answer, made at test_user_rules_order.py:\d+"),
            twreplay.simulate() as twilio,
        ):
            twilio.when("GET")

    def test_rule_without_an_answer_says_so_to_the_first_request(self):
        with twreplay.simulate(allow_unused=True) as twilio:
            twilio.when("GET", times=1)

            with pytest.raises(UsageError, match=r"no answer: give it one, \.respond\(400\)"):
                send(twilio)

    def test_unused_rules_may_be_allowed(self):
        with twreplay.simulate(allow_unused=True) as twilio:
            twilio.when("GET").fail()

    @pytest.mark.parametrize("wrong", ["yes", 1, None])
    def test_allow_unused_is_true_or_false(self, wrong):
        with pytest.raises(UsageError, match="allow_unused takes True or False"):
            twreplay.simulate(allow_unused=wrong)


@given(
    plan=st.lists(st.one_of(st.none(), st.integers(1, 3)), max_size=6),
    count=st.integers(0, 12),
)
def test_order_is_that_of_a_simple_model(plan, count):
    """Rules that end, oldest first, then the newest of those that do not; then the API."""
    simulator = twreplay.Simulator(undocumented="ignore")
    for number, times in enumerate(plan):
        simulator.when("GET", "/Calls", times=times).respond(500 + number)

    ending = [500 + number for number, times in enumerate(plan) for _ in range(times or 0)]
    endless = [500 + number for number, times in enumerate(plan) if times is None]
    expected = (ending + [endless[-1] if endless else 200] * count)[:count]
    assert ask(simulator, count) == expected


@given(counts=st.lists(st.integers(1, 3), min_size=1, max_size=4), count=st.integers(0, 15))
def test_sequence_is_that_of_a_simple_model(counts, count):
    simulator = twreplay.Simulator(undocumented="ignore")
    rule = simulator.when("GET", "/Calls").respond(500).repeat(counts[0])
    for number, times in enumerate(counts[1:], 501):
        rule = rule.then.respond(number).repeat(times)

    listed = [500 + number for number, times in enumerate(counts) for _ in range(times)]
    assert ask(simulator, count) == (listed + [200] * count)[:count]
    assert (simulator.unused_rules() is None) == (count >= len(listed))
