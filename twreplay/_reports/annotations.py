"""Findings for other programs: annotations of GitHub, and SARIF."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any, Final
from urllib.parse import quote

from twreplay._display import visible
from twreplay._explanation import SITE

FORMATS: Final = ("text", "json", "github", "sarif")
"""The forms in which commands write findings."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class Annotation:
    """
    One finding at a place in a file.

    Attributes:
        path: The file, absolute or relative to the current directory.

        rule: What was found, as an identifier: ``secret``, ``drift``, ``unmatched-request``.

        message: The finding on one line; it holds no secret.

        line: The line, from 1; 0 if it is not known.

        column: The column, from 1; 0 if it is not known.

        level: ``error``, ``warning`` or ``note``.

        page: The page of the documentation about the rule, such as ``errors/#usage-error``.
    """

    path: PurePath
    rule: str
    message: str
    line: int = 0
    column: int = 0
    level: str = "error"
    page: str = ""


def format_github(annotations: Iterable[Annotation]) -> str:
    """Format *annotations* as workflow commands, a line each; empty if there are none."""
    return "".join(f"{_format_command(one)}\n" for one in annotations)


def _format_command(one: Annotation) -> str:
    places = {"file": _relative(one.path).as_posix(), "line": one.line, "col": one.column}
    properties = [f"{name}={_escape(str(value))}" for name, value in places.items() if value]
    properties.append(f"title={_escape(f'twreplay: {one.rule}')}")
    level = "notice" if one.level == "note" else one.level
    return f"::{level} {','.join(properties)}::{_escape_data(visible(one.message))}"


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape(text: str) -> str:
    return _escape_data(visible(text)).replace(":", "%3A").replace(",", "%2C")


def format_sarif(annotations: Sequence[Annotation]) -> str:
    """Format *annotations* as a SARIF log of version 2.1.0."""
    pages = {one.rule: one.page for one in annotations}
    driver = {
        "name": "twreplay",
        "informationUri": f"{SITE.removesuffix('/page')}/",
        "semanticVersion": version("twreplay"),
        "rules": [_build_rule(rule, page) for rule, page in sorted(pages.items())],
    }
    results = [_build_result(one) for one in annotations]
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return f"{json.dumps(log, indent=2)}\n"


def _build_rule(rule: str, page: str) -> dict[str, Any]:
    about: dict[str, Any] = {"id": rule, "shortDescription": {"text": rule.replace("-", " ")}}
    if page:
        about["helpUri"] = f"{SITE}/{page}"
    return about


def _build_result(one: Annotation) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _build_uri(one.path)}}
    region = {"startLine": one.line, "startColumn": one.column}
    if one.line:
        place["region"] = {name: number for name, number in region.items() if number}
    return {
        "ruleId": one.rule,
        "level": one.level,
        "message": {"text": one.message},
        "locations": [{"physicalLocation": place}],
    }


def _build_uri(path: PurePath) -> str:
    path = _relative(path)
    # As bytes: a name of a file need not be text.
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


def _relative(path: PurePath) -> PurePath:
    """Return *path* relative to the current directory if it is below it: viewers resolve that."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path
