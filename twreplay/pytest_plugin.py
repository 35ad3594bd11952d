"""The pytest plugin: options, the mark and the fixtures. Decides nothing of its own."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from twreplay import Cassette, Simulator

_MODES = ("none", "once", "new_episodes", "all", "rewrite")
_UNUSED = ("fail", "warn", "ignore")
_PROFILES = ("documented", "observed")
_UNDOCUMENTED = ("warn", "ignore", "error")
_FAILED = pytest.StashKey[bool]()


# What each of the two sources of answers takes; hosts is for both. Written out, because reading
# them from where they are defined would import that in every run.
SIMULATOR_ONLY = frozenset({"account_sid", "auth_token", "profile", "seed", "now", "undocumented"})
CASSETTE_ONLY = frozenset(
    {
        "record_mode",
        "match_on",
        "ignore",
        "allow_playback_repeats",
        "allow_unused",
        "redact",
        "fallback",
    }
)

# One line for each option: the flag, its ini key, what it can be, and what it is for.
_CHOICES = (
    (
        "record",
        _MODES,
        "record mode of every cassette: none, once, new_episodes, all or rewrite (default: none, "
        "so that no test reaches the network)",
    ),
    (
        "unused",
        _UNUSED,
        "when a passing test leaves interactions or rules of its own unused: fail, warn or "
        "ignore (default: fail)",
    ),
    (
        "profile",
        _PROFILES,
        "what simulators follow: documented, the reference (default), or observed, what "
        "production code relied on",
    ),
    (
        "undocumented",
        _UNDOCUMENTED,
        "when a test rests on something that nobody knows about the API: warn, ignore or error "
        "(default: warn)",
    ),
)


# Keywords that an option sets, and the option.
_KEYWORDS = {"record_mode": "record", "profile": "profile", "undocumented": "undocumented"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with an ini key of the same name."""
    group = parser.getgroup("twreplay", "Twilio 2008-08-01, replayed and simulated")
    for name, choices, about in _CHOICES:
        group.addoption(
            f"--twreplay-{name}",
            choices=choices,
            default=None,
            metavar=name.upper(),
            help=f"{about}. Beats the mark, which beats twreplay_config, which beats the ini key "
            f"twreplay_{name}.",
        )
        parser.addini(f"twreplay_{name}", about, default="")
    blocks = "let no test reach the network, below every client, names included"
    group.addoption(
        "--twreplay-block-network",
        action="store_true",
        default=None,
        help=f"{blocks} (ini key twreplay_block_network)",
    )
    parser.addini("twreplay_block_network", blocks, type="bool", default=False)
    allows = (
        "what may be reached while the network is blocked, separated by commas: names, addresses, "
        "ranges (10.0.0.0/8), patterns (re:.*[.]test), Unix sockets (unix, or unix:/path)"
    )
    group.addoption(
        "--twreplay-allowed-hosts",
        default=None,
        metavar="HOSTS",
        help=f"{allows} (ini key twreplay_allowed_hosts)",
    )
    parser.addini("twreplay_allowed_hosts", allows, default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark, so that ``pytest --markers`` is documentation."""
    config.addinivalue_line(
        "markers",
        "twreplay(cassette=None, **keywords): replay a cassette while the test runs. cassette is "
        "a path below the test's cassette directory, by default named after the test; the "
        "keywords are those of twreplay.use_cassette. With keywords of twreplay.simulate, such as "
        "profile or undocumented, and no others: simulate the API instead.",
    )
    for name, known, _ in _CHOICES:
        value = config.getini(f"twreplay_{name}")
        if value and value not in known:
            msg = f"ini key twreplay_{name} has no value {value!r}; there is: {', '.join(known)}"
            raise pytest.UsageError(msg)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Block the network around each test, with its fixtures, if that is asked for."""
    config = item.config
    if not (
        config.getoption("--twreplay-block-network") or config.getini("twreplay_block_network")
    ):
        return (yield)
    from twreplay import block_network

    hosts = config.getoption("--twreplay-allowed-hosts")
    with block_network(config.getini("twreplay_allowed_hosts") if hosts is None else hosts):
        return (yield)


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
    """Keywords of ``use_cassette`` and ``simulate`` for a whole suite: override it."""
    return {}


@pytest.fixture
def twreplay_cassette_dir(request: pytest.FixtureRequest) -> Path:
    """Where the test's cassettes lie: ``cassettes/<module>`` beside it. Override it at will."""
    return request.path.parent / "cassettes" / request.path.stem


@pytest.fixture(autouse=True)
def _twreplay_mark(request: pytest.FixtureRequest) -> None:
    mark = request.node.get_closest_marker("twreplay")
    if mark is not None:
        request.getfixturevalue("twilio" if _simulates(mark) else "twilio_cassette")


def _simulates(mark: pytest.Mark) -> bool:
    return bool(mark.kwargs) and not mark.args and mark.kwargs.keys() <= SIMULATOR_ONLY


@pytest.fixture
def twilio(
    request: pytest.FixtureRequest, twreplay_config: Mapping[str, Any]
) -> Iterator[Simulator]:
    """A simulator of the API that answers while the test runs."""
    from twreplay._simulation import SimulationSession

    _, options = _options(request, twreplay_config)
    session = SimulationSession.of(
        {name: value for name, value in options.items() if name not in CASSETTE_ONLY}
    )
    yield session.open()
    with _unused(request.config):
        session.close(failed=request.node.stash.get(_FAILED, False))


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

    name, options = _options(request, twreplay_config)
    options = {key: value for key, value in options.items() if key not in SIMULATOR_ONLY}
    path = Path(twreplay_cassette_dir) / (name or _default_name(request))
    how_to = HowTo(
        record=lambda mode: f"pytest {_node_id(request)} --twreplay-record={mode}",
        set=lambda keyword: f"@pytest.mark.twreplay({keyword})",
        use=lambda other: f'@pytest.mark.twreplay("{other}")',
    )
    session = CassetteSession(path, Settings.of(options), how_to)
    yield session.open()
    with _unused(request.config):
        session.close(failed=request.node.stash.get(_FAILED, False))


@contextmanager
def _unused(config: pytest.Config) -> Iterator[None]:
    """Do what the options say with an error about something that was left unused."""
    from twreplay.errors import UnusedInteractions, UnusedRules

    wanted = str(
        config.getoption("--twreplay-unused") or config.getini("twreplay_unused") or "fail"
    )
    try:
        yield
    except (UnusedInteractions, UnusedRules) as error:
        if wanted == "fail":
            raise
        if wanted == "warn":
            warnings.warn(pytest.PytestWarning(str(error)), stacklevel=1)


def _options(
    request: pytest.FixtureRequest, config: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """The cassette's name, if the mark gives one, and the keywords; the strongest last."""
    options: dict[str, Any] = {}
    for key, option in _KEYWORDS.items():
        if value := request.config.getini(f"twreplay_{option}"):
            options[key] = value
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
    for key, option in _KEYWORDS.items():
        if value := request.config.getoption(f"--twreplay-{option}"):
            options[key] = value
    return name, options


def _default_name(request: pytest.FixtureRequest) -> str:
    from twreplay._cassette import file_name

    owner = f"{request.cls.__name__}." if request.cls is not None else ""
    return f"{file_name(owner + request.node.name)}.yaml"


def _node_id(request: pytest.FixtureRequest) -> str:
    node_id: str = request.node.nodeid
    return f"'{node_id}'" if set(node_id) & set("[ ]'\"$") else node_id
