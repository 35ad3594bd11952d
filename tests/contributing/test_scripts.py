"""What the scripts of the sessions are there to find is found."""

from __future__ import annotations

import runpy
from importlib.metadata import version
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"

WHOLE = '<p id="here">text <a href="#here">x</a> <a href="other/#there">y</a> <code>a</code></p>'


@pytest.fixture
def site(tmp_path):
    """A site of two pages, beside those whose texts are looked for."""
    check_site = runpy.run_path(str(SCRIPTS / "check_site.py"))

    def check(body):
        for name in ("undocumented", "other-versions", "profiles"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "index.html").write_text("<p>nothing</p>")
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "index.html").write_text('<h2 id="there">Other</h2>')
        (tmp_path / "index.html").write_text(f"<html><body>{body}</body></html>")
        return [told for told in check_site["check"](tmp_path) if told.startswith("index.html")]

    return check


def test_a_site_that_is_whole(site):
    assert site(WHOLE) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("calls are recorded by <Record> in TwiML", "<record> is no element of HTML"),
        ('<a href="nowhere/">x</a>', "nowhere/ leads nowhere"),
        ('<a href="other/#nope">x</a>', "other/#nope leads nowhere"),
        ('<a href="#nope">x</a>', "#nope leads nowhere"),
        ('<img src="https://tracker.invalid/x.png">', "fetches https://tracker.invalid/x.png"),
    ],
)
def test_what_is_wrong_with_a_site_is_told(site, body, told):
    assert site(body) == [f"index.html: {told}"]


def test_a_text_of_the_definitions_that_is_not_shown_is_told(tmp_path):
    for name in ("undocumented", "other-versions", "profiles"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text("<p>calls are recorded by  in TwiML</p>")

    told = runpy.run_path(str(SCRIPTS / "check_site.py"))["check"](tmp_path)

    assert (
        "other-versions/index.html: does not show 'calls are recorded by <Record> in TwiML'" in told
    )


def test_an_empty_folder_is_no_site(tmp_path):
    assert runpy.run_path(str(SCRIPTS / "check_site.py"))["check"](tmp_path) != []


@pytest.mark.parametrize(("bound", "told"), [(version("click"), 0), ("0.1", 1), ("99", 1)])
def test_a_bound_that_is_not_what_is_installed_is_told(bound, told, monkeypatch):
    listed = [f"click>={bound}", "twreplay[demo]; extra == 'tests'", "nothing>=1; extra == 'tests'"]
    monkeypatch.setattr("importlib.metadata.requires", lambda name: listed)

    assert len(runpy.run_path(str(SCRIPTS / "check_floors.py"))["check"]()) == told
