"""Wrong arguments of rules are refused where they are written, and name what is meant."""

from __future__ import annotations

import math

import pytest
from basic_auth import encode_basic

import twreplay
from twreplay import Request
from twreplay.errors import UsageError


@pytest.fixture
def twilio():
    return twreplay.Simulator(undocumented="ignore", allow_unused=True)


@pytest.mark.parametrize(
    ("method", "args", "keywords", "message"),
    [
        ("respond", (400,), {"code": "21201"}, "five digits, not '21201'"),
        ("respond", (400,), {"code": True}, "five digits, not True"),
        ("respond", (400,), {"code": 7}, "five digits, not 7"),
        ("respond", (400,), {"message": 5}, "a message of text, not 5"),
        ("respond", (400,), {"message": "\ud83d"}, "half of a surrogate pair"),
        ("respond", (200,), {"body": "a\ude00"}, "half of a surrogate pair"),
        ("passes", (), {"body": "a\ude00"}, "half of a surrogate pair"),
        ("respond", (200,), {"headers": "X"}, "takes headers by name"),
        ("respond", (200,), {"headers": {"A b": "1"}}, "'A b' is no name of a header"),
        ("respond", (200,), {"headers": {"A": "1\r\nB: 2"}}, "the header A as text of one line"),
        ("respond", (200,), {"headers": {"A": 5}}, "the header A as text of one line"),
        ("respond", (200,), {"heders": {}}, "did you mean 'headers'"),
        ("passes", (), {"headers": {"A": 5}}, "the header A as text of one line"),
        ("redirect", (5,), {}, "redirect takes a URL, not 5"),
        ("redirect", ("http://a.example/\r\nB: 2",), {}, "redirect takes a URL"),
        ("delay", (math.inf,), {}, "a number of seconds"),
        ("delay", (10**7,), {}, "a number of seconds from 0 to 1000000, not 10000000"),
        ("delay", (), {"minutes": 1}, "did you mean|delay has no keyword 'minutes'"),
        ("after", (), {"minutes": 1}, "after has no keyword 'minutes'"),
        ("between", (5,), {}, "missing a required argument: 'end'"),
        ("between", (-5, -1), {}, "is over already"),
        ("forever", (1,), {}, "too many positional arguments. It takes nothing"),
        ("with_probability", (0.5,), {"seed": []}, "seed takes a number or text"),
    ],
    ids=str,
)
def test_wrong_argument_is_refused_at_once(twilio, method, args, keywords, message):
    rule = twilio.when("POST", "/Calls")

    with pytest.raises(UsageError, match=message):
        getattr(rule, method)(*args, **keywords)


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        ("reply", "respond"),
        ("side_effect", "raises"),
        ("call_count", "used"),
        ("respnd", "respond"),
    ],
)
def test_name_of_another_library_suggests_the_one_here(twilio, foreign, ours):
    with pytest.raises(AttributeError, match=f"did you mean {ours}"):
        getattr(twilio.when("GET"), foreign)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.clock.run_until(lambda: True, timeout=5), "has no keyword 'timeout'"),
        (lambda t: t.clock.run_until_idle(5), "too many positional arguments"),
        (lambda t: t.activate(Status=2), "activate has no keyword 'Status'"),
        (lambda t: t.change(), "missing a required argument: 'instance'"),
        (lambda t: t.change(Status=2), "missing a required argument: 'instance'"),
    ],
)
def test_misuse_of_the_clock_and_of_controls_is_an_error_of_ours(twilio, call, message):
    with pytest.raises(UsageError, match=message):
        call(twilio)


def test_error_inside_a_condition_is_not_taken_for_misuse(twilio):
    def compare():
        return "1" + 1

    with pytest.raises(TypeError, match="concatenate"):
        twilio.clock.run_until(compare)


class TestCreated:
    @pytest.fixture
    def post(self, twilio):
        def post(path):
            return twilio.handle(Request("POST", f"{twilio.account_url}{path}", {}, "Called=1"))

        return post

    @pytest.mark.parametrize(
        ("path", "location"),
        [
            ("/Calls", "/Calls/CA"),
            ("/Calls.json", "/Calls/CA"),
            ("/SMS/Messages", "/SMS/Messages/SM"),
            ("/IncomingPhoneNumbers/TollFree", "/IncomingPhoneNumbers/PN"),
        ],
    )
    def test_201_says_where(self, twilio, post, path, location):
        twilio.when("POST").respond(201)

        there = post(path).headers["Location"]

        assert there.startswith(f"{twilio.account_url}{location}")
        assert post(path).headers["Location"] == there

    def test_location_is_that_of_the_sid_in_the_body(self, twilio, post):
        twilio.when("POST").respond(201, json={"TwilioResponse": {"Call": {"Sid": "CA77"}}})

        assert post("/Calls.json").headers["Location"] == f"{twilio.account_url}/Calls/CA77"

    @pytest.mark.parametrize("path", ["/OutgoingCallerIds", "/Calls/CA1", "/Sandbox"])
    def test_nothing_is_said_where_the_api_creates_nothing(self, twilio, post, path):
        twilio.when("POST").respond(201)

        assert "Location" not in post(path).headers

    def test_creation_that_passes_as_201_says_where_it_is(self, twilio):
        twilio.when("POST").passes(status=201)
        body = "Caller=4158675309&Called=4155551212&Url=http%3A%2F%2Fe.com"
        request = Request(
            "POST",
            f"{twilio.account_url}/Calls",
            {"Authorization": encode_basic(*twilio.auth)},
            body,
        )

        response = twilio.handle(request)

        sid = twilio.calls[0].Sid
        assert response.headers["Location"] == f"{twilio.account_url}/Calls/{sid}"
