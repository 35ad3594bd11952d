"""What contradicts the rest of a world is refused, and refusing it leaves no trace."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from twreplay import Simulator
from twreplay.errors import UsageError


@pytest.fixture
def twilio():
    return Simulator(undocumented="ignore")


class TestRefusedLeavesNoTrace:
    @pytest.mark.parametrize(
        ("method", "wrong"),
        [
            ("add_account", {"Status": 9}),
            ("add_account", {"Sid": "x"}),
            ("add_incoming_phone_number", {"Url": "nowhere"}),
            ("add_incoming_phone_number", {"VoiceFallbackUrl": "http://e.com"}),
            ("add_call", {"segment": True}),
            ("add_short_code", {"ShortCode": "12"}),
        ],
        ids=str,
    )
    def test_refused_arranging_uses_up_no_identifier(self, twilio, method, wrong):
        before = twilio.snapshot()

        with pytest.raises(UsageError):
            getattr(twilio, method)(**wrong)

        assert twilio.snapshot() == before


@pytest.mark.parametrize(
    ("method", "wrong", "meant"),
    [
        ("add_call", "To", "Called"),
        ("add_call", "From", "Caller"),
        ("add_sms_message", "Called", "To"),
        ("add_incoming_phone_number", "VoiceUrl", "Url"),
        ("add_account", "trail", "trial"),
    ],
)
def test_name_that_is_meant_is_suggested(twilio, method, wrong, meant):
    with pytest.raises(UsageError, match=f"did you mean {meant}"):
        getattr(twilio, method)(**{wrong: "x"})


class TestSwitches:
    @pytest.mark.parametrize(
        ("method", "wrong"),
        [
            ("add_account", {"trial": "no"}),
            ("add_account", {"sandbox": None}),
            ("add_account", {"international": "yes"}),
            ("add_incoming_phone_number", {"voice": "no"}),
            ("add_incoming_phone_number", {"sms": 0}),
            ("add_incoming_phone_number", {"toll_free": "yes"}),
            ("add_call", {"segment": "yes"}),
            ("add_call", {"Status": 1, "goes_on": "yes"}),
            ("add_transcription", {"Status": "in-progress", "goes_on": 1}),
        ],
        ids=str,
    )
    def test_a_switch_that_is_neither_true_nor_false_is_refused(self, twilio, method, wrong):
        with pytest.raises(UsageError, match="as True or False"):
            getattr(twilio, method)(**wrong)


class TestRecordings:
    def test_recording_is_not_longer_than_its_call(self, twilio):
        call = twilio.add_call(Duration=10)

        with pytest.raises(UsageError, match=r"at most the 10 seconds.*nearest is '10'"):
            twilio.add_recording(CallSid=call.Sid, Duration=600)

    def test_recording_of_a_short_call_is_as_short(self, twilio):
        call = twilio.add_call(Duration=4)

        assert twilio.add_recording(CallSid=call.Sid).Duration == "4"

    def test_long_recording_alone_gets_a_call_that_is_as_long(self, twilio):
        twilio.add_recording(Duration=600)

        assert twilio.calls[0].Duration == "600"

    def test_recording_without_duration_is_of_the_usual_length(self, twilio):
        recording = twilio.add_recording(Duration="")

        assert recording.Duration == "15"
        assert twilio.add_transcription(RecordingSid=recording.Sid).Duration == "15"

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"Status": 3}, "a call that was answered"),
            ({"Duration": 3}, "at least the 15 seconds of a recording"),
        ],
        ids=str,
    )
    def test_call_is_not_changed_against_its_recordings(self, twilio, changes, message):
        recording = twilio.add_recording()
        call = next(call for call in twilio.calls if call.Sid == recording.CallSid)

        with pytest.raises(UsageError, match=message):
            twilio.change(call, **changes)

    def test_recording_is_not_changed_against_its_transcription(self, twilio):
        transcription = twilio.add_transcription()

        with pytest.raises(UsageError, match="seconds of a transcription"):
            twilio.change(twilio.recordings[0], Duration=int(transcription.Duration) - 1)


class TestLegsAndAccounts:
    @pytest.mark.parametrize(("first", "wrong", "right"), [(2, 5, "6"), (1, 6, "5")])
    def test_leg_begins_as_its_call_did(self, twilio, first, wrong, right):
        call = twilio.add_call(Flags=first)

        with pytest.raises(UsageError, match=f"the nearest is '{right}'"):
            twilio.add_call(Sid=call.Sid, segment=True, Flags=wrong)

    def test_nothing_is_older_than_an_account_whose_dates_are_given(self, twilio):
        account = twilio.add_account(DateCreated="2010-02-01")

        with pytest.raises(UsageError, match="lies not before Account"):
            twilio.add_call(AccountSid=account.Sid, DateCreated="2010-01-01")

    def test_type_trial_makes_a_trial_account(self):
        twilio = Simulator(profile="observed", undocumented="ignore")
        account = twilio.add_account(Type="Trial")

        assert twilio.add_call(AccountSid=account.Sid).Price == ""
        with pytest.raises(UsageError, match="is Trial with trial=True"):
            twilio.add_account(trial=True, Type="Full")

    def test_notification_is_not_moved_to_a_call_that_is_not_there(self, twilio):
        notification = twilio.add_notification()

        with pytest.raises(UsageError, match="has no Call CA1"):
            twilio.change(notification, CallSid="CA1")

    def test_year_of_a_date_is_kept(self, twilio):
        when = datetime(2009, 7, 6, 12, tzinfo=UTC)

        assert twilio.add_call(StartTime=when).DateCreated.startswith("Mon, 06 Jul 2009")


def test_number_that_every_world_begins_with_makes_room_for_an_added_one_only(twilio):
    number = twilio.add_incoming_phone_number(PhoneNumber="4155550001")

    with pytest.raises(UsageError, match="is unique"):
        twilio.change(number, PhoneNumber="4158675309")
    twilio.add_incoming_phone_number(PhoneNumber="4158675309")

    assert sorted(n.PhoneNumber for n in twilio.incoming_phone_numbers) == [
        "4155550001",
        "4158675309",
    ]


@pytest.mark.parametrize("price", ["nan", "inf", "-Infinity"])
def test_price_that_is_no_number_is_refused_without_a_nearest_one(twilio, price):
    with pytest.raises(UsageError) as refused:
        twilio.add_call(Price=price)

    assert "nearest" not in str(refused.value)


def test_price_of_nothing_has_no_sign(twilio):
    twilio.arrange_prices(call=0)

    assert twilio.add_call().Price == "0.00000"


def test_sandbox_stays(twilio):
    with pytest.raises(UsageError, match="each account has a sandbox, which stays"):
        twilio.remove(twilio.sandboxes[0])


def test_text_of_an_error_changes_with_its_code(twilio):
    notification = twilio.change(twilio.add_notification(), ErrorCode=11200)

    assert notification.MessageText == "HTTP retrieval failure"


def test_transcription_is_no_longer_than_the_recording_that_is_made_for_it(twilio):
    twilio.add_call(Duration=0)

    transcription = twilio.add_transcription()

    assert transcription.Duration == twilio.recordings[0].Duration


class TestAccountsOwnSide:
    """What an account calls and writes from, and is reached at."""

    @pytest.fixture
    def other(self, twilio):
        return twilio.add_account()

    def test_an_account_without_numbers_does_not_call_from_those_of_another(self, twilio, other):
        ours = {number.PhoneNumber for number in twilio.incoming_phone_numbers}
        made = [
            twilio.add_call(AccountSid=other.Sid).Caller,
            twilio.add_call(AccountSid=other.Sid, Flags=1).Called,
            twilio.add_sms_message(AccountSid=other.Sid).From,
            twilio.add_sms_message(AccountSid=other.Sid, Flags=1).To,
        ]

        assert not ours & set(made)
        sandbox = next(s for s in twilio.sandboxes if s.AccountSid == other.Sid)
        assert made[1:] == [sandbox.PhoneNumber] * 3

    def test_a_caller_id_is_what_an_account_without_numbers_calls_from(self, twilio, other):
        twilio.add_outgoing_caller_id(AccountSid=other.Sid, PhoneNumber="4155550177")

        assert twilio.add_call(AccountSid=other.Sid).Caller == "4155550177"

    def test_messages_are_of_a_number_that_takes_them(self, twilio, other):
        for number in ("8005550100", "4155550177"):
            twilio.add_incoming_phone_number(AccountSid=other.Sid, PhoneNumber=number)

        assert twilio.add_sms_message(AccountSid=other.Sid).From == "4155550177"
        assert twilio.add_sms_message(AccountSid=other.Sid, Flags=1).To == "4155550177"

    @pytest.mark.parametrize(("flags", "side"), [(4, "From"), (1, "To")])
    @pytest.mark.parametrize("is_there", [True, False])
    def test_a_toll_free_number_has_no_messages(self, twilio, flags, side, is_there):
        if is_there:
            twilio.add_incoming_phone_number(PhoneNumber="8005550100")

        with pytest.raises(UsageError, match=rf"{side} is a number.*nearest is '4158675309'"):
            twilio.add_sms_message(Flags=flags, **{side: "8005550100"})

    def test_nor_has_a_number_that_takes_none(self, twilio):
        twilio.add_incoming_phone_number(PhoneNumber="4155550177", sms=False)
        message = twilio.add_sms_message()

        with pytest.raises(UsageError, match="the nearest is '4158675309'"):
            twilio.change(message, From="4155550177")

    def test_a_message_that_failed_may_be_of_one(self, twilio):
        message = twilio.add_sms_message(From="8005550100", Status="failed")

        assert message.From == "8005550100"

    def test_a_trial_account_has_no_number_of_its_own(self, twilio):
        account = twilio.add_account(trial=True)

        with pytest.raises(UsageError, match="add_outgoing_caller_id"):
            twilio.add_incoming_phone_number(AccountSid=account.Sid)

    def test_an_account_with_numbers_is_no_trial_account(self):
        twilio = Simulator(profile="observed")
        account = twilio.add_account()
        twilio.add_incoming_phone_number(AccountSid=account.Sid)

        with pytest.raises(UsageError, match="the nearest is 'Full'"):
            twilio.change(account, Type="Trial")


class TestChangedDirection:
    @pytest.mark.parametrize(
        ("method", "to", "sender", "flags"),
        [("add_call", "Called", "Caller", 2), ("add_sms_message", "To", "From", 4)],
    )
    def test_what_becomes_inbound_comes_from_the_other_side(
        self, twilio, method, to, sender, flags
    ):
        one = getattr(twilio, method)()
        theirs, ours = getattr(one, to), getattr(one, sender)

        twilio.change(one, Flags=1)
        assert (getattr(one, to), getattr(one, sender)) == (ours, theirs)
        twilio.change(one, Flags=flags)
        assert (getattr(one, to), getattr(one, sender)) == (theirs, ours)

    def test_its_number_is_the_one_that_was_called(self, twilio):
        call = twilio.change(twilio.add_call(), Flags=1)

        assert call.PhoneNumberSid == twilio.incoming_phone_numbers[0].Sid

    def test_numbers_that_are_given_stay(self, twilio):
        call = twilio.change(twilio.add_call(), Flags=1, Caller="4155550177")

        assert (call.Called, call.Caller) == ("4155551212", "4155550177")

    def test_a_call_from_a_withheld_number_stays_inbound(self, twilio):
        call = twilio.add_call(Flags=1, Caller="anonymous")

        with pytest.raises(UsageError, match="Caller is a phone number for an outbound call"):
            twilio.change(call, Flags=2)


class TestChangedDates:
    """By a change nothing becomes older than what it belongs to, whoever gave the dates."""

    @pytest.mark.parametrize("method", ["add_recording", "add_transcription", "add_participant"])
    def test_what_belongs_to_another_is_not_older(self, twilio, method):
        one = getattr(twilio, method)()

        with pytest.raises(UsageError, match=r"DateCreated lies not before .*the nearest is"):
            twilio.change(one, DateCreated="2009-01-01")

    def test_nor_is_a_notification_of_a_call(self, twilio):
        one = twilio.add_notification(CallSid=twilio.add_call().Sid)

        with pytest.raises(UsageError, match="lies not before Call"):
            twilio.change(one, MessageDate="2009-01-01")

    def test_nor_does_that_become_younger(self, twilio):
        participant = twilio.add_participant()
        conference, call = twilio.conferences[0], twilio.calls[0]
        twilio.clock.advance(3600)

        for one, more in ((conference, {}), (call, {"StartTime": twilio.clock.now})):
            with pytest.raises(UsageError, match="lies not after that of a participant of it"):
                twilio.change(one, DateCreated=twilio.clock.now, **more)
        assert twilio.participants == (participant,)


def test_a_recording_with_a_completed_transcription_is_no_longer_than_two_minutes(twilio):
    recording = twilio.add_recording(CallSid=twilio.add_call(Status=1).Sid)
    transcription = twilio.add_transcription(RecordingSid=recording.Sid)

    with pytest.raises(UsageError, match=r"at most 120 seconds.*the nearest is '120'"):
        twilio.change(recording, Duration=200)
    twilio.change(transcription, Status="failed")
    assert twilio.change(recording, Duration=200).Duration == "200"


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0), (0, 0), (1, 1)])
def test_a_name_is_that_of_one_conference_that_is_not_over(twilio, first, second):
    twilio.add_conference(FriendlyName="room", Status=first)
    over = twilio.add_conference(FriendlyName="room", Status=2)

    with pytest.raises(UsageError, match="the nearest is 'room2'"):
        twilio.add_conference(FriendlyName="room", Status=second)
    with pytest.raises(UsageError, match="the nearest is 'room2'"):
        twilio.change(over, Status=second)


@pytest.mark.parametrize(
    ("method", "name", "number", "shown"),
    [
        ("add_incoming_phone_number", "PhoneNumber", "4155550123", "(415) 555-0123"),
        ("add_outgoing_caller_id", "PhoneNumber", "4155550123", "(415) 555-0123"),
        ("add_short_code", "ShortCode", "12345", "12345"),
    ],
)
def test_a_name_that_nobody_gave_follows_the_number(twilio, method, name, number, shown):
    one = twilio.change(getattr(twilio, method)(), **{name: number})
    assert one.FriendlyName == shown

    named = twilio.change(getattr(twilio, method)(FriendlyName="Main"), **{name: f"{number[:-1]}4"})
    assert named.FriendlyName == "Main"
