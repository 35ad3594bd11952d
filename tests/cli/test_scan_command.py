"""``twreplay scan``: what looks like a credential, in cassettes of whoever wrote them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from command_line import main
from conftest import SMS_AND_CALLS, TOKEN

HEX = "9f86d081884c7d659a2feaa0c55ad015"

# As vcrpy writes one: with the credentials as they were sent.
BY_VCRPY = f"""\
interactions:
- request:
    body: null
    headers:
      Authorization:
      - Bearer {HEX}
    method: GET
    uri: https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef/Calls
  response:
    body:
      string: <Account><AuthToken>{HEX[::-1]}</AuthToken></Account>
    headers:
      Content-Type:
      - application/xml
    status:
      code: 200
      message: OK
version: 1
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "cassettes"
    (folder / "deep").mkdir(parents=True)
    (folder / "good.yaml").write_text(SMS_AND_CALLS)
    return folder


@pytest.fixture
def bad(folder):
    path = folder / "deep" / "bad.yaml"
    path.write_text(BY_VCRPY)
    return path


@pytest.fixture
def scan(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def scan(*arguments):
        result = CliRunner().invoke(main, ["scan", *map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert not any(secret in result.output for secret in (HEX, HEX[::-1], TOKEN))
        return result

    return scan


def test_where_there_is_nothing_it_says_so(scan, folder):
    result = scan(folder)

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "0 found in 1 file.\n"


def test_each_finding_is_named_with_its_line(scan, bad):
    result = scan("cassettes")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "cassettes/deep/bad.yaml: line 6, interaction 1, request Authorization: credentials",
        "cassettes/deep/bad.yaml: line 11, interaction 1, response body: auth token",
    ]


def test_the_folder_cassettes_is_scanned_if_nothing_is_named(scan, bad):
    assert scan().stdout == scan("cassettes").stdout


def test_without_that_folder_it_asks_for_one(scan):
    result = scan()

    assert result.exit_code == 2
    assert "say which files or folders" in result.output


def test_json_has_each_finding_and_its_place(scan, bad):
    result = scan("--json", bad)

    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["found"] == len(told["findings"]) == 2
    assert told["findings"][0] == {
        "path": bad.as_posix(), "line": 6, "interaction": 1, "part": "request",
        "where": "Authorization", "name": "Authorization", "kind": "credentials",
    }  # fmt: skip


def test_what_is_no_secret_can_be_said(scan, bad):
    result = scan(bad, "--not-secret", "authorization", "--not-secret", HEX[::-1])

    assert result.exit_code == 0


def test_one_that_cannot_be_read_does_not_hide_the_others(scan, folder, bad):
    (folder / "broken.yaml").write_text("version: 1\ninteractions: [")

    result = scan(folder)

    assert result.exit_code == 2
    assert "broken.yaml" in result.stderr
    assert len(result.stdout.splitlines()) == 2


def test_a_cassette_in_json_is_searched(scan, folder):
    held = {
        "method": "GET",
        "uri": f"https://api.twilio.com/2008-08-01/Accounts?AuthToken={HEX}",
        "body": "",
        "headers": {},
    }
    got = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": ""}}
    whole = {"version": 1, "interactions": [{"request": held, "response": got}]}
    (folder / "bad.json").write_text(json.dumps(whole, indent=1))

    result = scan(folder / "bad.json")

    assert result.exit_code == 1
    assert "interaction 1, request url: auth token" in result.stdout


def test_what_is_no_cassette_is_searched_and_named(scan, folder):
    (folder / "ruby.yml").write_text(f"---\nhttp_interactions:\n- token: {HEX}\n")
    (folder / "browser.har").write_text(json.dumps({"log": {"auth_token": HEX}}))
    (folder / "broken.yaml").write_text(f"interactions: [\n X-Api-Key: {HEX}\n")

    result = scan("cassettes")

    assert result.exit_code == 2
    assert [line.partition(": ")[0] for line in result.stdout.splitlines()] == [
        "cassettes/broken.yaml",
        "cassettes/browser.har",
        "cassettes/ruby.yml",
    ]
    assert result.stderr.count("Its text was searched.") == 3


def test_as_json_names_what_is_no_cassette(scan, folder):
    (folder / "broken.yaml").write_text("version: 1\ninteractions: [")

    result = scan("--json", folder)

    told = json.loads(result.stdout)
    assert result.exit_code == 2
    assert told["unread"] == [(folder / "broken.yaml").as_posix()]


def test_placeholders_are_told_when_asked_for(scan, folder, bad):
    bad.write_text(BY_VCRPY.replace(f"Bearer {HEX}", "Bearer <TOKEN>").replace(HEX[::-1], "DUMMY"))

    assert scan(folder).exit_code == 0
    result = scan(folder, "--placeholders")
    assert result.exit_code == 1
    assert result.stdout.count("(placeholder)") == 2
