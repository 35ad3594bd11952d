"""Recordings of tools in other languages are converted, and searched for credentials."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests
from cassette_files import read
from click.testing import CliRunner
from command_line import main
from conftest import ACCOUNT, BASE, TOKEN
from token_guard import LET_BE

import twreplay

SMS = f"{BASE}/SMS/Messages"

VCR = f"""---
http_interactions:
- request:
    method: post
    uri: {SMS}
    body:
      encoding: US-ASCII
      string: From=4158675309&To=4155551212&Body=Hi
    headers:
      Authorization:
      - Basic <AUTH>
      Content-Type: application/x-www-form-urlencoded
  response:
    status:
      code: 200
      message: OK
    headers:
      Content-Type:
      - application/xml
      X-Number: 5
    body:
      encoding: UTF-8
      string: <TwilioResponse><SMSMessage><Status>queued</Status></SMSMessage></TwilioResponse>
    http_version: '1.1'
  recorded_at: Sat, 13 Mar 2010 18:23:45 GMT
- request:
    method: :get
    uri: {BASE}/Recordings/RE{"a" * 32}.wav
    body:
      encoding: US-ASCII
      string: ''
    headers: {{}}
  response:
    status:
      code: 200
      message:
    headers: {{}}
    body:
      encoding: ASCII-8BIT
      string: !binary |-
        AAH+/w==
    http_version:
  recorded_at: Sat, 13 Mar 2010 19:00:00 GMT
recorded_with: VCR 6.1.0
"""

GO_1 = f"""---
version: 1
interactions:
- request:
    body: From=4158675309&To=4155551212&Body=Hi
    form: {{}}
    headers:
      Content-Type:
      - application/x-www-form-urlencoded
    url: {SMS}
    method: POST
  response:
    body: <TwilioResponse/>
    headers:
      Content-Type:
      - application/xml
    status: 200 OK
    code: 200
    duration: ""
"""

GO_2 = f"""---
version: 2
interactions:
    - id: 0
      request:
        proto: HTTP/1.1
        proto_major: 1
        proto_minor: 1
        content_length: 37
        transfer_encoding: []
        trailer: {{}}
        host: api.twilio.com
        remote_addr: ""
        request_uri: ""
        body: ""
        form:
            From:
                - "4158675309"
            To:
                - "4155551212"
            Body:
                - Hi
        headers:
            Content-Type:
                - application/x-www-form-urlencoded
        url: {SMS}
        method: POST
      response:
        proto: HTTP/2.0
        transfer_encoding: []
        trailer: {{}}
        content_length: -1
        uncompressed: true
        body: !!binary AAH+/w==
        headers:
            Content-Type:
                - application/xml
        status: 200 OK
        code: 200
        duration: 81.5ms
"""

FILES = {"ruby.yml": ("vcr", VCR), "go1.yaml": ("go-vcr", GO_1), "go2.yaml": ("go-vcr", GO_2)}


@pytest.fixture
def run(tmp_path, monkeypatch):
    folder = tmp_path / LET_BE
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, (_, text) in FILES.items():
        Path(name).write_text(text)

    def run(*arguments: str):
        result = CliRunner().invoke(main, [*arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


@pytest.mark.parametrize("name", FILES)
def test_is_converted_and_replayed(run, name):
    told = run("convert", name, "made.yaml")

    assert (told.exit_code, told.stderr.partition(", from ")[2]) == (
        0,
        f"{FILES[name][0]} to yaml.\n",
    )
    with twreplay.use_cassette("made.yaml", allow_unused=True):
        form = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
        response = requests.post(SMS, data=form, auth=(ACCOUNT, "x"), timeout=5)
    assert (response.status_code, response.reason) == (200, "OK")


@pytest.mark.parametrize(("name", "place"), [("ruby.yml", 1), ("go2.yaml", 0)])
def test_binary_stays_binary(run, name, place):
    run("convert", name, "made.yaml")

    assert read(Path("made.yaml")).interactions[place].response.body == b"\x00\x01\xfe\xff"


def test_the_oldest_date_of_vcr_is_that_of_the_recording(run):
    run("convert", "ruby.yml", "made.har")

    log = json.loads(Path("made.har").read_text())["log"]
    assert {entry["startedDateTime"] for entry in log["entries"]} == {"2010-03-13T18:23:45Z"}


@pytest.mark.parametrize("name", FILES)
def test_cannot_be_written(run, name):
    result = run("convert", "ruby.yml", "made.yaml", f"--to={FILES[name][0]}")

    assert result.exit_code == 2
    assert not Path("made.yaml").exists()


@pytest.mark.parametrize("name", FILES)
def test_used_as_a_cassette_it_is_named_with_what_to_type(run, name):
    result = run("show", name)

    assert result.exit_code == 2
    tool = "VCR for Ruby" if name == "ruby.yml" else "go-vcr"
    assert f"is a recording of {tool}, not a cassette" in result.stderr
    assert f"twreplay convert --from={FILES[name][0]} {name}" in result.stderr


@pytest.mark.parametrize(
    ("form", "text", "told"),
    [
        ("vcr", "http_interactions: 5\n", "is not a cassette of VCR for Ruby: it has no list"),
        ("vcr", "http_interactions: [\n", "is not a cassette of VCR for Ruby: it is not a YAML"),
        ("vcr", "http_interactions:\n- request: 3\n", "request is no mapping"),
        ("vcr", "http_interactions:\n- !ruby/object:Gem::X {}\n", "which is never loaded"),
        ("go-vcr", "interactions:\n- request: {url: 5}\n  response: {}\n", "url is no text"),
    ],
)
def test_what_is_none_is_told(run, form, text, told):
    Path("none.yaml").write_text(text)

    result = run("convert", "none.yaml", "made.yaml", f"--from={form}")

    assert result.exit_code == 2
    assert told in result.stderr


class TestScan:
    @pytest.mark.parametrize("name", FILES)
    def test_reads_what_convert_reads(self, run, name):
        assert (run("scan", name).exit_code, run("scan", name).stderr) == (
            0,
            "0 found in 1 file.\n",
        )

    @pytest.mark.parametrize(
        ("name", "before"), [("ruby.yml", "Basic <AUTH>"), ("go1.yaml", "<TwilioResponse/>")]
    )
    def test_finds_a_credential_and_does_not_show_it(self, run, name, before):
        text = Path(name).read_text()
        Path(name).write_text(text.replace(before, f"Bearer AuthToken={TOKEN}", 1))

        result = run("scan", name)

        assert result.exit_code == 1
        assert f"{name}: " in result.stdout
        assert TOKEN not in result.output

    def test_finds_one_in_betamax_and_in_archives(self, run):
        source = f"{BASE}/Calls?AuthToken={TOKEN}"
        request = {"method": "GET", "uri": source, "headers": {}, "body": ""}
        response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": ""}
        item = {"request": request, "response": response}
        Path("betamax.json").write_text(json.dumps({"http_interactions": [item]}))
        asked = {"method": "GET", "url": source, "headers": []}
        answered = {"status": 200, "headers": [], "content": {}}
        entries = [{"request": asked, "response": answered}]
        Path("a.har").write_text(json.dumps({"log": {"entries": entries}}))

        result = run("scan", "betamax.json", "a.har")

        assert result.exit_code == 1
        assert [line.partition(":")[0] for line in result.stdout.splitlines()] == [
            "betamax.json",
            "a.har",
        ]
