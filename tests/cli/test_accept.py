from __future__ import annotations

import json
from pathlib import Path

import cassette_files
import pytest
import yaml
from click.testing import CliRunner
from command_line import main
from conftest import BASE

from twreplay import Interaction, Request, Response


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("cassettes").mkdir()


@pytest.fixture
def terminal(monkeypatch):
    # Of click's stand-ins only the one for standard input is a terminal: output stays plain.
    wrapper = "click.testing._NamedTextIOWrapper.isatty"
    monkeypatch.setattr(wrapper, lambda stream: stream.name == "<stdin>", raising=False)


def accept(*arguments: str, answers: str = ""):
    result = CliRunner().invoke(main, ["accept", *arguments], input=answers)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def write(name: str, *statuses: str) -> None:
    interactions = [
        Interaction(
            Request("GET", f"{BASE}/Calls/CA{number:032x}"),
            Response(
                200,
                None,
                f"<TwilioResponse><Call><Status>{status}</Status></Call></TwilioResponse>",
            ),
        )
        for number, status in enumerate(statuses)
    ]
    cassette_files.write(Path("cassettes", name), *interactions)


def files() -> list[str]:
    return sorted(path.name for path in Path("cassettes").iterdir())


def statuses(name: str) -> list[str]:
    bodies = (i.response.body.decode() for i in cassette_files.read(Path("cassettes", name))[0])
    return [body.split("Status>")[1].removesuffix("</") for body in bodies]


def test_difference_is_shown_and_what_is_agreed_to_takes_the_place_of_the_cassette(terminal):
    write("a.yaml", "busy", "queued")
    write("a.failed.yaml", "busy", "completed")

    result = accept(answers="y\n")

    assert result.stdout.startswith("cassettes/a.yaml, by a.failed.yaml:\nchanged  2. GET ")
    assert "before  queued" in result.stdout
    assert "after   completed" in result.stdout
    assert "1 changed; 1 interaction the same." in result.stdout
    assert result.stderr.endswith("cassettes/a.yaml: kept.\n1 kept.\n")
    assert result.exit_code == 0
    assert files() == ["a.yaml"]
    assert statuses("a.yaml") == ["busy", "completed"]


def test_each_letter_does_what_it_says(terminal):
    for name in ("a", "b", "c", "d"):
        write(f"{name}.failed.yaml", name)

    result = accept(answers="n\nd\ny\nq\n")

    assert result.stdout.count("new (1 interaction)") == 4
    assert result.stderr.endswith("1 kept, 1 deleted, 2 left.\n")
    assert result.exit_code == 1
    assert files() == ["a.failed.yaml", "c.yaml", "d.failed.yaml"]


def test_rest_is_left_after_quitting(terminal):
    write("a.failed.yaml", "busy")
    write("b.failed.yaml", "busy")

    result = accept(answers="q\n")

    assert "b.failed" not in result.output
    assert result.stderr.endswith("2 left.\n")
    assert files() == ["a.failed.yaml", "b.failed.yaml"]


@pytest.mark.parametrize("arguments", [(), ("--list",)], ids=["no terminal", "list"])
def test_list_changes_nothing(arguments):
    write("a.yaml", "queued")
    write("a.failed.yaml", "busy", "busy")
    write("b.failed.yaml", "busy")

    result = accept(*arguments)

    assert result.stdout == (
        "cassettes/a.failed.yaml: 1 changed, 1 added; 0 interactions the same.\n"
        "cassettes/b.failed.yaml: new (1 interaction)\n"
    )
    assert ("To keep all: --yes." in result.stderr) is (not arguments)
    assert result.exit_code == 1
    assert files() == ["a.failed.yaml", "a.yaml", "b.failed.yaml"]


def test_all_are_kept_without_a_question():
    write("a.yaml", "queued")
    write("a.failed.yaml", "busy")
    beside = yaml.safe_load(Path("cassettes/a.failed.yaml").read_text())
    Path("cassettes/b.failed.json").write_text(json.dumps(beside))

    result = accept("--yes")

    assert result.stderr.endswith("2 kept.\n")
    assert result.exit_code == 0
    assert files() == ["a.yaml", "b.json"]
    assert json.loads(Path("cassettes/b.json").read_text())["interactions"]


def test_all_are_deleted_without_a_question():
    write("a.yaml", "queued")
    write("a.failed.yaml", "busy")

    result = accept("--reject")

    assert result.stderr == "cassettes/a.failed.yaml: deleted.\n1 deleted.\n"
    assert result.exit_code == 0
    assert statuses("a.yaml") == ["queued"]
    assert files() == ["a.yaml"]


def test_cassette_stands_for_what_lies_beside_it():
    write("a.yaml", "queued")
    write("a.failed.yaml", "busy")
    write("b.failed.yaml", "busy")

    assert accept("cassettes/a.yaml", "--yes").exit_code == 0

    assert files() == ["a.yaml", "b.failed.yaml"]


def test_damaged_recording_is_named_and_left_and_the_others_are_dealt_with():
    Path("cassettes/a.failed.yaml").write_text("interactions: [")
    write("b.failed.yaml", "busy")

    for option in ("--yes", "--reject"):
        result = accept(option)

        assert "cassettes/a.failed.yaml" in result.stderr
        assert result.exit_code == 2
    assert files() == ["a.failed.yaml", "b.yaml"]


def test_damaged_cassette_is_named_before_the_question(terminal):
    write("a.failed.yaml", "busy")
    Path("cassettes/a.yaml").write_text("version: 1\ninteractions: [")

    result = accept(answers="n\n")

    assert "cassettes/a.yaml" in result.stderr
    assert "in place of a damaged cassette (1 interaction)" in result.stdout


def test_file_that_is_no_cassette_is_not_replaced():
    write("a.failed.yaml", "busy")
    Path("cassettes/a.yaml").write_text("settings: {debug: true}\n")

    result = accept("--yes")

    assert "was not overwritten" in result.stderr
    assert result.exit_code == 2
    assert files() == ["a.failed.yaml", "a.yaml"]


def test_recording_that_changed_after_it_was_shown_is_left(monkeypatch, terminal):
    write("a.failed.yaml", "busy")

    def answer(*_, **__):
        write("a.failed.yaml", "completed")
        return "y"

    monkeypatch.setattr("click.prompt", answer)
    result = accept()

    assert "has changed since it was shown" in result.stderr
    assert result.exit_code == 1
    assert files() == ["a.failed.yaml"]


def test_what_looks_like_a_secret_is_kept_only_if_it_is_said_to_be_none():
    unknown = "9f86d081884c7d659a2feaa0c55ad015"
    write("a.yaml", "queued")
    write("a.failed.yaml", f"</Status><session>{unknown}</session><Status>busy")

    refused = accept("--yes")
    files_then = files()
    kept = accept("--yes", "--not-secret", "session")

    assert refused.exit_code == 2
    assert "twreplay accept cassettes/a.failed.yaml --not-secret NAME" in refused.stderr
    assert unknown not in refused.output
    assert files_then == ["a.failed.yaml", "a.yaml"]
    assert kept.exit_code == 0
    assert files() == ["a.yaml"]


def test_values_of_a_cassette_with_something_like_a_secret_are_not_shown(terminal):
    unknown = "9f86d081884c7d659a2feaa0c55ad015"
    write("a.yaml", f"</Status><session>{unknown}</session><Status>busy")
    write("a.failed.yaml", "busy")

    result = accept(answers="n\n")

    assert "1 changed; 0 interactions the same. Something in it looks" in result.stdout
    assert unknown not in result.output


def test_nothing_to_accept_is_no_error():
    write("a.yaml", "busy")

    result = accept("--list")

    assert result.stderr == "Nothing to accept in cassettes: no *.failed.yaml.\n"
    assert result.exit_code == 0


def test_two_things_to_do_are_refused():
    assert accept("--yes", "--reject").exit_code == 2
