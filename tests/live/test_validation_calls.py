"""Validation calls: a phone rings, its person keys in the code, and the number is validated."""

from __future__ import annotations

import asyncio
import json

import pytest
import requests
from live.live_application import Application

import twreplay
from twreplay.errors import UsageError

NUMBER = "4155550123"


@pytest.fixture
def twilio():
    """Simulate without an application: a validation call needs none."""
    with twreplay.simulate(undocumented="ignore") as simulator:
        yield simulator


def ask(twilio, **more):
    """Ask for the validation of the number; return the code."""
    form = {"PhoneNumber": "(415) 555-0123"} | more
    url = f"{twilio.account_url}/OutgoingCallerIds"
    assert requests.post(url, form, auth=twilio.auth, timeout=5).status_code == 200
    return twilio.validation_requests[-1].ValidationCode


def validated(twilio):
    return [one.PhoneNumber for one in twilio.outgoing_caller_ids]


def wrong(code):
    return "".join(str(9 - int(digit)) for digit in code)


def test_phone_rings_and_its_number_is_validated_with_the_code(twilio):
    code = ask(twilio, FriendlyName="Cell")
    call = twilio.phone(NUMBER).pick_up()

    call.expect("code").press(code).expect("thank you").wait()

    assert call.is_over
    assert validated(twilio) == [NUMBER]
    assert twilio.outgoing_caller_ids[0].FriendlyName == "Cell"
    assert call.transcript == (
        "00:00.0  person   answers\n"
        "00:00.0  twilio   says: Please enter the six digits of your validation code.\n"
        f"00:00.0  person   presses {code}\n"
        f"00:00.0  api      validates {NUMBER}\n"
        "00:00.0  twilio   says: Thank you. The number is validated.\n"
        "00:03.0  twilio   hangs up"
    )


def test_number_is_not_validated_before_the_last_key(twilio):
    code = ask(twilio)
    call = twilio.phone(NUMBER).pick_up().press(code[:5])

    assert validated(twilio) == []
    assert call.press(code[5]).wait().is_over
    assert validated(twilio) == [NUMBER]


def test_wrong_code_is_asked_for_again_and_the_third_ends_the_call(twilio):
    code = ask(twilio)
    call = twilio.phone(NUMBER).pick_up()

    for _ in range(2):
        call.press(wrong(code)).expect("not the code")
        assert call.expects == "digits"
    call.press(wrong(code)).wait()

    assert call.is_over
    assert call.heard[-1].text == "Goodbye."
    assert validated(twilio) == []


def test_right_code_after_a_wrong_one_validates(twilio):
    code = ask(twilio)

    twilio.phone(NUMBER).pick_up().press(wrong(code)).press(code)

    assert validated(twilio) == [NUMBER]


def test_one_who_keys_in_nothing_is_asked_three_times(twilio):
    ask(twilio)
    call = twilio.phone(NUMBER).pick_up().wait(seconds=60)

    assert call.is_over
    assert [sound.text for sound in call.heard] == [call.heard[0].text] * 3 + ["Goodbye."]
    assert validated(twilio) == []


def test_part_of_a_code_is_a_wrong_code(twilio):
    code = ask(twilio)
    call = twilio.phone(NUMBER).pick_up().press(code[:3]).wait(seconds=5)

    assert "not the code" in call.heard[-1].text
    call.press(code[:3] + "#")
    assert [sound.text for sound in call.heard].count(call.heard[-1].text) == 2
    call.press(code)
    assert validated(twilio) == [NUMBER]


def test_one_who_hangs_up_is_not_validated(twilio):
    ask(twilio)
    call = twilio.phone(NUMBER).pick_up().hang_up()
    twilio.clock.run_until_idle()

    assert call.is_over
    assert validated(twilio) == []
    assert twilio.phone(NUMBER).ringing is None


@pytest.mark.parametrize(("verb", "seconds"), [("busy", 0), ("ignore", 60)])
def test_call_that_is_not_answered_validates_nothing(twilio, verb, seconds):
    ask(twilio)
    begun = twilio.clock.now

    refused = getattr(twilio.phone(NUMBER), verb)()

    assert refused is twilio.validation_requests[0]
    assert (twilio.clock.now - begun).total_seconds() == seconds
    assert twilio.phone(NUMBER).ringing is None
    assert validated(twilio) == []


def test_call_delay_is_the_seconds_before_it_rings(twilio):
    code = ask(twilio, CallDelay="30")
    phone, begun = twilio.phone(NUMBER), twilio.clock.now

    before = phone.ringing
    twilio.clock.advance(seconds=29.5)
    assert (before, phone.ringing) == (None, None)
    phone.pick_up().press(code)

    assert (twilio.clock.now - begun).total_seconds() == 30
    assert validated(twilio) == [NUMBER]


def test_events_of_a_validation_call_are_listed(twilio):
    ask(twilio, CallDelay="10")

    kinds = [(due.kind, due.subject) for due in twilio.clock.due]

    assert kinds == [("validation call rings", NUMBER), ("validation call not answered", NUMBER)]


def test_phone_that_is_asked_too_late_does_not_ring(twilio):
    ask(twilio)
    twilio.clock.advance(seconds=60)

    with pytest.raises(UsageError, match="nobody calls"):
        twilio.phone(NUMBER).pick_up()


def test_two_requests_are_two_calls_with_a_code_each(twilio):
    first, second = ask(twilio), ask(twilio, CallDelay="5")
    phone = twilio.phone(NUMBER)

    phone.pick_up().press(second).hang_up()
    assert validated(twilio) == []
    call = phone.pick_up().press(second)

    assert first != second
    assert validated(twilio) == [NUMBER]
    assert [one.sid for one in phone.calls] == ["validation 1", "validation 2"]
    assert call.resource is twilio.validation_requests[1]


def test_once_validated_no_further_call_rings(twilio):
    code = ask(twilio)
    ask(twilio, CallDelay="20")

    twilio.phone(NUMBER).pick_up().press(code).wait()
    twilio.clock.advance(seconds=25)

    assert twilio.phone(NUMBER).ringing is None


def test_call_in_progress_is_more_than_was_expected_and_one_that_is_over_is_not(twilio):
    code = ask(twilio)
    call = twilio.phone(NUMBER).pick_up()

    with pytest.raises(AssertionError, match="the call validation 1 still goes on"):
        twilio.expect_nothing_more()
    call.press(code).wait()

    twilio.expect_nothing_more()


def test_it_is_no_call_of_the_account_and_tells_no_application(twilio):
    app = Application()
    twilio.attach(app)
    code = ask(twilio)
    call = twilio.phone(NUMBER).pick_up().press(code).wait()

    assert twilio.calls == ()
    assert (call.webhooks, app.asked) == ((), [])
    assert 109 in [question.number for question in call.questions]


def test_validated_number_can_call(twilio):
    code = ask(twilio)
    form = {"Caller": NUMBER, "Called": "4155551212", "Url": "http://a.example/"}
    url = f"{twilio.account_url}/Calls"

    before = requests.post(url, form, auth=twilio.auth, timeout=5).status_code
    twilio.phone(NUMBER).pick_up().press(code)

    assert (before, requests.post(url, form, auth=twilio.auth, timeout=5).status_code) == (400, 200)


class TestWithoutPhone:
    def test_code_can_be_keyed_in_and_ends_the_ringing(self, twilio):
        ask(twilio)

        twilio.key_in_code(NUMBER)

        assert validated(twilio) == [NUMBER]
        assert twilio.phone(NUMBER).ringing is None

    def test_code_can_be_keyed_in_when_nobody_answered(self, twilio):
        ask(twilio)
        twilio.clock.advance(seconds=600)

        twilio.key_in_code(NUMBER)

        assert validated(twilio) == [NUMBER]

    def test_arranged_validation_comes_true_unless_somebody_picks_up(self, twilio):
        twilio.arrange_validation(NUMBER, after=20)
        ask(twilio)
        twilio.clock.advance(seconds=20)
        assert validated(twilio) == [NUMBER]

        other = "4155550124"
        twilio.arrange_validation(other, after=20)
        ask(twilio, PhoneNumber=other)
        twilio.phone(other).pick_up().hang_up()
        twilio.clock.run_until_idle()

        assert validated(twilio) == [NUMBER]

    @pytest.mark.parametrize("verb", ["busy", "ignore"])
    def test_one_who_refuses_does_not_validate_what_was_arranged(self, twilio, verb):
        twilio.arrange_validation(NUMBER, after=20)
        ask(twilio)

        getattr(twilio.phone(NUMBER), verb)()
        twilio.clock.run_until_idle()

        assert validated(twilio) == []

    def test_code_is_the_arranged_one(self, twilio):
        twilio.arrange_validation(NUMBER, outcome="never", validation_code="123456")
        ask(twilio)

        twilio.phone(NUMBER).pick_up().press("123456")

        assert validated(twilio) == [NUMBER]


def test_fork_undoes_a_validation_call(twilio):
    code = ask(twilio)
    with twilio.fork():
        twilio.phone(NUMBER).pick_up().press(code)

    assert validated(twilio) == []
    assert twilio.phone(NUMBER).calls == ()
    twilio.phone(NUMBER).pick_up().press(code)
    assert validated(twilio) == [NUMBER]


def test_call_that_rings_is_in_a_snapshot(twilio):
    code = ask(twilio)
    saved = json.loads(json.dumps(twilio.snapshot()))
    with twreplay.simulate(undocumented="ignore") as other:
        other.restore(saved)

        other.phone(NUMBER).pick_up().press(code)

        assert validated(other) == [NUMBER]


def test_verbs_are_coroutines_in_a_running_loop(twilio):
    code = ask(twilio, CallDelay="10")

    async def answer():
        call = await twilio.aio.phone(NUMBER).pick_up()
        await call.expect("code")
        await call.press(code)
        await call.wait()
        return call.is_over

    assert asyncio.run(answer())
    assert validated(twilio) == [NUMBER]


@pytest.mark.parametrize("verb", ["busy", "ignore"])
def test_refusals_are_coroutines_as_well(twilio, verb):
    ask(twilio)

    refused = asyncio.run(getattr(twilio.aio.phone(NUMBER), verb)())

    assert refused is twilio.validation_requests[0]
    assert twilio.phone(NUMBER).ringing is None
