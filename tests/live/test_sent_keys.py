"""Keys that the API sends to who answered: SendDigits of a call, sendDigits of ``<Number>``."""

from __future__ import annotations

import pytest
import requests
from live.live_application import BASE, make_call, office, office_app

import twreplay

PERSON, NURSE = "4155551212", "4155559999"
HELLO = "<Response><Say>Hello.</Say></Response>"


app, twilio = office_app, office


def sounds(call):
    return [(sound.kind, sound.text, sound.start) for sound in call.heard]


class TestOfACall:
    @pytest.fixture
    def answered(self, twilio, app):
        """Return a function that makes a call with these keys, and answers it."""
        app.pages["/voice"] = HELLO

        def answer(keys, **more):
            assert make_call(twilio, SendDigits=keys, **more).status_code == 200
            return twilio.phone(PERSON).pick_up()

        return answer

    def test_arrive_when_it_is_answered_and_before_the_document(self, answered):
        call = answered("1234#").wait()

        assert sounds(call) == [("keys", "1234#", 0), ("say", "Hello.", 0)]
        assert call.transcript.splitlines()[:3] == [
            "00:00.0  person   answers",
            "00:00.0  twilio   sends the keys 1234#",
            "00:00.0  twilio   says: Hello.",
        ]

    @pytest.mark.parametrize(
        ("keys", "heard", "first_word"),
        [
            ("ww1", [("keys", "1", 1)], 1),
            ("1w2", [("keys", "1", 0), ("keys", "2", 0.5)], 0.5),
            ("1w2ww#", [("keys", "1", 0), ("keys", "2", 0.5), ("keys", "#", 1.5)], 1.5),
            ("12ww", [("keys", "12", 0)], 1),
            ("wwww", [], 2),
        ],
    )
    def test_wait_half_a_second_for_each_w(self, answered, keys, heard, first_word):
        call = answered(keys).wait()

        assert sounds(call) == [*heard, ("say", "Hello.", first_word)]

    def test_are_heard_at_their_time(self, twilio, app, answered):
        call = answered("w1w2")

        assert (sounds(call), app.asked) == ([], [])
        twilio.clock.advance(seconds=0.5)
        assert sounds(call) == [("keys", "1", 0.5)]
        twilio.clock.advance(seconds=0.5)
        assert app.asked_at("/voice")[0]["DialStatus"] == "answered"

    def test_can_be_expected(self, answered):
        answered("www42").expect("42", "hello")

    def test_one_who_hangs_up_hears_no_more_of_them_and_is_no_reason_to_ask(self, app, answered):
        call = answered("1wwww2")
        call.hang_up()
        call.wait(seconds=10)

        assert sounds(call) == [("keys", "1", 0)]
        assert [form["CallStatus"] for form in app.asked_at("/voice")] == ["completed"]

    def test_call_that_is_sent_elsewhere_meanwhile_leaves_the_rest(self, twilio, app, answered):
        app.pages["/else"] = "<Response><Say>Elsewhere.</Say></Response>"
        call = answered("1wwww2")
        url = f"{twilio.account_url}/Calls/{call.resource.Sid}"
        requests.post(url, {"CurrentUrl": f"{BASE}/else"}, auth=twilio.auth, timeout=5)
        call.wait()

        assert sounds(call) == [("keys", "1", 0), ("say", "Elsewhere.", 0)]
        assert [form["CallStatus"] for form in app.asked_at("/voice")] == ["completed"]

    def test_rest_on_a_question(self, answered):
        assert 110 in [question.number for question in answered("1").questions]
        assert 110 not in [question.number for question in answered("").questions]

    def test_w_rests_on_a_question_of_the_request(self):
        with twreplay.simulate(undocumented="ignore") as twilio:
            make_call(twilio, SendDigits="1w2")
            make_call(twilio, SendDigits="12")

            asked = [[q.number for q in entry.rests_on] for entry in twilio.requests]

        assert asked == [[46], []]

    @pytest.mark.parametrize("bad", ["12a", "W1", "1,2", "1 2", "p1", "１"])
    def test_other_values_are_refused_and_nobody_is_called(self, twilio, bad):
        answer = make_call(twilio, SendDigits=bad)

        assert answer.status_code == 400
        assert "<Code>21206</Code>" in answer.text
        assert twilio.phone(PERSON).ringing is None


class TestOfANumber:
    @pytest.fixture
    def dialled(self, twilio, app):
        """Return a function that lets a call dial the nurse with these attributes."""

        def dial(attributes):
            app.pages |= {
                "/voice": '<Response><Dial action="/dialled">'
                f"<Number {attributes}>{NURSE}</Number></Dial></Response>",
                "/dialled": "<Response><Say>Bye.</Say></Response>",
                "/whisper": "<Response><Say>A patient.</Say></Response>",
            }
            return twilio.phone(PERSON).dial("4158675309")

        return dial

    def test_arrive_at_the_called_side_before_the_two_are_connected(self, twilio, dialled):
        caller = dialled('sendDigits="ww12"')
        nurse = twilio.phone(NURSE).pick_up()

        caller.speak("Too early", seconds=0.5)
        twilio.clock.advance(seconds=0.5)
        caller.speak("Hello", seconds=0.5)

        assert sounds(nurse) == [("keys", "12", 1), ("voice", "Hello", 1)]
        assert [sound.kind for sound in caller.heard] == ["ring"]
        assert "twilio   sends the keys 12" in nurse.transcript

    def test_come_before_a_whisper(self, twilio, dialled):
        dialled('sendDigits="1" url="/whisper"')
        nurse = twilio.phone(NURSE).pick_up()

        assert sounds(nurse) == [("keys", "1", 0), ("say", "A patient.", 0)]

    def test_stop_the_phones_of_the_others_at_once(self, twilio, app):
        app.pages["/voice"] = (
            '<Response><Dial><Number sendDigits="wwww1">4155559999</Number>'
            "<Number>4155558888</Number></Dial></Response>"
        )
        twilio.phone(PERSON).dial("4158675309")
        twilio.phone(NURSE).pick_up()

        assert twilio.phone("4155558888").ringing is None

    @pytest.mark.parametrize("who", ["caller", "nurse"])
    def test_are_given_up_when_one_side_hangs_up(self, twilio, app, dialled, who):
        caller = dialled('sendDigits="wwww1"')
        nurse = twilio.phone(NURSE).pick_up()

        (caller if who == "caller" else nurse).hang_up()
        twilio.clock.advance(seconds=10)

        assert nurse.is_over
        assert sounds(nurse) == []
        assert app.asked_at("/dialled")[0]["DialStatus"] == "no-answer"
