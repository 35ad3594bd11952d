"""Every verb of a rule for webhooks, what it refuses, and the error for a rule without use."""

from __future__ import annotations

import pytest

import twreplay
from twreplay import errors, faults

NUMBER = "4158675309"


def greet(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/xml")])
    return [b'<Response><Gather action="/key" numDigits="1"><Say>Hello.</Say></Gather></Response>']


def simulate(**options):
    return twreplay.simulate(undocumented="ignore", **options)


def dial(twilio):
    twilio.attach(greet)
    twilio.change(twilio.incoming_phone_numbers[0], Url="https://clinic.example/voice")
    return twilio.phone("4155550101").dial(NUMBER)


def codes(twilio):
    return [note.ErrorCode for note in twilio.notifications]


@pytest.fixture
def twilio():
    with simulate() as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.ConnectionRefused, "11205"),
        (faults.ConnectionReset(), "11205"),
        (faults.ReadTimeout, "11205"),
        (faults.TLSFailure, "11205"),
        (faults.NameResolutionFailed, "11210"),
        (faults.TruncatedBody, "11206"),
        (faults.MalformedResponse, "11206"),
    ],
)
def test_each_fault_is_logged_with_its_code(twilio, fault, code):
    twilio.when_calling("/voice").raises(fault)
    dial(twilio).wait(seconds=30)
    assert codes(twilio)[0] == code


@pytest.mark.parametrize("status", [404, 500, 503])
def test_fail_answers_with_a_status_that_is_logged(twilio, status):
    twilio.when_calling("/voice").fail(status, "not now")
    dial(twilio).wait(seconds=30)
    assert codes(twilio)[0] == "11200"
    assert twilio.notifications[0].ResponseBody == "not now"


def test_respond_answers_with_text_and_with_bytes(twilio):
    twilio.when_calling("/voice", times=1).respond(body="Just say it.", content_type="text/plain")
    assert dial(twilio).heard[0].text == "Just say it."
    twilio.when_calling("/voice", times=1).respond(body=b"<Response><Say>Bytes.</Say></Response>")
    assert dial(twilio).heard[0].text == "Bytes."


def test_a_delay_beyond_the_limit_is_a_failure(twilio):
    twilio.when_calling("/voice").delay(20)
    dial(twilio).wait(seconds=60)
    assert codes(twilio)[0] == "11205"


def test_a_delay_is_added_to_another_verb_of_the_rule(twilio):
    twilio.when_calling("/voice").delay(3).respond(body="<Response><Say>Late.</Say></Response>")
    call = dial(twilio)
    assert call.heard == ()
    assert call.wait(seconds=3).heard[0].text == "Late."


def test_parameters_say_which_webhook_a_rule_is_for(twilio):
    twilio.when_calling("/key", Digits="2").respond(body="<Response><Say>Two.</Say></Response>")
    call = dial(twilio).press("1").press("2")
    assert [sound.text for sound in call.heard][-1] == "Two."


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda t: t.when_calling("voice"), "the path of a URL"),
        (lambda t: t.when_calling("/voice", times=0), "a number from 1"),
        (lambda t: t.when_calling("/voice", times="2"), "a number from 1"),
        (lambda t: t.when_calling("/voice").fail(200), "a status from 400"),
        (lambda t: t.when_calling("/voice").respond("200"), "a status from 200"),
        (lambda t: t.when_calling("/voice").respond(200, 5), "text or bytes"),
        (lambda t: t.when_calling("/voice").fail(500, True), "text or bytes"),
        (lambda t: t.when_calling("/voice").fail(500, "\ud83d"), "half of a surrogate pair"),
        (lambda t: t.when_calling("/voice").raises(ValueError), r"twreplay\.faults"),
        (lambda t: t.when_calling("/voice").delay("3"), "a number of seconds"),
        (lambda t: t.when_calling("/voice").delay(-1), "a number of seconds"),
    ],
)
def test_what_a_rule_cannot_do_is_refused(make, told):
    with simulate(allow_unused=True) as twilio, pytest.raises(errors.UsageError, match=told):
        make(twilio)


# --- rules that were not used -----------------------------------------------------------------


def leave(make, act=lambda twilio: dial(twilio)):
    """Return the message for a rule that *make* makes and *act* does not use."""
    with pytest.raises(errors.UnusedRules) as caught, simulate() as twilio:
        make(twilio)
        act(twilio)
    assert caught.value.rules
    return str(caught.value)


def test_a_rule_that_is_taken_back_answers_no_more_and_need_not_be_used():
    with simulate() as twilio:
        rule = twilio.when_calling("/voice").fail(503)
        rule.remove()
        rule.remove()
        assert dial(twilio).expects == "digits"


def test_reset_forgets_rules_for_webhooks_and_what_was_delivered():
    with simulate() as twilio:
        rule = twilio.when_calling("/voice").fail(503)
        dial(twilio)
        twilio.when_calling("/nowhere").fail(503)

        twilio.reset()

        assert rule.used
        assert twilio.webhooks == ()
        assert dial(twilio).expects == "digits"


def test_a_rule_without_use_fails_the_block_and_names_its_line():
    told = leave(lambda t: t.when_calling("/fallback").fail(503))
    assert "when_calling('/fallback').fail(503): used 0 of 1, made at " in told
    assert "test_rules_for_webhooks.py" in told
    assert "no webhook was to '/fallback', but to /voice (1)" in told


def test_a_path_that_is_misspelt_is_guessed():
    assert "did you mean '/voice'?" in leave(lambda t: t.when_calling("/voise").fail())


def test_a_parameter_that_differs_is_named_with_what_was_sent():
    told = leave(lambda t: t.when_calling("/voice", Caller="4155559999", Mood="good").fail())
    assert "Caller: '4155559999' expected, '4155550101' was sent" in told
    assert "Mood: 'good' expected, nothing was sent" in told


def test_a_rule_that_another_took_the_place_of_names_that_one():
    def make(twilio):
        twilio.when_calling("/voice").fail(500)
        twilio.when_calling("/voice").fail(503)

    told = leave(make)
    assert "when_calling('/voice').fail(503), made at" in told
    assert "was asked first, as it is newer" in told


def test_a_rule_that_was_used_too_seldom_says_how_often():
    told = leave(lambda t: t.when_calling("/voice", times=3).respond(body="<Response/>"))
    assert "used 2 of 3" in told  # the beginning of the call, and its end


def test_a_rule_without_an_answer_is_told():
    assert "no answer, made at" in leave(lambda t: t.when_calling("/voice"))


def test_a_rule_where_nothing_was_sent_says_so():
    told = leave(lambda t: t.when_calling("/voice").fail(), lambda t: None)
    assert "no webhook was sent: attach an application" in told


def test_unused_rules_may_be_allowed():
    with simulate(allow_unused=True) as twilio:
        twilio.when_calling("/never").fail()
        assert "never" in str(twilio.unused_rules())
