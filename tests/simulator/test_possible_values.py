"""Worlds that cannot be are refused, whatever the property; what is unusual stays possible."""

import re
from datetime import UTC, datetime
from enum import Enum

import pytest
from builders import at
from published_reference import ELEMENTS

import twreplay
from twreplay.errors import UsageError

# Made of others, or of an account that every world has.
NOT_ADDED = {"TwilioSandbox", "ValidationRequest"}
MADE_OF_PARTS = {"Capabilities"}
PROPERTIES = [
    (resource, name)
    for resource, names in ELEMENTS.items()
    if resource not in NOT_ADDED
    for name in names
    if name not in MADE_OF_PARTS
]
FREE_TEXT = {
    ("Account", "FriendlyName"),
    ("Account", "StatusText"),
    ("Account", "AuthToken"),
    ("Call", "Annotation"),
    ("Conference", "FriendlyName"),
    ("IncomingPhoneNumber", "FriendlyName"),
    ("Notification", "MessageText"),
    ("Notification", "RequestVariables"),
    ("Notification", "ResponseBody"),
    ("Notification", "ResponseHeaders"),
    ("OutgoingCallerId", "FriendlyName"),
    ("SMSMessage", "Body"),
    ("ShortCode", "FriendlyName"),
    ("Transcription", "TranscriptionText"),
}


def add(simulator: twreplay.Simulator, resource: str, **properties: object):
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=SMS)(?=M)", "_", resource).lower()
    return getattr(simulator, f"add_{words}")(**properties)


@pytest.fixture
def simulator() -> twreplay.Simulator:
    return twreplay.Simulator()


@pytest.mark.parametrize(("resource", "name"), PROPERTIES)
class TestEveryProperty:
    def test_takes_no_value_of_another_type(self, simulator, resource, name):
        before = simulator.snapshot()["instances"]

        for value in (object(), b"2", [], {}, float("nan"), float("inf")):
            with pytest.raises(UsageError, match=rf"{resource}\.{name} takes"):
                add(simulator, resource, **{name: value})

        assert simulator.snapshot()["instances"] == before

    def test_takes_no_text_outside_its_definition(self, simulator, resource, name):
        if (resource, name) in FREE_TEXT:
            assert getattr(add(simulator, resource, **_text(resource, name)), name) == "hello"
            return

        with pytest.raises(UsageError, match=rf"{resource}\.{name} (takes|is one of)"):
            add(simulator, resource, **{name: "no such value"})

    def test_the_nearest_value_that_a_refusal_names_is_possible(self, simulator, resource, name):
        refusal = rf"{resource}\.{name} (takes|is one of)"

        for text in ("9", "-1", "x" * 200, "completed", "4155", "postt", "example.com", "1e3"):
            said = _refuse(simulator, resource, name, text)
            nearest = re.search(r"; the nearest is '(.*)'\.$", said.partition("\n")[0])
            if nearest and re.match(refusal, said):
                assert not re.match(refusal, _refuse(simulator, resource, name, nearest[1]))


def _refuse(simulator: twreplay.Simulator, resource: str, name: str, text: str) -> str:
    """Return why *text* is refused; empty if it is not."""
    try:
        add(simulator, resource, **{name: text})
    except UsageError as error:
        return str(error)
    return ""


def _text(resource: str, name: str) -> dict[str, object]:
    # StatusText is free where the page shows no text for the status.
    return {name: "hello"} | ({"Status": 4} if name == "StatusText" else {})


@pytest.mark.parametrize(
    ("resource", "properties", "message"),
    [
        ("SMSMessage", {"Status": "delivered"}, "the nearest is 'sent'"),
        ("SMSMessage", {"Status": "undelivered"}, "the nearest is 'failed'"),
        ("SMSMessage", {"Status": "snt"}, "the nearest is 'sent'"),
        ("SMSMessage", {"Body": "x" * 161}, "at most 160 characters, not .* of 161 characters"),
        ("SMSMessage", {"Body": ""}, "1 to 160 characters"),
        ("SMSMessage", {"Flags": 3}, "is one of 1, 2, 4, 6"),
        ("SMSMessage", {"Flags": 1, "Status": "queued"}, "sent or failed for an inbound"),
        ("SMSMessage", {"Status": "queued", "DateSent": 1}, "DateSent is empty in a message"),
        ("SMSMessage", {"To": "123"}, "a phone number or a short code"),
        ("Transcription", {"Status": "done"}, "the nearest is 'completed'"),
        ("Transcription", {"Status": "failed", "Price": "-0.05"}, "Price is empty"),
        ("Transcription", {"Status": "in-progress", "TranscriptionText": "a"}, "Text is empty"),
        ("Call", {"Status": "completed"}, "the nearest is '2'"),
        ("Call", {"Status": "ringing"}, "the nearest is '0'"),
        ("Call", {"Status": 9}, "the nearest is '5'"),
        ("Call", {"Status": None}, "is one of 0, 1, 2, 3, 4, 5"),
        ("Call", {"Duration": "long"}, "takes whole seconds, from 0"),
        ("Call", {"Duration": 30.5}, "the nearest is '30'"),
        ("Call", {"Duration": -1}, "the nearest is '0'"),
        ("Call", {"Status": 1, "Duration": 5}, "Duration is empty in a call that is in progress"),
        ("Call", {"Status": 0, "StartTime": 1}, "StartTime is empty in a call that is not yet"),
        ("Call", {"Status": 3, "EndTime": 1}, "EndTime is empty in a call that was busy"),
        ("Call", {"Price": "cheap"}, "US dollars"),
        ("Call", {"Price": "$0.03"}, "the nearest is '0.03000'"),
        ("Call", {"Flags": 3}, "Flags is one of"),
        ("Call", {"Flags": 6}, "only for a leg that Dial made"),
        ("Call", {"Flags": 1, "Status": 0}, "1, 2, 3, 4, 5 for an inbound call"),
        ("Call", {"Caller": ""}, "for an outbound call"),
        ("Call", {"Called": "911"}, "takes a phone number"),
        ("Call", {"CallSegmentSid": "CS1"}, "is empty for the first segment"),
        ("Call", {"StartTime": "2009-07-06", "EndTime": "2009-07-05"}, "not before StartTime"),
        ("Call", {"StartTime": 100, "EndTime": 160, "Duration": 30}, "is the 60 seconds"),
        ("Call", {"DateCreated": 200, "StartTime": 100}, "not before DateCreated"),
        ("Call", {"DateCreated": 200, "DateUpdated": 100}, "DateUpdated lies not before"),
        ("Account", {"FriendlyName": "x" * 65}, "at most 64 characters"),
        ("Account", {"Status": 3}, "one of 1, 2, 4, 16, 32, not 3; the nearest is '2'"),
        ("Account", {"StatusText": "Closed"}, "is 'Active' where Status is 2"),
        ("IncomingPhoneNumber", {"PhoneNumber": "12345"}, "ten digits"),
        ("IncomingPhoneNumber", {"FriendlyName": "x" * 100}, "at most 64 characters"),
        ("IncomingPhoneNumber", {"Url": "/voice"}, "nearest is 'http://voice'"),
        ("IncomingPhoneNumber", {"Method": "post"}, "the nearest is 'POST'"),
        ("IncomingPhoneNumber", {"VoiceFallbackUrl": "http://a.example"}, "empty where Url is"),
        ("IncomingPhoneNumber", {"SmsFallbackUrl": "http://a.example"}, "empty where SmsUrl is"),
        (
            "IncomingPhoneNumber",
            {"toll_free": True, "PhoneNumber": "4155550100"},
            "the nearest is '8005550100'",
        ),
        ("IncomingPhoneNumber", {"toll_free": True, "SmsUrl": "http://a.example"}, "toll-free"),
        ("IncomingPhoneNumber", {"toll_free": True, "sms": True}, "takes no messages"),
        ("ShortCode", {"ShortCode": "123"}, "five or six digits"),
        ("Notification", {"Log": 2}, "the nearest is '1'"),
        ("Notification", {"Log": "error"}, "the nearest is '0'"),
        ("Notification", {"ErrorCode": 404}, "the nearest is '10000'"),
        ("Notification", {"RequestMethod": "PATCH"}, "the nearest is 'PUT'"),
        ("Notification", {"CallSid": "CA9"}, "the account has no Call CA9"),
        ("Conference", {"Status": "in-progress"}, "the nearest is '1'"),
        ("Conference", {"FriendlyName": ""}, "the name of a room"),
        ("Participant", {"CallSid": "CA9"}, "the account has no Call CA9"),
        ("Participant", {"Muted": "maybe"}, "takes True or False"),
        ("Recording", {"Duration": "x"}, "whole seconds"),
        ("Recording", {"Sid": "CA1"}, "takes RE and 32"),
    ],
    ids=str,
)
def test_an_impossible_world_is_refused_and_nothing_changed(
    simulator, resource, properties, message
):
    before = simulator.snapshot()["instances"]

    with pytest.raises(UsageError, match=message):
        add(simulator, resource, **properties)

    assert simulator.snapshot()["instances"] == before


class TestWhatIsThere:
    def test_one_conference_of_a_name_is_in_progress(self, simulator):
        simulator.add_conference(FriendlyName="room")
        simulator.add_conference(FriendlyName="room", Status=2)

        with pytest.raises(UsageError, match="unique among the conferences that are not over"):
            simulator.add_conference(FriendlyName="room")
        assert simulator.add_conference().FriendlyName == "room2"

    @pytest.mark.parametrize("kind", ["incoming_phone_number", "outgoing_caller_id"])
    def test_a_number_is_in_one_list_once(self, simulator, kind):
        add = getattr(simulator, f"add_{kind}")
        add(PhoneNumber="4155550123")
        other = simulator.add_account()

        with pytest.raises(UsageError, match="the nearest is '4155550124'"):
            add(PhoneNumber="(415) 555-0123", AccountSid=other.Sid)

    def test_the_number_that_is_there_makes_room_for_the_tests_own(self, simulator):
        own = simulator.add_incoming_phone_number(PhoneNumber="4158675309", FriendlyName="Main")

        assert simulator.incoming_phone_numbers == (own,)

    def test_a_participant_is_in_a_call_that_is_in_progress(self, simulator):
        call = simulator.add_call()

        with pytest.raises(UsageError, match="not in progress"):
            simulator.add_participant(CallSid=call.Sid)

    def test_a_call_is_in_one_conference(self, simulator):
        participant = simulator.add_participant()
        other = simulator.add_conference()

        with pytest.raises(UsageError, match=f"in conference {participant.ConferenceSid} already"):
            simulator.add_participant(ConferenceSid=other.Sid, CallSid=participant.CallSid)

    def test_a_leg_is_of_a_call_that_was_answered_and_has_a_sid_of_its_own(self, simulator):
        busy, live = simulator.add_call(Status=3), simulator.add_call(Status=1)
        simulator.add_call(Sid=live.Sid, segment=True, CallSegmentSid="CS1")

        with pytest.raises(UsageError, match="Dial made no leg"):
            simulator.add_call(Sid=busy.Sid, segment=True)
        with pytest.raises(UsageError, match="has a leg CS1 already"):
            simulator.add_call(Sid=live.Sid, segment=True, CallSegmentSid="CS1")

    def test_nothing_is_recorded_of_a_call_that_was_never_answered(self, simulator):
        busy = simulator.add_call(Status=3)

        with pytest.raises(UsageError, match="never answered"):
            simulator.add_recording(CallSid=busy.Sid)
        assert simulator.add_recording().CallSid != busy.Sid

    def test_a_long_recording_is_not_transcribed(self, simulator):
        long = simulator.add_recording(Duration=121)

        with pytest.raises(UsageError, match="the nearest is 'failed'"):
            simulator.add_transcription(RecordingSid=long.Sid)
        assert simulator.add_transcription(RecordingSid=long.Sid, Status="failed").Price == ""

    def test_a_transcription_is_no_longer_than_its_recording(self, simulator):
        recording = simulator.add_recording(Duration=5)

        with pytest.raises(UsageError, match="at most the 5 seconds"):
            simulator.add_transcription(RecordingSid=recording.Sid, Duration=9)

    def test_nothing_is_older_than_what_it_belongs_to(self, simulator):
        call = simulator.add_call(StartTime="2009-07-06")

        with pytest.raises(UsageError, match=f"not before Call {call.Sid} was created"):
            simulator.add_recording(CallSid=call.Sid, DateCreated="2009-07-05")
        with pytest.raises(UsageError, match=f"not before Call {call.Sid} was created"):
            simulator.add_notification(CallSid=call.Sid, MessageDate="2009-07-05")

    def test_the_sid_of_a_number_fits_the_call(self, simulator):
        other = simulator.add_incoming_phone_number()

        with pytest.raises(UsageError, match="is the Sid of Caller, 4158675309"):
            simulator.add_call(PhoneNumberSid=other.Sid)

    def test_a_token_is_never_shown(self, simulator):
        with pytest.raises(UsageError) as caught:
            simulator.add_account(AuthToken="secret\n")

        assert "secret" not in str(caught.value)


class TestWhatIsUnusual:
    @pytest.mark.parametrize(
        ("resource", "properties"),
        [
            ("Call", {"Called": "+442071838750"}),
            ("Call", {"Flags": 10}),
            ("Call", {"Flags": 1, "Caller": "anonymous"}),
            ("Call", {"Flags": 1, "Caller": ""}),
            ("Call", {"PhoneNumberSid": "PN1"}),
            ("Call", {"Price": ""}),
            ("Call", {"Price": -0.5}),
            ("Call", {"Duration": 0}),
            ("Call", {"StartTime": datetime(2030, 1, 1, tzinfo=UTC)}),
            ("SMSMessage", {"To": "67898", "Flags": 2}),
            ("SMSMessage", {"Flags": 1, "Body": ""}),
            ("Notification", {"RequestURL": "", "ErrorCode": 99999}),
            ("Conference", {"Status": 0}),
            ("Transcription", {"TranscriptionText": ""}),
        ],
        ids=str,
    )
    def test_stays_possible(self, simulator, resource, properties):
        add(simulator, resource, **properties)

    def test_a_price_has_five_decimals(self, simulator):
        assert simulator.add_call(Price=-0.5).Price == "-0.50000"

    def test_text_of_an_enumeration_is_taken_for_its_value(self, simulator):
        class Status(str, Enum):  # noqa: UP042  # not StrEnum: its str() is the name of the member
            SENT = "sent"

        assert simulator.add_sms_message(Status=Status.SENT).Status == "sent"


class TestWhatFollows:
    def test_trial_accounts_are_charged_nothing(self, simulator):
        trial = simulator.add_account(trial=True)

        call = simulator.add_call(AccountSid=trial.Sid)
        transcription = simulator.add_transcription(AccountSid=trial.Sid)

        assert (call.Price, transcription.Price) == ("", "")
        with pytest.raises(UsageError, match="Price is empty in a trial account"):
            simulator.add_call(AccountSid=trial.Sid, Price="-0.03")

    @pytest.mark.parametrize("status", ["in-progress", "failed"])
    def test_a_transcription_that_is_not_completed_says_nothing(self, simulator, status):
        transcription = simulator.add_transcription(Status=status)

        assert (transcription.TranscriptionText, transcription.Price) == ("", "")

    def test_a_call_has_the_sid_of_our_number(self, simulator):
        (ours,) = simulator.incoming_phone_numbers
        caller_id = simulator.add_outgoing_caller_id(PhoneNumber="4155550177")

        assert simulator.add_call().PhoneNumberSid == ours.Sid
        assert simulator.add_call(Flags=1).PhoneNumberSid == ours.Sid
        assert simulator.add_call(Caller="4155550177").PhoneNumberSid == caller_id.Sid
        assert simulator.add_call(Caller="4155550178").PhoneNumberSid == ""

    def test_what_comes_in_is_to_us(self, simulator):
        call, message = simulator.add_call(Flags=1), simulator.add_sms_message(Flags=1)

        assert (call.Called, call.Caller) == ("4158675309", "4155551212")
        assert (message.To, message.From) == ("4158675309", "4155551212")

    def test_another_account_calls_from_its_own_number(self, simulator):
        other = simulator.add_account()
        number = simulator.add_incoming_phone_number(AccountSid=other.Sid)

        call = simulator.add_call(AccountSid=other.Sid)

        assert (call.Caller, call.PhoneNumberSid) == (number.PhoneNumber, number.Sid)

    @pytest.mark.parametrize("number", ["8005551212", "1-877-555-1212"])
    def test_a_number_is_toll_free_if_its_area_code_is(self, simulator, number):
        simulator.add_incoming_phone_number(PhoneNumber=number)

        with pytest.raises(UsageError, match="empty for a toll-free number"):
            simulator.change(simulator.incoming_phone_numbers[-1], SmsMethod="GET")

    def test_a_toll_free_number_has_such_a_number(self, simulator):
        assert simulator.add_incoming_phone_number(toll_free=True).PhoneNumber[:3] == "800"


class TestDates:
    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"Status": 1},
            {"StartTime": "2009-07-06"},
            {"EndTime": "2009-07-06"},
            {"DateCreated": "2009-07-06"},
            {"DateUpdated": "2009-07-06"},
            {"StartTime": "2009-07-06", "Duration": 90},
            {"DateCreated": 1000, "DateUpdated": 1010},
            {"StartTime": 1000, "EndTime": 1045},
        ],
        ids=str,
    )
    def test_of_a_call_come_one_after_the_other(self, given):
        saved = twreplay.Simulator()
        saved.add_call(**given)

        times = saved.snapshot()["instances"][-1]["times"]

        names = ("DateCreated", "StartTime", "EndTime", "DateUpdated")
        known = [times[name] for name in names if name in times]
        assert known == sorted(known)
        assert known[-1] <= saved.clock.seconds
        if "EndTime" in times:
            length = int(saved.calls[-1].Duration)
            assert times["EndTime"] - times["StartTime"] == length

    def test_a_call_begins_when_it_was_created_unless_told_otherwise(self, simulator):
        call = simulator.add_call(StartTime="2009-07-06")

        assert call.DateCreated == call.StartTime == "Mon, 06 Jul 2009 00:00:00 -0700"
        assert call.DateUpdated == call.EndTime == "Mon, 06 Jul 2009 00:00:30 -0700"

    def test_lists_are_in_their_order(self, simulator):
        for day in (2, 1, 3):
            simulator.add_call(Sid=f"CA{day}", StartTime=f"2009-07-0{day}")
            simulator.add_sms_message(Sid=f"SM{day}", DateSent=f"2009-07-0{day}")
            simulator.add_conference(Sid=f"CF{day}", DateCreated=f"2009-07-0{day}")

        for path, prefix in (("Calls", "CA"), ("SMS/Messages", "SM"), ("Conferences", "CF")):
            url = simulator.account_url.replace("//", f"//{':'.join(simulator.auth)}@")
            text = simulator.handle(twreplay.Request("GET", f"{url}/{path}.csv")).body.decode()
            sids = [word for word in text.replace("\n", ",").split(",") if word[:2] == prefix]
            assert sids == [f"{prefix}3", f"{prefix}2", f"{prefix}1"]

    def test_the_spelling_of_filters_is_midnight(self, simulator):
        assert simulator.add_call(StartTime="2009-07-06").StartTime == (
            simulator.add_call(StartTime=at("2009-07-06")).StartTime
        )

    def test_of_a_message_and_a_notification_agree(self, simulator):
        message = simulator.add_sms_message(DateSent="2009-07-06")
        notification = simulator.add_notification(MessageDate="2009-07-06")

        assert message.DateCreated == message.DateSent == message.DateUpdated
        assert notification.DateCreated == notification.MessageDate == notification.DateUpdated


class TestAudio:
    def test_that_was_given_is_not_replaced_by_silence(self, simulator):
        recording = simulator.add_recording(wav=b"RIFF")
        url = f"{simulator.account_url}/Recordings/{recording.Sid}"

        assert simulator.handle(twreplay.Request("GET", url)).body == b"RIFF"
        with pytest.raises(UsageError, match=r"add_recording\(mp3=\.\.\.\)"):
            simulator.handle(twreplay.Request("GET", f"{url}.mp3"))

    def test_tells_the_duration(self, simulator):
        silence = simulator.handle(
            twreplay.Request(
                "GET",
                f"{simulator.account_url}/Recordings/{simulator.add_recording(Duration=7).Sid}",
            )
        ).body

        assert simulator.add_recording(wav=silence).Duration == "7"
        with pytest.raises(UsageError, match="is the 7 seconds of wav"):
            simulator.add_recording(wav=silence, Duration=30)
