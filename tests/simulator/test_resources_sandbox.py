"""The sandbox, against the reference."""

from __future__ import annotations

import pytest
from builders import NOT_FOUND, NOT_URLS, Client, client, message, rests_on

NAMES = ("Url", "Method", "SmsUrl", "SmsMethod")


@pytest.fixture
def asking():
    return client()


class TestInstance:
    def test_properties_are_in_wire_order_without_sid(self, asking):
        answer = asking.get("/Sandbox")

        assert answer.thing.tag == "TwilioSandbox"
        assert answer.names == [
            *("Pin", "PhoneNumber", "AccountSid", "DateCreated", "DateUpdated"),
            *NAMES,
        ]

    def test_pin_has_8_digits(self, asking):
        pin = asking.get("/Sandbox")["Pin"]

        assert len(pin) == 8
        assert pin.isdigit()

    def test_number_has_10_digits_and_is_shared(self, asking):
        other = Client(asking.simulator, asking.simulator.add_account())

        number = asking.get("/Sandbox")["PhoneNumber"]

        assert len(number) == 10
        assert other.get("/Sandbox")["PhoneNumber"] == number

    def test_account_may_have_none(self, asking):
        account = asking.simulator.add_account(sandbox=False)

        assert Client(asking.simulator, account).get("/Sandbox").refusal == NOT_FOUND


@pytest.mark.parametrize("method", ["POST", "PUT"])
class TestUpdate:
    def test_answers_with_the_updated_sandbox(self, asking, method):
        form = {
            "Url": "http://app.example/v",
            "Method": "GET",
            "SmsUrl": "https://app.example/s",
            "SmsMethod": "GET",
        }

        answer = asking.send(method, "/Sandbox", form)

        assert answer.status == 200
        assert {name: answer[name] for name in NAMES} == form
        assert asking.get("/Sandbox").text == answer.text

    def test_everything_is_optional(self, asking, method):
        before = asking.get("/Sandbox").values

        assert asking.send(method, "/Sandbox", {}).values == before

    @pytest.mark.parametrize("name", ["Url", "SmsUrl"])
    @pytest.mark.parametrize("bad", NOT_URLS.values(), ids=NOT_URLS)
    def test_what_is_no_url_is_refused(self, asking, method, name, bad):
        answer = asking.send(method, "/Sandbox", {name: bad})

        assert answer.refusal == (400, 21402, "Invalid Url")

    @pytest.mark.parametrize("name", ["Method", "SmsMethod"])
    def test_methods_are_get_or_post(self, asking, method, name):
        answer = asking.send(method, "/Sandbox", {name: "PUT"})

        assert answer.refusal == (400, 21403, "Invalid Method")

    def test_empty_value_clears(self, asking, method):
        asking.post("/Sandbox", {"Url": "http://app.example/v"})

        with rests_on(30):
            assert asking.send(method, "/Sandbox", {"Url": ""})["Url"] == ""

    def test_surplus_field_does_not_harm(self, asking, method):
        """The vendor's own application sent it."""
        answer = asking.send(method, "/Sandbox", {"VoiceFallbackUrl": "http://app.example/f"})

        assert answer.status == 200

    def test_account_without_one_is_404(self, asking, method):
        account = asking.simulator.add_account(sandbox=False)

        answer = Client(asking.simulator, account).send(method, "/Sandbox", {})

        assert answer.refusal == NOT_FOUND


class TestSending:
    def test_goes_to_validated_numbers_only(self, asking):
        number = asking.get("/Sandbox")["PhoneNumber"]

        assert asking.post("/SMS/Messages", message(From=number)).refusal == (
            400,
            21608,
            "The Sandbox number can send messages only to verified numbers",
        )

    def test_trial_account_sends_from_it(self, asking):
        account = asking.simulator.add_account(trial=True)
        asking.simulator.add_outgoing_caller_id(AccountSid=account.Sid, PhoneNumber="4155550123")
        trial = Client(asking.simulator, account)
        number = trial.get("/Sandbox")["PhoneNumber"]

        answer = trial.post("/SMS/Messages", message(From=number, To="4155550123"))

        assert (answer.status, answer["From"]) == (200, number)
