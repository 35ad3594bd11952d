"""A world that a test changes: by hand, by what comes in, and by what was arranged."""

import copy
import json
import pickle

import pytest
from builders import ACCOUNT, Client, call, client, message
from extent import choose_extent
from hypothesis import given, settings
from hypothesis import strategies as st

import twreplay
from twreplay.errors import UsageError


@pytest.fixture
def asking() -> Client:
    return client(undocumented="ignore")


@pytest.fixture
def twilio(asking) -> twreplay.Simulator:
    return asking.simulator


class TestChange:
    def test_sets_a_property_and_returns_the_instance(self, asking, twilio):
        number = twilio.incoming_phone_numbers[0]
        twilio.clock.advance(5)

        assert twilio.change(number, FriendlyName="Main", SmsUrl="http://app.example/s") is number

        shown = asking.get(f"/IncomingPhoneNumbers/{number.Sid}").values
        assert shown["FriendlyName"] == "Main"
        assert shown["SmsMethod"] == "POST"
        assert shown["DateUpdated"] == "Mon, 01 Mar 2010 09:00:05 -0800"

    def test_moves_what_lists_and_filters_find(self, asking, twilio):
        first, second = twilio.add_call(Status=1), twilio.add_call(Status=1)

        twilio.change(first, Status=3)

        assert asking.get("/Calls?Status=3").each("Sid") == [first.Sid]
        assert asking.get("/Calls").each("Sid") == [first.Sid, second.Sid]

    def test_derives_what_follows(self, twilio):
        call = twilio.add_call(Status=1)
        twilio.clock.advance(90)

        twilio.change(call, Status=2)
        assert (call.Duration, call.Price) == ("30", "-0.03000")
        twilio.change(call, Duration=61)
        assert (call.Duration, call.Price) == ("61", "-0.06000")
        assert call.EndTime == "Mon, 01 Mar 2010 09:01:01 -0800"
        twilio.change(call, Status=5)
        assert (call.EndTime, call.Duration, call.Price) == ("", "", "")
        twilio.change(call, Status=0)
        assert call.StartTime == ""

    @pytest.mark.parametrize(
        ("properties", "message"),
        [
            ({"Status": "done"}, "the nearest is '2'"),
            ({"Statsu": 1}, "did you mean Status"),
            ({"Sid": "CA1"}, "what the instance is known by"),
            ({"AccountSid": ACCOUNT}, "what the instance is known by"),
            ({"Status": 1, "EndTime": "2010-03-01"}, "EndTime is empty in a call that is in"),
            ({"StartTime": "2010-03-01", "EndTime": "2010-02-01"}, "not before StartTime"),
        ],
        ids=str,
    )
    def test_refuses_what_cannot_be_and_changes_nothing(self, twilio, properties, message):
        one = twilio.add_call()
        before = twilio.snapshot()

        with pytest.raises(UsageError, match=message):
            twilio.change(one, **properties)

        assert twilio.snapshot() == before

    def test_cancels_what_was_due_before(self, asking, twilio):
        asking.post("/Calls", call())
        (one,) = twilio.calls

        twilio.change(one, Status=3)

        assert twilio.clock.due == ()
        twilio.clock.advance(minutes=5)
        assert one.Status == "3"

    def test_of_what_is_not_in_the_world_is_refused(self, twilio):
        one = twilio.add_call()
        twilio.remove(one)

        for other in (one, copy.copy(twilio.accounts[0]), "CA1", None):
            with pytest.raises(UsageError, match=r"not in this world|takes an instance"):
                twilio.change(other, Status=1)


class TestRemove:
    def test_takes_along_what_cannot_be_without_it(self, asking, twilio):
        call = twilio.add_call(Status=1)
        twilio.add_call(Sid=call.Sid, segment=True)
        twilio.add_transcription(RecordingSid=twilio.add_recording(CallSid=call.Sid).Sid)
        twilio.add_notification(CallSid=call.Sid)
        twilio.add_participant(CallSid=call.Sid)

        twilio.remove(call)

        for things in (twilio.calls, twilio.recordings, twilio.transcriptions):
            assert things == ()
        assert twilio.notifications == twilio.participants == ()
        assert asking.get(f"/Calls/{call.Sid}").status == 404

    def test_of_a_leg_leaves_the_call(self, twilio):
        call = twilio.add_call(Status=1)
        leg = twilio.add_call(Sid=call.Sid, segment=True)
        twilio.add_recording(CallSid=call.Sid)

        twilio.remove(leg)

        assert twilio.calls == (call,)
        assert len(twilio.recordings) == 1

    def test_of_an_account_takes_all_that_it_has(self, twilio):
        other = twilio.add_account()
        twilio.add_call(AccountSid=other.Sid)

        twilio.remove(other)

        assert twilio.calls == ()
        assert len(twilio.accounts) == len(twilio.sandboxes) == 1

    def test_of_the_first_account_is_refused(self, twilio):
        with pytest.raises(UsageError, match="the first account stays"):
            twilio.remove(twilio.accounts[0])


class TestCalls:
    def test_are_hung_up(self, asking, twilio):
        asking.post("/Calls", call())
        (one,) = twilio.calls
        twilio.clock.advance(10)
        twilio.add_participant(CallSid=one.Sid)

        twilio.hang_up(one)

        assert (one.Status, one.Duration, one.Price) == ("2", "5", "")
        assert twilio.participants == ()
        twilio.clock.advance(60)
        assert (one.Duration, one.Price) == ("5", "-0.03000")
        with pytest.raises(UsageError, match="is not in progress: its Status is '2'"):
            twilio.hang_up(one)

    def test_calls_are_answered_when_a_test_says_so(self, asking, twilio):
        twilio.arrange_call(after=50, duration=7)
        asking.post("/Calls", call())
        (one,) = twilio.calls
        twilio.clock.advance(1)

        assert twilio.answer(one).Status == "1"

        twilio.clock.run_until(one, "2")
        assert one.Duration == "7"
        with pytest.raises(UsageError, match="is not waiting to be answered"):
            twilio.answer(one)

    def test_that_were_added_go_on(self, twilio):
        twilio.arrange_call("4155550000", outcome="busy")
        ends = twilio.add_call(Status=1, ends_after=20)
        goes = twilio.add_call(Status=0, goes_on=True)
        busy = twilio.add_call(Status=0, Called="4155550000", goes_on=True)
        stays = twilio.add_call(Status=1)

        twilio.clock.run_until_idle()

        assert [c.Status for c in (ends, goes, busy, stays)] == ["2", "2", "3", "1"]
        assert (ends.Duration, ends.Price) == ("20", "-0.03000")

    @pytest.mark.parametrize("course", [{"goes_on": True}, {"ends_after": 5}, {"ends_after": -1}])
    def test_that_are_over_do_not_go_on(self, twilio, course):
        with pytest.raises(UsageError, match=next(iter(course))):
            twilio.add_call(**course)

        assert twilio.calls == ()

    @pytest.mark.parametrize(
        ("if_machine", "duration"), [("", "30"), ("Continue", "30"), ("Hangup", "3")]
    )
    def test_that_a_machine_answers(self, asking, twilio, if_machine, duration):
        twilio.arrange_call(answered_by="machine")
        asking.post("/Calls", call(**({"IfMachine": if_machine} if if_machine else {})))

        twilio.clock.run_until(twilio.calls[0], "2")

        assert twilio.calls[0].Duration == duration

    def test_that_a_person_answers_are_not_hung_up(self, asking, twilio):
        asking.post("/Calls", call(IfMachine="Hangup"))

        twilio.clock.run_until(twilio.calls[0], "2")

        assert twilio.calls[0].Duration == "30"

    def test_calls_come_in_when_a_test_says_so(self, asking, twilio):
        one = twilio.receive_call(Caller="(415) 555-0101", duration=8)
        left = twilio.receive_call(Caller="anonymous", duration=None)

        assert (one.Status, one.Flags, one.Called, one.Caller) == (
            "1",
            "1",
            "4158675309",
            "4155550101",
        )
        assert one.PhoneNumberSid == twilio.incoming_phone_numbers[0].Sid
        twilio.clock.run_until_idle()
        assert (one.Status, one.Duration, left.Status) == ("2", "8", "1")

    @pytest.mark.parametrize("method", ["receive_call", "receive_sms"])
    def test_come_in_to_numbers_that_take_them(self, twilio, method):
        twilio.add_incoming_phone_number(PhoneNumber="4155550111", voice=False, sms=False)
        receive = getattr(twilio, method)

        with pytest.raises(
            UsageError, match=r"no account has the number .* did you mean 4158675309"
        ):
            receive("4158675308")
        with pytest.raises(UsageError, match="takes no"):
            receive("4155550111")
        twilio.suspend()
        with pytest.raises(UsageError, match="10003"):
            receive()


class TestMessages:
    def test_messages_come_in_when_a_test_says_so(self, twilio):
        code = twilio.add_short_code(ShortCode="12345")

        one = twilio.receive_sms(From="4155550101", Body="STOP")
        other = twilio.receive_sms(code.ShortCode)

        assert (one.To, one.From, one.Body, one.Flags, one.Status) == (
            "4158675309",
            "4155550101",
            "STOP",
            "1",
            "sent",
        )
        assert other.To == "12345"

    def test_that_were_added_go_on(self, twilio):
        twilio.arrange_sms("4155550000", outcome="failed")
        sent = twilio.add_sms_message(Status="queued", goes_on=True)
        failed = twilio.add_sms_message(Status="sending", To="4155550000", goes_on=True)

        twilio.clock.run_until_idle()

        assert (sent.Status, failed.Status) == ("sent", "failed")

    def test_messages_are_completed_when_a_test_says_so(self, asking, twilio):
        asking.post("/SMS/Messages", message())

        twilio.complete(twilio.sms_messages[0])

        assert twilio.sms_messages[0].Status == "sent"
        assert twilio.clock.due == ()


class TestTranscriptions:
    def test_that_were_added_go_on(self, twilio):
        twilio.arrange_transcription(text="call me", after=20)
        done = twilio.add_transcription(Status="in-progress", goes_on=True)
        recording = twilio.add_recording(Duration=200)
        long = twilio.add_transcription(
            RecordingSid=recording.Sid, Status="in-progress", goes_on=True
        )

        twilio.clock.run_until_idle()

        assert (done.Status, done.TranscriptionText, done.Price) == (
            "completed",
            "call me",
            "-0.03000",
        )
        assert (long.Status, long.TranscriptionText, long.Price) == ("failed", "", "")

    def test_transcriptions_are_completed_when_a_test_says_so(self, twilio):
        first = twilio.add_transcription(Status="in-progress")
        second = twilio.add_transcription(Status="in-progress")

        twilio.complete(first)
        twilio.complete(second, TranscriptionText="bye", Price=-0.05)

        assert (first.Status, first.TranscriptionText) == ("completed", "hello")
        assert (second.TranscriptionText, second.Price) == ("bye", "-0.05000")
        with pytest.raises(UsageError, match="is not in progress: its Status is 'completed'"):
            twilio.complete(first)


class TestConferences:
    def test_are_completed_with_all_who_are_in(self, twilio):
        participant = twilio.add_participant()
        (conference,) = twilio.conferences

        twilio.complete(conference)

        assert (conference.Status, twilio.participants) == ("2", ())
        assert twilio.calls[0].Status == "1"
        assert participant.ConferenceSid == conference.Sid


class TestAccounts:
    def test_are_suspended_and_active_again(self, asking, twilio):
        twilio.suspend()
        assert asking.get("/Calls").refusal[:2] == (401, 20005)
        assert twilio.accounts[0].StatusText == "Suspended"
        twilio.activate(twilio.account_sid)
        assert asking.get("/Calls").status == 200
        assert twilio.close(twilio.accounts[0]).StatusText == "Inactive"
        assert twilio.suspend(Status=32).Status == "32"

    @pytest.mark.parametrize("wrong", ["AC1", 5, "call"])
    def test_that_are_none_are_refused(self, twilio, wrong):
        wrong = twilio.add_call() if wrong == "call" else wrong

        with pytest.raises(UsageError, match="account"):
            twilio.suspend(wrong)

    def test_the_first_may_be_a_trial_account(self):
        asking = client(trial=True, undocumented="ignore")

        refused = asking.post("/IncomingPhoneNumbers/Local", {"AreaCode": "415"})
        unverified = asking.post("/Calls", call())
        asking.simulator.add_outgoing_caller_id(PhoneNumber="4155551212")
        made = asking.post("/Calls", call())

        assert refused.refusal[1] == 21404
        assert unverified.refusal[1] == 21219
        assert made.status == 200
        asking.simulator.clock.run_until_idle()
        assert asking.simulator.calls[0].Price == ""

    def test_have_outcomes_of_their_own(self, twilio):
        other = twilio.add_account()
        twilio.add_incoming_phone_number(AccountSid=other.Sid, PhoneNumber="4155550133")
        twilio.arrange_call(outcome="busy", AccountSid=other.Sid)
        for account, caller in ((None, "4158675309"), (other, "4155550133")):
            Client(twilio, account).post("/Calls", call(Caller=caller))

        twilio.clock.run_until_idle()

        assert [c.Status for c in twilio.calls] == ["2", "3"]
        with pytest.raises(UsageError, match="there is no account 'AC9'"):
            twilio.arrange_sms(AccountSid="AC9")


class TestWhatIsSoldAndCharged:
    def test_numbers_are_sold_in_the_order_in_which_they_are_given(self, asking, twilio):
        twilio.arrange_numbers("212", numbers=["(212) 555-0199", "2125550111"])

        for number in ("2125550199", "2125550111"):
            assert (
                asking.post("/IncomingPhoneNumbers/Local", {"AreaCode": "212"}).values[
                    "PhoneNumber"
                ]
                == number
            )
        sold_out = asking.post("/IncomingPhoneNumbers/Local", {"AreaCode": "212"})
        assert sold_out.refusal[1] == 21452

    def test_anywhere_is_where_numbers_were_given(self, asking, twilio):
        twilio.arrange_numbers(numbers=["2125550199", "8775550111"])

        assert asking.post("/IncomingPhoneNumbers/Local", {})["PhoneNumber"] == "2125550199"
        assert asking.post("/IncomingPhoneNumbers/TollFree", {})["PhoneNumber"] == "8775550111"

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({}, "arrange_numbers takes"),
            ({"AreaCode": "212"}, "arrange_numbers takes"),
            ({"AreaCode": "212", "numbers": ["4155550100"]}, "does not have the area code 212"),
            ({"numbers": ["4158675309"]}, "is an account's"),
            ({"numbers": ["2125550100", "2125550100"]}, "or for sale, already"),
            ({"numbers": ["+442071838750"]}, "numbers are of ten digits"),
            ({"numbers": "2125550100"}, "is a list of phone numbers"),
            ({"AreaCode": "12", "available": 1}, "three digits"),
        ],
        ids=str,
    )
    def test_numbers_that_cannot_be_sold_are_refused(self, twilio, given, message):
        with pytest.raises(UsageError, match=message):
            twilio.arrange_numbers(**given)

    def test_prices_are_those_that_were_arranged(self, asking, twilio):
        twilio.arrange_prices(call=0.02, transcription="0.1")
        asking.post("/Calls", call())
        twilio.clock.run_until_idle()

        assert twilio.calls[0].Price == "-0.02000"
        assert twilio.add_call(Duration=61).Price == "-0.04000"
        assert twilio.add_transcription().Price == "-0.10000"
        with pytest.raises(UsageError, match="call is a price in US dollars"):
            twilio.arrange_prices(call="cheap")

    def test_code_to_be_keyed_in(self, asking, twilio):
        twilio.arrange_validation("4155550144", validation_code="314159")

        answer = asking.post("/OutgoingCallerIds", {"PhoneNumber": "4155550144"})

        assert answer["ValidationCode"] == "314159"
        with pytest.raises(UsageError, match="six digits"):
            twilio.arrange_validation(validation_code="1")


class TestTraps:
    @pytest.mark.parametrize(
        ("method", "wrong", "message"),
        [
            ("arrange_call", {"outcme": "busy"}, "did you mean 'outcome'"),
            ("arrange_sms", {"aftr": 1}, "did you mean 'after'"),
            ("arrange_validation", {"validation_cod": "1"}, "did you mean 'validation_code'"),
            ("arrange_numbers", {"availble": 1}, "did you mean 'available'"),
            ("receive_call", {"From": "4155550100"}, "There is: Called, Caller, duration"),
            ("hang_up", {}, "missing a required argument: 'call'"),
            ("arrange_call", {"Called": "12"}, "Called is a phone number"),
            ("arrange_call", {"after": float("nan")}, "a number of seconds"),
            ("arrange_call", {"outcome": "busy", "answered_by": "machine"}, "that are answered"),
        ],
        ids=str,
    )
    def test_a_wrong_keyword_is_an_error_of_ours(self, twilio, method, wrong, message):
        with pytest.raises(UsageError, match=message):
            getattr(twilio, method)(**wrong)

    @pytest.mark.parametrize(
        ("name", "meant"),
        [("messages", "sms_messages"), ("clok", "clock"), ("add_cal", "add_call")],
    )
    def test_an_unknown_attribute_suggests(self, twilio, name, meant):
        with pytest.raises(AttributeError, match=f"did you mean {meant}"):
            getattr(twilio, name)

    def test_a_simulator_that_is_not_open_says_how_to_open_it(self):
        unopened = twreplay.simulate()

        with pytest.raises(AttributeError, match=r"with simulate\(\.\.\.\) as twilio:"):
            unopened.account_url  # noqa: B018

    @pytest.mark.parametrize("take", [copy.copy, copy.deepcopy, pickle.dumps])
    def test_a_simulator_is_not_copied(self, twilio, take):
        with pytest.raises(UsageError, match=r"snapshot\(\)"):
            take(twilio)

    @pytest.mark.parametrize(
        "take", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
    )
    def test_a_copy_of_an_instance_stays_as_it_was(self, twilio, take):
        one = twilio.add_call(Status=1)

        kept = take(one)
        twilio.hang_up(one)

        assert (kept.Sid, kept.Status, one.Status) == (one.Sid, "1", "2")

    @pytest.mark.parametrize(
        "sid", ["", "AC", "ac1", "CA1", "AC 1", "AC" + "é" * 32, "AC" + "1" * 33, 5, b"AC1"]
    )
    def test_a_wrong_account_sid_is_refused(self, sid):
        with pytest.raises(UsageError, match="account_sid is AC and 32 hexadecimal digits"):
            twreplay.simulate(account_sid=sid)

    def test_a_wrong_trial_is_refused(self):
        with pytest.raises(UsageError, match="trial takes True or False"):
            twreplay.simulate(trial="yes")


STEPS = {
    "post": lambda t: Client(t).post("/Calls", call()),
    "in": lambda t: t.receive_call(),
    "text in": lambda t: t.receive_sms(),
    "transcribe": lambda t: t.add_transcription(Status="in-progress", goes_on=True),
    "change": lambda t: t.change(t.accounts[0], FriendlyName="x"),
    "busy": lambda t: t.change(t.calls[-1], Status=3) if t.calls and not t.recordings else None,
    "remove": lambda t: t.remove(t.calls[-1]) if t.calls else None,
    "hang up": lambda t: t.hang_up(t.calls[-1]) if t.calls and t.calls[-1].Status == "1" else None,
    "prices": lambda t: t.arrange_prices(call=0.01),
    "for sale": lambda t: t.arrange_numbers(numbers=["2125550100"]),
    "machine": lambda t: t.arrange_call(answered_by="machine"),
    "code": lambda t: t.arrange_validation(validation_code="123456"),
    "suspend": lambda t: t.suspend(),
    "activate": lambda t: t.activate(),
    "subaccount": lambda t: t.add_account(),
    "remove account": lambda t: t.remove(t.accounts[-1]) if len(t.accounts) > 1 else None,
    "wait": lambda t: t.clock.advance(7),
}
steps = st.lists(st.sampled_from(sorted(set(STEPS) - {"suspend"})), max_size=10)


def _run(twilio: twreplay.Simulator, names: list[str]) -> None:
    for name in names:
        STEPS[name](twilio)


class TestWorldsOfOne:
    @given(before=steps, inside=steps)
    @settings(max_examples=choose_extent(25, 60), deadline=None)
    def test_fork_undoes_every_change(self, before, inside):
        twilio = twreplay.Simulator(undocumented="ignore")
        _run(twilio, before)
        saved = twilio.snapshot()

        with twilio.fork():
            _run(twilio, inside)

        assert twilio.snapshot() == saved

    @given(before=steps, after=steps)
    @settings(max_examples=choose_extent(25, 60), deadline=None)
    def test_a_restored_world_goes_on_as_the_saved_one(self, before, after):
        twilio = twreplay.Simulator(undocumented="ignore")
        _run(twilio, before)
        restored = twreplay.Simulator(seed=9, undocumented="ignore")
        restored.restore(json.loads(json.dumps(twilio.snapshot())))

        _run(twilio, after)
        _run(restored, after)

        assert restored.snapshot() == twilio.snapshot()

    def test_a_snapshot_of_before_there_were_prices_is_read(self, twilio):
        snapshot = twilio.snapshot()
        del snapshot["prices"], snapshot["for_sale"]
        snapshot["outcomes"] = {"call": [["", "busy", 5, 0]], "sms": [], "validation": []}

        twilio.restore(snapshot)

        Client(twilio).post("/Calls", call())
        twilio.clock.run_until_idle()
        assert twilio.calls[0].Status == "3"
