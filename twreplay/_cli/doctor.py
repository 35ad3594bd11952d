"""``twreplay doctor``: what is installed, intercepted and set, and what is wrong with it."""

from __future__ import annotations

import os
import platform
import sys
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import click

from twreplay._cassette import load
from twreplay._cli.output import (
    FOUND,
    count,
    find_cassettes,
    find_default_folders,
    json_option,
    print_json,
    wrap,
)
from twreplay._display import visible_line, without_secrets
from twreplay._interception import list_places
from twreplay._project import KEYS, check_project, read_project
from twreplay.errors import CassetteError

# By the name of the module; the distribution has the same but for those below.
_CLIENTS = ("requests", "urllib3", "http", "httplib2", "httpx", "httpx2", "aiohttp", "tornado")
_MORE_CLIENTS = ("niquests", "httpx_curl_cffi", "pyreqwest", "curl_cffi", "pycurl", "httpcore")
_COMPANIONS = (
    *("vcrpy", "pytest-recording", "pytest-vcr", "cassetter", "responses", "requests-mock"),
    *("respx", "pytest-httpx", "betamax", "freezegun", "time-machine", "pytest-xdist"),
    *("pytest-asyncio", "pytest-rerunfailures", "anyio", "twilio"),
)
_EXTRAS = ("server", "demo", "migrate")
_PARTS = ("starlette", "uvicorn", "cryptography", "jinja2", "libcst")
_SHOWN = frozenset({"TWREPLAY_ALLOWED_HOSTS", "TWREPLAY_BLOCK_NETWORK"})
# In the order in which pytest looks for them, and the section that each has; the first two are
# new in pytest 9.
_INI_FILES = {
    "pytest.toml": "pytest",
    ".pytest.toml": "pytest",
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "pyproject.toml": "tool.pytest",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
}


@click.command(short_help="Show what is installed, intercepted, set and wrong.")
@json_option
def doctor(as_json: bool) -> None:
    """
    Show what is installed, intercepted and set, and what is wrong with it.

    Shows no secret, only that a variable is set. Installed HTTP clients are imported, to see that
    what is intercepted is there.

    Exits with 0 if no problem was found, 1 if one was.

    For example: twreplay doctor --json
    """
    problems = list(_check_floors())
    data: dict[str, Any] = {
        "versions": _list_versions(),
        "clients": _list_clients(problems),
        "extras": {name: _find_version(name) for name in _PARTS},
        "settings": _list_settings(problems),
        "cassettes": _list_cassettes(problems),
        "problems": problems,
    }
    if as_json:
        print_json(data)
    else:
        for line in _format(data):
            click.echo(wrap(visible_line(line), "    "))
    if problems:
        raise SystemExit(FOUND)


def _find_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _list_versions() -> dict[str, str]:
    names = ("twreplay", "pytest", *_CLIENTS, *_MORE_CLIENTS, *_COMPANIONS)
    found = {name: _find_version(name) for name in names if name != "http"}
    installed = {name: number for name, number in found.items() if number is not None}
    return {"Python": platform.python_version(), **installed}


def _check_floors() -> Iterator[str]:
    """Compare what is installed with what the metadata of twreplay asks for."""
    from packaging.requirements import Requirement  # late: comes with pytest

    try:
        lines = requires("twreplay") or []
    except PackageNotFoundError:
        yield "twreplay is not installed, only found on the path: pip install twreplay"
        return
    for needed in map(Requirement, lines):
        is_core = needed.marker is None or needed.marker.evaluate({"extra": ""})
        extras = [e for e in _EXTRAS if needed.marker and needed.marker.evaluate({"extra": e})]
        number = _find_version(needed.name)
        if number is None and is_core:
            yield f"{needed.name} is not installed: pip install '{needed.name}{needed.specifier}'"
        elif number is None or not (is_core or extras):
            continue
        elif not needed.specifier.contains(number, prereleases=True):
            to_type = f"pip install '{needed.name}{needed.specifier}'"
            yield f"{needed.name} is {number}, not {needed.specifier}: {to_type}"


def _list_clients(problems: list[str]) -> dict[str, list[str]]:
    """Return where each installed client is intercepted; none for those that are not."""
    places = list_places()
    clients: dict[str, list[str]] = {}
    for name in (*_CLIENTS, *_MORE_CLIENTS):
        if name != "http" and _find_version(name) is None:
            continue
        found: list[str] = []
        for modules, owner, attributes in places.get(name, []):
            if (module := _find_module(modules, owner)) is not None:
                found += [f"{module}.{owner}.{attribute}" for attribute in attributes]
        clients["http.client" if name == "http" else name] = found
        if not found and name in places:
            expected = ", ".join(f"{modules[0]}.{owner}" for modules, owner, _ in places[name])
            problems.append(
                f"{name} is installed, but not intercepted: no {expected} can be imported. "
                f"Try: python -c 'import {places[name][0][0][0]}'"
            )
    return clients


def _find_module(modules: tuple[str, ...], owner: str) -> str | None:
    for name in modules:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if hasattr(import_module(name), owner):
                    return name
        except Exception:  # noqa: S112  # a broken client is what is looked for
            continue
    return None


def _list_settings(problems: list[str]) -> list[dict[str, str]]:
    """Return the settings, with where each comes from."""
    here = Path.cwd()
    project = read_project(here)
    problems += check_project(project, {})
    settings = [
        _describe(key, value, f"[tool.twreplay] in {project.path}")
        for key, value in project.values.items()
    ]
    addopts = [("PYTEST_ADDOPTS", os.environ.get("PYTEST_ADDOPTS", ""))]
    for path, options in _read_ini(here, problems):
        settings += [
            _describe(key, value, str(path))
            for key, value in options.items()
            if key.startswith("twreplay_")
        ]
        given = options.get("addopts", "")
        addopts.append((str(path), " ".join(given) if isinstance(given, list) else str(given)))
    for where, given in addopts:
        if "no:twreplay" in given:
            problems.append(f"the pytest plugin is disabled: take -p no:twreplay out of {where}")
        if "-p twreplay" in given or "-ptwreplay" in given:
            break
    else:
        if os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
            problems.append(
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD keeps the pytest plugin out: unset it, or run "
                "pytest -p twreplay.pytest_plugin"
            )
    for name in sorted(os.environ):
        if name.startswith("TWREPLAY_") or name in ("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID"):
            value = os.environ[name] if name in _SHOWN else "(set, not shown)"
            settings.append({"name": name, "value": value, "from": "environment"})
    # A URL may have credentials in it.
    return [{**each, "value": without_secrets(each["value"])} for each in settings]


def _describe(key: str, value: Any, where: str) -> dict[str, str]:
    # What is no key of ours may be a secret that somebody put there.
    is_known = key.removeprefix("twreplay_") in KEYS
    return {"name": key, "value": str(value) if is_known else "(set, not shown)", "from": where}


def _read_ini(start: Path, problems: list[str]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Read the options of pytest in the nearest file that has some, from *start* up."""
    for folder in (start, *start.parents):
        for name in _INI_FILES:
            path = folder / name
            if not path.is_file():
                continue
            try:
                options = _read_options(path)
            except (OSError, ValueError):
                problems.append(f"{path} cannot be read: correct it, pytest will say where")
                continue
            if options is not None:
                yield path, options
                return


def _read_options(path: Path) -> Mapping[str, Any] | None:
    """Return the options of pytest in *path*; None if the file is not about pytest."""
    content = path.read_text(encoding="utf-8")
    section = _INI_FILES[path.name]
    is_pytests_own = path.name.removeprefix(".").startswith("pytest.")
    if path.suffix == ".toml":
        options: Any = tomllib.loads(content)
        for name in section.split("."):
            options = options.get(name, {})
        options = options.get("ini_options", options)
        return options if options or is_pytests_own else None
    from iniconfig import IniConfig, ParseError  # late, as is pytest, which reads its files by it

    try:
        parsed = IniConfig(str(path), content)
    except ParseError as error:
        raise ValueError from error
    return dict(parsed[section].items()) if section in parsed else {} if is_pytests_own else None


def _list_cassettes(problems: list[str]) -> list[dict[str, Any]]:
    """Return the folders of cassettes, with how many there are and can be read."""
    project = read_project(Path.cwd())
    folder = None if project.problem else project.cassette_dir
    if folder is not None and not folder.is_dir():
        problems.append(f"cassette_dir in {project.path} names {folder}: there is no such folder")
    try:
        folders = find_default_folders("read", allow_empty=True)
    except click.UsageError:  # named among the settings
        return []
    listed = []
    for each in folders:
        paths = find_cassettes(each)
        damaged = []
        for path in paths:
            try:
                load(path)
            except CassetteError:
                damaged.append(str(path))
        problems += [f"{path} cannot be read; see: twreplay show {path}" for path in damaged]
        if not paths:
            problems.append(f"{each} has no cassette: record one, or remove the folder")
        listed.append(
            {"folder": str(each), "cassettes": len(paths), "readable": len(paths) - len(damaged)}
        )
    return listed


def _format(data: Mapping[str, Any]) -> Iterator[str]:
    yield "Versions"
    yield from (f"  {name} {number}" for name, number in data["versions"].items())
    yield f"  ({sys.executable})"
    yield "Intercepted"
    for name, places in data["clients"].items():
        yield f"  {name}: {', '.join(places) or 'not by itself'}"
    yield "Extras"
    for name, number in data["extras"].items():
        yield f"  {name}: {number or 'not installed'}"
    yield "Settings"
    for each in data["settings"]:
        yield f"  {each['name']} = {each['value']} ({each['from']})"
    yield from () if data["settings"] else ("  none: the defaults hold",)
    yield "Cassettes"
    for each in data["cassettes"]:
        number = count(each["cassettes"], "cassette")
        yield f"  {each['folder']}: {number}, {each['readable']} readable"
    yield from () if data["cassettes"] else ("  no folder cassettes here",)
    yield "Problems" if data["problems"] else "No problem found."
    yield from (f"  {problem}" for problem in data["problems"])
