from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests
from basic_auth import encode_basic
from cassette_files import read, write
from click.testing import CliRunner
from command_line import main
from conftest import ACCOUNT, BASE, SMS_AND_CALLS, TOKEN

import twreplay
from twreplay import Headers, Interaction, Request, Response

AUDIO = bytes(range(256))


@pytest.fixture
def convert(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("both.yaml").write_text(SMS_AND_CALLS)

    def run(*arguments: str):
        result = CliRunner().invoke(main, ["convert", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def with_audio(name: str) -> None:
    url = f"{BASE}/Recordings/RE{'a' * 32}.wav"
    response = Response(200, Headers({"Content-Type": "audio/x-wav"}), AUDIO)
    posted = Interaction(Request("POST", f"{BASE}/Calls", None, AUDIO), Response(400, None, b"?"))
    both = (Interaction(Request("GET", url), response), posted)
    write(Path(name), *both)


def archive(*entries: dict) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {}, "entries": list(entries)}})


def entry(url: str = f"{BASE}/Calls", **changed: object) -> dict:
    asked = {"method": "GET", "url": url, "headers": []}
    answered = {"status": 200, "statusText": "OK", "headers": [], "content": {"text": "<a/>"}}
    return {"startedDateTime": "2026-05-01T10:00:00Z", "request": asked, "response": answered} | (
        changed
    )


class TestThereAndBack:
    @pytest.mark.parametrize("source", ["both.yaml", "audio.yaml"])
    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("there.har", []),
            ("there.json", []),
            ("there.json", ["--to=betamax"]),
            ("there.yml", []),
        ],
    )
    def test_nothing_is_lost(self, convert, source, name, options):
        with_audio("audio.yaml")

        assert convert(source, name, *options).exit_code == 0
        assert convert(name, "back.yaml").exit_code == 0

        assert read(Path("back.yaml")).interactions == read(Path(source)).interactions

    def test_what_comes_back_is_replayed(self, convert):
        convert("both.yaml", "there.har")
        convert("there.har", "back.yaml")

        with twreplay.use_cassette("back.yaml", allow_unused=True):
            answer = requests.get(f"{BASE}/Calls?page=0&num=2", auth=(ACCOUNT, "any"), timeout=5)

        assert answer.text == '<TwilioResponse><Calls page="0"/></TwilioResponse>'


class TestArchives:
    def test_a_form_of_which_only_the_fields_are_kept(self, convert):
        asked = {
            "method": "POST",
            "url": f"{BASE}/Calls",
            "headers": [{"name": "Content-Type", "value": "application/x-www-form-urlencoded"}],
            "postData": {"params": [{"name": "Url", "value": "http://a.example/"}]},
        }
        Path("a.har").write_text(archive(entry(request=asked)))

        convert("a.har", "a.yaml")

        [interaction] = read(Path("a.yaml")).interactions
        assert interaction.request.form == (("Url", "http://a.example/"),)

    def test_requests_elsewhere_are_left_out_and_that_is_said(self, convert):
        blocked = entry(response={"status": 0, "headers": [], "content": {}})
        Path("a.har").write_text(archive(entry(), entry("https://cdn.example/x.js"), blocked))

        result = convert("a.har", "a.yaml")

        assert len(read(Path("a.yaml")).interactions) == 1
        assert "Left out: 2 requests to other APIs, or that nothing answered." in result.stderr

    def test_all_of_them_can_be_kept(self, convert):
        Path("a.har").write_text(archive(entry(), entry("https://cdn.example/x.js")))

        convert("a.har", "a.yaml", "--all")

        assert len(read(Path("a.yaml")).interactions) == 2

    def test_it_keeps_its_date(self, convert):
        Path("a.har").write_text(archive(entry()))

        convert("a.har", "a.json")
        data = json.loads(Path("a.json").read_text())

        # Another tool recorded it, so nothing is claimed about its credentials.
        assert "twreplay" not in data

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("{", "it is not JSON"),
            ("[]", "the file is no mapping"),
            ('{"log": 3}', "its log is no mapping"),
            ('{"log": {}}', "it has no list entries"),
            ('{"log": {"entries": [3]}}', "entry 1 is no mapping"),
            (archive({}), "its request is no mapping"),
            (archive(entry(response={"status": "x", "headers": []})), "a status is no number"),
            (
                archive(
                    entry(
                        response={
                            "status": 200,
                            "headers": [],
                            "content": {"text": "%", "encoding": "base64"},
                        }
                    )
                ),
                "a body is not base64",
            ),
            (archive(entry(request={"method": "GET", "url": BASE})), "it has no list headers"),
        ],
    )
    def test_what_is_no_archive_is_told(self, convert, text, why):
        Path("a.har").write_text(text)

        result = convert("a.har", "a.yaml")

        assert result.exit_code == 2
        assert "a.har is not an HTTP archive: " + why in result.stderr
        assert "--from" in result.stderr
        assert not Path("a.yaml").exists()


class TestBetamax:
    def test_older_ones_have_plain_bodies_and_headers(self, convert):
        item = {
            "request": {"method": "GET", "uri": f"{BASE}/Calls", "headers": {"A": "b"}, "body": ""},
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"Content-Type": ["application/xml"]},
                "body": "<a/>",
            },
        }
        Path("old.json").write_text(json.dumps({"http_interactions": [item]}))

        assert convert("old.json", "new.yaml").stderr == (
            "new.yaml: 1 interaction, from betamax to yaml.\n"
        )
        [interaction] = read(Path("new.yaml")).interactions
        assert interaction.response.body == b"<a/>"

    def test_what_is_none_is_told(self, convert):
        Path("a.json").write_text('{"http_interactions": 3}')

        result = convert("a.json", "a.yaml")

        assert result.exit_code == 2
        assert "a.json is not a betamax cassette: it has no list http_int" in result.stderr


class TestWhatIsWritten:
    @pytest.mark.parametrize("target", ["a.yaml", "a.json", "b.har"])
    def test_has_no_secret_in_it(self, convert, target):
        headers = [{"name": "Authorization", "value": encode_basic(ACCOUNT, TOKEN)}]
        asked = {"method": "GET", "url": f"{BASE}/Calls?AuthToken={TOKEN}", "headers": headers}
        body = {"text": f"<AuthToken>{TOKEN}</AuthToken>"}
        answered = {"status": 200, "headers": [], "content": body}
        Path("a.har").write_text(archive(entry(request=asked, response=answered)))

        assert convert("a.har", target).exit_code == 0

        Path("a.har").unlink()
        assert TOKEN not in Path(target).read_text()
        assert ACCOUNT in Path(target).read_text()

    def test_is_refused_if_something_still_looks_like_one(self, convert):
        unknown = "9f86d081884c7d659a2feaa0c55ad015"
        answered = {"status": 200, "headers": [], "content": {"text": f"session={unknown}"}}
        Path("a.har").write_text(archive(entry(response=answered)))

        result = convert("a.har", "a.yaml")

        assert result.exit_code == 2
        assert "looks like a credential" in result.stderr
        assert unknown not in result.output
        assert not Path("a.yaml").exists()
        assert convert("a.har", "a.yaml", "--not-secret=session").exit_code == 0

    def test_does_not_replace_a_file_unless_that_is_said(self, convert):
        mine = '{"log": {"entries": []}}'
        Path("mine.har").write_text(mine)

        assert convert("both.yaml", "mine.har").exit_code == 2
        assert Path("mine.har").read_text() == mine
        assert convert("both.yaml", "mine.har", "--force").exit_code == 0

    def test_name_that_no_file_can_have_is_told(self, convert):
        result = convert("both.yaml", f"{'a' * 500}.har")

        assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)

    def test_does_not_replace_what_is_no_cassette_whatever_is_said(self, convert):
        Path("mine.har").write_text("mine")

        assert convert("both.yaml", "mine.har", "--force").exit_code == 2
        assert Path("mine.har").read_text() == "mine"

    def test_says_what_the_format_has_no_place_for(self, convert):
        assert "har has no place for" in convert("both.yaml", "a.har").stderr

    def test_in_a_format_that_nobody_named(self, convert):
        result = convert("both.yaml", "a.txt")

        assert result.exit_code == 2
        assert "say which with --from or --to" in result.stderr
