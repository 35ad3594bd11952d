from __future__ import annotations

import json
from pathlib import Path

import cassette_files
import pytest
from click.testing import CliRunner
from command_line import main
from conftest import BASE, SMS_AND_CALLS

import twreplay
from twreplay import Interaction, Request, Response


@pytest.fixture
def merge(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str):
        result = CliRunner().invoke(main, ["merge", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def write(name: str, *answers: tuple[str, str], **known: str) -> None:
    interactions = tuple(
        Interaction(Request("GET", f"{BASE}{path}"), Response(200, None, body))
        for path, body in answers
    )
    cassette_files.write(Path(name), *interactions, **known)


def answers(name: str) -> list[tuple[str, str]]:
    return [
        (i.request.url.removeprefix(BASE), i.response.body.decode())
        for i in cassette_files.read(Path(name)).interactions
    ]


def test_what_both_have_is_kept_once_and_each_has_its_rest(merge):
    write("a.yaml", ("/Calls", "1"), ("/Recordings", "r"))
    write("b.yaml", ("/Calls", "1"), ("/Notifications", "n"))

    result = merge("a.yaml", "b.yaml", "-o", "both.yaml")

    assert result.exit_code == 0
    assert result.stderr == "both.yaml: 3 interactions of 2 cassettes.\n"
    assert answers("both.yaml") == [("/Calls", "1"), ("/Recordings", "r"), ("/Notifications", "n")]


def test_of_repeated_requests_the_longer_run_is_kept(merge):
    write("a.yaml", ("/Calls", "1"), ("/Calls", "2"))
    write("b.yaml", ("/Calls", "1"), ("/Calls", "2"), ("/Calls", "3"))

    for order in (("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")):
        merge(*order, "-o", "both.yaml", "--force")
        assert [body for _, body in answers("both.yaml")] == ["1", "2", "3"]


def test_a_conflict_is_refused_and_named(merge):
    write("a.yaml", ("/Calls", "1"))
    write("b.yaml", ("/Calls", "other"))

    result = merge("a.yaml", "b.yaml", "-o", "both.yaml")

    assert result.exit_code == 1
    assert "GET /Accounts/AC012…abcdef/Calls" in result.stderr
    assert "--on-conflict" in result.stderr
    assert not Path("both.yaml").exists()


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("first", [("/Calls", "1"), ("/Recordings", "r"), ("/Notifications", "n")]),
        ("last", [("/Recordings", "r"), ("/Calls", "2"), ("/Notifications", "n")]),
        ("all", [("/Calls", "1"), ("/Recordings", "r"), ("/Calls", "2"), ("/Notifications", "n")]),
    ],
)
def test_what_is_done_about_a_conflict_can_be_said(merge, choice, kept):
    write("a.yaml", ("/Calls", "1"), ("/Recordings", "r"))
    write("b.yaml", ("/Calls", "2"), ("/Notifications", "n"))

    result = merge("a.yaml", "b.yaml", "-o", "both.yaml", f"--on-conflict={choice}", "--json")

    assert answers("both.yaml") == kept
    assert json.loads(result.stdout)["conflicts"] == [
        {"method": "GET", "path": BASE.partition("twilio.com")[2] + "/Calls"}
    ]


def test_the_whole_is_as_old_as_its_oldest_part(merge):
    write("a.yaml", ("/Calls", "1"), recorded_at="2026-02-01T00:00:00Z")
    write("b.yaml", ("/Recordings", "1"), recorded_at="2026-01-01T00:00:00Z")

    merge("a.yaml", "b.yaml", "-o", "both.yaml")

    assert cassette_files.read(Path("both.yaml")).recorded_at == "2026-01-01T00:00:00Z"


def test_a_file_that_is_there_is_not_replaced_unless_that_is_said(merge):
    write("a.yaml", ("/Calls", "1"))
    write("both.yaml", ("/Recordings", "1"))
    before = Path("both.yaml").read_bytes()

    assert merge("a.yaml", "-o", "both.yaml").exit_code == 2
    assert before == Path("both.yaml").read_bytes()
    assert merge("a.yaml", "-o", "both.yaml", "--force").exit_code == 0


def test_what_is_no_cassette_is_not_replaced_whatever_is_said(merge):
    write("a.yaml", ("/Calls", "1"))
    Path("mkdocs.yml").write_text("site_name: mine\n")

    result = merge("a.yaml", "-o", "mkdocs.yml", "--force")

    assert result.exit_code == 2
    assert "mkdocs.yml is no cassette, so it was not overwritten" in result.stderr
    assert Path("mkdocs.yml").read_text() == "site_name: mine\n"


def test_different_pseudonyms_are_not_mixed(merge):
    for name, salt in (("a.yaml", "1"), ("b.yaml", "2")):
        write(name, ("/Calls", "1"), redacted=("identifiers",), pseudonyms=f"salt {salt}")

    result = merge("a.yaml", "b.yaml", "-o", "both.yaml")

    assert result.exit_code == 2
    assert "different keys" in result.stderr


def test_what_was_merged_is_replayed(merge):
    Path("a.yaml").write_text(SMS_AND_CALLS)
    write("b.yaml", ("/Recordings", "r"))
    merge("a.yaml", "b.yaml", "-o", "both.yaml")

    with twreplay.use_cassette("both.yaml", allow_unused=True) as cassette:
        import requests

        assert requests.get(f"{BASE}/Recordings", timeout=5).text == "r"

    assert cassette.play_count == 1


def test_no_secret_of_another_tool_gets_through(merge):
    secret = "0ld70k3n" * 4
    text = SMS_AND_CALLS.replace("<Status>queued", f"<AuthToken>{secret}</AuthToken><Status>queued")
    Path("a.yaml").write_text(text)

    merge("a.yaml", "-o", "clean.yaml")

    assert secret not in Path("clean.yaml").read_text()


def test_one_that_cannot_be_read(merge):
    Path("bad.yaml").write_text("interactions:\n- [")

    assert merge("bad.yaml", "-o", "x.yaml").exit_code == 2
