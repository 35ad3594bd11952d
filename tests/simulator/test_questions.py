"""Each undocumented question: what brings it up, and how a test hears of it."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from basic_auth import encode_basic
from published_reference import QUESTIONS

import twreplay
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


def of_a_recording_in_json(simulator):
    sid = simulator.add_recording().Sid
    return request(simulator, "GET", f"/Recordings/{sid}.json", auth=False)


def updating_a_number_answered_by_get(simulator):
    number = simulator.add_incoming_phone_number(Url="http://a.example/", Method="GET")
    path = f"/IncomingPhoneNumbers/{number.Sid}"
    return request(simulator, "POST", path, "Url=http://b.example/")


def simply(method, path, body="", **kwargs):
    return lambda simulator: request(simulator, method, path, body, **kwargs)


def with_a_leg(simulator):
    simulator.add_call(Sid="CA1")
    return simulator.add_call(Sid="CA1", segment=True)


def of_a_list_with_a_leg(simulator):
    with_a_leg(simulator)
    return request(simulator, "GET", "/Calls")


def of_notifications_of_a_call(simulator):
    simulator.add_call(Sid="CA1")
    return request(simulator, "GET", "/Calls/CA1/Notifications?Log=0")


def without_muted(simulator):
    person = simulator.add_participant()
    path = f"/Conferences/{person.ConferenceSid}/Participants/{person.CallSid}"
    return request(simulator, "POST", path, "")


def of_the_sandbox_answered_by_get(simulator):
    simulator.handle(request(simulator, "PUT", "/Sandbox", "Url=http://a.example/&Method=GET"))
    return request(simulator, "PUT", "/Sandbox", "Url=http://b.example/")


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
    61: (simply("POST", "/Calls", CALL + "&Method=post"), 400),
    62: (simply("POST", "/Calls", CALL + "&Timeout=0"), 200),
    63: (simply("POST", "/Calls", CALL.replace("4155551212", "4159765000")), 400),
    64: (simply("GET", "/Calls?page=0&Page=0"), 200),
    65: (simply("POST", "/Calls?Timeout=20", CALL), 200),
    69: (of_a_recording_in_json, 200),
    70: (simply("POST", "", "foo=bar"), 200),
    71: (updating_a_number_answered_by_get, 200),
    72: (simply("GET", "/Calls?StartTime<2009-07-06"), 200),
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
    46: (simply("POST", "/Calls", CALL + "&SendDigits=1w2"), 200),
}
# Those about TwiML are met by documents, not by requests: tests/twiml.
LONG_SMS_VERB = 35
OF_REQUESTS = {n: q for n, q in QUESTIONS.items() if n < 80 and n != LONG_SMS_VERB}
WARNED_OF = [number for number, q in OF_REQUESTS.items() if q.effect == "warns"]


def warned(simulator, asked):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        status = simulator.handle(asked).status
    return status, [w.message for w in caught if not issubclass(w.category, WrongVersion)]


def test_every_one_that_warns_is_here():
    assert sorted(PROVOKED) == WARNED_OF


# The kinds of each question: other requests that meet it.
MORE = [
    (16, simply("GET", "/Calls", headers={"Accept": "text/csv"})),
    (16, simply("GET", "/Calls", headers={"Accept": "text/html, application/json;q=0.9"})),
    (20, of_a_list_with_a_leg),
    (61, updating_a_number("Url=http://a.example/&VoiceCallerIdLookup=True")),
    (61, simply("POST", "/Calls", CALL + "&IfMachine=HANGUP")),
    (65, simply("GET", "?foo=bar")),
    (65, simply("GET", "/Calls", "Status=2")),
    (65, simply("DELETE", "/Notifications/NO1?foo=bar")),
    (70, without_muted),
    (71, of_the_sandbox_answered_by_get),
    (72, simply("GET", "/Calls?StartTime>2009-07-06")),
    (72, simply("GET", "/Calls?Status=3")),
    (72, simply("GET", "/Conferences?DateCreated<2009-07-06")),
    (72, simply("GET", "/Conferences?DateUpdated%3C2009-07-06")),
    (72, simply("GET", "/SMS/Messages?DateSent<2009-07-06")),
    (72, simply("GET", "/Notifications?MessageDate>2009-07-06")),
    (72, simply("GET", "/IncomingPhoneNumbers/Local?PhoneNumber=4158675309")),
    (72, simply("GET", "/IncomingPhoneNumbers/TollFree?FriendlyName=x")),
    (72, of_notifications_of_a_call),
]


@pytest.mark.parametrize(("number", "ask"), MORE)
def test_its_kind_warns_as_well(number, ask):
    simulator = twreplay.Simulator(undocumented="ignore")
    asked = ask(simulator)
    simulator._undocumented = "warn"

    _, told = warned(simulator, asked)

    assert number in [message.question for message in told]


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
        simulator = twreplay.Simulator(undocumented="error")
        try:
            asked = PROVOKED[number][0](simulator)
        except UndocumentedBehavior as early:
            assert early.question == number  # arranging met it already
            return

        before = simulator.snapshot()
        with pytest.raises(UndocumentedBehavior):
            simulator.handle(asked)

        assert simulator.snapshot() == before
        assert (simulator.requests[-1].is_refused, simulator.requests[-1].response) == (True, None)
        assert "refused" in simulator.explain()


def of_a_call_to_london(simulator):
    simulator.add_call(Called="+442071234567")
    return request(simulator, "GET", "/Calls")


def of_a_leg(simulator):
    leg = with_a_leg(simulator)
    return request(simulator, "GET", f"/Calls/{leg.Sid}/Segments/{leg.CallSegmentSid}")


def of_a_call_that_time_moved(simulator):
    simulator.handle(request(simulator, "POST", "/Calls", CALL))
    simulator.clock.advance(seconds=10)
    return request(simulator, "GET", "/Calls")


def of_a_second_message(simulator):
    sent = request(simulator, "POST", "/SMS/Messages", "From=4158675309&To=4155551212&Body=x")
    simulator.handle(sent)
    return sent


def of_an_alias(simulator):
    sid = simulator.incoming_phone_numbers[0].Sid
    return request(simulator, "GET", f"/PhoneNumbers/{sid}")


def of_a_short_code(simulator):
    simulator.add_short_code()
    return request(simulator, "GET", "/SMS/ShortCodes")


# What meets each question that is only ever noted.
NOTED = {
    1: simply("GET", "/Calls", auth=False),
    3: simply("POST", "/Calls", CALL),
    8: simply("DELETE", "/Calls"),
    9: simply("GET", "/Calls.json"),
    11: simply("GET", "/Calls"),
    12: simply("GET", "/Recordings"),
    13: simply("GET", "/Recordings"),
    17: simply("GET", ""),
    21: of_a_leg,
    32: simply("GET", "/IncomingPhoneNumbers"),
    34: simply("GET", "/Recordings"),
    36: of_a_second_message,
    39: of_a_call_to_london,
    40: simply("POST", "/Calls", CALL),
    45: of_a_call_that_time_moved,
    60: simply("POST", "/Calls", "foo=bar"),
    66: simply("POST", "/Calls", "foo=bar"),
    67: simply("POST", "/Sandbox", "Url=x"),
    68: of_an_alias,
    73: of_a_short_code,
    74: simply("GET", ""),
}


def test_every_one_that_is_noted_is_here():
    assert sorted(NOTED) == [n for n, q in OF_REQUESTS.items() if q.effect == "noted"]


@pytest.mark.parametrize("number", NOTED)
def test_one_that_is_noted_is_met_without_a_warning(number):
    # Location and Type are there in the observed profile alone.
    simulator = twreplay.Simulator(profile="observed")

    _, told = warned(simulator, NOTED[number](simulator))

    assert number in [q.number for q in simulator.requests[-1].questions]
    assert number not in [message.question for message in told]


@pytest.mark.parametrize(
    ("number", "method", "path", "body"),
    [
        (7, "GET", "/Calls", ""),
        (15, "POST", "/Calls.json", CALL),
        (30, "GET", "/Calls?Status=", ""),
        (30, "POST", "/Calls", CALL + "&SendDigits="),
        (63, "POST", "/Calls", CALL.replace("4155551212", "9005550100")),
    ],
)
def test_one_that_warns_is_noted_in_the_case_that_the_page_names(number, method, path, body):
    simulator = twreplay.Simulator()

    _, told = warned(simulator, request(simulator, method, path, body))

    assert QUESTIONS[number].noted_when
    assert number in [q.number for q in simulator.requests[-1].questions]
    assert number not in [q.number for q in simulator.requests[-1].rests_on]
    assert number not in [message.question for message in told]


def test_the_code_tells_as_the_page_says():
    """Each place in the code that meets a question does so as the question's row says."""
    package = Path(twreplay.__file__).parent / "_simulator"
    source = "".join(file.read_text() for file in package.rglob("*.py"))
    named = (package.parent / "_api" / "questions.py").read_text()
    numbers = {
        name: int(number) for name, number in re.findall(r"^    (\w+) = (\d+)$", named, re.M)
    }
    behavior = {numbers[name] for name in re.findall(r"rests_on\(Q\.(\w+)", source)}
    form = {numbers[name] for name in re.findall(r"mentions\(Q\.(\w+)", source)}

    assert len(behavior) > 20
    assert len(form) > 10
    assert {q for q in behavior if QUESTIONS[q].effect != "warns"} == set()
    assert {q for q in form if QUESTIONS[q].effect != "noted"} == {
        q for q, question in QUESTIONS.items() if question.noted_when
    }


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
