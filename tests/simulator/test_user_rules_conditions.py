"""What a request must be like for a rule of a test's own."""

from __future__ import annotations

import re
from unittest.mock import ANY

import pytest
from basic_auth import encode_basic
from published_reference import PATHS

import twreplay
from twreplay.errors import UnusedRules, UsageError

FORM = "application/x-www-form-urlencoded"
CALL = "Caller=4158675309&Called=(415)+555-0000&Url=http%3A%2F%2Fe.com%2Fhello&IfMachine="


@pytest.fixture
def simulator():
    return twreplay.Simulator(undocumented="ignore")


def send(simulator, method="POST", path="/Calls", body=CALL, *, headers=None, auth=None):
    given = {"Authorization": encode_basic(*(auth or simulator.auth))} if auth != () else {}
    given |= {"Content-Type": FORM} if body else {}
    url = simulator.account_url + path
    return simulator.handle(twreplay.Request(method, url, given | (headers or {}), body))


def iter_once(value):
    yield value


FULFILLED = [
    {"Called": "4155550000"},
    {"Called": re.compile("^415555")},
    {"Called": re.compile(r"\(415\)")},
    {"Called": lambda sent: sent.startswith("(")},
    {"Called": twreplay.PRESENT},
    {"Called": twreplay.any_of("4155550001", "4155550000")},
    {"Url": twreplay.contains("e.com")},
    {"Url": twreplay.any_of(twreplay.contains("nothing"), re.compile("hello$"))},
    {"Timeout": twreplay.ABSENT},
    {"Timeout": None},
    {"IfMachine": twreplay.ABSENT},
    {"Timeout": twreplay.any_of("20", twreplay.ABSENT)},
    {"form": {"Caller": "415-867-5309"}},
    {"form": {"num": twreplay.ABSENT}},
    {"query": {"num": 5}},
    {"query": {"Called": twreplay.ABSENT}},
    {"num": 5},
    {"flag": True},
    {"headers": {"X": "1", "x-two": re.compile("^b")}},
    {"headers": {"Cookie": twreplay.contains("session=7")}},
    {"headers": {"Accept": twreplay.ABSENT}},
    {"account": lambda sid: sid.startswith("AC")},
    {"username": re.compile("^AC")},
    {"where": lambda request: request.body.startswith(b"Caller")},
    {"path": re.compile("^/Calls$")},
    {"Url": ANY},
]


class TestConditions:
    @pytest.mark.parametrize("condition", FULFILLED)
    def test_rule_answers_a_request_that_fulfils_its_condition(self, simulator, condition):
        simulator.when(**condition).respond(418)

        headers = {"X": "1", "X-Two": "bee", "Cookie": "a=b; session=7"}
        response = send(simulator, path="/Calls?num=5&flag=true", headers=headers)

        assert response.status == 418

    @pytest.mark.parametrize(
        "condition",
        [
            {"Called": re.compile("^555")},
            {"Called": lambda sent: False},
            {"Called": twreplay.ABSENT},
            {"Called": twreplay.any_of("4155550001", "4155550002")},
            {"IfMachine": twreplay.PRESENT},
            {"Url": twreplay.contains("E.COM")},
            {"form": {"num": "5"}},
            {"query": {"Called": "4155550000"}},
            {"headers": {"X": "2"}},
            {"headers": {"X": twreplay.ABSENT}},
            {"account": "AC" + "0" * 32},
            {"username": twreplay.ABSENT},
            {"auth": ("AC" + "0" * 32, "token")},
            {"auth": twreplay.ABSENT},
            {"where": lambda request: None},
            {"path": re.compile("^/SMS")},
        ],
    )
    def test_rule_leaves_a_request_that_does_not(self, simulator, condition):
        simulator.when(**condition).respond(418)

        assert send(simulator, path="/Calls?num=5", headers={"X": "1"}).status == 200

    @pytest.mark.parametrize("path", ["/Calls", re.compile("^/Calls$"), "/Calls.json", "/C*"])
    def test_path_need_not_name_the_extension(self, simulator, path):
        simulator.when(path=path).respond(418)

        assert send(simulator, path="/Calls.json").status == 418

    def test_credentials_are_compared_whole_and_never_shown(self, simulator):
        rule = simulator.when(auth=simulator.auth).respond(418)

        assert send(simulator).status == 418
        assert simulator.auth_token not in rule.text
        assert rule.text == f"when(auth=('{simulator.account_sid}', ...))"

    def test_requests_without_credentials_are_told_apart(self, simulator):
        simulator.when(username=twreplay.ABSENT).respond(418)

        assert send(simulator, auth=()).status == 418
        assert send(simulator).status == 200

    def test_account_is_the_one_in_the_path(self, simulator):
        other = simulator.add_account()
        simulator.when(account=other.Sid).respond(418)
        request = twreplay.Request("GET", f"{simulator.base_url}/Accounts/{other.Sid}.json")

        assert simulator.handle(request).status == 418
        assert send(simulator).status == 200

    def test_empty_text_and_no_text_are_one_to_the_api_and_to_a_rule(self, simulator):
        simulator.when(IfMachine="").respond(418)

        assert [send(simulator).status, send(simulator, body="Url=x").status] == [418, 418]

    def test_rule_shows_its_conditions_as_source_code(self, simulator):
        def is_long(sent):
            return len(sent) > 160

        rule = simulator.when(
            "post",
            "/SMS/*",
            times=2,
            To=re.compile("^415"),
            Body=is_long,
            headers={"X": twreplay.contains("1")},
            query={"num": twreplay.ABSENT},
        )

        assert rule.text == (
            "when('POST', '/SMS/*', times=2, query={'num': ABSENT}, "
            "headers={'X': contains('1')}, To=re.compile('^415'), Body=<is_long>)"
        )

    def test_rule_has_its_conditions_as_attributes(self, simulator):
        path = re.compile("^/Calls$")
        rule = simulator.when("GET", path, Called="4155550000", query={"num": 5})

        assert (rule.method, rule.path, rule.times) == ("GET", path, None)
        assert rule.fields == {"Called": "'4155550000'"}
        assert repr(rule) == rule.text
        assert "re.compile('^/Calls$')" in rule.text

    def test_list_of_accounts_has_no_account_in_its_path(self, simulator):
        simulator.when(account=twreplay.ABSENT).respond(418)
        request = twreplay.Request("GET", f"{simulator.base_url}/Accounts")

        assert simulator.handle(request).status == 418

    def test_value_of_a_field_that_names_a_secret_is_not_shown(self, simulator):
        assert "5ecre7" not in simulator.when(AuthToken="5ecre7").text
        assert "5ecre7" not in simulator.when(headers={"X-Api-Key": "5ecre7"}).text
        assert "5ecre7" not in simulator.when(headers={"Authorization": "Basic 5ecre7"}).text
        with pytest.raises(UsageError, match="not str") as caught:
            simulator.when(headers="Authorization: Basic 5ecre7")
        assert "5ecre7" not in str(caught.value)


class TestMistakes:
    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"header": {"X": "1"}}, "no keyword 'header'.*did you mean 'headers'"),
            ({"time": 2}, "no keyword 'time'.*did you mean 'times'"),
            ({"usename": "AC1"}, "no keyword 'usename'.*did you mean 'username'"),
            ({"acount": "AC1"}, "no keyword 'acount'.*did you mean 'account'"),
            ({"headers": "X: 1"}, "headers takes conditions by name"),
            ({"form": ["Called"]}, "form takes conditions by name"),
            ({"auth": "AC1"}, "auth takes the account's Sid and its token"),
            ({"where": True}, "where takes a predicate"),
            ({"Called": ["1", "2"]}, "not list: write twreplay.any_of"),
            ({"Called": b"1"}, "not bytes"),
            ({"Called": re.compile(b"1")}, "pattern of text"),
            ({"path": "https://api.twilio.com/2008-08-01/Accounts/AC1/Calls"}, "write '/Calls'"),
            ({"path": "/Calls?Status=1"}, "write '/Calls' and query={\"Status\""),
            ({"path": "Calls"}, "write '/Calls'"),
        ],
        ids=str,
    )
    def test_condition_that_cannot_be_is_refused_at_once(self, simulator, wrong, message):
        with pytest.raises(UsageError, match=message):
            simulator.when(**wrong)

    @pytest.mark.parametrize("keyword", ["where", "Called"])
    def test_async_predicate_is_refused_as_it_would_hold_for_everything(self, simulator, keyword):
        async def never(given):
            return False

        with pytest.raises(UsageError, match=r"a predicate, and .*never is an async function"):
            simulator.when(**{keyword: never})

    @pytest.mark.parametrize("keyword", ["where", "Called", "account"])
    @pytest.mark.parametrize("kind", ["coroutine", "generator", "async_generator"])
    def test_predicate_that_says_nothing_by_itself_is_refused(self, simulator, keyword, kind):
        async def later():
            return False

        async def items_later():
            yield False

        made = {"coroutine": later, "generator": lambda: iter_once(False)}
        make = made.get(kind, items_later)
        simulator.when(**{keyword: lambda given: make()}).respond(503)

        with pytest.raises(UsageError, match=rf"returned a {kind}, which is always true"):
            send(simulator)

    def test_password_in_a_url_given_as_path_is_not_shown(self, simulator):
        with pytest.raises(UsageError) as caught:
            simulator.when(path="https://AC1:5ecre7@api.twilio.com/2008-08-01/Accounts/AC1/Calls")

        assert "5ecre7" not in str(caught.value)

    @pytest.mark.parametrize("call", [twreplay.any_of, lambda: twreplay.contains("")])
    def test_condition_without_content_is_refused(self, call):
        with pytest.raises(UsageError, match="takes"):
            call()


class TestRulesThatNeverMatch:
    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            (("GET", "/Call"), r"no path of the API is '/Call'; did you mean '/Calls'\?"),
            (("GET", "/calls/*"), r"did you mean '/Calls/\*'"),
            (("GET", "/SMS/Message"), "did you mean '/SMS/Messages'"),
            (("GET", "/2008-08-01/Accounts/*/Call"), "no path of the API is"),
            (("GET", "/2010-04-01/Accounts/*/Calls"), "no path of the API is"),
            (("GET", "/Messages"), r"did you mean '/SMS/Messages'"),
            (("GET", "/Conferences/*/Participant"), r"did you mean '/Conferences/\*/Participants'"),
            (("GET", "/Recording/*.wav"), r"did you mean '/Recordings/\*'"),
        ],
        ids=str,
    )
    def test_path_that_the_api_does_not_have_is_refused_at_once(self, rule, message):
        with twreplay.simulate() as twilio:
            with pytest.raises(UsageError, match=message):
                twilio.when(*rule)

            assert twilio.rules == ()

    def test_pattern_is_taken_as_it_is(self):
        with twreplay.simulate(undocumented="ignore") as twilio:
            twilio.when("GET", re.compile("^/Call$")).respond(418)

            assert send(twilio, "GET", "/Call").status == 418

    def test_method_that_a_path_does_not_take_is_told_at_the_end(self):
        message = "/Calls takes no DELETE, only GET, POST"
        with pytest.raises(UnusedRules, match=message), twreplay.simulate() as twilio:
            twilio.when("DELETE", "/Calls").fail()

    @pytest.mark.parametrize(
        ("name", "instead"),
        [("data", "form="), ("params", "query="), ("credentials", "auth="), ("json", "form=")],
    )
    def test_name_that_other_libraries_have_for_a_condition_is_refused(self, name, instead):
        with twreplay.simulate() as twilio, pytest.raises(UsageError, match=instead):
            twilio.when("POST", "/Calls", **{name: {"Called": "1"}})

    @pytest.mark.parametrize("name", ["Caled", "called"])
    def test_field_that_no_resource_has_is_told_with_the_nearest(self, name):
        with (
            pytest.raises(UnusedRules, match=f"no resource has a field '{name}'.*'Called'"),
            twreplay.simulate() as twilio,
        ):
            twilio.when(**{name: "1"}).fail()

    @pytest.mark.parametrize(
        "path",
        [
            "/*",
            "/Calls.json",
            "/Calls/*",
            "/Calls/CA1/Segments",
            "/PhoneNumbers/*",
            "/C*",
            "/Accounts/*",
            "/Accounts/*/Calls",
            "/2008-08-01/Accounts/AC1/Calls/CA1.csv",
            "/Recordings/*.wav",
        ],
    )
    def test_path_of_the_api_is_not_doubted(self, path):
        with pytest.raises(UnusedRules) as caught, twreplay.simulate() as twilio:
            twilio.when("GET", path).fail()

        assert "no path" not in str(caught.value)

    def test_every_path_of_the_api_is_known_as_one(self):
        paths = [path for _, path in PATHS]
        with pytest.raises(UnusedRules) as caught, twreplay.simulate() as twilio:
            for path in paths:
                whole = re.sub(r"\{\w+\}", "X1", path)
                twilio.when(path=whole).fail()
                twilio.when(path=whole.removeprefix("/Accounts/X1") or whole).fail()

        assert len(caught.value.rules) == 2 * len(paths)
        assert "no path" not in str(caught.value)

    def test_nearest_request_is_shown_field_by_field(self):
        with (
            pytest.raises(UnusedRules, match=r"Called: '1' expected, '\(415\) 555-0000' was sent"),
            twreplay.simulate() as twilio,
        ):
            twilio.when("POST", "/Calls", Called="1").fail()
            send(twilio)
