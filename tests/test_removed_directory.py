"""In a current directory that was removed, as a temporary one may be, errors are what they are."""

from __future__ import annotations

import pytest
import requests
from conftest import ACCOUNT, TOKEN

import twreplay
from twreplay import errors

URL = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Calls"


def ask(url: str = URL) -> int:
    return requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5).status_code


@pytest.fixture
def cassette(tmp_path, monkeypatch):
    """Give a cassette elsewhere, and remove the current directory."""
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        ask()
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    return path


def test_a_request_is_answered_and_a_miss_is_explained(cassette):
    with twreplay.use_cassette(cassette):
        assert ask() == 200
    with pytest.raises(errors.UnmatchedRequest), twreplay.use_cassette(cassette):
        ask(f"{URL}?num=7")


def test_another_version_is_refused_by_name(cassette):
    with twreplay.simulate(), pytest.raises(errors.NotSimulated):
        ask("https://api.twilio.com/2010-04-01/Accounts")


def test_the_network_is_blocked_by_name(cassette):
    with twreplay.block_network(), pytest.raises(errors.NetworkBlocked):
        ask("http://127.0.0.1:9/")


def test_a_relative_path_is_told(cassette):
    with pytest.raises(errors.UsageError, match=r"calls\.yaml is relative to the current dir"):
        twreplay.use_cassette("calls.yaml", record_mode="once").__enter__()
