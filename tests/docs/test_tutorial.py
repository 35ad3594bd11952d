"""Each step of docs/tutorial.md, in its order: files are written, and commands are run."""

from __future__ import annotations

import re
from pathlib import Path

# A run within the process takes out what it imports, and a client does not bear a second import.
import requests  # noqa: F401

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(python|ini|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
STEPS = BLOCK.findall(PAGE.read_text("utf-8"))


def test_each_step_does_what_the_page_says(pytester):
    pytester.syspathinsert()
    run = 0
    for kind, block in STEPS:
        first, rest = block.split("\n", 1)
        if kind != "console":
            (pytester.path / first.removeprefix("# ")).write_text(rest)
            continue
        arguments = first.removeprefix("$ pytest").split()
        result = pytester.runpytest_inprocess("-p", "no:xdist", *arguments)
        run += 1
        for line in rest.splitlines():
            if line.endswith("passed"):
                result.assert_outcomes(passed=int(line.split()[0]))
            else:
                result.stdout.fnmatch_lines([f"{' '.join(line.split()[:2]).replace(' ', '*')}*"])

    assert run == 5
