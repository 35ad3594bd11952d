"""The error dictionary: explained, answered and logged."""

from __future__ import annotations

import json

import pytest
from builders import Client, client
from click.testing import CliRunner
from command_line import main
from published_reference import CODES

import twreplay

TITLES = {
    10001: "Account is not active",
    10002: "Trial account does not support this feature",
    10003: "Incoming call rejected due to inactive account",
    11100: "Invalid URL format",
    11200: "HTTP retrieval failure",
    12102: "The root element must be Response",
    13616: "Record: playBeep must be true or false",
    20007: "Page size too large",
    20404: "Not found",
    21204: "Call already initiated",
    21501: "Resource not available",
    21502: "Invalid callback url",
    21503: "Invalid transcription type",
    21504: "RecordingSid is required",
}


def explain(code):
    result = CliRunner().invoke(main, ["explain", str(code), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_dictionary_has_every_code_of_2011():
    """Every code of the dictionary that was copied about 2011, and the younger ones."""
    ranges = [
        *(10001, 10002, 10003, 11100, 11200, 11205, 11206, 11210, 11215),
        *(12100, 12101, 12102, 12200, 12300, 12400, 13000, 13201, 13210),
        *range(13212, 13217),
        *(13221, 13222, 13223, 13224, 13225, 13227, *range(13230, 13239), 13299),
        *(13310, 13312, 13313, 13314, 13320, 13321, 13322, 13325, 13410, 13420),
        *(13510, 13511, 13520, *range(13610, 13617), 13710, 13750, 13910),
        *range(14101, 14112),
        *(20001, 20002, 20003, 20004, 20005, 20007, 20404, 20500),
        *range(21201, 21214),
        *(21219, 21220, *range(21401, 21408), 21409, 21450, 21451, 21452, 21453, 21454),
        *range(21470, 21481),
        *range(21501, 21505),
        *range(21601, 21610),
    ]
    assert [code for code in ranges if code not in CODES] == []
    assert all(text and known_from for text, *_, known_from in CODES.values())


@pytest.mark.parametrize("code", sorted(CODES))
def test_each_code_is_explained_answered_and_logged(code):
    data = explain(code)
    simulator = twreplay.Simulator(undocumented="ignore")
    simulator.when("GET", "/Calls").respond(400, code=code)

    answer = Client(simulator).get("/Calls")
    logged = simulator.add_notification(ErrorCode=code)

    assert (data["code"], data["kind"]) == (code, "error")
    assert answer.refusal[:2] == (400, code)
    assert answer.refusal[2] not in ("", "Bad Request")
    assert "{name}" not in answer.refusal[2] + logged.MessageText
    assert logged.MessageText
    assert logged.MoreInfo == f"http://www.twilio.com/docs/errors/{code}"


@pytest.mark.parametrize("code", TITLES)
def test_a_code_is_worded_as_the_dictionary_words_it(code):
    simulator = twreplay.Simulator()
    simulator.when().respond(400, code=code)

    assert Client(simulator).get("/Calls").refusal == (400, code, TITLES[code])
    assert explain(code)["message"] == TITLES[code]


@pytest.mark.parametrize(
    ("code", "text", "grade"),
    [
        (12100, "Unable to parse XML response", "documented"),
        (13225, "forbidden phone number", "observed"),
        (13227, "not authorized to call", "observed"),
        (20001, "Unknown parameter received by the REST API: {name}={value}", "documented"),
        (21201, "No called number is specified", "documented"),
        (20003, "Authenticate", "later version"),
        (20004, "Method not allowed", "later version"),
    ],
)
def test_a_code_that_was_captured_is_worded_as_it_was_sent(code, text, grade):
    data = explain(code)

    assert (data["message"], data["grade"]) == (text, grade)


@pytest.mark.parametrize(("code", "log"), [(11200, "0"), (12200, "1"), (13225, "1"), (12100, "0")])
def test_notification_is_an_error_or_a_warning_by_its_code(code, log):
    asking = client()
    notification = asking.simulator.add_notification(ErrorCode=code)

    assert asking.get(f"/Notifications/{notification.Sid}")["Log"] == log


def test_a_log_level_and_text_that_are_given_go_before_those_of_the_code():
    simulator = twreplay.Simulator()
    notification = simulator.add_notification(ErrorCode=12200, Log=0, MessageText="x")

    assert (notification.Log, notification.MessageText) == ("0", "x")


def test_a_code_that_nobody_knows_is_answered_without_wording():
    simulator = twreplay.Simulator()
    simulator.when().respond(400, code=99999)

    assert Client(simulator).get("/Calls").refusal == (400, 99999, "Bad Request")
