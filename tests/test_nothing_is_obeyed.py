"""Nothing that a terminal or a browser obeys comes out of what was recorded, sent or named."""

from __future__ import annotations

import io
import json
import re
import sys
import warnings

import pytest
import yaml
from click.testing import CliRunner
from command_line import main

import twreplay
from twreplay.errors import NotSimulated, UnmatchedRequest, UnusedInteractions

ODD = "".join(map(chr, (*range(1, 9), *range(11, 32), *range(0x7F, 0xA0)))) + (
    "\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\ufeff\ufffe"
)
OBEYED = re.compile(f"[\0{re.escape(ODD)}\ud800-\udfff]")
API = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef"


@pytest.fixture
def cassette(tmp_path):
    request = {"body": None, "headers": {}, "method": "GET", "uri": f"{API}/Calls?a={ODD}"}
    response = {
        "body": {"string": f"<a>{ODD}</a>"},
        "headers": {"X-Odd": [ODD], "Content-Type": [f"text/xml{ODD}"]},
        "status": {"code": 200, "message": ODD},
    }
    odd = tmp_path / "c\x1b[31m\x9b\u202e\r\x07.yaml"
    data = {"version": 1, "interactions": [{"request": request, "response": response}]}
    odd.write_text(json.dumps(data), "utf-8")
    return odd


COMMANDS = {
    "ls": ["ls"],
    "ls --json": ["ls", "--json"],
    "show": ["show"],
    "show --json": ["show", "--json"],
    "scan": ["scan"],
    "verify": ["verify"],
    "verify --json": ["verify", "--json"],
    "redact": ["redact", "--dry-run"],
    "diff": ["diff"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_prints_it(command, cassette):
    files = [str(cassette)] * (2 if command == "diff" else 1)

    result = CliRunner().invoke(main, [*COMMANDS[command], *files])

    assert not OBEYED.search(result.output.replace("\n", "")), ascii(result.output)
    if command.endswith("--json") and result.exit_code == 0:
        json.loads(result.output)


def test_json_reads_back_as_it_was(cassette):
    result = CliRunner().invoke(main, ["ls", "--json", str(cassette)])

    assert json.loads(result.output)["cassettes"][0]["path"] == cassette.as_posix()


def test_no_page_has_it(cassette, tmp_path):
    page = tmp_path / "page.html"

    result = CliRunner().invoke(main, ["show", str(cassette), "--html", str(page)])

    assert result.exit_code == 0, result.output
    assert not OBEYED.search(page.read_text("utf-8").replace("\n", ""))


def test_no_error_says_it(tmp_path):
    path = tmp_path / "c.yaml"
    request = twreplay.Request("GET", f"{API}/Calls?a=\x1b[31m")
    item = {
        "request": {"body": None, "headers": {}, "method": "GET", "uri": request.url},
        "response": {"body": {"string": ""}, "headers": {}, "status": {"code": 200, "message": ""}},
    }
    path.write_text(yaml.safe_dump({"version": 1, "interactions": [item]}), "utf-8")
    import http.client

    with pytest.raises(UnmatchedRequest) as caught:
        with twreplay.use_cassette(path):
            connection = http.client.HTTPSConnection("api.twilio.com")
            connection.request("GET", "/2008-08-01/Accounts/%1b%5b31m%c2%9b%e2%80%ae?b=%0d%07")
            connection.getresponse()
    assert not OBEYED.search(str(caught.value).replace("\n", ""))
    with pytest.raises(UnusedInteractions) as unused, twreplay.use_cassette(path):
        pass
    assert not OBEYED.search(str(unused.value).replace("\n", ""))
    with pytest.raises(NotSimulated) as refused, twreplay.simulate():
        connection = http.client.HTTPSConnection("api.twilio.com")
        connection.request("GET", "/2010-04-01%1b%5b31m/%c2%9b%00")
        connection.getresponse()
    assert not OBEYED.search(str(refused.value).replace("\n", ""))


def test_no_journal_and_no_warning_has_it(capsys):
    simulator = twreplay.Simulator()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        simulator.handle(
            twreplay.Request("POST", f"{simulator.account_url}/%1b%5b%c2%9b?a=\x1b", {}, "To=\x1b")
        )
        simulator.handle(twreplay.Request("G\x1bT", f"{simulator.account_url}/%0d%07%e2%80%ae"))

    text = simulator.explain() + "".join(str(each.message) for each in told)
    assert not OBEYED.search(text.replace("\n", ""))
    assert not OBEYED.search(repr(simulator.requests))


def test_a_terminal_that_is_ascii_only_gets_an_explanation(monkeypatch):
    simulator = twreplay.Simulator(undocumented="ignore")
    simulator.handle(twreplay.Request("GET", simulator.account_url))
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)

    print(simulator.explain())
    out.flush()
    assert b"\\u2026" in out.buffer.getvalue()


def test_escapes_can_be_read():
    with pytest.raises(twreplay.errors.UnusedRules) as unused, twreplay.simulate() as twilio:
        twilio.when("POST", "/Calls", Url="a\x1b[31m\u202eb\nc\rü").fail()

    shown = str(unused.value)
    assert "a\\x1b[31m\\u202eb\\nc\\rü" in shown
    assert "\x1b" not in shown
