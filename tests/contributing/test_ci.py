"""Laptop, .ci/run and the workflows run the same checks, and those that the documents name."""

from __future__ import annotations

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CI_RUN = (ROOT / ".ci" / "run").read_text("utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CI, NEW_EXAMPLES = (
    yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8"))
    for name in ("ci", "new-examples")
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def sessions():
    tree = ast.parse((ROOT / "noxfile.py").read_text("utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("nox.session" in ast.unparse(mark) for mark in node.decorator_list)
    }


def called(text):
    return {name for names in re.findall(r" -s ([a-z_ ]+)", text) for name in names.split()}


def called_by_the_workflow():
    steps = [step.get("run", "") for job in CI["jobs"].values() for step in job["steps"]]
    listed = " ".join(CI["jobs"]["checks"]["strategy"]["matrix"]["sessions"])
    return called("\n".join(steps)) | set(listed.split())


def test_the_workflow_calls_each_session():
    # `wheel` is called by the sessions that need one.
    assert called_by_the_workflow() == sessions() - {"wheel", "new_examples"}


def test_new_examples_are_looked_for_once_a_week():
    (job,) = NEW_EXAMPLES["jobs"].values()
    minute, hour, *_, weekday = NEW_EXAMPLES[True]["schedule"][0]["cron"].split()  # YAML's `on`

    assert called(job["steps"][-1]["run"]) == {"new_examples"}
    assert [each.isdigit() for each in (minute, hour, weekday)] == [True] * 3
    assert '"--hypothesis-profile=new examples"' in (ROOT / "noxfile.py").read_text("utf-8")


def test_ci_run_calls_each_session_that_is_no_part_or_repetition_of_others():
    assert called(CI_RUN) == sessions() - {"wheel", "fast", "coverage", "new_examples"}


def test_the_workflow_runs_nothing_beside_sessions():
    commands = {
        step["run"]
        for workflow in (CI, NEW_EXAMPLES)
        for name, job in workflow["jobs"].items()
        if name != "all-green"
        for step in job["steps"]
        if "run" in step
    }

    assert all(
        command == 'python -m pip install "nox[uv]"' or command.startswith("python -m nox -s ")
        for command in commands
    )


def test_one_check_stands_for_all_jobs():
    assert CI["jobs"]["all-green"]["needs"] == [name for name in CI["jobs"] if name != "all-green"]


def test_the_matrix_is_what_the_classifiers_promise():
    prefix = "Programming Language :: Python :: 3."
    promised = [line[len(prefix) - 2 :] for line in PROJECT["classifiers"] if prefix in line]

    assert CI["jobs"]["tests"]["strategy"]["matrix"]["python"] == promised


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_hash_with_the_version_beside_it(workflow):
    used = re.findall(r"uses: (.*)", workflow.read_text("utf-8"))

    assert used
    for action in used:
        assert re.fullmatch(r"\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\$/\S+", action)


def test_one_action_has_one_pin():
    pins = re.findall(r"uses: (\S+)@(\S+)", "".join(map(Path.read_text, WORKFLOWS)))

    assert len({action for action, _ in pins}) == len(set(pins))


def test_the_readme_runs_the_suite_as_the_session_does():
    noxfile = (ROOT / "noxfile.py").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")

    assert ".venv/bin/pip install -q -e '.[tests]' && .venv/bin/python -m pytest -n 2" in readme
    assert 'session.install("-e", ".[tests]", *PIP)' in noxfile
    assert 'WORKERS = ("-n", "2")' in noxfile


def test_each_session_that_the_guide_names_is_there():
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

    assert called(guide) <= sessions()
    assert called(guide) >= {"fast", "tests", "lowest"}


@pytest.mark.parametrize(
    ("tag", "version", "heading", "wrong"),
    [
        ("v1.2.0", "1.2.0", "[1.2.0] - 2026-11-26", 0),
        ("v1.2.1", "1.2.0", "[1.2.0] - 2026-11-26", 1),
        ("1.2.0", "1.2.0", "1.2.0", 1),
        ("v1.2.0", "1.2.0", "[Unreleased]", 1),
        ("v1.2.1", "1.2.0", "[1.1.0]", 2),
    ],
)
def test_a_release_needs_tag_version_and_changelog_to_agree(tag, version, heading, wrong, tmp_path):
    (tmp_path / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## {heading}\n\n## [0.9.0]\n")
    check = runpy.run_path(str(ROOT / "scripts" / "check_release.py"))["check"]

    assert len(check(tag, tmp_path)) == wrong
