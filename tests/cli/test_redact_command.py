"""``twreplay redact``: cassettes that were written without care, cleaned in place."""

from __future__ import annotations

import base64
import re

import pytest
from cassette_files import read
from click.testing import CliRunner
from command_line import main
from conftest import ACCOUNT, SMS_AND_CALLS
from recorder import handler_of
from secret_corpus import OTHER_TOKEN, TOKEN, found_in, places

import twreplay

BASIC = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()

# In a folder of this name, as they are there to be cleaned; see token_guard.
FOLDER = "written-by-others"

BY_VCRPY = f"""\
interactions:
- request:
    body: Note={TOKEN}&To=4158675309&Body=Hi
    headers:
      Authorization:
      - Basic {BASIC}
      Content-Type:
      - application/x-www-form-urlencoded
      Cookie:
      - session={OTHER_TOKEN}
    method: POST
    uri: https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Calls?key={TOKEN}
  response:
    body:
      string: <Account><Sid>{ACCOUNT}</Sid><AuthToken>{TOKEN}</AuthToken></Account>
    headers:
      Content-Type:
      - application/xml
      Set-Cookie:
      - session={OTHER_TOKEN}; Path=/
    status:
      code: 200
      message: OK
version: 1
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / FOLDER
    folder.mkdir()
    return folder


@pytest.fixture
def path(folder):
    path = folder / "old.yaml"
    path.write_text(BY_VCRPY)
    assert places(path) == 6
    return path


@pytest.fixture
def redact(monkeypatch):
    monkeypatch.delenv("TWREPLAY_REDACT_KEY", raising=False)

    def redact(*arguments):
        result = CliRunner().invoke(main, ["redact", *map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert not found_in(result.output.encode())
        return result

    return redact


def test_a_cassette_of_vcrpy_is_cleaned_in_place(redact, path):
    result = redact(path)

    assert (result.exit_code, result.output) == (0, f"{path}: rewritten\n")
    assert places(path) == 0
    (interaction,) = read(path).interactions
    assert interaction.request.body == b"Note=REDACTED&To=4158675309&Body=Hi"
    assert CliRunner().invoke(main, ["scan", str(path)]).exit_code == 0


def test_the_cleaned_one_replays(redact, path):
    redact(path)
    (written,) = read(path).interactions

    with twreplay.use_cassette(path) as cassette:
        assert handler_of(cassette).answer(written.request, str).response.status == 200


@pytest.mark.parametrize("options", [(), ("--identifiers", "--names", "--bodies")])
def test_the_second_time_there_is_nothing_to_do(redact, path, options):
    redact(path, *options)
    before = path.read_bytes()

    again = redact(path, *options)

    assert (again.exit_code, again.output) == (0, "")
    assert path.read_bytes() == before
    assert redact(path, "--check", *options).exit_code == 0


def test_check_writes_nothing_and_exits_with_1(redact, path):
    before = path.read_bytes()

    result = redact(path, "--check")

    assert (result.exit_code, result.output) == (1, f"{path}: would be rewritten\n")
    assert path.read_bytes() == before


def test_a_clean_one_stays_as_it_is_to_the_byte(redact, folder):
    path = folder / "good.yaml"
    path.write_text(SMS_AND_CALLS)

    assert redact(folder).output == ""
    assert path.read_text() == SMS_AND_CALLS


def test_a_damaged_one_is_left_and_the_others_are_cleaned(redact, folder, path):
    damaged = folder / "damaged.yaml"
    damaged.write_text("version: 1\ninteractions: [")

    result = redact(folder)

    assert result.exit_code == 2
    assert str(damaged) in result.stderr
    assert damaged.read_text() == "version: 1\ninteractions: ["
    assert places(path) == 0


def test_what_cannot_be_cleaned_is_left_and_named(redact, path):
    path.write_text(BY_VCRPY.replace("<Sid>", f"<session>{'9f86d081884c7d65' * 2}</session><Sid>"))
    before = path.read_bytes()

    result = redact(path)

    assert result.exit_code == 2
    assert "response of interaction 1: body" in result.stderr
    assert "9f86d081" not in result.output
    assert path.read_bytes() == before
    assert redact(path, "--not-secret", "session").exit_code == 0


class TestIdentifiers:
    def test_are_replaced_as_well(self, redact, path):
        assert redact(path, "--identifiers").exit_code == 0

        text = path.read_text()
        assert ACCOUNT not in text
        assert "4158675309" not in text
        assert len(set(re.findall(r"AC[0-9a-f]{32}", text))) == 1
        assert read(path).head["redacted"] == "identifiers"

    def test_are_the_same_in_two_files_with_a_key(self, redact, folder, path, monkeypatch):
        other = folder / "other.yaml"
        other.write_text(BY_VCRPY)
        monkeypatch.setenv("TWREPLAY_REDACT_KEY", "a key of the project")

        redact(folder, "--identifiers")

        assert other.read_bytes() == path.read_bytes()

    def test_can_be_added_to_later(self, redact, path):
        redact(path, "--identifiers")
        before = read(path).head

        redact(path, "--bodies")

        now = read(path).head
        assert now["redacted"] == "identifiers bodies"
        assert now["pseudonyms"] == before["pseudonyms"]

    def test_with_another_key_are_refused(self, redact, path, monkeypatch):
        monkeypatch.setenv("TWREPLAY_REDACT_KEY", "a key of the project")
        redact(path, "--identifiers")
        before = path.read_bytes()
        monkeypatch.setenv("TWREPLAY_REDACT_KEY", "another one")

        result = redact(path, "--names")

        assert result.exit_code == 2
        assert "TWREPLAY_REDACT_KEY" in result.output
        assert "another one" not in result.output
        assert path.read_bytes() == before


def test_a_path_is_needed(redact):
    assert redact().exit_code == 2


ALL_THAT_SCAN_FINDS = {
    "a cookie that is only a value": ("Set-Cookie:\n      - session=", "Set-Cookie:\n      - "),
    "a key in a body": ("<AuthToken>", "<Note>api_key="),
    "a header": ("      Cookie:\n      - session=", "      X-Api-Key:\n      - "),
}


@pytest.mark.parametrize("name", ALL_THAT_SCAN_FINDS)
def test_what_scan_finds_is_taken_out(name, redact, path):
    old, new = ALL_THAT_SCAN_FINDS[name]
    path.write_text(BY_VCRPY.replace(old, new))
    assert CliRunner().invoke(main, ["scan", str(path)]).exit_code == 1

    assert redact(path).exit_code == 0

    assert CliRunner().invoke(main, ["scan", str(path)]).exit_code == 0


@pytest.mark.parametrize("extra", ["metadata:\n  client_secret: ", "x: 1\nauth_token: "])
def test_what_stands_below_other_keys_is_refused_by_name(extra, redact, path):
    path.write_text(f"{BY_VCRPY}{extra}{OTHER_TOKEN[::-1]}\n")
    before = path.read_bytes()

    result = redact(path)

    assert result.exit_code == 2
    assert str(path) in result.stderr
    assert path.read_bytes() == before
