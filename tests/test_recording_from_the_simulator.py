"""Recording what the simulator answers, with nothing sent."""

from __future__ import annotations

import pytest
import requests

import twreplay
from twreplay import errors

SID, TOKEN = f"AC{7:032x}", f"{0xABCDEF0123456789:032x}"
CALLS = f"https://api.twilio.com/2008-08-01/Accounts/{SID}/Calls"


def make_and_list() -> list[int]:
    form = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://app.example/"}
    made = requests.post(CALLS, data=form, auth=(SID, TOKEN), timeout=5)
    listed = requests.get(CALLS, auth=(SID, TOKEN), timeout=5)
    return [made.status_code, listed.status_code]


def test_what_the_simulator_answers_is_recorded_and_replayed_without_the_token(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        assert make_and_list() == [200, 200]
    text = path.read_text("utf-8")
    assert "origin: simulated" in text
    assert "recorded_at" not in text
    assert TOKEN not in text
    with twreplay.use_cassette(path) as cassette:
        assert make_and_list() == [200, 200]
    assert cassette.play_count == 2


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_recording_again_changes_no_byte(mode, tmp_path):
    path = tmp_path / "calls.yaml"
    texts = []
    for _ in range(2):
        with twreplay.use_cassette(path, record_mode=mode, source="simulator"):
            make_and_list()
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]


def test_the_simulator_of_an_open_simulation_answers_with_its_rules(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.simulate(account_sid=SID, auth_token=TOKEN) as twilio:
        twilio.when("POST", "/Calls").fail(500)
        with twreplay.use_cassette(path, record_mode="once", source="simulator"):
            assert make_and_list() == [500, 200]
    with twreplay.use_cassette(path):
        assert make_and_list() == [500, 200]


def test_nothing_simulated_is_added_to_a_recording_of_the_api(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        make_and_list()
    text = path.read_text("utf-8")
    path.write_text(text.replace("origin: simulated", "origin: recorded"), "utf-8")
    with (
        pytest.raises(errors.UsageError, match="recorded from the API"),
        twreplay.use_cassette(path, record_mode="new_episodes", source="simulator"),
    ):
        requests.get(f"{CALLS}?num=1", auth=(SID, TOKEN), timeout=5)
