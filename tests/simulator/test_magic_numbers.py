"""The magic numbers of Twilio's test credentials, as rules that a test may add."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
import requests

import twreplay

FORMS = {
    "SMS/Messages": {"From": "+15005550006", "To": "+14155551212", "Body": "Hi"},
    "Calls": {"Caller": "5005550006", "Called": "4155551212", "Url": "http://app.example/"},
    "IncomingPhoneNumbers/Local": {"AreaCode": "415"},
}


@pytest.fixture
def post():
    with twreplay.simulate() as twilio:
        twilio.add_magic_numbers()

        def post(path, **changes):
            form = FORMS[path] | changes
            return requests.post(f"{twilio.account_url}/{path}", form, auth=twilio.auth)

        yield post


@pytest.mark.parametrize("path", FORMS)
def test_magic_sender_is_accepted_and_no_rule_need_be_used(post, path):
    assert post(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "field", "value", "code"),
    [
        ("SMS/Messages", "From", "+15005550001", 21212),
        ("SMS/Messages", "From", "15005550007", 21606),
        ("SMS/Messages", "From", "(500) 555-0008", 21611),
        ("SMS/Messages", "To", "5005550001", 21211),
        ("SMS/Messages", "To", "+15005550002", 21612),
        ("SMS/Messages", "To", "+15005550003", 21408),
        ("SMS/Messages", "To", "+15005550004", 21610),
        ("SMS/Messages", "To", "+15005550009", 21614),
        ("Calls", "Caller", "+15005550001", 21212),
        ("Calls", "Called", "+15005550001", 21217),
        ("Calls", "Called", "+15005550002", 21214),
        ("Calls", "Called", "+15005550003", 21215),
        ("Calls", "Called", "+15005550004", 21216),
        ("IncomingPhoneNumbers/Local", "AreaCode", "533", 21452),
    ],
)
def test_magic_input_is_refused_with_its_code(post, path, field, value, code):
    response = post(path, **{field: value})

    assert response.status_code == 400
    assert ET.fromstring(response.text).findtext("RestException/Code") == str(code)


def test_without_them_the_numbers_mean_nothing():
    with twreplay.simulate() as twilio:
        form = {"From": "4158675309", "To": "+15005550004", "Body": "Hi"}

        response = requests.post(f"{twilio.account_url}/SMS/Messages", form, auth=twilio.auth)

    assert response.status_code == 200


def test_adding_them_twice_adds_one_number():
    with twreplay.simulate() as twilio:
        twilio.add_magic_numbers()
        rules = twilio.add_magic_numbers()
        numbers = [number.PhoneNumber for number in twilio.incoming_phone_numbers]
        for rule in rules:
            rule.remove()

    assert numbers == ["4158675309", "5005550006"]
    assert len(twilio.rules) == len(rules)


def test_optional_rule_of_your_own_need_not_be_used_either():
    with twreplay.simulate() as twilio:
        twilio.when("GET", "/Calls").fail(503).optional()
