"""Each undocumented question: what brings it up, and how a test hears of it."""

from __future__ import annotations

import warnings

import pytest
from basic_auth import encode_basic

import twreplay
from twreplay._api import QUESTIONS, Effect
from twreplay.errors import UndocumentedBehavior, WrongVersion

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CALL = "Caller=4158675309&Called=4155551212&Url=http://a.example/"
HTTP = "http://api.twilio.com/2008-08-01/Accounts/{account}"


def request(simulator, method, path, body="", *, headers=None, auth=True):
    given = dict(FORM if body else {})
    if auth:
        given["Authorization"] = encode_basic(*(simulator.auth if auth is True else auth))
    url = path.format(account=simulator.account_sid)
    if not url.startswith("http"):
        url = simulator.account_url + url
    return twreplay.Request(method, url, given | dict(headers or {}), body)


def of_another_account(simulator):
    other = simulator.add_account()
    return request(simulator, "GET", "/Calls", auth=(other.Sid, other.AuthToken))


def of_a_suspended_account(simulator):
    other = simulator.add_account(Status=4)
    url = f"{simulator.base_url}/Accounts/{other.Sid}"
    return request(simulator, "GET", url, auth=(other.Sid, other.AuthToken))


def of_what_was_deleted(simulator):
    notification = simulator.add_notification(Sid="NO1")
    simulator.handle(request(simulator, "DELETE", f"/Notifications/{notification.Sid}"))
    return request(simulator, "GET", "/Notifications/NO1")


def of_who_left(simulator):
    participant = simulator.add_participant()
    path = f"/Conferences/{participant.ConferenceSid}/Participants/{participant.CallSid}"
    simulator.add_participant(ConferenceSid=participant.ConferenceSid)
    simulator.handle(request(simulator, "DELETE", path))
    return request(simulator, "GET", path)


def of_segments(simulator):
    simulator.add_call(Sid="CA1")
    return request(simulator, "GET", "/Calls/CA1/Segments")


def updating_a_number(body):
    def ask(simulator):
        sid = simulator.incoming_phone_numbers[0].Sid
        return request(simulator, "PUT", f"/IncomingPhoneNumbers/{sid}", body)

    return ask


def deleting_a_number(simulator):
    sid = simulator.incoming_phone_numbers[0].Sid
    return request(simulator, "DELETE", f"/IncomingPhoneNumbers/{sid}")


def deleting_a_recording(simulator):
    sid = simulator.add_recording().Sid
    return request(simulator, "DELETE", f"/Recordings/{sid}", auth=False)


def simply(method, path, body="", **kwargs):
    return lambda simulator: request(simulator, method, path, body, **kwargs)


# What brings each question up, and the status that comes of it.
PROVOKED = {
    2: (of_another_account, 401),
    4: (deleting_a_number, 200),
    5: (simply("POST", "?_method=delete", "FriendlyName=x"), 200),
    6: (simply("OPTIONS", "/Calls"), 405),
    7: (simply("GET", "/Calls", headers={"If-None-Match": '"x"'}), 200),
    10: (simply("GET", "/Calls?num=0"), 200),
    14: (simply("GET", "/Calls/"), 404),
    15: (simply("GET", "/Calls.yaml"), 404),
    16: (simply("GET", "/Calls", headers={"Accept": "application/json"}), 200),
    18: (simply("GET", "/Calls?Called=(415)+555-1212"), 200),
    19: (simply("GET", "/Calls?Status=9"), 200),
    20: (of_segments, 200),
    22: (simply("GET", "/Calls?Flags=2"), 200),
    28: (deleting_a_recording, 401),
    29: (of_what_was_deleted, 404),
    30: (updating_a_number("Url=&FriendlyName=x"), 200),
    31: (updating_a_number("FriendlyName=x"), 200),
    33: (of_who_left, 404),
    37: (simply("POST", "", "FriendlyName=" + "x" * 65), 400),
    38: (of_a_suspended_account, 401),
    41: (simply("POST", "https://api.twilio.com/2008-08-01/Accounts", "FriendlyName=x"), 200),
    42: (simply("DELETE", "https://api.twilio.com/2008-08-01/Accounts"), 405),
    43: (simply("GET", HTTP), 200),
    44: (simply("POST", "/Calls", CALL + "&Caller=4158675309"), 200),
}
WARNED_OF = [number for number, q in QUESTIONS.items() if q.effect is Effect.BEHAVIOR]


def warned(simulator, asked):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        status = simulator.handle(asked).status
    return status, [w.message for w in caught if not issubclass(w.category, WrongVersion)]


def test_every_one_that_warns_is_here():
    assert sorted(PROVOKED) == WARNED_OF


@pytest.mark.parametrize("number", PROVOKED)
class TestEach:
    def test_warns_with_its_number(self, number):
        simulator = twreplay.Simulator()
        ask, wanted = PROVOKED[number]
        asked = ask(simulator)

        status, told = warned(simulator, asked)

        assert status == wanted
        assert number in [message.question for message in told]
        assert all(message.request == asked for message in told)
        assert number in [q.number for q in simulator.requests[-1].questions]

    def test_is_silent_if_ignored_and_noted_all_the_same(self, number):
        simulator = twreplay.Simulator(undocumented="ignore")
        asked = PROVOKED[number][0](simulator)

        assert warned(simulator, asked)[1] == []
        assert number in [q.number for q in simulator.requests[-1].questions]

    def test_is_raised_if_it_is_to_be_an_error(self, number):
        quiet = twreplay.Simulator(undocumented="ignore")
        simulator = twreplay.Simulator(undocumented="error")
        try:
            asked = PROVOKED[number][0](simulator)
        except UndocumentedBehavior as early:
            assert early.question == number  # arranging met it already
            return

        with pytest.raises(UndocumentedBehavior):
            simulator.handle(asked)

        assert quiet.requests == ()


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "noted"),
    [
        ("GET", "/Calls", "", {"Authorization": "Basic eA=="}, 1),
        ("POST", "/Calls", CALL, {}, 3),
        ("DELETE", "/Calls", "", {}, 8),
        ("GET", "/Calls.json", "", {}, 9),
        ("GET", "/Calls", "", {}, 11),
        ("POST", "/Calls.json", CALL, {}, 15),
        ("POST", "/Calls", CALL.replace("4155551212", "%2B442071234567"), {}, 39),
    ],
)
def test_what_only_looks_chosen_is_noted_without_a_warning(method, path, body, headers, noted):
    simulator = twreplay.Simulator()

    _, told = warned(simulator, request(simulator, method, path, body, headers=headers))

    assert told == []
    assert noted in [q.number for q in simulator.requests[-1].questions]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", ""),
        ("GET", "/Calls?Status=1&num=10&page=0", ""),
        ("GET", "/Calls?Called=4155551212&StartTime%3E=2010-01-01", ""),
        ("GET", "/Notifications?MessageDate<2010-01-01", ""),
        ("POST", "/Calls", CALL),
        ("POST", "/SMS/Messages", "From=4158675309&To=4155551212&Body=Hi"),
        ("POST", "/IncomingPhoneNumbers/Local", "AreaCode=415"),
        ("POST", "/OutgoingCallerIds", "PhoneNumber=4155550199"),
        ("POST", "/Sandbox", "Url=http://a.example/"),
        ("POST", "?_method=PUT", "FriendlyName=x"),
        ("POST", "/Calls", "foo=bar"),
        ("DELETE", "", ""),
    ],
)
def test_what_is_documented_warns_of_nothing(method, path, body):
    simulator = twreplay.Simulator(undocumented="error")

    assert warned(simulator, request(simulator, method, path, body))[1] == []
