"""What is told when a recording is kept beside its cassette, and when it cannot be."""

from __future__ import annotations

import os

import pytest
from command_line import run
from recorder import handler_of, record_pages

import twreplay
from twreplay import errors

LONGEST = {
    "ascii": "x" * 250 + ".yaml",
    "nearly": "x" * 243 + ".yaml",
    "letters of two bytes": "é" * 125 + ".yaml",
    "letters of three bytes": "語" * 83 + ".json",
    "letters that do not fit evenly": "a" + "語" * 82 + "b" + ".yaml",
}


def fail_while_recording(path, mode="once"):
    with pytest.raises(KeyError) as caught:
        with twreplay.use_cassette(path, record_mode=mode) as cassette:
            record_pages(cassette, 7, 1)
            raise KeyError
    return caught.value.__notes__


@pytest.mark.parametrize("name", LONGEST.values(), ids=LONGEST)
def test_a_name_as_long_as_a_file_system_takes_is_recorded_and_kept_beside(name, tmp_path):
    path = tmp_path / name
    (note,) = fail_while_recording(path)

    (beside,) = tmp_path.iterdir()
    assert beside.name in note
    assert ".failed." in beside.name
    assert len(os.fsencode(beside.name)) <= 255

    with twreplay.use_cassette(path, record_mode="once") as cassette:
        record_pages(cassette, 0, 1)

    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_two_long_names_are_kept_apart(tmp_path):
    for last in "ab":
        fail_while_recording(tmp_path / f"{'x' * 249}{last}.yaml")

    assert len([*tmp_path.iterdir()]) == 2


def test_what_lies_beside_a_long_name_is_accepted_into_it(tmp_path):
    path = tmp_path / f"{'x' * 250}.yaml"
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        record_pages(cassette, 0, 1)
    fail_while_recording(path, "rewrite")

    run("accept", "--yes", tmp_path)

    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert "page=7" in path.read_text()


def test_a_file_of_another_tool_in_its_place_stays_and_is_told_of(tmp_path):
    beside = tmp_path / "x.failed.yaml"
    beside.write_text("name: CI\non: push\n")

    (note,) = fail_while_recording(tmp_path / "x.yaml")

    assert "what was recorded was not kept" in note
    assert "x.failed.yaml" in note
    assert beside.read_text() == "name: CI\non: push\n"


def test_an_interruption_tells_it_too(tmp_path):
    (tmp_path / "x.failed.yaml").write_text("name: CI\non: push\n")
    request = twreplay.Request("GET", "https://api.twilio.com/2008-08-01/Accounts")

    with pytest.raises(errors.RecordingInterrupted) as caught:
        with twreplay.use_cassette(tmp_path / "x.yaml", record_mode="once") as cassette:
            record_pages(cassette, 0, 1)
            handler_of(cassette).interrupted(request, "here")

    assert "what was recorded was not kept" in "".join(caught.value.__notes__)


def test_a_cassette_that_is_about_to_be_recorded_is_not_looked_for(tmp_path, monkeypatch):
    def search(*given):
        pytest.fail("the folder was searched")

    monkeypatch.setattr("twreplay._cassette.files.errors.find_similar", search)
    (tmp_path / "calls.yaml").write_text("interactions: []\nversion: 1\n")

    for mode in ("once", "new_episodes", "all", "rewrite"):
        with twreplay.use_cassette(tmp_path / f"call{mode}.yaml", record_mode=mode) as cassette:
            record_pages(cassette, 0, 1)
