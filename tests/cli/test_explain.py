from __future__ import annotations

import json
import re
import warnings

import pytest
import requests
from click.testing import CliRunner
from command_line import main
from published_reference import CODES, ERRORS, QUESTIONS, read_error

import twreplay
from twreplay import errors

ANSWERED = [code for code, (_, answered, *_) in CODES.items() if answered != "-"]


def explain(*arguments: str):
    result = CliRunner().invoke(main, ["explain", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_an_error_code_is_explained_with_its_status_source_and_a_rule():
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


def test_a_status_is_explained_with_the_operations_that_answer_it():
    stdout = explain("404").stdout

    assert "GET /Calls/*" in stdout
    assert "respond(404)" in stdout


def test_a_question_is_explained_in_its_own_words():
    assert explain("q4").stdout.startswith(f"Question 4: {QUESTIONS[4].text}")


@pytest.mark.parametrize("words", [["question", "4"], ["Question 4"], ["Q4"], ["question", "04"]])
def test_a_question_is_found_by_its_number_in_words(words):
    assert explain(*words).stdout == explain("q4").stdout


@pytest.mark.parametrize("anchor", ERRORS)
def test_each_name_that_a_message_ends_with_is_explained(anchor):
    stdout = explain(anchor).stdout

    assert stdout.startswith(anchor)
    assert len(stdout.split()) > 10


@pytest.mark.parametrize(
    "given",
    [
        "CassetteNotFound",
        "twreplay.errors.CassetteNotFound",
        "Cassette-Not-Found",
        "errors#cassette-not-found",
        "https://twreplay.readthedocs.io/page/errors/#cassette-not-found",
    ],
)
def test_an_error_is_found_by_its_class_or_address(given):
    assert explain(given).stdout == explain("cassette-not-found").stdout


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type)
        and issubclass(value, (errors.TwreplayError, Warning))
        and value.__module__ == errors.__name__
        and name not in ("TwreplayError", "CassetteError", "TwreplayWarning")
    ],
)
def test_each_error_class_is_explained(name):
    assert name in explain(name).stdout


def test_links_of_an_explanation_lead_out_of_the_package():
    stdout = explain("secret-in-cassette").stdout

    page = "https://twreplay.readthedocs.io/page/secrets/"
    assert f"{page}#check-for-credentials-before-saving" in stdout
    assert ".md" not in stdout


@pytest.mark.parametrize("anchor", ERRORS)
def test_a_terminal_that_is_narrow_cuts_nothing_off(anchor, monkeypatch):
    monkeypatch.setattr("twreplay._cli.output.is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")

    shown = re.findall(r"\w+", explain(anchor).stdout)
    unmarked = read_error(anchor).replace("|---|---|", "")

    assert [word for word in re.findall(r"\w{4,12}", unmarked) if word not in "".join(shown)] == []


@pytest.mark.parametrize("given", ["21212", "401", "q1", "usage-error"])
def test_what_is_explained_can_be_had_as_json(given):
    kinds = ("error", "status", "question", "error of twreplay")

    assert json.loads(explain(given, "--json").stdout)["kind"] in kinds


@pytest.mark.parametrize("code", ANSWERED)
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

    assert str(answer.status_code) == CODES[code][1]
    assert f"<Code>{code}</Code>" in answer.text


@pytest.mark.parametrize("code", ["21299", "q999", "dial", "", "²", "99999999999"])
def test_what_is_not_known_is_refused(code):
    result = explain(code)

    assert result.exit_code == 2
    assert "not known to have" in result.stderr


def test_an_error_that_is_misspelt_is_answered_with_the_nearest():
    assert "Near it: unmatched-request" in explain("unmached-request").stderr


def test_a_code_that_there_is_not_is_answered_with_the_nearest():
    assert "Near it: 21213, 21219, 21220." in explain("21299").stderr
