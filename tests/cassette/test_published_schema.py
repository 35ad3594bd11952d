"""The JSON schema of cassettes in the documentation, held against cassettes."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import jsonschema_rs
import pytest
import requests
import yaml

import twreplay

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/cassette.schema.json").read_text())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)

SHIPPED = sorted(
    path
    for folder in ("cassettes", "examples")
    for path in (ROOT / folder).rglob("*.yaml")
    if "interactions:" in path.read_text()
)


def read(text):
    """Return a cassette as editors hold it against a schema: ``!!binary`` is text there."""
    return json.loads(
        json.dumps(
            yaml.safe_load(text),
            default=lambda value: base64.b64encode(value).decode(),
        )
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_shipped_cassettes_agree_with_it(path):
    VALIDATOR.validate(read(path.read_text()))


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@pytest.mark.parametrize("redact", [(), ("identifiers", "names", "bodies")])
def test_recordings_agree_with_it(tmp_path, suffix, redact):
    path = tmp_path / f"a.{suffix}"
    with (
        twreplay.simulate() as twilio,
        twreplay.use_cassette(path, record_mode="rewrite", source=twilio, redact=redact),
    ):
        recording = twilio.add_recording(wav=b"RIFF\x00\xff\xfe")
        requests.get(f"{twilio.account_url}/Recordings/{recording.Sid}.wav")
        form = {"From": "4158675309", "To": "4155551212", "Body": "é"}
        requests.post(f"{twilio.account_url}/SMS/Messages", form, auth=twilio.auth)

    text = path.read_text()
    VALIDATOR.validate(read(text) if suffix == "yaml" else json.loads(text))


def test_recordings_with_webhooks_agree_with_it(tmp_path):
    path = tmp_path / "a.yaml"

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [b"<Response><Say>Hi</Say></Response>"]

    with twreplay.simulate() as twilio:
        twilio.attach(app)
        with twreplay.use_cassette(path, record_mode="rewrite", source=twilio, app=app):
            form = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://app.example/"}
            requests.post(f"{twilio.account_url}/Calls", form, auth=twilio.auth)
            twilio.clock.advance(seconds=60)

    data = read(path.read_text())
    VALIDATOR.validate(data)
    assert data["twreplay"]["webhooks"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.pop("interactions"),
        lambda data: data["interactions"][0].pop("response"),
        lambda data: data["interactions"][0]["request"].update(uri="ftp://x"),
        lambda data: data["twreplay"].update(origin="nowhere"),
        lambda data: data["interactions"][0]["response"]["status"].update(code="200"),
    ],
)
def test_what_is_no_cassette_does_not_agree_with_it(damage):
    data = read((ROOT / "cassettes/calls/list.yaml").read_text())
    damage(data)

    assert not VALIDATOR.is_valid(data)
