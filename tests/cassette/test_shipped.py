"""The cassettes of this repository do what cassettes/README.md says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
from cassette_files import read
from command_line import run

import twreplay
from twreplay import Request

FOLDER = Path(__file__).parents[2] / "cassettes"
FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix in {".yaml", ".yml", ".json"})

each = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))


def test_there_are_some():
    assert FILES


@each
def test_replays_request_by_request(path):
    with twreplay.use_cassette(path) as cassette:
        for recorded in cassette.interactions:
            response = ask(recorded.request)
            assert recorded.response.status == response.status_code
            assert recorded.response.body == response.content

    assert len(cassette) == cassette.play_count > 0


def ask(request: Request) -> requests.Response:
    """As the recorded request, with a token instead of what is there in its place."""
    credentials = request.credentials
    return requests.request(
        request.method,
        request.url,
        headers=dict(request.headers.without("authorization")),
        data=request.body or None,
        auth=(credentials.account_sid, "any token") if credentials else None,
        timeout=5,
    )


@each
def test_writing_what_was_read_changes_nothing(path, tmp_path):
    other = tmp_path / ("other.json" if path.suffix == ".yaml" else "other.yaml")
    assert run("convert", path, other).exit_code == 0
    assert run("convert", other, tmp_path / path.name).exit_code == 0

    assert path.read_bytes() == (tmp_path / path.name).read_bytes()


@each
def test_says_where_it_comes_from(path):
    """
    None was recorded from the API, and none pretends to have been.
    """
    recording = read(path)
    stated = re.findall(r"(?m)^\| `([^`]+)` \| .+ \| (.+) \|$", (FOLDER / "README.md").read_text())

    assert (recording.origin, recording.recorded_at) == ("documentation", "")
    assert dict(stated)[path.relative_to(FOLDER).as_posix()]


def test_the_readme_lists_no_other():
    listed = re.findall(r"(?m)^\| `([^`]+)` \|", (FOLDER / "README.md").read_text())

    assert sorted(listed) == [path.relative_to(FOLDER).as_posix() for path in FILES]
