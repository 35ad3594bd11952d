"""Outgoing caller ids and their validation, against the reference."""

from __future__ import annotations

import pytest
from builders import NOT_FOUND, NOT_NUMBERS, READABLE, Client, call, client, rests_on

import twreplay

LIST = "/OutgoingCallerIds"
FORM = {"PhoneNumber": "4155550123"}


@pytest.fixture
def asking():
    return client()


@pytest.fixture
def caller_id(asking):
    return f"{LIST}/{asking.simulator.add_outgoing_caller_id(PhoneNumber='4155550123').Sid}"


class TestInstance:
    def test_properties_are_in_wire_order(self, asking, caller_id):
        assert asking.get(caller_id).names == [
            *("Sid", "AccountSid", "FriendlyName", "PhoneNumber", "DateCreated", "DateUpdated")
        ]

    def test_name_defaults_to_the_formatted_number(self, asking, caller_id):
        assert asking.get(caller_id)["FriendlyName"] == "(415) 555-0123"

    def test_sid_begins_as_that_of_a_phone_number(self, asking, caller_id):
        sid = asking.get(caller_id)["Sid"]

        assert sid.startswith("PN")
        assert len(sid) == 34

    def test_unknown_one_is_404(self, asking):
        assert asking.get(f"{LIST}/PN0").refusal == NOT_FOUND

    def test_phone_number_is_none_although_its_sid_looks_the_same(self, asking):
        sid = asking.simulator.incoming_phone_numbers[0].Sid

        assert asking.get(f"{LIST}/{sid}").refusal == NOT_FOUND


class TestUpdate:
    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_an_update_renames(self, asking, caller_id, method):
        answer = asking.send(method, caller_id, {"FriendlyName": "Cell"})

        assert (answer.status, answer["FriendlyName"]) == (200, "Cell")
        assert asking.get(caller_id).text == answer.text

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    @pytest.mark.parametrize("form", [{}, {"FriendlyName": ""}], ids=["absent", "empty"])
    def test_name_is_required(self, asking, caller_id, method, form):
        assert asking.send(method, caller_id, form).refusal == (400, 20002, "Invalid FriendlyName")

    def test_name_of_64_characters_but_not_of_65(self, asking, caller_id):
        assert asking.post(caller_id, {"FriendlyName": "x" * 64}).status == 200
        with rests_on(37):
            answer = asking.post(caller_id, {"FriendlyName": "x" * 65})
        assert answer.refusal == (400, 20002, "Invalid FriendlyName")


class TestDeleting:
    def test_is_204_without_body(self, asking, caller_id):
        answer = asking.delete(caller_id)

        assert (answer.status, answer.body) == (204, b"")

    def test_it_is_gone(self, asking, caller_id):
        asking.delete(caller_id)

        assert asking.get(LIST).items == []
        with rests_on(29):
            assert asking.get(caller_id).refusal == NOT_FOUND

    def test_number_can_be_validated_again(self, asking, caller_id):
        asking.delete(caller_id)

        assert asking.post(LIST, FORM).status == 200

    def test_number_can_no_longer_call(self, asking, caller_id):
        assert asking.post("/Calls", call(Caller="4155550123")).status == 200
        asking.delete(caller_id)
        assert asking.post("/Calls", call(Caller="4155550123")).refusal[1] == 21210


class TestAskingForValidation:
    def test_answer_is_a_request_without_sid(self, asking):
        answer = asking.post(LIST, FORM)

        assert answer.thing.tag == "ValidationRequest"
        assert answer.names == ["AccountSid", "PhoneNumber", "FriendlyName", "ValidationCode"]

    def test_code_has_6_digits(self, asking):
        code = asking.post(LIST, FORM)["ValidationCode"]

        assert len(code) == 6
        assert code.isdigit()

    @pytest.mark.parametrize("profile", ["documented", "observed"])
    def test_is_200_in_both_profiles(self, profile):
        """Nothing was created yet."""
        answer = client(profile=profile).post(LIST, FORM)

        assert answer.status == 200
        assert "Location" not in answer.headers

    def test_name_defaults_to_the_formatted_number(self, asking):
        assert asking.post(LIST, FORM)["FriendlyName"] == "(415) 555-0123"

    @pytest.mark.parametrize("written", READABLE.values(), ids=READABLE)
    def test_a_number_in_any_readable_form_is_taken(self, asking, written):
        assert asking.post(LIST, {"PhoneNumber": written})["PhoneNumber"] == "4155551212"

    @pytest.mark.parametrize("bad", ["", *NOT_NUMBERS.values()], ids=["empty", *NOT_NUMBERS])
    def test_what_is_no_number_is_refused(self, asking, bad):
        assert asking.post(LIST, {"PhoneNumber": bad}).refusal == (
            400,
            21401,
            "Invalid Phone Number",
        )

    def test_number_is_required(self, asking):
        assert asking.post(LIST, {}).refusal == (400, 21401, "Invalid Phone Number")

    @pytest.mark.parametrize("good", ["0", "1", "59", "60"])
    def test_delay_of_up_to_60_seconds(self, asking, good):
        assert asking.post(LIST, {**FORM, "CallDelay": good}).status == 200

    @pytest.mark.parametrize("bad", ["61", "-1", "1.5", "soon"])
    def test_other_delays_are_refused(self, asking, bad):
        assert asking.post(LIST, {**FORM, "CallDelay": bad}).refusal == (
            400,
            21454,
            "Invalid CallDelay",
        )

    def test_name_of_64_characters_but_not_of_65(self, asking):
        assert asking.post(LIST, {**FORM, "FriendlyName": "x" * 64}).status == 200
        with rests_on(37):
            answer = asking.post(LIST, {**FORM, "FriendlyName": "x" * 65})
        assert answer.refusal == (400, 20002, "Invalid FriendlyName")

    def test_validated_number_is_refused(self, asking, caller_id):
        assert asking.post(LIST, {"PhoneNumber": "(415) 555-0123"}).refusal == (
            400,
            21450,
            "Phone number already validated on your account",
        )

    def test_number_validated_elsewhere_is_refused(self, asking, caller_id):
        other = Client(asking.simulator, asking.simulator.add_account())

        assert other.post(LIST, FORM).refusal == (
            400,
            21453,
            "Phone number already validated on another account",
        )


class TestLife:
    def test_is_not_listed_before_the_code_is_keyed_in(self, asking):
        asking.post(LIST, FORM)
        asking.simulator.clock.advance(seconds=36000)

        assert asking.get(LIST).items == []

    def test_is_listed_once_it_is(self, asking):
        asking.post(LIST, {**FORM, "FriendlyName": "Cell"})

        asking.simulator.key_in_code("(415) 555-0123")

        assert asking.get(LIST).each("PhoneNumber") == ["4155550123"]
        assert asking.get(LIST).each("FriendlyName") == ["Cell"]

    def test_is_listed_in_time_where_arranged(self, asking):
        asking.simulator.arrange_validation("4155550123", after=10)
        asking.post(LIST, {**FORM, "CallDelay": "60"})

        asking.simulator.clock.advance(seconds=69)
        assert asking.get(LIST).items == []
        asking.simulator.clock.advance(seconds=1)
        assert asking.get(LIST).each("FriendlyName") == ["(415) 555-0123"]

    def test_is_listed_in_the_account_that_asked(self, asking):
        other = Client(asking.simulator, asking.simulator.add_account())
        other.post(LIST, FORM)

        asking.simulator.key_in_code("4155550123")

        assert asking.get(LIST).items == []
        assert other.get(LIST).each("PhoneNumber") == ["4155550123"]

    def test_may_be_asked_for_again_while_pending(self, asking):
        asking.post(LIST, FORM)

        assert asking.post(LIST, FORM).status == 200

    def test_code_nobody_asked_for_cannot_be_keyed_in(self, asking):
        with pytest.raises(twreplay.errors.UsageError, match="nobody asked"):
            asking.simulator.key_in_code("4155550123")

    def test_number_can_call_from_then_on(self, asking):
        asking.post(LIST, FORM)
        before = asking.post("/Calls", call(Caller="4155550123")).status
        asking.simulator.key_in_code("4155550123")

        assert (before, asking.post("/Calls", call(Caller="4155550123")).status) == (400, 200)

    def test_verified_number_cannot_send_messages(self, asking, caller_id):
        """A mere caller id is not SMS-capable."""
        form = {"From": "4155550123", "To": "4155551212", "Body": "Hi"}

        assert asking.post("/SMS/Messages", form).refusal[0] == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["4155550002", "4155550001"]),
        ("?PhoneNumber=4155550001", ["4155550001"]),
        ("?PhoneNumber=4155550009", []),
        ("?FriendlyName=Cell", ["4155550002"]),
        ("?FriendlyName=cell", []),
        ("?FriendlyName=Cell&PhoneNumber=4155550001", []),
    ],
)
def test_filters_narrow_the_list(asking, query, found):
    asking.simulator.add_outgoing_caller_id(PhoneNumber="4155550001")
    asking.simulator.add_outgoing_caller_id(PhoneNumber="4155550002", FriendlyName="Cell")

    answer = asking.get(f"{LIST}{query}")

    assert answer.thing.tag == "OutgoingCallerIds"
    assert answer.each("PhoneNumber") == found
