"""The simulator, held against what is known of the API."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

import pytest
from runner import CHECKS, Check, World, load_checks, run, simulate

GRADES = {"documented", "observed", "later version", "chosen by us"}
ROOT = Path(__file__).parents[2]
SECTIONS = {
    section: list(checks) for section, checks in groupby(load_checks(), lambda check: check.section)
}


@pytest.mark.parametrize("section", SECTIONS)
def test_each_check_of_a_section_holds(section):
    results = list(run(SECTIONS[section]))

    assert results
    assert [
        f"{result.check.name} ({result.profile}): {result.problem}"
        for result in results
        if result.problem
    ] == []


def test_every_check_has_a_name_of_its_own_a_grade_and_a_source():
    checks = list(load_checks())

    names = [(check.section, check.name) for check in checks]
    assert sorted(set(names)) == sorted(names)
    assert {check.data["grade"] for check in checks} <= GRADES
    assert all(check.data["source"] for check in checks)
    assert [file.stem for file in sorted(CHECKS.glob("*.yaml"))] == list(SECTIONS)


@pytest.mark.parametrize("page", [CHECKS.parent / "README.md", ROOT / "docs/conformance.md"])
def test_counts_on_pages_are_those_of_the_checks(page):
    text = page.read_text(encoding="utf-8")
    counts = {name: sum(len(c.profiles) for c in checks) for name, checks in SECTIONS.items()}

    rows = re.findall(r"^\| (\S+) \|.*\| ([\d,]+) \|$", text, re.MULTILINE)
    assert {name: int(count.replace(",", "")) for name, count in rows} == {
        **counts,
        "all": sum(counts.values()),
    }


def test_only_what_a_server_can_be_asked_is_asked():
    asked = []

    def make(profile):
        own = simulate(profile)
        asked.append(own)
        return World(own.handle, own.account, own.token, is_fresh=len(asked) == 1)

    kinds = [
        {"request": {}},
        {"request": {}, "fresh": True},
        {"request": {}, "outside": True},
        {"request": {}, "given": [{"add_call": {}}]},
        {"request": {}, "given": [{"application": {}}]},
        {"twiml": ""},
    ]
    checks = [
        Check("x", str(kind), {**kind, "expect": {}, "profiles": ["documented"]}) for kind in kinds
    ]

    assert [result.check.name for result in run(checks, make)] == [str(kinds[0])]


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ({"status": 404}, "status: 200, not 404"),
        ({"root": "Call"}, "root: 'Account', not 'Call'"),
        ({"elements": {"Status": "4"}}, "elements: Status '2', not '4'"),
        ({"elements": {"Status": "/[a-z]+/"}}, "elements: Status '2' is not like /[a-z]+/"),
        ({"headers": {"Content-Type": "text/xml"}}, "headers: Content-Type: "),
        ({"lacks": ["AuthToken"]}, "lacks: AuthToken"),
        ({"contains": ["</Account>", "<Account>"]}, "contains: '<Account>' is not there"),
    ],
)
def test_a_check_can_fail(expected, problem):
    check = Check("x", "x", {"request": {}, "expect": expected, "profiles": ["documented"]})

    (result,) = run([check], simulate)

    assert result.problem.startswith(problem)
