"""``twreplay doctor``: what is installed, intercepted and set, and what is wrong with it."""

from __future__ import annotations

import json
import os

import pytest
from command_line import run


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """Stand in an empty project, with nothing set."""
    for name in os.environ:
        if name.startswith(("TWREPLAY_", "TWILIO_", "PYTEST_ADDOPTS", "PYTEST_DISABLE")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def examine():
    result = run("doctor", "--json")
    return json.loads(result.stdout), result.exit_code


def test_a_project_without_problem_exits_with_0_and_names_where_clients_are_caught():
    data, status = examine()
    assert (status, data["problems"]) == (0, [])
    assert data["clients"]["requests"] == ["requests.adapters.HTTPAdapter.send"]
    assert data["clients"]["http.client"]
    assert {"Python", "twreplay", "pytest", "vcrpy"} <= data["versions"].keys()


def test_settings_are_named_with_their_file_and_secrets_are_not_shown(project, monkeypatch):
    (project / "pyproject.toml").write_text('[tool.twreplay]\nseed = "7"\nauth_token = "s3cret"\n')
    (project / "tox.ini").write_text("[pytest]\ntwreplay_drift = error\n")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "s3cret")
    result = run("doctor")
    assert "s3cret" not in result.output
    assert "TWILIO_AUTH_TOKEN = (set, not shown) (environment)" in result.stdout
    assert f"seed = 7 ([tool.twreplay] in {project / 'pyproject.toml'})" in result.stdout
    assert f"twreplay_drift = error ({project / 'tox.ini'})" in result.stdout
    assert "has no key auth_token" in result.stdout
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\ntwreplay_drift: error\n"),
        (".pytest.ini", "[pytest]\naddopts =\n  -q\n  -ra\ntwreplay_drift = error\n"),
        ("setup.cfg", "[tool:pytest]\ntwreplay_drift = error\n"),
        ("pytest.toml", "[pytest]\naddopts = ['-q']\ntwreplay_drift = 'error'\n"),
        ("pyproject.toml", "[tool.pytest]\ntwreplay_drift = 'error'\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\ntwreplay_drift = 'error'\n"),
    ],
)
def test_each_file_that_pytest_reads_is_read(name, text, project):
    (project / name).write_text(text)
    data, _ = examine()
    assert {
        "name": "twreplay_drift",
        "value": "error",
        "from": str(project / name),
    } in data["settings"]


def test_the_first_file_that_is_about_pytest_is_read_as_pytest_does(project):
    (project / "pyproject.toml").write_text("[tool.pytest.ini_options]\ntwreplay_seed = '1'\n")
    (project / "pytest.ini").write_text("")
    (project / "below").mkdir()
    data, _ = examine()
    assert data["settings"] == []


@pytest.mark.parametrize("text", ["twreplay_drift = error\n", "[pytest]\na=1\n[pytest]\n", "[pyt"])
def test_a_file_that_pytest_cannot_read_is_a_problem(text, project):
    (project / "pytest.ini").write_text(text)
    data, status = examine()
    assert status == 1
    assert data["problems"] == [
        f"{project / 'pytest.ini'} cannot be read: correct it, pytest will say where"
    ]


def test_a_disabled_plugin_is_a_problem(project):
    (project / "pytest.ini").write_text("[pytest]\naddopts = -p no:twreplay\n")
    data, status = examine()
    assert status == 1
    assert data["problems"] == [
        f"the pytest plugin is disabled: take -p no:twreplay out of {project / 'pytest.ini'}"
    ]


def test_cassettes_are_counted_and_damaged_ones_are_problems(project):
    (project / "cassettes").mkdir()
    (project / "empty" / "cassettes").mkdir(parents=True)
    (project / "cassettes" / "broken.yaml").write_text("interactions: 5\n")
    data, status = examine()
    assert status == 1
    assert [(each["cassettes"], each["readable"]) for each in data["cassettes"]] == [(1, 0), (0, 0)]
    assert len(data["problems"]) == 2


def test_a_version_below_the_floor_is_a_problem_with_what_to_type(monkeypatch):
    from importlib import metadata

    real = metadata.Distribution.version.fget
    old = property(lambda self: "2.0" if self.name == "requests" else real(self))
    monkeypatch.setattr(metadata.Distribution, "version", old)
    data, status = examine()
    assert status == 1
    assert data["problems"] == [
        "requests is 2.0, not >=2.32.2: pip install 'requests>=2.32.2'",
    ]
