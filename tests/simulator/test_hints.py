"""Requests for another version are answered as this one would, and told what to edit."""

from __future__ import annotations

import json
import warnings
from urllib.parse import urlencode

import pytest
from basic_auth import encode_basic

import twreplay
from twreplay._api import RESOURCES, Action
from twreplay._simulator.hints import TABLES
from twreplay.errors import UndocumentedBehavior, WrongVersion

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def simulator():
    simulator = twreplay.Simulator()
    simulator.add_call(Sid="CA1", Status=1)
    simulator.add_recording(Sid="RE1")
    simulator.add_transcription(Sid="TR1")
    simulator.add_participant(ConferenceSid=simulator.add_conference(Sid="CF1").Sid, CallSid="CA1")
    simulator.add_sms_message(Sid="SM1")
    simulator.add_outgoing_caller_id(Sid="PN1")
    simulator.add_incoming_phone_number(Sid="PN2")
    simulator.add_short_code(Sid="SC1")
    return simulator


def send(simulator, method, path, form=None, *, headers=None, base=None, body=None):
    given = {"Authorization": encode_basic(*simulator.auth)} | dict(headers or {})
    if form:
        given.setdefault("Content-Type", FORM)
        body = urlencode(form)
    url = (simulator.account_url if base is None else base) + path
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        response = simulator.handle(twreplay.Request(method, url, given, body))
    told = [str(w.message) for w in caught if w.category is WrongVersion]
    return response.status, simulator.requests[-1].hints, told


GOOD = {
    Action.MAKE_CALL: (
        "POST",
        "/Calls",
        {"Caller": "4158675309", "Called": "4155551212", "Url": "http://a.example/"},
    ),
    Action.REDIRECT_CALL: ("POST", "/Calls/CA1", {"CurrentUrl": "http://a.example/"}),
    Action.SEND_SMS: (
        "POST",
        "/SMS/Messages",
        {"From": "4158675309", "To": "4155551212", "Body": "Hi"},
    ),
    Action.BUY_NUMBER: ("POST", "/IncomingPhoneNumbers/Local", {"AreaCode": "206"}),
    Action.UPDATE: ("PUT", "/IncomingPhoneNumbers/PN2", {"Url": "http://a.example/"}),
    Action.START_VALIDATION: ("POST", "/OutgoingCallerIds", {"PhoneNumber": "4155559999"}),
}


@pytest.mark.parametrize(
    ("action", "name"), TABLES.fields, ids=[f"{a.value}-{n}" for a, n in TABLES.fields]
)
class TestFields:
    def test_beside_a_good_request_it_is_ignored_and_told(self, simulator, action, name):
        method, path, form = GOOD[action]

        status, hints, told = send(simulator, method, path, form | {name: "1"})

        assert status == 200
        assert hints == (TABLES.fields[action, name],)
        assert [TABLES.fields[action, name] in text for text in told] == [True]

    def test_is_logged_as_any_unknown_parameter(self, simulator, action, name):
        method, path, form = GOOD[action]

        send(simulator, method, path, form | {name: "1"})

        text = f"Unknown parameter received by the REST API: {name}=1"
        assert simulator.notifications[-1].MessageText == text


class TestInPlaceOfWhatIsRequired:
    def test_to_for_called(self, simulator):
        form = {"From": "4158675309", "To": "4155551212", "Url": "http://a.example/"}

        status, hints, _ = send(simulator, "POST", "/Calls", form)

        assert status == 400
        assert set(hints) == {
            "calls name the caller id Caller, not From",
            "calls name the number to call Called, not To",
        }

    def test_lower_case_names(self, simulator):
        form = {"from": "4158675309", "to": "4155551212", "body": "Hi"}

        status, hints, _ = send(simulator, "POST", "/SMS/Messages", form)

        assert status == 400
        assert "names are case-sensitive: To, not to" in hints

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("application/json", json.dumps({"To": "4155551212"})),
            ("multipart/form-data; boundary=x", "--x--"),
        ],
    )
    def test_a_body_that_is_no_form(self, simulator, kind, body):
        status, hints, _ = send(
            simulator, "POST", "/SMS/Messages", headers={"Content-Type": kind}, body=body
        )

        assert status == 400
        assert [h for h in hints if "x-www-form-urlencoded" in h]


FILTERED = {"To": "/Calls", "From": "/Calls", "Called": "/SMS/Messages", "Caller": "/SMS/Messages"}


@pytest.mark.parametrize("name", TABLES.filters)
def test_filters(simulator, name):
    path = FILTERED.get(name, "/Calls")

    status, hints, told = send(simulator, "GET", f"{path}?{name}=1")

    assert (status, hints) == (200, (TABLES.filters[name],))
    assert len(told) == 1


@pytest.mark.parametrize(("resource", "word"), TABLES.statuses)
def test_words_for_a_status(simulator, resource, word):
    path = {"Call": "/Calls", "Conference": "/Conferences"}[resource]
    number = TABLES.statuses[resource, word]

    status, hints, _ = send(simulator, "GET", f"{path}?Status={word}")

    assert (status, hints) == (200, (f"the status is a number: Status={number} for {word}",))


@pytest.mark.parametrize("part", TABLES.paths)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_paths(simulator, method, part):
    status, hints, told = send(simulator, method, f"/{part}")

    assert (status, hints) == (404, (TABLES.paths[part],))
    assert len(told) == 1


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/Transcriptions/TR1", "a transcription is at Recordings/{RecordingSid}/Transcriptions"),
        ("/SMS/Messages/SM1/Media", "there is no MMS"),
        ("/IncomingPhoneNumbers/Mobile", "numbers are Local or TollFree"),
        ("/calls", "paths are case-sensitive: Calls, not calls"),
        ("/SMS/messages", "paths are case-sensitive: Messages, not messages"),
        ("/Calls/", "leave out the slash at the end of the path"),
        ("/Messages.json", "messages are at SMS/Messages"),
    ],
)
def test_other_paths(simulator, path, hint):
    status, hints, _ = send(simulator, "GET", path)

    assert status == 404
    assert hints[0].startswith(hint)


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/2010-04-01/Accounts/AC1/Calls", "begins with /2008-08-01; the version in it is 2010-"),
        ("/Accounts/AC1/Calls", "begins with /2008-08-01; the version in it is none"),
        ("/2008-08-01/Account/AC1", "the path is Accounts, in the plural"),
        ("/2008-08-01/Calls", "the account is in the path"),
    ],
)
def test_paths_above_the_account(simulator, path, hint):
    status, hints, _ = send(simulator, "GET", path, base="https://api.twilio.com")

    assert status == 404
    assert hint in hints[0]


@pytest.mark.parametrize(("method", "path"), TABLES.methods)
def test_methods_are_told_in_the_journal_alone(simulator, method, path):
    """A 405 is documented; a test of it should not be warned."""
    known = {"Sid": "X", "ConferenceSid": "CF1", "CallSid": "CA1", "RecordingSid": "RE1"}
    known["AccountSid"] = simulator.account_sid

    status, hints, told = send(
        simulator, method, path.format(**known), base=f"{simulator.base_url}"
    )

    assert (status, hints, told) == (405, (TABLES.methods[method, path],), [])


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("Bearer abc", "there are no bearer tokens"),
        (encode_basic("SK123", "secret"), "there are no API keys"),
    ],
)
def test_credentials(simulator, header, hint):
    status, hints, _ = send(simulator, "GET", "/Calls", headers={"Authorization": header})

    assert status == 401
    assert hints[0].startswith(hint)


def test_white_space_around_the_token(simulator):
    sid, token = simulator.auth
    header = {"Authorization": encode_basic(sid, token + "\n")}

    status, hints, told = send(simulator, "GET", "/Calls", headers=header)

    assert status == 401
    assert "white space" in hints[0]
    assert token not in told[0]


def test_accept_does_not_choose_json(simulator):
    status, hints, _ = send(simulator, "GET", "/Calls", headers={"Accept": "application/json"})

    assert (status, hints) == (200, ("Accept does not choose JSON; add .json to the path",))


def test_extension_after_the_query(simulator):
    """The vendor's Python library of 2013 put it there."""
    status, hints, _ = send(simulator, "GET", "/Calls?Status=1.json")

    assert status == 200
    assert hints == ("the extension belongs to the path, before the query: Calls.json?Status=1",)


def test_there_are_at_least_thirty():
    tables = (TABLES.fields, TABLES.filters, TABLES.statuses, TABLES.paths, TABLES.methods)

    assert sum(map(len, tables)) >= 30


class TestACorrectRequestNeverGetsOne:
    @pytest.mark.parametrize("action", GOOD)
    def test_forms(self, simulator, action):
        method, path, form = GOOD[action]

        assert send(simulator, method, path, form)[1] == ()

    def test_every_parameter_of_every_operation(self, simulator):
        for resource in RESOURCES:
            for endpoint in resource.endpoints:
                for operation in endpoint.operations:
                    form = {p.name: p.example for p in operation.params if p.example}
                    known = {"Sid": "X", "CallSid": "CA1", "CallSegmentSid": "CS1"}
                    known |= {"ConferenceSid": "CF1", "RecordingSid": "RE1"}
                    known["AccountSid"] = simulator.account_sid
                    path = endpoint.path.format(**known)
                    method = operation.method
                    hints = send(simulator, method, path, form, base=simulator.base_url)[1]
                    assert hints == (), (method, path)

    def test_every_filter_of_every_list(self, simulator):
        for resource in RESOURCES:
            for name in [*(f.name for f in resource.filters), "num", "page", "Page"]:
                for endpoint in resource.endpoints:
                    listing = endpoint.find_operation("GET")
                    if listing is None or listing.action is not Action.LIST:
                        continue
                    known = {"Sid": "CA1", "CallSid": "CA1", "ConferenceSid": "CF1"}
                    known |= {"RecordingSid": "RE1", "AccountSid": simulator.account_sid}
                    path = endpoint.path.format(**known) + f"?{name}=1"
                    assert send(simulator, "GET", path, base=simulator.base_url)[1] == ()

    @pytest.mark.parametrize("accept", ["*/*", "application/json, */*;q=0.1", "text/xml", ""])
    def test_whatever_clients_accept_by_default(self, simulator, accept):
        assert send(simulator, "GET", "/Calls", headers={"Accept": accept})[1] == ()


def test_is_silent_when_undocumented_behavior_is_ignored():
    simulator = twreplay.Simulator(undocumented="ignore")

    _, hints, told = send(simulator, "GET", "/Messages")

    assert (bool(hints), told) == (True, [])


def test_is_raised_when_undocumented_behavior_is_an_error():
    simulator = twreplay.Simulator(undocumented="error")

    with pytest.raises(UndocumentedBehavior, match="messages are at SMS/Messages"):
        send(simulator, "GET", "/Messages")
