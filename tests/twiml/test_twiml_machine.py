"""What a run does, verb by verb."""

from __future__ import annotations

import copy
import pickle
from math import inf

import pytest
from twiml_runs import CALLER, CLINIC, URL, Run

from twreplay._api import Q
from twreplay._twiml import (
    ConferenceLeft,
    Connect,
    CutOff,
    DocumentArrived,
    Durations,
    EndLeg,
    Expects,
    Fetch,
    FetchFailed,
    Finished,
    Hangup,
    Heard,
    HungUp,
    JoinConference,
    KeysLost,
    Kind,
    LeaveConference,
    Leg,
    LegAnswered,
    LegEnded,
    Pressed,
    RecordingStored,
    Redirected,
    SendSms,
    SmsTaken,
    Spoke,
    StartDial,
    StartRecording,
    StartWhisper,
    State,
    Step,
    StopRecording,
    TimePassed,
    WhisperEnded,
    read_document,
    step,
)

OTHER = "4155550100"


def fetches(run):
    return [(f.url, f.method, dict(f.parameters), f.why, f.is_run) for f in run.of(Fetch)]


class TestSounds:
    def test_are_heard_one_after_the_other_and_the_call_ends(self):
        run = Run(
            '<Say voice="woman" language="fr">Bonjour</Say><Pause length="2"/><Play>a.mp3</Play>'
        )

        run.do(TimePassed(100))

        assert run.of(Heard, Hangup) == [
            Heard("say", "Bonjour", 0, 1, "woman", "fr"),
            Heard("pause", "", 1, 2),
            Heard("play", "https://clinic.example/a.mp3", 3, 5),
            Hangup("end of document"),
        ]
        assert (run.state.is_over, run.state.is_hung_up) == (True, True)

    def test_are_heard_as_often_as_loop_says(self):
        run = Run('<Say loop="3">Hello</Say>')

        assert (run.of(Heard)[0].seconds, run.state.due) == (3, 3)

    def test_without_end_last_until_the_person_hangs_up(self):
        run = Run('<Play loop="0">a.mp3</Play><Say>Never</Say>').do(TimePassed(7_000))

        assert run.of(Heard)[0].seconds == inf
        assert run.do(HungUp()).last == [Hangup("person"), CutOff(0, 7_000)]

    def test_speech_lasts_a_second_for_15_characters_and_audio_as_long_as_told(self):
        durations = Durations(audio_lengths=(("https://clinic.example/a.mp3", 42),))
        run = Run(f"<Say>{'x' * 31}</Say><Play>a.mp3</Play>", durations=durations)

        assert [heard.seconds for heard in run.do(TimePassed(10)).of(Heard)] == [3, 42]

    def test_time_in_one_step_and_in_many_comes_to_the_same(self):
        body = "<Say>Hello</Say><Pause length='3'/><Gather><Say>Press</Say></Gather><Record/>"
        once, often = Run(body).do(TimePassed(40)), Run(body)
        for tenths in range(401):
            often.do(TimePassed(tenths / 10))

        assert once.effects == often.effects
        assert once.state == often.state


class TestGather:
    MENU = (
        '<Gather action="/menu" numDigits="2"><Say>Press two keys</Say><Pause/></Gather>'
        "<Say>No</Say>"
    )

    def test_submits_when_it_has_its_digits(self):
        run = Run(self.MENU).do(Pressed("4")).do(Pressed("2"))

        assert fetches(run) == [
            ("https://clinic.example/menu", "POST", {"Digits": "42"}, "gather", True)
        ]
        assert run.state.expects is Expects.DOCUMENT

    def test_a_key_cuts_off_what_is_heard(self):
        run = Run('<Gather><Say loop="9">Press</Say><Play>a.mp3</Play></Gather>')

        assert run.do(TimePassed(2)).do(Pressed("1")).last == [CutOff(0, 2)]
        assert run.do(TimePassed(6.5)).of(Fetch) == []
        assert run.do(TimePassed(7)).of(Fetch)[0].parameters == (("Digits", "1"),)
        assert [heard.in_gather for heard in run.of(Heard)] == [True]

    def test_the_timeout_begins_after_the_sounds(self):
        run = Run('<Gather timeout="3"><Say>Press</Say></Gather><Say>Too late</Say>')

        assert run.do(TimePassed(3.9)).of(Heard)[-1].content == "Press"
        assert run.do(TimePassed(4)).of(Heard)[-1].content == "Too late"
        assert run.of(Fetch) == []

    def test_the_finish_key_submits_and_is_not_among_the_digits(self):
        run = Run('<Gather method="GET"/>').do(Pressed("12#9"))

        assert fetches(run) == [(URL, "GET", {"Digits": "12"}, "gather", True)]
        assert run.of(KeysLost) == [KeysLost("9")]

    def test_the_finish_key_before_any_digit_submits_nothing(self):
        run = Run("<Gather><Say>Press</Say></Gather><Say>No</Say>").do(Pressed("#"))

        assert (run.of(Fetch), run.questions) == ([], [Q.FINISH_KEY_ALONE])
        assert run.last == [CutOff(0, 0), Heard("say", "No", 0, 1, "man", "en")]

    def test_no_key_finishes_where_finish_on_key_is_empty(self):
        run = Run('<Gather finishOnKey=""/>').do(Pressed("1#*")).do(TimePassed(5))

        assert run.of(Fetch)[0].parameters == (("Digits", "1#*"),)

    def test_a_key_that_is_none_is_passed_over(self):
        assert Run('<Gather numDigits="1"/>').do(Pressed("aé ")).of(Fetch) == []

    def test_a_hang_up_submits_nothing(self):
        run = Run(self.MENU).do(Pressed("4")).do(HungUp())

        assert (run.of(Fetch), run.state.is_over) == ([], True)
        assert Q.HANG_UP_IN_GATHER in run.questions


class TestRecord:
    def test_ends_after_silence_and_is_submitted_with_its_url(self):
        run = Run('<Record action="/rec" timeout="3"/>').do(TimePassed(2))
        run.do(Spoke(4.5, "Call me back"))

        assert run.do(TimePassed(9.4)).last == []
        assert run.do(TimePassed(9.5)).last == [
            StopRecording("silence", 4.5, "Call me back", True, False, "")
        ]
        assert run.of(StartRecording) == [StartRecording(1)]
        assert run.state.expects is Expects.STORED_RECORDING
        assert fetches(run.do(RecordingStored("http://api/RE1"))) == [
            (
                "https://clinic.example/rec",
                "POST",
                {"RecordingUrl": "http://api/RE1", "Duration": "5", "Digits": ""},
                "record",
                True,
            )
        ]

    def test_a_key_ends_it_and_is_told(self):
        run = Run('<Record playBeep="false"/>').do(Spoke(60)).do(TimePassed(7)).do(Pressed("#"))

        assert run.last == [StopRecording("key", 7, "", True, False, "")]
        assert dict(run.do(RecordingStored("u")).of(Fetch)[0].parameters)["Digits"] == "#"

    def test_a_key_that_is_not_among_the_finish_keys_changes_nothing(self):
        run = Run('<Record playBeep="false" finishOnKey="*"/>').do(Spoke(2)).do(Pressed("1"))

        assert run.last == []

    def test_max_length_ends_it(self):
        run = Run('<Record maxLength="10"/>').do(Spoke(60)).do(TimePassed(60))

        assert run.last == [StartRecording(1), StopRecording("length", 10, "", True, False, "")]

    def test_two_utterances_with_silence_between_are_one_recording(self):
        run = Run('<Record playBeep="false" timeout="5"/>')
        run.do(TimePassed(1)).do(Spoke(2, "One")).do(TimePassed(6)).do(Spoke(1, "two"))

        assert run.do(TimePassed(12)).of(StopRecording)[0].seconds == 6
        assert run.of(StopRecording)[0].text == "One two"

    def test_an_empty_one_is_not_submitted_and_the_next_verb_follows(self):
        run = Run("<Record/><Say>Nothing heard</Say>").do(TimePassed(6))

        assert run.of(StopRecording) == [StopRecording("silence", 0, "", False, False, "")]
        assert run.of(Heard)[-1].content == "Nothing heard"

    def test_a_hang_up_submits_it_and_the_answer_is_not_run(self):
        run = Run("<Record/>").do(TimePassed(1)).do(Spoke(3)).do(TimePassed(4)).do(HungUp())

        assert run.last == [Hangup("person"), StopRecording("hang-up", 3, "", True, False, "")]
        assert (run.state.is_hung_up, run.state.is_over) == (True, False)
        run.do(RecordingStored("u"))
        assert (dict(run.of(Fetch)[0].parameters)["Digits"], run.of(Fetch)[0].is_run) == (
            "hangup",
            False,
        )
        assert run.answer("<Say>Nobody hears this</Say>").state.is_over
        assert [heard.sound for heard in run.of(Heard)] == ["beep"]

    def test_is_transcribed_up_to_120_seconds_and_with_a_callback_alone(self):
        for attributes, transcribes in [
            ('transcribe="true"', True),
            ('transcribeCallback="/t"', True),
            ('transcribe="true" maxLength="121"', False),
            ("", False),
        ]:
            run = Run(f"<Record {attributes}/>").do(Spoke(9)).do(TimePassed(4)).do(Pressed("1"))

            assert run.of(StopRecording)[0].transcribes is transcribes, attributes

    def test_tells_where_the_transcription_goes(self):
        run = Run('<Record transcribeCallback="t"/>').do(Spoke(9)).do(TimePassed(4)).do(HungUp())

        assert run.of(StopRecording)[0].transcribe_callback == "https://clinic.example/t"


class TestDial:
    def test_connects_and_goes_on_with_the_next_verb(self):
        run = Run(f"<Dial>{OTHER}</Dial><Say>Goodbye</Say>")

        assert run.of(StartDial, Heard) == [
            StartDial((Leg(OTHER),), CALLER, 30, 14400, False),
            Heard("ring", "", 0, 30),
        ]
        assert run.do(TimePassed(6)).do(LegAnswered(0)).last == [CutOff(0, 6), Connect(0)]
        assert run.state.expects is Expects.CONNECTED
        assert run.do(TimePassed(66)).do(LegEnded(0)).of(Heard)[-1].content == "Goodbye"

    def test_the_action_is_requested_whatever_the_outcome(self):
        body = f'<Dial action="/done">{OTHER}</Dial><Say>Never</Say>'
        talked = {"DialStatus": "answered", "DialCallDuration": "10"}
        for inputs, told in [
            ([LegAnswered(0), TimePassed(9.2), LegEnded(0)], talked),
            ([LegEnded(0, "busy")], {"DialStatus": "busy"}),
            ([LegEnded(0, "failed")], {"DialStatus": "failed"}),
            ([TimePassed(30)], {"DialStatus": "no-answer"}),
        ]:
            run = Run(body)
            for given in inputs:
                run.do(given)

            assert fetches(run) == [("https://clinic.example/done", "POST", told, "dial", True)]

    def test_a_timeout_ends_the_leg(self):
        run = Run(f'<Dial timeout="5">{OTHER}</Dial>').do(TimePassed(5))

        assert run.of(EndLeg) == [EndLeg(0, "timeout")]

    def test_the_first_to_answer_wins_and_the_others_are_cancelled(self):
        run = Run("<Dial><Number>4155550100</Number><Number>4155550101</Number></Dial>")

        assert run.do(LegAnswered(1)).last == [EndLeg(0, "other leg"), CutOff(0, 0), Connect(1)]
        assert run.do(LegAnswered(0)).last == []

    def test_ends_when_no_leg_is_left(self):
        run = Run('<Dial action="/d"><Number>4155550100</Number><Number>4155550101</Number></Dial>')

        assert run.do(LegEnded(0, "busy")).last == []
        assert run.do(LegEnded(1, "failed")).of(Fetch)[0].parameters == (("DialStatus", "failed"),)

    def test_a_star_hangs_up_on_the_called_party_once_connected(self):
        run = Run(f'<Dial hangupOnStar="true">{OTHER}</Dial><Say>Goodbye</Say>')

        assert run.do(Pressed("*")).last == [KeysLost("*")]
        assert run.do(LegAnswered(0)).do(Pressed("12*")).last[0] == EndLeg(0, "star")
        assert run.of(Heard)[-1].content == "Goodbye"

    def test_a_star_is_a_key_like_others_without_hangup_on_star(self):
        assert Run(f"<Dial>{OTHER}</Dial>").do(LegAnswered(0)).do(Pressed("*")).last == []

    def test_a_time_limit_ends_it(self):
        run = Run(f'<Dial timeLimit="60" action="/d">{OTHER}</Dial>').do(LegAnswered(0))

        assert run.do(TimePassed(60)).last[0] == EndLeg(0, "time limit")
        assert dict(run.of(Fetch)[0].parameters)["DialStatus"] == "answered"

    def test_a_whisper_is_run_before_the_two_are_connected(self):
        run = Run('<Dial timeout="9"><Number url="/w" method="GET">4155550100</Number></Dial>')

        assert run.do(TimePassed(8)).do(LegAnswered(0)).last == [
            StartWhisper(0, "https://clinic.example/w", "GET")
        ]
        assert run.do(TimePassed(60)).last == []  # nothing but ringing is heard
        assert run.do(WhisperEnded(0)).last == [CutOff(0, 60), Connect(0)]

    @pytest.mark.parametrize("given", [WhisperEnded(0, declined=True), LegEnded(0, "answered")])
    def test_a_whisper_can_decline(self, given):
        run = Run('<Dial action="/d"><Number url="/w">4155550100</Number></Dial>')
        run.do(LegAnswered(0)).do(given)

        assert run.of(Fetch)[0].parameters == (("DialStatus", "no-answer"),)
        assert Q.WHISPER_DECLINED in run.questions

    def test_a_hang_up_ends_the_leg_and_still_requests_the_action(self):
        run = Run(f'<Dial action="/d">{OTHER}</Dial>').do(LegAnswered(0)).do(TimePassed(3))

        assert run.do(HungUp()).last[:2] == [Hangup("person"), EndLeg(0, "hang-up")]
        assert fetches(run)[0][2:] == (
            {"DialStatus": "answered", "DialCallDuration": "3"},
            "dial",
            False,
        )
        assert run.do(FetchFailed(11200)).state.is_over

    def test_nothing_that_can_be_dialled_is_a_failure(self):
        run = Run('<Dial action="/d">12</Dial>')

        assert fetches(run)[0][2] == {"DialStatus": "failed"}
        assert run.codes == [13223]

    def test_nouns_that_are_mixed_dial_nothing(self):
        nouns = "<Number>4155550100</Number><Conference>Room</Conference>"
        run = Run(f'<Dial action="/d">{nouns}</Dial>')

        assert run.of(StartDial, JoinConference) == []
        assert fetches(run)[0][2] == {"DialStatus": "failed"}

    def test_the_caller_id_is_a_number_of_the_account_or_the_callers(self):
        for asked, shown in [
            ("", CALLER),
            (CLINIC, CLINIC),
            ("4155550111", "4155550111"),
            ("4155550199", CALLER),
        ]:
            attribute = f'callerId="{asked}"' if asked else ""
            run = Run(f"<Dial {attribute}>{OTHER}</Dial>", caller_ids=("4155550111",))

            assert run.of(StartDial)[0].caller_id == shown  # fmt: skip

    def test_keys_are_sent_to_the_called_party(self):
        run = Run('<Dial><Number sendDigits="ww12#">4155550100</Number></Dial>')

        assert run.of(StartDial)[0].legs == (Leg(OTHER, "ww12#"),)


class TestConference:
    ROOM = (
        '<Dial action="/d" hangupOnStar="true" timeLimit="60"><Conference muted="true" '
        'beep="false" startConferenceOnEnter="false" endConferenceOnExit="true" waitUrl="/wait" '
        'waitMethod="GET">Room 1</Conference></Dial>'
    )

    def test_is_joined_with_its_flags(self):
        assert Run(self.ROOM).of(JoinConference) == [
            JoinConference("Room 1", True, False, False, True, "https://clinic.example/wait", "GET")
        ]

    def test_has_music_by_default_and_silence_where_the_url_is_empty(self):
        room = "<Dial><Conference{}>Room</Conference></Dial>"

        assert "holdmusic" in Run(room.format("")).of(JoinConference)[0].wait_url
        assert Run(room.format(' waitUrl=""')).of(JoinConference)[0].wait_url == ""

    @pytest.mark.parametrize(
        ("given", "left"),
        [
            (ConferenceLeft(), []),
            (Pressed("1*"), [LeaveConference("Room 1", "star")]),
            (TimePassed(60), [LeaveConference("Room 1", "time limit")]),
            (HungUp(), [LeaveConference("Room 1", "hang-up")]),
        ],
    )
    def test_is_left_and_the_action_requested(self, given, left):
        run = Run(self.ROOM).do(given)

        assert run.of(LeaveConference) == left
        assert dict(run.of(Fetch)[0].parameters)["DialStatus"] == "answered"
        assert run.of(Fetch)[0].is_run is not isinstance(given, HungUp)


class TestSms:
    def test_goes_to_the_caller_from_the_called_number_and_the_call_goes_on(self):
        run = Run("<Sms>Hi</Sms><Say>Sent</Say>")

        assert run.of(SendSms) == [SendSms(CALLER, CLINIC, "Hi", "", None, False)]
        assert run.of(Heard)[0].content == "Sent"

    def test_goes_the_other_way_in_an_outbound_call(self):
        run = Run("<Sms>Hi</Sms>", caller=CLINIC, called=CALLER, is_outbound=True)

        assert (run.of(SendSms)[0].to, run.of(SendSms)[0].from_) == (CALLER, CLINIC)

    def test_the_action_is_told_of_the_message(self):
        run = Run('<Sms action="/sent" statusCallback="/status">Hi</Sms><Say>Never</Say>')

        assert run.of(SendSms)[0].status_callback == "https://clinic.example/status"
        assert run.state.expects is Expects.SMS
        assert fetches(run.do(SmsTaken("SM1", "sending"))) == [
            (
                "https://clinic.example/sent",
                "POST",
                {"SmsSid": "SM1", "SmsStatus": "sending"},
                "sms",
                True,
            )
        ]

    def test_what_cannot_be_sent_says_why(self):
        for body, code in [("<Sms/>", 14103), ('<Sms to="x">Hi</Sms>', 14101)]:
            assert Run(body).of(SendSms)[0].code == code

    def test_a_trial_account_may_always_reply(self):
        assert Run("<Sms>Hi</Sms>", verified=()).of(SendSms)[0].code is None

    def test_several_answer_a_message(self):
        run = Run("<Sms>One</Sms><Sms>Two</Sms>", kind=Kind.SMS)

        assert [sms.body for sms in run.of(SendSms)] == ["One", "Two"]
        assert (run.last[-1], run.state.is_over, run.state.due) == (Finished(), True, None)


class TestRedirect:
    @pytest.mark.parametrize(
        ("text", "url"),
        [
            ("../next?a=1&amp;b=2", "https://clinic.example/next?a=1&b=2"),
            ("?x=1", "https://clinic.example/voice?x=1"),
            ("", URL),
            ("http://other.example", "http://other.example"),
        ],
    )
    def test_is_resolved_against_the_document(self, text, url):
        run = Run(f'<Redirect method="GET">\n {text} </Redirect><Say>Never</Say>')

        assert fetches(run) == [(url, "GET", {}, "redirect", True)]
        assert run.answer("<Say>There</Say>").of(Heard)[0].content == "There"

    def test_to_what_is_no_url_fails(self):
        run = Run("<Redirect>mailto:a@b.example</Redirect>").do(TimePassed(60))

        assert (run.effects[-1], run.codes) == (Hangup("error"), [11100])

    def test_without_end_is_stopped(self):
        run = Run("<Redirect/>")
        for _ in range(60):
            run.answer("<Redirect/>")

        assert len(run.of(Fetch)) == 50
        assert run.codes == [11215]

    def test_without_end_is_stopped_for_a_message(self):
        run = Run("<Redirect/>", kind=Kind.SMS)
        for _ in range(60):
            run.answer("<Redirect/>")

        assert run.codes == [14106]
        assert run.last == []

    def test_with_time_between_ends_with_the_longest_call(self):
        run = Run("<Pause length='60'/><Redirect/>")
        documents = 0
        while not run.state.is_over:
            run.do(TimePassed(run.state.due))
            if run.state.expects is Expects.DOCUMENT:
                documents += 1
                run.answer("<Pause length='60'/><Redirect/>")

        assert (run.state.now, documents) == (14_400, 239)
        assert Hangup("limit") in run.effects


class TestLiveRedirect:
    @pytest.mark.parametrize(
        ("body", "before", "effects"),
        [
            ("<Say>Hello</Say>", [], [CutOff(0, 0)]),
            ("<Gather/>", [], []),
            (
                '<Record playBeep="false"/>',
                [Spoke(5), TimePassed(3)],
                [StopRecording("redirect", 3, "", False, False, "")],
            ),
            (f"<Dial>{OTHER}</Dial>", [], [CutOff(0, 0), EndLeg(0, "redirect")]),
            (f"<Dial>{OTHER}</Dial>", [LegAnswered(0)], [EndLeg(0, "redirect")]),
            (TestConference.ROOM, [], [LeaveConference("Room 1", "redirect")]),
        ],
    )
    def test_abandons_what_goes_on(self, body, before, effects):
        run = Run(body)
        for given in before:
            run.do(given)

        run.do(Redirected("https://clinic.example/new", "GET"))

        fetch = Fetch("https://clinic.example/new", "GET", (), "live redirect")
        assert run.last == [*effects, fetch]
        assert run.answer("<Hangup/>").last == [Hangup("verb")]

    def test_comes_too_late_for_a_call_that_is_over(self):
        assert Run("<Hangup/>").do(Redirected("https://clinic.example/new")).last == []


class TestFailures:
    def test_a_document_that_cannot_run_ends_the_call_with_a_message(self):
        run = Run("<Redirect>/next</Redirect>").answer("<Response><Say>Hi</Response>")

        assert (run.codes, run.of(Heard)[0].sound) == ([12100], "say")
        assert run.do(TimePassed(60)).last == [Hangup("error")]

    @pytest.mark.parametrize("kind", [Kind.SMS, Kind.WHISPER, Kind.WAIT])
    def test_the_other_kinds_just_end(self, kind):
        run = Run("<Response", kind=kind)

        assert (run.last, run.state.is_over) == ([Finished(failed=True)], True)

    def test_a_whisper_ends_by_hanging_up_or_at_its_end(self):
        assert Run("<Hangup/>", kind=Kind.WHISPER).last == [Hangup("verb")]
        assert Run("", kind=Kind.WHISPER).last == [Finished()]

    @pytest.mark.parametrize(
        ("body", "kind", "questions"),
        [
            ("<say>Hi</say>", Kind.VOICE, [Q.UNKNOWN_ELEMENT]),
            ("Hi<Pause length='x'/>", Kind.VOICE, [Q.TEXT_AMONG_VERBS, Q.ILLEGAL_VALUE]),
            ('<Response version="1"/>', Kind.VOICE, [Q.DOCUMENT_VERSION, Q.FAILED_DOCUMENT]),
            ("<Reject/><Dial>12</Dial>", Kind.VOICE, [Q.LATER_VERB, Q.UNDIALABLE, Q.UNDIALABLE]),
            ("<Say>Hi</Say>", Kind.SMS, [Q.FORBIDDEN_VERB]),
            ("", Kind.WAIT, [Q.WAIT_DOCUMENT_ENDS]),
            (f"<Sms>{'x' * 161}</Sms>", Kind.SMS, [Q.LONG_SMS_VERB]),
            ("<Say>Hi</Say><Gather/><Record/><Redirect/>", Kind.VOICE, []),
        ],
    )
    def test_what_rests_on_a_question_says_so(self, body, kind, questions):
        assert Run(body, kind=kind).questions == questions

    def test_keys_that_nothing_waits_for_are_lost(self):
        run = Run("<Say>Hello</Say><Gather numDigits='1'/>").do(Pressed("1"))

        assert run.last == [KeysLost("1")]
        assert run.do(TimePassed(1)).of(Fetch) == []

    def test_nothing_happens_after_the_end(self):
        over = Run("<Hangup/>").state

        for given in (HungUp(), Spoke(3), LegAnswered(0), FetchFailed(11200), ConferenceLeft()):
            assert step(over, given) == Step(over, ())
        assert step(over, Pressed("1")) == Step(over, (KeysLost("1"),))

    def test_time_that_is_none_or_past_changes_nothing(self):
        run = Run("<Say>Hello</Say>").do(TimePassed(0.5))

        for until in (0.1, float("nan"), -inf):
            assert run.do(TimePassed(until)).state.now == 0.5

    def test_the_longest_call_ends_before_what_is_due_in_the_same_moment(self):
        run = Run("<Say>One</Say><Say>Two</Say>", durations=Durations(longest_call=1))

        assert run.do(TimePassed(1)).last == [Hangup("limit"), CutOff(0, 1)]

    def test_all_time_ends_every_call(self):
        assert Run('<Say loop="0">Hello</Say>').do(TimePassed(inf)).state.now == 14_400


def test_states_are_values():
    run = Run("<Gather><Say>Press</Say></Gather>").do(Pressed("1"))

    assert pickle.loads(pickle.dumps(run.state)) == run.state == copy.deepcopy(run.state)
    assert step(pickle.loads(pickle.dumps(run.state)), Pressed("#")) == step(
        run.state, Pressed("#")
    )
    assert State() == State()
    assert DocumentArrived(read_document("<Response/>")) == DocumentArrived(
        read_document("<Response/>")
    )
