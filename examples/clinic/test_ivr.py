"""The clinic's telephone: simulated, recorded in both directions, rehearsed."""

from __future__ import annotations

import pytest

pytest.importorskip("flask")

from clinic import Clinic
from ivr import create_app
from test_replayed import AUTH, NUMBER

PATIENT = "4155550123"


@pytest.fixture
def book():
    return {PATIENT: "open"}


@pytest.fixture
def mailbox():
    return []


@pytest.fixture
def line(twilio, book, mailbox):
    """The simulated API, with the application behind the clinic's number."""
    number = twilio.add_incoming_phone_number(
        PhoneNumber=NUMBER,
        Url="http://clinic.example/remind",
        VoiceFallbackUrl="http://clinic.example/sorry",
        SmsUrl="http://clinic.example/sms",
    )
    twilio.attach(create_app(book, mailbox, twilio.auth_token))
    assert number.PhoneNumber == NUMBER
    return twilio


def remind(twilio):
    Clinic(twilio.auth, NUMBER).remind(PATIENT, "Tomorrow at 9.")
    return twilio.phone(PATIENT)


@pytest.mark.parametrize(("key", "state"), [("1", "confirmed"), ("2", "cancelled")])
def test_a_patient_answers_a_reminder_with_a_key(line, book, key, state):
    remind(line).pick_up().expect("tomorrow").press(key).expect(state).wait()
    assert book == {PATIENT: state}


def test_a_wrong_key_is_asked_again(line, book):
    call = remind(line).pick_up().expect("press 1").press("7").wait(seconds=1)
    assert call.press("1").expect("confirmed").wait().is_over


def test_a_patient_who_is_busy_is_missed(line):
    remind(line).busy()
    assert Clinic(line.auth, NUMBER).missed() == [PATIENT]


@pytest.mark.parametrize("outcome", ["busy", "no-answer"])
def test_who_calls_while_the_desk_is_away_leaves_a_message(line, mailbox, outcome):
    line.arrange_call("4155550190", outcome=outcome)

    call = line.phone(PATIENT).dial(NUMBER).press("0").expect("leave a message").wait()
    call.speak("Please call me back.", seconds=4).hang_up()

    assert mailbox == [f"{line.account_url}/Recordings/{line.recordings[-1].Sid}"]


def test_a_text_confirms(line, book):
    line.phone(PATIENT).text(NUMBER, "yes").expect_text("confirmed")
    assert book == {PATIENT: "confirmed"}


def test_a_stranger_gets_no_answer(line):
    line.phone("4155550177").text(NUMBER, "yes")
    line.expect_nothing_more()
    assert line.phone("4155550177").inbox == ()


def test_the_fallback_speaks_when_the_application_fails(line):
    line.when_calling("/remind", times=1).fail(503)
    line.phone(PATIENT).dial(NUMBER).expect("please wait")
    assert [note.ErrorCode for note in line.notifications] == ["11200"]


@pytest.mark.twreplay_faults("webhooks", may_raise=())
def test_no_stranger_is_obeyed_and_nothing_counts_twice(line, book):
    line.phone(PATIENT).dial(NUMBER).press("1").hang_up()
    assert book == {PATIENT: "confirmed"}


class TestRecorded:
    @pytest.fixture
    def twilio_app(self, book, mailbox):
        return create_app(book, mailbox, AUTH[1])

    def test_the_application_answers_as_when_it_was_recorded(self, twilio_cassette, book):
        Clinic(AUTH, NUMBER).remind(PATIENT, "Tomorrow at 9.")
        twilio_cassette.wait_for_webhooks(2)
        assert book == {PATIENT: "confirmed"}
