"""The simulator, held against what is known of the API."""

from __future__ import annotations

from itertools import groupby

import pytest
from runner import CHECKS, Check, load_checks, run, simulate

from twreplay._api import Grade

SECTIONS = {
    section: list(checks) for section, checks in groupby(load_checks(), lambda check: check.section)
}


@pytest.mark.parametrize("section", SECTIONS)
def test_section(section):
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
    assert {check.data["grade"] for check in checks} <= {grade.value for grade in Grade}
    assert all(check.data["source"] for check in checks)
    assert [file.stem for file in sorted(CHECKS.glob("*.yaml"))] == list(SECTIONS)


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
