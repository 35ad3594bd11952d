"""Findings of ``scan``, ``verify`` and ``twiml`` in the forms that other programs read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import main
from conftest import SMS_AND_CALLS

HEX = "9f86d081884c7d659a2feaa0c55ad015"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        result = CliRunner().invoke(main, [*map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert HEX not in result.output
        return result

    return run


@pytest.fixture
def leaky(tmp_path):
    path = tmp_path / "my cassettes" / "a,b.yaml"
    path.parent.mkdir()
    path.write_text(SMS_AND_CALLS.replace("body: null", f"body: AuthToken={HEX}", 1))
    return path


def test_scan_annotates_the_line_of_a_secret(run, leaky):
    result = run("scan", leaky, "--format=github")

    (line,) = result.stdout.splitlines()
    number = 1 + leaky.read_text().splitlines().index(f"    body: AuthToken={HEX}")
    place = f"file=my cassettes/a%2Cb.yaml,line={number},title=twreplay%3A secret"
    assert line.startswith(f"::error {place}::")
    assert result.exit_code == 1
    assert result.stderr == ""


def test_a_clean_folder_has_no_annotation_and_an_empty_sarif_log(run, tmp_path):
    (tmp_path / "good.yaml").write_text(SMS_AND_CALLS)

    github, sarif = (run("scan", tmp_path, f"--format={form}") for form in ("github", "sarif"))

    assert (github.stdout, github.exit_code, sarif.exit_code) == ("", 0, 0)
    (one,) = json.loads(sarif.stdout)["runs"]
    assert one["results"] == []
    assert one["tool"]["driver"]["rules"] == []


def test_sarif_has_names_of_files_that_are_no_text(run, tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.xml")).write_text("<Response>")

    log = json.loads(run("twiml", ".", "--format=sarif").stdout)

    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "caf%E9.xml"


def test_sarif_names_rule_place_and_page(run, leaky):
    log = json.loads(run("scan", leaky, "--format=sarif").stdout)

    assert log["version"] == "2.1.0"
    (one,) = log["runs"]
    (result,) = one["results"]
    (rule,) = one["tool"]["driver"]["rules"]
    place = result["locations"][0]["physicalLocation"]
    assert result["ruleId"] == rule["id"] == "secret"
    assert result["level"] == "error"
    assert place["artifactLocation"]["uri"] == "my%20cassettes/a%2Cb.yaml"
    assert place["region"]["startLine"] > 1
    assert rule["helpUri"].endswith("/page/secrets/")


def test_a_file_that_is_no_cassette_is_annotated_too(run, tmp_path):
    (tmp_path / "odd.yaml").write_text("just: text\n")

    result = run("scan", tmp_path, "--format=github")

    assert "title=twreplay%3A unreadable::" in result.stdout
    assert result.exit_code == 2


def test_verify_annotates_drift_with_its_reason(run, tmp_path):
    path = tmp_path / "drifted.yaml"
    path.write_text(
        (ROOT / "cassettes/calls/list.yaml").read_text().replace('total="1"', 'total="7"')
    )

    result = run("verify", path, "--format=github")

    (line,) = result.stdout.splitlines()
    assert line.startswith("::error file=drifted.yaml,line=")
    assert "title=twreplay%3A drift::GET /Accounts/" in line
    assert "expected" in line
    assert result.exit_code == 1


def test_twiml_annotates_line_and_column(run, tmp_path):
    (tmp_path / "voice.xml").write_text("<Response>\n  <Sai>Hi</Sai>\n</Response>")

    result = run("twiml", "voice.xml", "--format=github")

    assert result.stdout.startswith(
        "::warning file=voice.xml,line=2,col=3,title=twreplay%3A twiml-"
    )


def test_what_a_file_holds_ends_no_workflow_command(run, tmp_path):
    (tmp_path / "voice.xml").write_text(
        "<Response><Say voice='x&#10;::stop-commands::y'/></Response>"
    )

    result = run("twiml", "voice.xml", "--format=github")

    assert result.stdout
    assert all(
        line.startswith("::") and "file=voice.xml" in line for line in result.stdout.splitlines()
    )


def test_two_formats_are_one_too_many(run, leaky):
    result = run("scan", leaky, "--json", "--format=sarif")

    assert result.exit_code == 2
    assert "--json and --format=sarif are two formats; give one." in result.stderr
