"""Requests for another version are answered as this one would, and told what to edit."""

from __future__ import annotations

import json
import re
import warnings
from urllib.parse import urlencode

import pytest
from basic_auth import encode_basic
from one_of_each import fill_path
from published_reference import ALLOWED, ELEMENTS, FILTERS, HINTS, PARAMETERS, PATHS

import twreplay
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


def find_hints(sent):
    """The hints of docs/other-versions.md whose first column is like *sent*, by its groups."""
    matches = ((re.fullmatch(sent, trace), hint) for trace, hint in HINTS.items())
    return {found.groups() if found.re.groups > 1 else found[1]: h for found, h in matches if found}


FIELDS = find_hints(r"field `(\w+)`, to (.+)")
QUERIES = find_hints(r"filter `(\w+)`")
STATUSES = find_hints(r"filter `Status=([\w-]+)` of (\w+)")
UNKNOWN_PATHS = find_hints(r"path `\.\.\./(\w+)`")
METHODS = find_hints(r"(POST|PUT|DELETE) `(.+)`")

GOOD = {
    "make call": (
        "POST",
        "/Calls",
        {"Caller": "4158675309", "Called": "4155551212", "Url": "http://a.example/"},
    ),
    "redirect call": ("POST", "/Calls/CA1", {"CurrentUrl": "http://a.example/"}),
    "send SMS": (
        "POST",
        "/SMS/Messages",
        {"From": "4158675309", "To": "4155551212", "Body": "Hi"},
    ),
    "buy number": ("POST", "/IncomingPhoneNumbers/Local", {"AreaCode": "206"}),
    "update": ("PUT", "/IncomingPhoneNumbers/PN2", {"Url": "http://a.example/"}),
    "start validation": ("POST", "/OutgoingCallerIds", {"PhoneNumber": "4155559999"}),
}


@pytest.mark.parametrize(
    ("name", "action"), FIELDS, ids=[f"{action}-{name}" for name, action in FIELDS]
)
class TestFields:
    def test_beside_a_good_request_it_is_ignored_and_told(self, simulator, action, name):
        method, path, form = GOOD[action]

        status, hints, told = send(simulator, method, path, form | {name: "1"})

        assert status == 200
        assert hints == (FIELDS[name, action],)
        assert [FIELDS[name, action] in text for text in told] == [True]

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

    def test_names_in_lower_case_are_hinted_at(self, simulator):
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


@pytest.mark.parametrize("name", QUERIES)
def test_a_filter_of_another_version_is_ignored_with_its_hint(simulator, name):
    path = FILTERED.get(name, "/Calls")

    status, hints, told = send(simulator, "GET", f"{path}?{name}=1")

    assert (status, hints) == (200, (QUERIES[name],))
    assert len(told) == 1


@pytest.mark.parametrize(("word", "folder"), STATUSES)
def test_a_word_for_a_status_is_answered_with_its_number(simulator, word, folder):
    number = STATUSES[word, folder].removeprefix("the status is a number: ")

    status, hints, _ = send(simulator, "GET", f"/{folder}?Status={word}")

    assert (status, hints) == (200, (f"the status is a number: Status={number} for {word}",))


@pytest.mark.parametrize("part", UNKNOWN_PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_of_another_version_is_404_with_its_hint(simulator, method, part):
    status, hints, told = send(simulator, method, f"/{part}")

    assert (status, hints) == (404, (UNKNOWN_PATHS[part],))
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
def test_a_misspelt_path_is_404_with_its_hint(simulator, path, hint):
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
def test_a_misspelt_path_above_the_account_is_404_with_its_hint(simulator, path, hint):
    status, hints, _ = send(simulator, "GET", path, base="https://api.twilio.com")

    assert status == 404
    assert hint in hints[0]


@pytest.mark.parametrize(("method", "path"), METHODS)
def test_methods_are_told_in_the_journal_alone(simulator, method, path):
    """A 405 is documented; a test of it should not be warned."""
    filled = fill_path(simulator, path)

    status, hints, told = send(simulator, method, filled, base=simulator.base_url)

    assert (status, hints, told) == (405, (METHODS[method, path],), [])


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("Bearer abc", "there are no bearer tokens"),
        (encode_basic("SK123", "secret"), "there are no API keys"),
    ],
)
def test_credentials_of_another_kind_are_hinted_at(simulator, header, hint):
    status, hints, _ = send(simulator, "GET", "/Calls", headers={"Authorization": header})

    assert status == 401
    assert hints[0].startswith(hint)


def test_white_space_around_the_token_is_hinted_at(simulator):
    sid, token = simulator.auth
    header = {"Authorization": encode_basic(sid, token + "\n")}

    status, hints, told = send(simulator, "GET", "/Calls", headers=header)

    assert status == 401
    assert "white space" in hints[0]
    assert token not in told[0]


def test_accept_does_not_choose_json(simulator):
    status, hints, _ = send(simulator, "GET", "/Calls", headers={"Accept": "application/json"})

    assert (status, hints) == (200, ("Accept does not choose JSON; add .json to the path",))


def test_an_extension_after_the_query_is_hinted_at(simulator):
    """The vendor's Python library of 2013 put it there."""
    status, hints, _ = send(simulator, "GET", "/Calls?Status=1.json")

    assert status == 200
    assert hints == ("the extension belongs to the path, before the query: Calls.json?Status=1",)


def test_there_are_at_least_thirty_hints():
    tables = (FIELDS, QUERIES, STATUSES, UNKNOWN_PATHS, METHODS)

    assert sum(map(len, tables)) >= 30


class TestACorrectRequestNeverGetsOne:
    @pytest.mark.parametrize("action", GOOD)
    def test_forms_that_are_right_get_none(self, simulator, action):
        method, path, form = GOOD[action]

        assert send(simulator, method, path, form)[1] == ()

    def test_every_parameter_of_every_operation_gets_none(self, simulator):
        for path, methods in ALLOWED.items():
            for method in methods:
                read = [p for p in PARAMETERS if (p.method, p.path) == (method, path)]
                form = {p.name: p.example for p in read if p.example}
                filled = fill_path(simulator, path)
                hints = send(simulator, method, filled, form, base=simulator.base_url)[1]
                assert hints == (), (method, path)

    def test_every_filter_of_every_list_gets_none(self, simulator):
        lists = [
            (resource, path)
            for resource, path in PATHS
            if "GET" in ALLOWED[path] and not path.endswith(("Sid}", "/Sandbox"))
        ]
        assert len(lists) > len(ELEMENTS)
        for resource, path in lists:
            for name in [*FILTERS[resource], "num", "page", "Page"]:
                filled = fill_path(simulator, path) + f"?{name}=1"
                assert send(simulator, "GET", filled, base=simulator.base_url)[1] == ()

    @pytest.mark.parametrize("accept", ["*/*", "application/json, */*;q=0.1", "text/xml", ""])
    def test_whatever_clients_accept_by_default_gets_none(self, simulator, accept):
        assert send(simulator, "GET", "/Calls", headers={"Accept": accept})[1] == ()


def test_a_hint_is_not_warned_of_when_undocumented_behavior_is_ignored():
    simulator = twreplay.Simulator(undocumented="ignore")

    _, hints, told = send(simulator, "GET", "/Messages")

    assert (bool(hints), told) == (True, [])


def test_a_hint_is_raised_when_undocumented_behavior_is_an_error():
    simulator = twreplay.Simulator(undocumented="error")

    with pytest.raises(UndocumentedBehavior, match="messages are at SMS/Messages"):
        send(simulator, "GET", "/Messages")


@pytest.mark.parametrize(
    ("method", "path", "form", "hint"),
    [
        ("POST", "/Calls", {"AsyncAmd": "true"}, "AsyncAmd came with a later version"),
        ("POST", "/Calls", {"TimeLimit": "60"}, "TimeLimit came with a later version"),
        ("POST", "/SMS/Messages", {"SendAt": "x"}, "SendAt came with a later version"),
        ("POST", "/SMS/Messages", {"Text": "Hi"}, "the text of a message is Body"),
        ("POST", "/IncomingPhoneNumbers/Local", {"BundleSid": "x"}, "came with a later version"),
        ("GET", "/Recordings?DateCreatedAfter=2009-01-01", None, "DateCreated>=2009-07-06"),
        ("GET", "/Notifications?MessageDateBefore=2009-01-01", None, "MessageDate<=2009-07-06"),
        ("GET", "/SMS/Messages?Status=sent", None, "filtered by DateSent, From, To only"),
        ("GET", "/Notifications?Log=error", None, "the log is a number: Log=0 for error"),
        ("GET", "/Calls?StartTime=2009-07-06T00:00:00Z", None, "such as 2009-07-06, without"),
        ("GET", "/Calls/CA1/Feedback", None, "have no feedback"),
        ("GET", "/Conferences/CF1/Recordings.json", None, "recordings are of calls"),
        ("GET", "/PhoneNumbers", None, "phone numbers are at IncomingPhoneNumbers"),
    ],
)
def test_later_habits_are_told(simulator, method, path, form, hint):
    good = {action[1]: action[2] for action in GOOD.values()}.get(path, {})

    _, hints, told = send(simulator, method, path, {**good, **form} if form else None)

    assert any(hint in text for text in hints)
    assert any(hint in text for text in told)
