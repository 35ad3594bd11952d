"""SMS messages, against the reference."""

from __future__ import annotations

import pytest
from builders import (
    CALLED,
    NOT_FOUND,
    NOT_URLS,
    NUMBER,
    READABLE,
    Client,
    at,
    client,
    hints,
    message,
    rests_on,
    without,
)

LIST = "/SMS/Messages"
NOT_YOURS = (
    "The 'From' phone number provided is not a valid, SMS-capable inbound phone number for "
    "your account"
)


@pytest.fixture
def asking():
    return client()


class TestSending:
    def test_a_message_that_is_sent_is_queued(self, asking):
        answer = asking.post(LIST, message())

        assert answer.status == 200
        assert answer.thing.tag == "SMSMessage"
        assert (answer["Status"], answer["DateSent"], answer["Flags"]) == ("queued", "", "4")

    def test_properties_are_in_wire_order(self, asking):
        assert asking.post(LIST, message()).names == [
            *("Sid", "DateCreated", "DateUpdated", "DateSent", "AccountSid", "To", "From"),
            *("Body", "Status", "Flags"),
        ]

    def test_sid_has_34_characters(self, asking):
        sid = asking.post(LIST, message())["Sid"]

        assert sid.startswith("SM")
        assert len(sid) == 34

    def test_shows_alone_and_in_the_list(self, asking):
        sent = asking.post(LIST, message())

        assert asking.get(f"{LIST}/{sent['Sid']}").text == sent.text
        assert asking.get(LIST).items == [sent.values]

    def test_observed_is_201_with_location_and_an_empty_price(self):
        asking = client(profile="observed")

        answer = asking.post(LIST, message())

        assert answer.status == 201
        assert answer.headers["Location"] == (
            f"https://api.twilio.com{asking.path}/SMS/Messages/{answer['Sid']}"
        )
        assert answer.names[-2:] == ["Flags", "Price"]
        assert answer["Price"] == ""

    @pytest.mark.parametrize(
        ("name", "refusal"),
        [
            ("From", (400, 21603, "The source 'from' phone number is required to send an SMS")),
            (
                "To",
                (400, 21604, "The destination 'to' phone number is required to send an SMS"),
            ),
            ("Body", (400, 21602, "Message body is required")),
        ],
    )
    @pytest.mark.parametrize("empty", [False, True], ids=["absent", "empty"])
    def test_what_is_required_is_refused_without(self, asking, name, refusal, empty):
        form = message(**{name: ""}) if empty else without(message(), name)

        assert asking.post(LIST, form).refusal == refusal

    @pytest.mark.parametrize("length", [1, 159, 160])
    @pytest.mark.parametrize("letter", ["x", "ä", "€", "😀"])
    def test_body_of_up_to_160_characters(self, asking, letter, length):
        answer = asking.post(LIST, message(Body=letter * length))

        assert (answer.status, answer["Body"]) == (200, letter * length)

    @pytest.mark.parametrize("length", [161, 1600])
    def test_longer_body_is_refused(self, asking, length):
        assert asking.post(LIST, message(Body="x" * length)).refusal == (
            400,
            21605,
            "Maximum SMS body length is 160 characters",
        )

    @pytest.mark.parametrize("body", ["a b+c&d=e", " <b> ", "line\nline", "100% \"sure\" 'ok'"])
    def test_body_comes_back_as_it_was_sent(self, asking, body):
        assert asking.post(LIST, message(Body=body))["Body"] == body

    @pytest.mark.parametrize("written", READABLE.values(), ids=READABLE)
    def test_a_recipient_in_any_readable_form_is_taken(self, asking, written):
        assert asking.post(LIST, message(To=written))["To"] == "4155551212"

    @pytest.mark.parametrize("bad", ["jenny", "415555121", "+", "1234567"])
    def test_recipient_that_is_no_number_is_refused(self, asking, bad):
        assert asking.post(LIST, message(To=bad)).refusal == (400, 21401, "Invalid Phone Number")

    @pytest.mark.parametrize("code", ["12345", "123456"])
    def test_recipient_may_be_a_short_code(self, asking, code):
        assert asking.post(LIST, message(To=code))["To"] == code

    def test_a_recipient_abroad_is_taken(self, asking):
        assert asking.post(LIST, message(To="+44 7700 900123"))["To"] == "+447700900123"

    @pytest.mark.parametrize("bad", NOT_URLS.values(), ids=NOT_URLS)
    def test_status_callback_must_be_a_url(self, asking, bad):
        assert asking.post(LIST, message(StatusCallback=bad)).refusal == (
            400,
            21609,
            "Invalid 'StatusCallback'",
        )

    def test_status_callback_is_taken_and_not_shown(self, asking):
        answer = asking.post(LIST, message(StatusCallback="http://app.example/sent"))

        assert answer.status == 200
        assert "StatusCallback" not in answer.names

    def test_refused_message_is_not_sent(self, asking):
        asking.post(LIST, message(To="jenny"))

        assert asking.get(LIST).items == []


class TestSender:
    @pytest.mark.parametrize("written", ["(415) 867-5309", "+1 415-867-5309"])
    def test_a_sender_in_any_readable_form_is_taken(self, asking, written):
        assert asking.post(LIST, message(From=written))["From"] == NUMBER

    def test_may_be_a_short_code_of_the_account(self, asking):
        asking.simulator.add_short_code(ShortCode="67898")

        assert asking.post(LIST, message(From="67898"))["From"] == "67898"

    @pytest.mark.parametrize("sender", ["4155550000", "67898", "+442071838750", "jenny"])
    def test_may_be_nothing_else(self, asking, sender):
        assert asking.post(LIST, message(From=sender)).refusal == (400, 21606, NOT_YOURS)

    def test_mere_caller_id_cannot_send(self, asking):
        asking.simulator.add_outgoing_caller_id(PhoneNumber="4155550123")

        assert asking.post(LIST, message(From="4155550123")).refusal == (400, 21606, NOT_YOURS)

    def test_number_of_another_account_cannot_send(self, asking):
        other = Client(asking.simulator, asking.simulator.add_account())

        assert other.post(LIST, message()).refusal == (400, 21606, NOT_YOURS)

    def test_short_code_of_another_account_cannot_send(self, asking):
        other = asking.simulator.add_account()
        asking.simulator.add_short_code(ShortCode="67898", AccountSid=other.Sid)

        assert asking.post(LIST, message(From="67898")).refusal == (400, 21606, NOT_YOURS)

    @pytest.mark.parametrize("how", [{"sms": False}, {"toll_free": True}])
    def test_number_without_sms_cannot_send(self, asking, how):
        number = asking.simulator.add_incoming_phone_number(**how).PhoneNumber

        assert asking.post(LIST, message(From=number)).refusal == (
            400,
            21601,
            "Phone number is not a valid SMS-capable inbound phone number",
        )

    def test_trial_account_sends_from_the_sandbox_only(self, asking):
        account = asking.simulator.add_account(trial=True)
        trial = Client(asking.simulator, account)

        assert trial.post(LIST, message(From="4155550777")).refusal == (
            400,
            21607,
            "The 'from' phone number must be the sandbox phone number for trial accounts",
        )


class TestLife:
    def test_queued_then_sending_then_sent(self, asking):
        sid = asking.post(LIST, message())["Sid"]
        seen = []
        for _ in range(5):
            seen.append(asking.get(f"{LIST}/{sid}")["Status"])
            asking.simulator.clock.advance(seconds=1)

        assert list(dict.fromkeys(seen)) == ["queued", "sending", "sent"]

    def test_date_sent_comes_with_sent(self, asking):
        sid = asking.post(LIST, message())["Sid"]
        asking.simulator.clock.advance(seconds=2.9)
        before = asking.get(f"{LIST}/{sid}")["DateSent"]
        asking.simulator.clock.advance(seconds=0.1)
        shown = asking.get(f"{LIST}/{sid}")

        assert (before, shown["Status"]) == ("", "sent")
        assert shown["DateSent"] == "Mon, 01 Mar 2010 09:00:03 -0800"

    def test_failed_one_was_never_sent(self, asking):
        asking.simulator.arrange_sms(CALLED, outcome="failed", after=10)
        sid = asking.post(LIST, message())["Sid"]
        asking.simulator.clock.advance(seconds=10)
        shown = asking.get(f"{LIST}/{sid}")

        assert (shown["Status"], shown["DateSent"]) == ("failed", "")

    def test_outcome_is_arranged_by_number(self, asking):
        asking.simulator.arrange_sms("(415) 555-0001", outcome="failed")
        sids = [asking.post(LIST, message(To=f"415555000{n}"))["Sid"] for n in (1, 2)]
        asking.simulator.clock.advance(seconds=60)

        assert [asking.get(f"{LIST}/{s}")["Status"] for s in sids] == ["failed", "sent"]

    def test_price_is_observed_once_it_is_sent(self):
        asking = client(profile="observed")
        sid = asking.post(LIST, message())["Sid"]
        asking.simulator.clock.advance(seconds=60)

        price = asking.get(f"{LIST}/{sid}")["Price"]

        assert price.startswith("-0.")
        assert len(price.partition(".")[2]) == 5

    def test_trial_account_is_never_charged(self):
        asking = client(profile="observed")
        account = asking.simulator.add_account(trial=True)
        asking.simulator.add_outgoing_caller_id(AccountSid=account.Sid, PhoneNumber="4155550123")
        trial = Client(asking.simulator, account)
        sandbox = trial.get("/Sandbox")["PhoneNumber"]
        sid = trial.post(LIST, message(From=sandbox, To="4155550123"))["Sid"]
        asking.simulator.clock.advance(seconds=3600)

        shown = trial.get(f"{LIST}/{sid}")

        assert (shown["Status"], shown["Price"]) == ("sent", "")

    def test_inbound_message_has_flag_1(self, asking):
        sid = asking.simulator.add_sms_message(From=CALLED, To=NUMBER, Flags=1).Sid

        assert asking.get(f"{LIST}/{sid}")["Flags"] == "1"

    def test_unknown_one_is_404(self, asking):
        assert asking.get(f"{LIST}/SM0").refusal == NOT_FOUND


class TestList:
    @pytest.fixture
    def asking(self, asking):
        days = ("2009-07-05 23:59:59", "2009-07-06 00:00:00", "2009-07-06 23:59:59", "2009-07-07")
        for number, day in enumerate(days, 1):
            asking.simulator.add_sms_message(
                Body=str(number), To=f"415555000{number % 2}", DateSent=at(day)
            )
        asking.simulator.add_sms_message(Body="5", To=NUMBER, From="4155550009", Status="queued")
        return asking

    @pytest.mark.filterwarnings("ignore:.*question 72,:twreplay.errors.UndocumentedBehavior")
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", "12345"),
            ("?To=4155550001", "13"),
            ("?To=4155550007", ""),
            ("?From=4155550009", "5"),
            (f"?From={NUMBER}&To=4155550000", "24"),
            ("?DateSent=2009-07-06", "23"),
            ("?DateSent>=2009-07-06", "234"),
            ("?DateSent%3E=2009-07-06", "234"),
            ("?DateSent<=2009-07-06", "12"),
            ("?DateSent<2009-07-07", "123"),
            ("?DateSent>=2009-07-06&DateSent<=2009-07-07&To=4155550001", "3"),
        ],
    )
    def test_filters_narrow_the_list(self, asking, query, found):
        answer = asking.get(f"{LIST}{query}")

        assert answer.thing.tag == "SMSMessages"
        assert "".join(sorted(answer.each("Body"))) == found

    @pytest.mark.parametrize("name", ["To", "From"])
    def test_short_code_is_a_number_to_filter_by(self, asking, name):
        asking.simulator.add_sms_message(**{name: "67898"}, Body="6")

        assert asking.get(f"{LIST}?{name}=67898").each("Body") == ["6"]

    def test_number_abroad_with_its_plus_encoded(self, asking):
        asking.simulator.add_sms_message(To="+447700900123", Body="6")

        assert asking.get(f"{LIST}?To=%2B447700900123").each("Body") == ["6"]

    def test_names_of_calls_are_hinted(self, asking):
        with hints("messages are filtered by To, not Called"), rests_on(18):
            assert len(asking.get(f"{LIST}?Called=4155550001").items) == 5

    def test_last_sent_is_first(self):
        asking = client()
        for month in (1, 3, 2):
            asking.simulator.add_sms_message(Body=str(month), DateSent=at(f"2009-0{month}-01"))

        assert asking.get(LIST).each("Body") == ["3", "2", "1"]

    def test_what_was_not_sent_yet_comes_before_what_was(self, asking):
        """It has no DateSent; whatever it gets will be the newest."""
        assert asking.get(LIST).each("Status") == ["queued", *["sent"] * 4]

    def test_order_is_not_that_of_the_update(self):
        asking = client()
        for month in (1, 2):
            asking.simulator.add_sms_message(
                Body=str(month),
                DateSent=at(f"2009-0{month}-01"),
                DateUpdated=at(f"2009-0{4 - month}-01"),
            )

        assert asking.get(LIST).each("Body") == ["2", "1"]
