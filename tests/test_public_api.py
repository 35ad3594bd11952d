from __future__ import annotations

import subprocess
import sys

import pytest

import twreplay


def test_every_promised_name_is_there():
    assert [name for name in twreplay.__all__ if getattr(twreplay, name, None) is None] == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="use_casette"):
        _ = twreplay.use_casette


def test_a_cassette_shows_and_neither_answers_nor_records():
    shown = {name for name in vars(twreplay.Cassette) if not name.startswith("_")}

    assert shown == {
        *("all_played", "interactions", "play_count", "recorded", "records", "replayed"),
        *("requests", "responses", "simulated", "simulator", "unmatched", "unused"),
        *("recorded_at", "rewind", "delivered", "webhooks", "shared"),
        *("wrap", "wait_for_webhooks", "wait_for_webhooks_async"),
    }
    properties = shown - {"rewind", "wrap", "wait_for_webhooks", "wait_for_webhooks_async"}
    assert all(isinstance(vars(twreplay.Cassette)[name], property) for name in properties)


def test_an_entry_of_a_journal_is_shown_in_one_line_without_its_token():
    twilio = twreplay.Simulator(account_sid="AC" + "0" * 32, auth_token="5ecre7" * 5)
    url = "https://api.twilio.com/2008-08-01/Accounts?AuthToken=" + "5ecre7" * 5
    twilio.handle(twreplay.Request("GET", url))

    shown = "[<Entry 1: GET https://api.twilio.com/2008-08-01/Accounts -> 401>]"
    assert repr(list(twilio.requests)) == shown


def test_loading_the_plugin_imports_no_client():
    """
    pytest loads the plugin in every run, most of which replay nothing.
    """
    program = (
        "import sys, pytest; before = set(sys.modules); import twreplay.pytest_plugin; "
        "heavy = {'vcr', 'requests', 'responses', 'urllib3', 'yaml', 'httpx', 'aiohttp', 'h11'}; "
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )

    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )

    assert out.stdout.strip() == "[]"
