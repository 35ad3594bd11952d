"""Against the simulated API: its states, its refusals, its failures."""

from __future__ import annotations

import pytest
import requests
from clinic import Clinic, Refused

from twreplay import faults


@pytest.fixture
def waits():
    return []


@pytest.fixture
def clinic(twilio, waits):
    twilio.add_incoming_phone_number(PhoneNumber="4155550100")
    return Clinic(twilio.auth, "4155550100", sleep=waits.append)


def test_a_patient_is_called(clinic, twilio):
    assert clinic.remind("4155550101", "Tomorrow at 9.") == "called"
    assert twilio.calls[-1].Called == "4155550101"


def test_a_patient_abroad_is_texted_where_calls_abroad_are_off(twilio):
    abroad = twilio.add_account(international=False)
    twilio.add_incoming_phone_number(AccountSid=abroad.Sid, PhoneNumber="4155550199")
    clinic = Clinic((abroad.Sid, abroad.AuthToken), "4155550199")

    assert clinic.remind("+442071838750", "Tomorrow at 9.") == "texted"
    assert twilio.sms_messages[-1].Body == "Tomorrow at 9."


def test_a_number_that_is_none(clinic):
    assert clinic.remind("12", "Tomorrow at 9.") == "wrong"


def test_a_number_of_its_own(clinic, twilio):
    assert clinic.buy_number("415").startswith("415")
    assert clinic.remind("4155550101", "Tomorrow at 9.") == "called"


def test_no_number_for_sale(clinic, twilio):
    twilio.arrange_numbers("212", available=0)

    with pytest.raises(Refused) as refused:
        clinic.buy_number("212")

    assert refused.value.code == "21452"


def test_who_was_missed_over_several_pages(clinic, twilio):
    for last, outcome in enumerate(("busy", "completed", "busy", "busy", "no-answer")):
        twilio.arrange_call(f"415555020{last}", outcome=outcome)
        clinic.remind(f"415555020{last}", "Tomorrow at 9.")
    twilio.clock.advance(seconds=600)

    assert sorted(clinic.missed()) == ["4155550200", "4155550202", "4155550203", "4155550204"]
    assert clinic.report() == {"2": 1, "3": 3, "5": 1}


@pytest.mark.twreplay_faults(may_raise=(Refused, requests.RequestException))
def test_whatever_goes_wrong_is_dealt_with_or_told(clinic):
    clinic.remind("4155550101", "Tomorrow at 9.")
    clinic.report()


def test_a_wrong_token(twilio):
    with pytest.raises(Refused) as refused:
        Clinic((twilio.auth[0], "wrong"), "4155550100").report()

    assert refused.value.status == 401


class TestWhenTheApiIsDown:
    def test_a_list_is_asked_for_again(self, clinic, twilio, waits):
        twilio.when("GET", "/Calls", times=2).fail(500)

        assert clinic.report() == {}
        assert waits == [1, 4]

    def test_and_given_up_in_the_end(self, clinic, twilio, waits):
        twilio.when("GET", "/Calls", times=3).fail(503)

        with pytest.raises(Refused, match="503"):
            clinic.report()

    @pytest.mark.parametrize("fault", [faults.ReadTimeout, faults.ConnectionReset])
    def test_also_when_the_network_fails(self, clinic, twilio, waits, fault):
        twilio.when("GET", "/Calls", times=1).raises(fault)

        assert clinic.report() == {}
        assert waits == [1]

    def test_nobody_is_called_twice(self, clinic, twilio, waits):
        twilio.when("POST", "/Calls", times=1).raises(faults.ReadTimeout)

        with pytest.raises(requests.Timeout):
            clinic.remind("4155550101", "Tomorrow at 9.")

        assert waits == []
        assert len(twilio.requests) == 1
