"""The reference of the Python API has everything public, and everything public says what it is."""

from __future__ import annotations

import inspect
import re
import warnings
from pathlib import Path

import pytest
import requests
from cassette_files import write
from published_reference import INI_KEYS, OPTIONS, list_keywords

import twreplay
from twreplay import pytest_plugin

PAGE = (Path(__file__).parents[2] / "docs" / "python-api.md").read_text("utf-8")
DOCUMENTED = re.findall(r"^::: (.+)$", PAGE, re.MULTILINE)

NAMES = [
    *(f"twreplay.{name}" for name in twreplay.__all__ if name not in ("errors", "faults")),
    *(f"twreplay.errors.{name}" for name in twreplay.errors.__all__),
    *(f"twreplay.faults.{name}" for name in twreplay.faults.__all__),
]
SESSIONS = (twreplay.simulate, twreplay.use_cassette)


def find(path):
    *module, name = path.removeprefix("twreplay.").split(".")
    return getattr(getattr(twreplay, module[0]) if module else twreplay, name)


@pytest.mark.parametrize("name", NAMES)
def test_each_public_name_is_in_the_reference(name):
    assert name in DOCUMENTED


@pytest.mark.parametrize("name", NAMES)
def test_each_public_name_and_its_methods_have_docstrings(name):
    named = find(name)
    members = vars(named).items() if inspect.isclass(named) else ()
    functions = [
        member for key, member in members if not key.startswith("_") and inspect.isfunction(member)
    ]

    assert [each for each in (named, *functions) if not inspect.getdoc(each)] == []


def list_functions():
    """Each function and method that the reference shows, by name."""
    simulator = twreplay.Simulator()
    simulator.handle(twreplay.Request("GET", simulator.account_url))
    given = [type(value) for value in (simulator.when(), simulator.clock, simulator.requests[0])]
    for named in [*(find(name) for name in NAMES), *given]:
        if not callable(named):
            continue
        if not inspect.isclass(named):
            yield named.__qualname__, named
            continue
        hidden = [name for name in dir(named) if f'"!^{name}$"' in options_of(named.__name__)]
        for name, member in inspect.getmembers(named, inspect.isfunction):
            if not name.startswith("_") and name not in hidden:
                yield member.__qualname__, member


def options_of(name):
    """What stands below the line for *name* in the reference."""
    return re.search(rf"^::: \S*\b{name}\n(.*?)(?=\n:::|\Z)", PAGE, re.M | re.S)[1]


@pytest.mark.parametrize(("name", "function"), sorted(dict(list_functions()).items()))
def test_each_parameter_is_in_the_docstring(name, function):
    kept = [
        name for name in inspect.signature(function).parameters if name not in ("self", "options")
    ]
    docstring = inspect.getdoc(function)

    assert [name for name in kept if not re.search(rf"\b{name}\b", docstring)] == []


@pytest.mark.parametrize("function", SESSIONS, ids=lambda function: function.__name__)
def test_help_lists_each_keyword(function):
    keywords = re.findall(r"^    (\w+): ", inspect.getdoc(function), re.MULTILINE)

    assert [name for name in list_keywords(function) if name not in keywords] == []
    assert "options" not in keywords


def test_help_of_the_simulator_lists_the_keywords_too():
    assert "\n    account_sid: " in inspect.getdoc(twreplay.Simulator)


@pytest.mark.parametrize("function", SESSIONS, ids=lambda function: function.__name__)
def test_each_keyword_is_in_the_reference_with_its_meaning(function):
    table = PAGE.split(f"### Keywords of `{function.__name__}`")[1].split("\n:::")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| (.+) \|$", table, re.MULTILINE))

    assert list(rows) == list_keywords(function)
    assert all(len(meaning) > 5 for meaning in rows.values())


DEFAULTS = dict(
    re.findall(
        r"^\| `(\w+)` \| `[^|]*` \| `([\w.]+)` \|",
        PAGE.split("### Keywords of `use_cassette`")[1].split("\n:::")[0],
        re.MULTILINE,
    )
)
OTHERWISE = {
    "record_mode": "once",
    "allow_playback_repeats": True,
    "allow_unused": True,
    "ordered": True,
    "on_expiry": "fail",
    "hosts": ["api.twilio.com", "example.com"],
    "fallback": "simulate",
    "source": "simulator",
}


ACCOUNT_URL = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef"
CALLS = [f"{ACCOUNT_URL}/Calls?page={page}" for page in range(3)]


def observe(folder, options):
    """Say what becomes of sessions: of an old cassette, with and without misses, and of none."""
    folder.mkdir()
    kept = [
        twreplay.Interaction(twreplay.Request("GET", url), twreplay.Response(200)) for url in CALLS
    ]
    old = write(folder / "old.yaml", *kept, recorded_at="2020-01-01T00:00:00Z")
    strange = [f"{ACCOUNT_URL}/Recordings", "https://example.com/"]
    return [
        run_session(old, CALLS[1::-1], {"max_age": "30d"} | options),
        run_session(old, [CALLS[0], CALLS[0], *strange], options),
        run_session(folder / "new.yaml", strange, options),
    ]


def run_session(path, urls, options):
    told = []
    with twreplay.block_network(), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            with twreplay.use_cassette(path, **options) as cassette:
                for url in urls:
                    try:
                        told.append(requests.get(url, timeout=5).status_code)
                    except Exception as error:
                        told.append(type(error).__name__)
                told.append(len(cassette))
        except Exception as error:
            told.append(type(error).__name__)
    return told + [warning.category.__name__ for warning in warned]


@pytest.mark.parametrize(("name", "default"), DEFAULTS.items())
def test_a_default_in_the_reference_is_the_default(name, default, tmp_path):
    value = {"True": True, "False": False}.get(default, default)
    # Only a session that records asks its source.
    base = {"record_mode": "once"} if name == "source" else {}

    seen = [
        observe(tmp_path / str(number), base | options)
        for number, options in enumerate(
            ({}, {name: [value] if name == "hosts" else value}, {name: OTHERWISE[name]})
        )
    ]

    assert seen[0] == seen[1]
    assert seen[0] != seen[2], "what is observed does not show it"


def test_each_option_fixture_and_mark_is_in_the_reference():
    wanted = [
        *(f"`--twreplay-{option}`" for option in OPTIONS),
        *(f"`{key}`" for key in INI_KEYS),
        *(f"`@pytest.mark.{mark}(" for mark in ("twreplay", "twreplay_faults", "twreplay_network")),
        *(
            f"`{name}`"
            for name, value in vars(pytest_plugin).items()
            if not name.startswith("_") and type(value).__name__ == "FixtureFunctionDefinition"
        ),
    ]

    assert [text for text in wanted if text not in PAGE] == []
