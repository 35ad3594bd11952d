"""
The API as this project publishes it, as data for tests.

Tables come from the pages of docs/ that are generated, examples from ``twreplay openapi``.
docs/test_generated.py shows that the pages agree with the definitions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

from click.testing import CliRunner
from command_line import main

DOCS = Path(__file__).parents[1] / "docs"
PROFILES = ("documented", "observed")
EXTENSIONS = ("xml", "json", "csv", "html")
GRADES = ("documented", "observed", "later version", "chosen by us")
"""The best first."""


class Cell(NamedTuple):
    """One status that a method answers at a path; *by_rule* if nothing that is sent causes it."""

    resource: str
    path: str
    method: str
    status: int
    by_rule: bool


class Parameter(NamedTuple):
    """A field that an operation reads."""

    resource: str
    method: str
    path: str
    name: str
    kind: str
    is_required: bool
    is_checked: bool
    example: str | None


class Question(NamedTuple):
    """One row of what is not documented."""

    text: str
    grade: str
    effect: str
    noted_when: str


def _read_rows(text: str, header: str) -> Iterator[list[str]]:
    """Yield the cells of each row below each table of *text* that has this *header*."""
    for table in text.split(f"| {header} |\n")[1:]:
        for line in table.splitlines()[1:]:
            if not line.startswith("| "):
                break
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _read_page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def _read_sections() -> dict[str, str]:
    parts = _read_page("api.md").split("\n## ")[1:]
    return {name: text for name, _, text in (part.partition("\n") for part in parts)}


@cache
def read_openapi(profile: str = "documented") -> dict[str, Any]:
    """Return what ``twreplay openapi`` prints."""
    printed = CliRunner().invoke(main, ["openapi", "--profile", profile])
    assert printed.exit_code == 0, printed.output
    return json.loads(printed.stdout)


def list_cells(profile: str) -> list[Cell]:
    """List every path, method and status of docs/api.md."""
    column = PROFILES.index(profile)
    cells = []
    for resource, text in _read_sections().items():
        for path, method, statuses, _ in _read_rows(text, "path | method | statuses | source"):
            for status in statuses.split(", "):
                of_profiles = status.strip("*").split(" / ")
                number = int(of_profiles[min(column, len(of_profiles) - 1)])
                cells.append(Cell(resource, path.strip("`"), method, number, status[0] == "*"))
    return cells


def _list_parameters() -> Iterator[Parameter]:
    header = "operation | parameter | is | if absent | if wrong"
    for resource, text in _read_sections().items():
        for operation, quoted, kind, absent, wrong in _read_rows(text, header):
            method, path = operation.replace("`", "").split()
            name = quoted.strip("`")
            examples = _find_schema(method, path, name).get("examples", [None])
            yield Parameter(
                resource,
                method,
                path,
                name,
                kind,
                absent.startswith("4"),
                wrong.startswith("4"),
                examples[0],
            )


def _find_schema(method: str, path: str, name: str) -> dict[str, Any]:
    operation = read_openapi()["paths"][f"/2008-08-01{path}"][method.lower()]
    (content,) = operation["requestBody"]["content"].values()
    return content["schema"]["properties"].get(name, {})


PARAMETERS = list(_list_parameters())
PATHS = list(dict.fromkeys((cell.resource, cell.path) for cell in list_cells("documented")))
"""Each resource with each of its paths."""

ALLOWED = {
    path: [c.method for c in list_cells("documented") if c.path == path and c.status in (200, 204)]
    for _, path in PATHS
}
"""The methods that each path takes."""

FILTERS = {
    resource: [row[0].strip("`") for row in _read_rows(text, "filter | compares | values")]
    for resource, text in _read_sections().items()
}
ELEMENTS = {
    resource: re.findall(
        r"`(\w+)`", text.partition("Elements, in wire order:\n\n")[2].partition("\n\n")[0]
    )
    for resource, text in _read_sections().items()
    if "Elements, in wire order:" in text
}
"""What an instance of each resource shows, in order."""

CODES = {
    int(row[0]): row[1:]
    for row in _read_rows(_read_page("api.md"), "code | text | answered | logged | known from")
}
"""The text of each code, the status that it is answered with, how it is logged, and the source."""

QUESTIONS = {
    int(re.sub(r"<.*>", "", row[0])): Question(
        row[1], row[4], *(part.strip() for part in f"{row[5]};".split(";")[:2])
    )
    for row in _read_rows(
        _read_page("undocumented.md"),
        "# | question | what is simulated | evidence | grade | effect",
    )
}
HINTS = {
    sent: hint.replace("&lt;", "<").replace("`", "")
    for sent, hint in _read_rows(_read_page("other-versions.md"), "sent | hint")
}
"""What each trace of another version is answered with."""

_HELP = (Path(__file__).parent / "plugin" / "help" / "help.txt").read_text("utf-8")
OPTIONS = re.findall(r"^  --twreplay-([\w-]+)", _HELP, re.MULTILINE)
"""The options of the plugin, as ``pytest --help`` lists them; plugin/test_help.py compares it."""

INI_KEYS = re.findall(r"^  (twreplay_\w+)", _HELP, re.MULTILINE)
"""Its ini keys, from there as well."""

ERRORS = re.findall(r"^## (\S+)$", _read_page("errors.md"), re.MULTILINE)
"""The name of each error of this library, as ``twreplay explain`` takes it."""


def read_error(name: str) -> str:
    """Return what docs/errors.md says of an error of this library."""
    return _read_page("errors.md").partition(f"## {name}\n")[2].partition("\n## ")[0]


def list_keywords(function: Callable[..., Any]) -> list[str]:
    """List the keywords of *function*, such as ``use_cassette``, as editors know them."""
    (options,) = get_args(get_type_hints(function)["options"])
    return list(options.__annotations__)


def list_parameters(method: str, path: str) -> list[Parameter]:
    """List what the operation at *path* reads."""
    return [each for each in PARAMETERS if (each.method, each.path) == (method, path)]
