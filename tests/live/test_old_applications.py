"""Applications of the years of this API, with people at the phones."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from live.old_applications import SmallOnes, Switchboard

import twreplay

BASE, OURS = "https://apps.example", "4158675309"
CALLER, FIRST, SECOND, THIRD = "4155551212", "4155550111", "4155550112", "4155550113"


@pytest.fixture
def office():
    """Return a function that attaches an application, and gives the number this URL."""
    with twreplay.simulate(undocumented="ignore") as simulator:

        def open_office(app, path, *pairs):
            simulator.attach(app, BASE)
            query = f"?{urlencode(pairs)}" if pairs else ""
            number = simulator.incoming_phone_numbers[0]
            simulator.change(number, Url=f"{BASE}/{path}{query}", SmsUrl=f"{BASE}/sms")
            return simulator

        yield open_office
        assert [one.MessageText for one in simulator.notifications] == []


def texts(call):
    return [sound.text for sound in call.heard if sound.text]


VOICEMAIL = f"{BASE}/voicemail?Message=Leave+a+message"


class TestSmallOnes:
    def test_echo_is_the_document_of_its_url(self, office):
        document = "<Response><Say>Grüß Gott &amp; 100 %</Say></Response>"
        twilio = office(SmallOnes(), "echo", ("Twiml", document))
        call = twilio.phone(CALLER).dial(OURS).wait()

        assert texts(call) == ["Grüß Gott & 100 %"]

    def test_message(self, office):
        twilio = office(SmallOnes(), "message", ("Message[0]", "Hello."), ("Message[1]", "Bye."))
        call = twilio.phone(CALLER).dial(OURS).wait()

        assert texts(call) == ["Hello.", "Bye."]
        assert call.is_over

    def test_forward_that_is_taken(self, office):
        twilio = office(SmallOnes(), "forward", ("PhoneNumber", FIRST))
        caller = twilio.phone(CALLER).dial(OURS)
        friend = twilio.phone(FIRST).pick_up()
        caller.speak("It is me")
        friend.hang_up()

        assert texts(friend) == ["It is me"]
        assert caller.wait().is_over

    def test_forward_that_fails_goes_to_voicemail(self, office):
        twilio = office(SmallOnes(), "forward", ("PhoneNumber", FIRST), ("FailUrl", VOICEMAIL))
        caller = twilio.phone(CALLER).dial(OURS)
        twilio.phone(FIRST).ignore()
        caller.expect("leave a message").speak("Call me back", seconds=6).press("#")
        caller.expect("thank you").wait()
        twilio.clock.run_until_idle()

        assert caller.heard[0].seconds == 20
        assert twilio.recordings[0].Duration == "6"
        assert twilio.transcriptions[0].TranscriptionText == "Call me back"

    def test_voicemail_of_who_says_nothing(self, office):
        twilio = office(SmallOnes(), "voicemail", ("Message", "Leave a message"))
        call = twilio.phone(CALLER).dial(OURS).wait(seconds=60)

        assert texts(call) == ["Leave a message", "Nothing was recorded."]
        assert twilio.recordings == ()

    def test_find_me_tries_one_after_the_other(self, office):
        numbers = [("PhoneNumbers[]", number) for number in (FIRST, SECOND, THIRD)]
        twilio = office(SmallOnes(), "findme", *numbers, ("FailUrl", VOICEMAIL))
        caller = twilio.phone(CALLER).dial(OURS)
        twilio.phone(FIRST).busy()
        declined = twilio.phone(SECOND).pick_up().expect("any key").wait(seconds=10)
        taken = twilio.phone(THIRD).pick_up().press("5")
        caller.speak("At last")
        taken.hang_up()

        assert declined.is_over
        assert texts(taken)[-1] == "At last"
        assert caller.wait().is_over

    def test_find_me_that_finds_nobody(self, office):
        twilio = office(SmallOnes(), "findme", ("PhoneNumbers[]", FIRST), ("FailUrl", VOICEMAIL))
        caller = twilio.phone(CALLER).dial(OURS)
        twilio.phone(FIRST).busy()

        caller.expect("leave a message").hang_up()

    def test_ringing_all_connects_the_first(self, office):
        numbers = [("PhoneNumbers[]", number) for number in (FIRST, SECOND, THIRD)]
        twilio = office(SmallOnes(), "simulring", *numbers)
        caller = twilio.phone(CALLER).dial(OURS)
        taken = twilio.phone(SECOND).pick_up()
        caller.speak("Who is there?")

        assert texts(taken) == ["Who is there?"]
        assert twilio.phone(FIRST).ringing is twilio.phone(THIRD).ringing is None
        taken.hang_up()
        assert caller.wait().is_over

    def test_ringing_all_whom_nobody_answers(self, office):
        numbers = [("PhoneNumbers[]", number) for number in (FIRST, SECOND)]
        twilio = office(SmallOnes(), "simulring", *numbers)
        caller = twilio.phone(CALLER).dial(OURS)
        twilio.phone(FIRST).busy()
        twilio.phone(SECOND).ignore()

        caller.expect("nobody is here").wait()
        assert caller.is_over

    def test_menu_asks_until_a_key_is_one_of_its_own(self, office):
        options = ("Options[1]", f"{BASE}/message?Message[0]=One")
        twilio = office(SmallOnes(), "menu", ("Message", "Press 1"), options)
        call = twilio.phone(CALLER).dial(OURS).wait(seconds=7)
        call.press("7").expect("none of them").wait(seconds=5).press("1").expect("one").wait()

        assert texts(call) == [
            *("Press 1", "Press 1", "I am sorry, that was none of them.", "Press 1", "One")
        ]
        assert call.is_over

    def test_conference_begins_and_ends_with_its_moderator(self, office):
        pairs = [("Name", "weekly"), ("Moderators[]", FIRST)]
        twilio = office(SmallOnes(), "conference", *pairs)
        second, third = (twilio.phone(number).dial(OURS) for number in (SECOND, THIRD))
        twilio.clock.advance(seconds=12)
        waited = [sound.kind for sound in second.heard]
        moderator = twilio.phone(FIRST).dial(OURS).wait(seconds=3)
        moderator.speak("Let us begin")
        moderator.hang_up()

        assert waited.count("play") >= 2
        assert "Let us begin" in texts(second)
        assert second.wait().is_over
        assert third.wait().is_over
        assert texts(third)[-1] == "Bye."
        assert twilio.conferences[0].Status == "2"


class TestSwitchboard:
    def test_a_caller_is_put_through_to_the_second_device(self, office):
        twilio = office(Switchboard(), "start")
        caller = twilio.phone(CALLER).dial(OURS).expect("press 1").press("1")
        screened = twilio.phone(FIRST).pick_up().expect("press 1").press("2")
        taken = twilio.phone(SECOND).pick_up().expect("4 1 5 8").press("1").wait(seconds=2)
        caller.speak("Hello")
        taken.hang_up()

        assert screened.is_over
        assert taken.resource.Caller == OURS
        assert texts(taken)[-1] == "Hello"
        assert caller.wait().is_over

    def test_a_caller_whom_nobody_answers_leaves_a_message(self, office):
        twilio = office(Switchboard(), "start")
        caller = twilio.phone(CALLER).dial(OURS).expect("press 1").press("1")
        twilio.phone(FIRST).ignore()
        twilio.phone(SECOND).busy()
        caller.expect("leave a message").speak("Call me", seconds=4).press("#").expect("thank")
        caller.wait()

        twilio.phone(FIRST).expect_text("4 seconds")

    def test_a_caller_who_presses_nothing_is_asked_three_times(self, office):
        twilio = office(Switchboard(), "start")
        call = twilio.phone(CALLER).dial(OURS).wait(seconds=120)

        assert [text.startswith("For us") for text in texts(call)].count(True) == 3
        assert texts(call)[-1] == "Goodbye."
        assert call.is_over

    @pytest.mark.parametrize(
        ("body", "number", "answer"),
        [("hours", CALLER, "open from 9"), ("Is anybody there?", FIRST, "anybody")],
    )
    def test_a_message_is_answered_or_handed_on(self, office, body, number, answer):
        twilio = office(Switchboard(), "start")
        twilio.phone(CALLER).text(OURS, body)

        twilio.phone(number).expect_text(answer)
