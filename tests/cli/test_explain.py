from __future__ import annotations

import json
import warnings

import pytest
import requests
from click.testing import CliRunner

import twreplay
from twreplay._cli import main
from twreplay._resources import QUESTIONS
from twreplay._resources._faults import BY_CODE


def explain(*arguments: str):
    result = CliRunner().invoke(main, ["explain", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_an_error_code():
    assert explain("21211").stdout.splitlines() == [
        "21211: Invalid Called Phone Number",
        "",
        "  status      400",
        "  known from  error dictionary as copied about 2011 (later version)",
        "",
        "  Answered by",
        "    POST /Calls",
        "",
        "  In a test",
        '    twilio.when("POST", "/Calls", times=1).respond(400, code=21211)',
    ]


def test_a_status():
    stdout = explain("404").stdout

    assert "GET /Calls/*" in stdout
    assert "respond(404)" in stdout


def test_a_question():
    assert explain("q4").stdout.startswith(f"Question 4: {QUESTIONS[4].question}")


@pytest.mark.parametrize("given", ["21212", "401", "q1"])
def test_as_json(given):
    assert json.loads(explain(given, "--json").stdout)["kind"] in ("error", "status", "question")


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_the_rule_that_is_suggested_for_a_code_brings_it_about(code):
    rule = json.loads(explain(str(code), "--json").stdout)["try"]
    with twreplay.simulate(undocumented="ignore") as twilio:
        eval(rule, {"twilio": twilio})
        method, path = "GET", "/Calls"
        if '"' in rule:
            method, path = rule.split('"')[1], rule.split('"')[3].replace("*", "XX" + "a" * 32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = requests.request(
                method, twilio.account_url + path.rstrip("/"), auth=twilio.auth, timeout=5
            )

    assert answer.status_code == BY_CODE[code].status
    assert f"<Code>{code}</Code>" in answer.text


@pytest.mark.parametrize("code", ["21299", "q99", "dial", "", "²", "99999999999"])
def test_what_nobody_knows(code):
    result = explain(code)

    assert result.exit_code == 2
    assert "not known to have" in result.stderr


def test_a_code_that_there_is_not_is_answered_with_the_nearest():
    assert "Near it: 21213, 21219, 21220." in explain("21299").stderr
