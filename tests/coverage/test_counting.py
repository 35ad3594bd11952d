"""What a run counts of the API, and what is written, read, added up and shown of it."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from command_line import run
from inner_runs import run_inner
from published_reference import ALLOWED

ASKED = [
    *[("GET", "/Accounts/AC1/Calls", 200)] * 3,
    ("POST", "/Accounts/AC1/SMS/Messages.json", 400),
    ("POST", "/Accounts/AC1/SMS/Messages", 201),
]
SEEN = {
    ("GET", "/Accounts/{AccountSid}/Calls", 200): 3,
    ("POST", "/Accounts/{AccountSid}/SMS/Messages", 400): 1,
    ("POST", "/Accounts/{AccountSid}/SMS/Messages", 201): 1,
}
WEBHOOKS = {("callback", "voice"): 2, ("CallStatus", "in-progress"): 2, ("verb", "Say"): 2}

SOURCE = """
import requests

def test_it(twilio):
    for method, path, status in {asked!r}:
        twilio.when(times=1).respond(status)
        requests.request(method, "https://api.twilio.com/2008-08-01" + path, timeout=5)
"""


def read_counts(data):
    return {(cell["method"], cell["path"], cell["status"]): cell["count"] for cell in data["cells"]}


class TestARun:
    @pytest.fixture
    def count(self, pytester):
        """Return what a run writes whose requests get such answers."""

        def count(*more, profile="documented"):
            pytester.makepyfile(SOURCE.format(asked=[*ASKED, *more]))
            pytester.makeini(f"[pytest]\ntwreplay_profile = {profile}")
            run_inner(pytester, "--twreplay-coverage=seen.json").assert_outcomes(passed=1)
            return json.loads((pytester.path / "seen.json").read_text())

        return count

    def test_counts_by_operation_whatever_the_representation(self, count):
        counts = read_counts(count(("POST", "/Accounts/AC1/SMS/Messages", 400)))

        assert counts["POST", "/Accounts/{AccountSid}/SMS/Messages", 400] == 2

    def test_counts_a_head_as_a_get(self, count):
        counts = read_counts(count(("HEAD", "/Accounts/AC1/Calls", 200)))

        assert counts["GET", "/Accounts/{AccountSid}/Calls", 200] == 4

    def test_does_not_count_paths_that_lead_nowhere(self, count):
        counts = read_counts(count(("GET", "/Accounts/AC1/Messages", 404)))

        assert counts == SEEN

    def test_has_the_figures_of_the_operations_that_were_used(self, count):
        summary = count()["summary"]

        # GET: 200 302 304 401 500; POST: 200 400 401 500
        assert (summary["operations_used"], summary["answers_seen"]) == (2, 2)
        assert summary["answers_documented"] == 9
        assert summary["percent"] == round(100 * 2 / 9, 1)

    def test_says_of_which_profile_it_is(self, count):
        assert count(profile="observed")["profile"] == "observed"


@pytest.fixture
def write(tmp_path):
    """Write what a run does, and return where."""

    def write(counts, webhooks=(), profile="documented"):
        path = tmp_path / "seen.json"
        names = ("method", "path", "status")
        cells = [dict(zip(names, each, strict=True)) | {"count": n} for each, n in counts.items()]
        told = [
            {"what": what, "value": value, "count": count}
            for (what, value), count in dict(webhooks).items()
        ]
        data = {"twreplay_coverage": 1, "profile": profile, "cells": cells, "webhooks": told}
        path.write_text(json.dumps(data))
        return path

    return write


def make_table(*files):
    """Return the table that ``twreplay coverage report`` prints of *files*."""
    result = run("coverage", "report", *files)
    assert result.exit_code == 0
    return result.stdout


def make_page(*files):
    """Return the page that ``twreplay coverage combine`` makes of *files*."""
    target = files[0].with_name("page.html")
    assert run("coverage", "combine", *files, "-o", target).exit_code == 0
    return target.read_text("utf-8")


def add_up(*files):
    """Return what ``twreplay coverage combine`` makes of *files*, as data."""
    target = files[0].with_name("whole.json")
    assert run("coverage", "combine", *files, "-o", target).exit_code == 0
    return json.loads(target.read_text("utf-8"))


def test_nothing_used_is_nothing_covered(write):
    nothing = write({})

    assert make_table(nothing) == "No operation of the API was used.\n"
    assert run("coverage", "report", nothing, "--fail-under=0.1").stderr.startswith("0.0% is less")


def test_the_profile_says_what_is_documented(write):
    sms = ("POST", "/Accounts/{AccountSid}/SMS/Messages", 201)

    assert "201x1 " in make_table(write({sms: 1}, profile="observed"))
    assert "201x1*" in make_table(write({sms: 1}, profile="documented"))


def test_the_table_has_what_was_seen_and_what_never_was(write):
    assert make_table(write(SEEN)) == (
        "2 of the 9 documented answers of the 2 operations used (22%); "
        "50 of 52 operations were never used.\n"
        "\n"
        "operation             seen           never\n"
        "GET    /Calls         200x3          302, 304, 401, 500\n"
        "POST   /SMS/Messages  201x1*, 400x1  200, 401, 500\n"
        "\n"
        "This suite never saw a 302, a 304, a 401, a 500 from any of them.\n"
        "\n"
        "* not among the documented answers of this profile\n"
    )


class Balance(HTMLParser):
    """Notices a tag that is closed and was not open, or the other way round."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_is_whole_and_has_every_operation(write):
    parser = Balance()
    parser.feed(make_page(write(SEEN)))
    parser.close()

    assert parser.open == []
    assert "22% of the documented answers" in parser.text
    for path in ALLOWED:
        assert path in parser.text


def test_the_page_needs_nothing_else(write):
    text = make_page(write(SEEN))

    assert "http:" not in text
    assert "https:" not in text
    assert "default-src &#39;none&#39;" in text
    assert "<script" not in text


def test_what_was_written_can_be_read_and_added_up(write):
    seen = write(SEEN)

    again = add_up(seen, seen)

    assert again["profile"] == "documented"
    assert read_counts(again)["GET", "/Accounts/{AccountSid}/Calls", 200] == 6


@pytest.fixture
def told(write):
    """What a suite of 25 tests has seen, each of a list, and one of them of a refusal."""
    path = write({("GET", "/Accounts/{AccountSid}/Calls", status): 25 for status in (200, 401)})
    data = json.loads(path.read_text())
    listed, refused = data["cells"]
    listed["tests"] = [f"tests/test_calls.py::test_{number:02}" for number in range(25)]
    refused["tests"] = ["tests/test_login.py::test_<old token>"]
    path.write_text(json.dumps(data))
    return path


def test_tests_that_have_seen_a_status_are_written_read_and_added_up(told):
    again = add_up(told, told)

    assert [cell["tests"] for cell in again["cells"]] == [
        [f"tests/test_calls.py::test_{number:02}" for number in range(25)],
        ["tests/test_login.py::test_<old token>"],
    ]


def test_tests_are_on_the_page_escaped_and_not_too_many(told):
    page = make_page(told)

    assert "<dd>tests/test_login.py::test_&lt;old token&gt;</dd>" in page
    assert page.count("<dd>tests/test_calls.py::") == 20
    assert "and 5 more" in page


def test_tests_stand_below_their_operation_if_asked_for(told):
    lines = run("coverage", "report", told, "--tests").stdout.splitlines()

    at = lines.index("GET    /Calls  200x25, 401x25  302, 304, 500")
    assert lines[at + 1] == "    200  tests/test_calls.py::test_00"
    assert lines[at + 26] == "    401  tests/test_login.py::test_<old token>"
    assert "test_login" not in run("coverage", "report", told).stdout


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not JSON"),
        ("[]", "no coverage of twreplay's"),
        ('{"twreplay_coverage": 2}', "is in format 2"),
        ('{"twreplay_coverage": 1, "profile": "documented"}', "has something wrong in it"),
        ('{"twreplay_coverage": 1, "profile": "x", "cells": [1]}', "has something wrong in it"),
    ],
)
def test_what_is_no_coverage_is_refused(text, why, tmp_path):
    path = tmp_path / "seen.json"
    path.write_text(text)

    result = run("coverage", "report", path)

    assert result.exit_code == 2
    assert why in result.stderr


def test_what_a_suite_never_saw_of_webhooks_stands_below_the_table(write):
    text = make_table(write(SEEN, WEBHOOKS))

    assert (
        "2 webhooks answered by the application\ncallback    voicex2\n  never     end-of-call,"
        in text
    )
    assert "CallStatus  in-progressx2\n  never     completed, busy, failed, no-answer\n" in text
    assert "verb        Sayx2\n  never     Play, Gather, Record," in text
    assert "SmsStatus   nothing" in text


def test_a_suite_without_webhooks_says_nothing_of_them(write):
    seen = write(SEEN)

    assert "webhook" not in make_table(seen)
    assert 'id="webhooks"' not in make_page(seen)


def test_webhooks_are_written_read_and_added_up(write):
    seen = write(SEEN, WEBHOOKS)

    again = add_up(seen, seen)

    assert {"what": "callback", "value": "voice", "count": 4} in again["webhooks"]
    assert again["webhooks_never_seen"]["CallStatus"][0] == "completed"


def test_webhooks_are_on_the_page(write):
    page = make_page(write(SEEN, WEBHOOKS))

    assert "voice &times;2" in page
    assert "gather never" in page
