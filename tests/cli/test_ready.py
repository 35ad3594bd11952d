"""``twreplay ready``: what the next version of the API has otherwise."""

from __future__ import annotations

import json

import pytest
import requests
from click.testing import CliRunner
from command_line import main

import twreplay


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Record requests from a simulator, and ask what changes in them."""
    monkeypatch.chdir(tmp_path)

    def record(*asked, as_json=False):
        with (
            twreplay.simulate() as twilio,
            twreplay.use_cassette("a.yaml", record_mode="rewrite", source=twilio),
        ):
            for method, path, fields in asked:
                given = {"params": fields} if method == "GET" else {"data": fields}
                url = f"{twilio.account_url}{path}"
                requests.request(method, url, auth=twilio.auth, **given)
        result = CliRunner().invoke(main, ["ready", "a.yaml", *(["--json"] if as_json else [])])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return record


CALL = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://app.example/"}


def test_names_fields_and_elements_of_a_call_once_with_their_number(record):
    result = record(("POST", "/Calls", CALL), ("POST", "/Calls", CALL))

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "POST /Accounts/{AccountSid}/Calls"
    assert "  field Called: To, in E.164 form: +14155551212 (2 interactions)" in lines
    assert "  element CallSegmentSid: ParentCallSid (2 interactions)" in lines
    assert not any("field Url" in line for line in lines)
    assert "changes from 2008-08-01 to 2010-04-01 in 2 interactions." in result.stderr


@pytest.mark.parametrize(
    ("asked", "edit"),
    [
        (("GET", "/Calls", {"num": "3"}), "field num: PageSize"),
        (("GET", "/Calls", {"Status": "2"}), "field Status: a word: queued, ringing"),
        (("GET", "/Calls.json", {}), "representation: JSON without TwilioResponse"),
        (("GET", "/IncomingPhoneNumbers/Local", {}), "path: AvailablePhoneNumbers/US/Local"),
        (
            ("POST", "/IncomingPhoneNumbers/Local", {"Url": "http://app.example/"}),
            "field Url: VoiceUrl",
        ),
        (("GET", "/Conferences?Status=1", {}), "field Status: a word: init"),
    ],
)
def test_names_what_changes(record, asked, edit):
    assert f"  {edit}" in record(asked).stdout


def test_method_in_the_query_is_named(record):
    result = record(("POST", "/Recordings/RE00?_method=DELETE", {"x": ""}))

    assert "  _method=DELETE: send that method" in result.stdout


def test_what_is_the_same_in_both_is_not_listed(record):
    result = record(("GET", "/Recordings", {}))

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "0 changes from 2008-08-01 to 2010-04-01 in 1 interaction.\n"


def test_json_has_each_change(record):
    data = json.loads(record(("GET", "/Recordings", {"page": "0"}), as_json=True).stdout)

    assert data == {
        "version": "2010-04-01",
        "operations": [
            {
                "operation": "GET /Accounts/{AccountSid}/Recordings",
                "changes": [{"change": "field page: Page", "interactions": 1}],
            }
        ],
    }
