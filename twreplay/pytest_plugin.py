"""The pytest plugin: options, the mark and the fixtures. Decides nothing of its own."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from twreplay import Cassette

_MODES = ("none", "once", "new_episodes", "all", "rewrite")
_UNUSED = ("fail", "warn", "ignore")
_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with an ini key of the same name."""
    group = parser.getgroup("twreplay", "Twilio 2008-08-01 cassettes")
    group.addoption(
        "--twreplay-record",
        choices=_MODES,
        default=None,
        metavar="MODE",
        help=f"record mode of every cassette: {', '.join(_MODES)} (default: none, so that no "
        "test reaches the network). Beats the mark, which beats twreplay_config, which beats "
        "the ini key twreplay_record.",
    )
    group.addoption(
        "--twreplay-unused",
        choices=_UNUSED,
        default=None,
        help="what to do when a passing test leaves interactions unplayed (default: fail)",
    )
    parser.addini("twreplay_record", "record mode of every cassette", default="")
    parser.addini("twreplay_unused", "fail, warn or ignore: unplayed interactions", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark, so that ``pytest --markers`` is documentation."""
    config.addinivalue_line(
        "markers",
        "twreplay(cassette=None, **keywords): replay a cassette while the test runs. cassette is "
        "a path below the test's cassette directory, by default named after the test; the "
        "keywords are those of twreplay.use_cassette.",
    )
    for key, known in (("twreplay_record", _MODES), ("twreplay_unused", _UNUSED)):
        value = config.getini(key)
        if value and value not in known:
            msg = f"ini key {key} has no value {value!r}; there is: {', '.join(known)}"
            raise pytest.UsageError(msg)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed: its recording must not replace a good cassette."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture(scope="session")
def twreplay_config() -> Mapping[str, Any]:
    """Keywords of ``use_cassette`` for every cassette of a suite. Override it in conftest.py."""
    return {}


@pytest.fixture
def twreplay_cassette_dir(request: pytest.FixtureRequest) -> Path:
    """Where the test's cassettes lie: ``cassettes/<module>`` beside it. Override it at will."""
    return request.path.parent / "cassettes" / request.path.stem


@pytest.fixture(autouse=True)
def _twreplay_mark(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("twreplay") is not None:
        request.getfixturevalue("twilio_cassette")


@pytest.fixture
def twilio_cassette(
    request: pytest.FixtureRequest,
    twreplay_config: Mapping[str, Any],
    twreplay_cassette_dir: str | Path,
) -> Iterator[Cassette]:
    """The cassette of the running test, open while the test runs."""
    # Imported late: a run without cassettes should not pay for what replays them.
    from twreplay._cassette import HowTo
    from twreplay._session import CassetteSession, Settings
    from twreplay.errors import UnusedInteractions

    name, options = _options(request, twreplay_config)
    unused = _setting(request.config, "unused") or "fail"
    path = Path(twreplay_cassette_dir) / (name or _default_name(request))
    how_to = HowTo(
        record=lambda mode: f"pytest {_node_id(request)} --twreplay-record={mode}",
        set=lambda keyword: f"@pytest.mark.twreplay({keyword})",
        use=lambda other: f'@pytest.mark.twreplay("{other}")',
    )
    session = CassetteSession(path, Settings.of(options), how_to)
    cassette = session.open()
    yield cassette
    try:
        session.close(failed=request.node.stash.get(_FAILED, False))
    except UnusedInteractions as error:
        if unused == "fail":
            raise
        if unused == "warn":
            warnings.warn(pytest.PytestWarning(str(error)), stacklevel=1)


def _options(
    request: pytest.FixtureRequest, config: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """The cassette's name, if the mark gives one, and the keywords; the strongest last."""
    options: dict[str, Any] = {}
    if mode := request.config.getini("twreplay_record"):
        options["record_mode"] = mode
    options |= config
    name = None
    mark = request.node.get_closest_marker("twreplay")
    if mark is not None:
        given = dict(mark.kwargs)
        name = given.pop("cassette", None) or (mark.args[0] if mark.args else None)
        if len(mark.args) > 1:
            msg = f"the twreplay mark takes one cassette, not {len(mark.args)}: {mark.args!r}"
            raise pytest.UsageError(msg)
        options |= given
    if mode := request.config.getoption("--twreplay-record"):
        options["record_mode"] = mode
    return name, options


def _setting(config: pytest.Config, name: str) -> str:
    return str(config.getoption(f"--twreplay-{name}") or config.getini(f"twreplay_{name}") or "")


def _default_name(request: pytest.FixtureRequest) -> str:
    from twreplay._cassette import file_name

    owner = f"{request.cls.__name__}." if request.cls is not None else ""
    return f"{file_name(owner + request.node.name)}.yaml"


def _node_id(request: pytest.FixtureRequest) -> str:
    node_id: str = request.node.nodeid
    return f"'{node_id}'" if set(node_id) & set("[ ]'\"$") else node_id
