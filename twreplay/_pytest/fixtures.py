"""The fixtures, and how options, mark and ``twreplay_config`` become keywords of a session."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from twreplay._options import keep_iterators
from twreplay._pytest.collection import get_mistake
from twreplay._pytest.options import KEYWORDS, build_ini_key, get_ini, get_project
from twreplay._pytest.phases import CASSETTE, SIMULATOR
from twreplay.errors import (
    TwreplayError,
    UnreadNotifications,
    UnusedInteractions,
    UnusedRules,
)

if TYPE_CHECKING:
    from twreplay import Cassette, Server, Simulator
    from twreplay._sessions import SimulationSession

# The keywords of each kind of session. Written out, because reading them from where they are
# defined would import that in every run.
_OF_BOTH = frozenset({"hosts", "allow_unused"})
SIMULATOR_ONLY = frozenset(
    {
        "account_sid",
        "auth_token",
        "profile",
        "seed",
        "now",
        "undocumented",
        "unexpected",
        "journal_limit",
        "rule_order",
        "trial",
        "clock",
    }
)
CASSETTE_ONLY = frozenset(
    {
        "record_mode",
        "match_on",
        "ignore",
        "allow_playback_repeats",
        "max_age",
        "on_expiry",
        "redact",
        "redact_key",
        "not_secret",
        "fallback",
        "source",
        "app",
        "sign_with",
        "ordered",
        "before_record_request",
        "before_record_response",
        "passes",
        "skip_statuses",
        "shared",
    }
)


ALL_KEYWORDS = _OF_BOTH | SIMULATOR_ONLY | CASSETTE_ONLY
_OF_SIMULATE = _OF_BOTH | SIMULATOR_ONLY
_FROM_FILES = pytest.StashKey[Mapping[str, Any]]()


@pytest.fixture(scope="session")
def twreplay_config() -> Mapping[str, Any]:
    """
    Keywords of ``use_cassette`` and ``simulate`` for a whole suite, to override.

        @pytest.fixture(scope="session")
        def twreplay_config():
            return {"ignore": ("query.page",), "profile": "observed"}
    """
    return {}


@pytest.fixture(scope="module")
def twreplay_cassette_dir(request: pytest.FixtureRequest) -> Path:
    """Directory of the test's cassettes, to override: ``cassettes/<module>`` beside the test."""
    return request.path.parent / "cassettes" / request.path.stem


# Of the plugin, so it comes ahead of setup_method and of all fixtures of a module or class.
@pytest.fixture(autouse=True)
def _twreplay_mark(request: pytest.FixtureRequest) -> Iterator[None]:
    """Open the sessions of a test's class and of its mark; see *place_session*."""
    if (mistake := get_mistake(request.node)) is not None:
        pytest.fail(mistake, pytrace=False)
    with ExitStack() as sessions:
        for decoration in getattr(request.cls, "__twreplay_decorated__", ()):
            sessions.enter_context(decoration.open_for(request.function))
        mark = request.node.get_closest_marker("twreplay")
        if mark is not None:
            _refuse_both_kinds(mark)
            request.getfixturevalue("twilio" if _is_simulation(mark) else "twilio_cassette")
        yield


def place_session(item: pytest.Item) -> None:
    """
    Put the fixture that *item* needs in the place of ``_twreplay_mark``, or none.

    pytest takes 60 µs to set a fixture up and tear it down: that is for each test of each suite
    that has this package, while few have a mark, and fewer anything else that it looks at.
    """
    names: list[str] = getattr(item, "fixturenames", [])
    left_out = item.stash.get(_LEFT_OUT, None)  # when the test ran before
    if (_PLACE not in names and left_out is None) or get_mistake(item) is not None:
        return
    if getattr(getattr(item, "cls", None), "__twreplay_decorated__", ()):
        return
    mark = item.get_closest_marker("twreplay")
    if mark is None:
        needed = []
        item.stash[_UNMARKED] = True
    elif _has_both_kinds(mark):
        return
    else:
        needed = ["twilio" if _is_simulation(mark) else "twilio_cassette"]
    if left_out is None:
        place, rest = names.index(_PLACE), names.index(_PLACE) + 1
    else:
        place = rest = left_out
    # A list of its own: that of pytest is of all tests that a parametrized function makes.
    item.fixturenames = [*names[:place], *needed, *names[rest:]]  # type: ignore[attr-defined]
    if not needed:
        item.stash[_LEFT_OUT] = place
    elif left_out is not None:
        del item.stash[_LEFT_OUT]


_PLACE = "_twreplay_mark"
_LEFT_OUT: pytest.StashKey[int] = pytest.StashKey()
_UNMARKED: pytest.StashKey[bool] = pytest.StashKey()


def open_late_session(item: Any) -> None:
    """Open the session of a test that one of its fixtures has marked, as soon as it has."""
    if not item.stash.get(_UNMARKED, False):
        return
    if (mark := item.get_closest_marker("twreplay")) is None:
        return
    del item.stash[_UNMARKED]
    _refuse_both_kinds(mark)
    item._request.getfixturevalue("twilio" if _is_simulation(mark) else "twilio_cassette")


def check_late_mark(item: pytest.Item) -> None:
    """
    See to it that no test has marked itself while it ran: nothing can open its session then.

    Raises:
        UsageError: It has.
    """
    if not item.stash.get(_UNMARKED, False) or item.get_closest_marker("twreplay") is None:
        return
    from twreplay._explanation import Explanation, Remedy
    from twreplay.errors import UsageError

    raise UsageError(
        Explanation(
            headline="the mark twreplay was added while the test ran, too late to open a session: "
            "what the test sent went out.",
            place=(item.nodeid,),
            remedies=(
                Remedy("Mark the test, or add the mark in a fixture.", "@pytest.mark.twreplay"),
                Remedy(
                    "Or open the session in the test.",
                    'with twreplay.use_cassette("calls.yaml"): ...',
                ),
            ),
            anchor="usage-error",
        )
    )


def _has_both_kinds(mark: pytest.Mark) -> bool:
    """Return whether a mark has keywords of a simulator, and something of a cassette."""
    given = mark.kwargs.keys()
    return bool(given & SIMULATOR_ONLY) and bool(
        mark.args or "cassette" in given or given & CASSETTE_ONLY
    )


def _refuse_both_kinds(mark: pytest.Mark) -> None:
    """
    See to it that a mark is about a cassette or about a simulator.

    Raises:
        UsageError: It has keywords of both kinds.
    """
    if not _has_both_kinds(mark):
        return
    of_simulate = sorted(SIMULATOR_ONLY.intersection(mark.kwargs))
    of_cassette = sorted((CASSETTE_ONLY | {"cassette"}).intersection(mark.kwargs))
    from twreplay.errors import UsageError

    other = f"{of_cassette[0]} of use_cassette" if of_cassette else "a cassette was named"
    msg = (
        f"in the mark twreplay, {of_simulate[0]} is a keyword of simulate, and {other}; "
        "a mark replays a cassette or simulates, not both."
    )
    raise UsageError(msg)


def _is_simulation(mark: pytest.Mark) -> bool:
    given = mark.kwargs.keys()
    return bool(given & SIMULATOR_ONLY) and not mark.args and given <= _OF_SIMULATE


# Of the run: to set up for each test what nearly no suite has took 60 µs. A fixture that overrides
# it may have any scope.
@pytest.fixture(scope="session")
def twilio_app() -> object:
    """
    Return the application that the API requests: override it; None for none.

    It is attached to the fixture ``twilio``, and is the *app* of ``twilio_cassette``.
    """
    return None


@pytest.fixture
def twilio(
    request: pytest.FixtureRequest, twreplay_config: Mapping[str, Any], twilio_app: object
) -> Iterator[Simulator]:
    """
    A simulator of the API, which answers while the test runs.

    ``twilio.auth`` and ``twilio.account_url`` are what the code under test needs, ``twilio.calls``
    and the like what it has done, ``twilio.add_call(...)`` what was there before,
    ``twilio.when(...)`` what the API is to do otherwise, ``twilio.requests`` the journal. The mark
    ``twreplay`` takes the keywords of ``simulate``.
    """
    session = _build_simulation(request, twreplay_config)
    if twilio_app is not None:
        session.simulator.attach(twilio_app)
    yield session.open()
    with _handle_unused(request.config):
        session.close()


@pytest.fixture(scope="module")
def twilio_module(
    request: pytest.FixtureRequest, twreplay_config: Mapping[str, Any]
) -> Iterator[Simulator]:
    """
    A simulator that the tests of a module share, and that answers all of them.

    What one test changes the next one finds. A fixture ``twilio`` that yields in
    ``with twilio_module.fork():`` undoes that after each test.
    """
    yield from _share_simulator(request, twreplay_config)


@pytest.fixture(scope="session")
def twilio_session(
    request: pytest.FixtureRequest, twreplay_config: Mapping[str, Any]
) -> Iterator[Simulator]:
    """A simulator that all tests of a run share, in each worker of pytest-xdist one."""
    yield from _share_simulator(request, twreplay_config)


def _build_simulation(
    request: pytest.FixtureRequest, config: Mapping[str, Any]
) -> SimulationSession:
    from twreplay._sessions import SimulationSession

    session = SimulationSession.from_options(_collect_simulator_options(request, config))
    request.node.stash[SIMULATOR] = session.simulator
    return session


def _share_simulator(
    request: pytest.FixtureRequest, config: Mapping[str, Any]
) -> Iterator[Simulator]:
    session = _build_simulation(request, config)
    try:
        yield session.open()
    finally:
        del request.node.stash[SIMULATOR]
    with _handle_unused(request.config):
        session.close()


@pytest.fixture
def twilio_server(
    request: pytest.FixtureRequest, twreplay_config: Mapping[str, Any]
) -> Iterator[Server]:
    """
    A server of the simulated API, for code under test that runs in another process.

    ``twilio_server.base_url`` and ``twilio_server.environment`` are what that process needs; the
    rest is as of ``twilio``. The mark ``twreplay`` takes the keywords of ``simulate``.
    """
    from twreplay._pytest.server import run_server

    options = _collect_simulator_options(request, twreplay_config)
    with _handle_unused(request.config):
        yield from run_server(options, request.node.nodeid)


@pytest.fixture
def twilio_cassette(
    request: pytest.FixtureRequest,
    twreplay_config: Mapping[str, Any],
    twreplay_cassette_dir: str | Path,
    twilio_app: object,
) -> Iterator[Cassette]:
    """
    The test's cassette, which answers while the test runs.

    It is ``<Class.test[param]>.yaml`` in ``twreplay_cassette_dir``, unless the mark ``twreplay``
    names another. ``pytest --twreplay-record=once`` records it.
    """
    # Imported late: a run without cassettes should not pay for what replays them.
    from twreplay._cassette import CommandHints, is_simulated, make_absolute
    from twreplay._sessions import CassetteSession, CassetteSettings

    name, options = _collect_options(request, twreplay_config)
    if twilio_app is not None:
        options.setdefault("app", twilio_app)
    of_simulate = {key: options.pop(key) for key in SIMULATOR_ONLY.intersection(options)}
    if of_simulate:
        from twreplay._simulator import check_options

        check_options(of_simulate)
    folder = _select_folder(request, twreplay_config, Path(twreplay_cassette_dir))
    path = make_absolute(folder / (name or _build_default_name(request, folder)))
    settings = CassetteSettings.from_options(options)
    if "twilio" in request.fixturenames and (
        settings.source == "simulator"
        or any(is_simulated(folder / each) for each in (path, *settings.shared))
    ):
        request.getfixturevalue("twilio")  # around the cassette, which is recorded from it

    def record(mode: str) -> str:
        needs_all = mode == "rewrite" and name is not None and not _has_sections(path)
        return f"pytest {_build_target(request, needs_all=needs_all)} --twreplay-record={mode}"

    how_to = CommandHints(
        record=record,
        simulate=lambda mode: f"{record(mode)} --twreplay-record-from=simulator",
        set=lambda keyword: f"@pytest.mark.twreplay({keyword})",
        use=lambda other: f'@pytest.mark.twreplay("{other}")',
    )
    session = CassetteSession(
        path,
        settings,
        how_to,
        is_of_several=name is not None,
        simulator_options=of_simulate,
        may_be_missing=name is None and _is_marked_with_others(request),
        folder=folder,
        is_derived=name is None,
    )
    request.node.stash[CASSETTE] = opened = session.open()
    yield opened
    with _handle_unused(request.config):
        session.close()


def _is_marked_with_others(request: pytest.FixtureRequest) -> bool:
    """Return whether a test has a cassette only because its class or module is marked."""
    nearest = next((node for node, _ in request.node.iter_markers_with_node("twreplay")), None)
    if nearest is None or nearest is request.node:
        return False
    return "twilio_cassette" not in inspect.signature(request.function).parameters


def _select_folder(request: pytest.FixtureRequest, config: Mapping[str, Any], folder: Path) -> Path:
    """Select the cassette's folder: the configured one, unless the fixture is overridden."""
    chosen = getattr(config, "cassette_dir", None) or get_project(request.config).cassette_dir
    if chosen is None or folder != request.path.parent / "cassettes" / request.path.stem:
        return folder
    return Path(request.config.rootpath, chosen, request.path.stem)


@contextmanager
def _handle_unused(config: pytest.Config) -> Iterator[None]:
    """Handle an error about unused interactions or rules as the options say."""
    try:
        yield
    except TwreplayError as error:
        if not isinstance(error, UnreadNotifications | UnusedInteractions | UnusedRules):
            raise
        wanted = str(config.getoption("--twreplay-unused") or get_ini(config, "unused") or "fail")
        if wanted == "fail":
            raise
        if wanted == "warn":
            warnings.warn(pytest.PytestWarning(str(error)), stacklevel=1)


def _collect_simulator_options(
    request: pytest.FixtureRequest, config: Mapping[str, Any]
) -> dict[str, Any]:
    _, options = _collect_options(request, config)
    return {name: value for name, value in options.items() if name not in CASSETTE_ONLY}


def _collect_options(
    request: pytest.FixtureRequest, config: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """Return the cassette's name, if the mark gives one, and the keywords; the strongest last."""
    if isinstance(config, dict):
        keep_iterators(config)
    options = {**_read_files(request.config), **config}
    name = None
    mark = request.node.get_closest_marker("twreplay")
    if mark is not None:
        # Both are read for each test that they are for.
        keep_iterators(cast("dict[str, Any]", mark.kwargs))
        given = dict(mark.kwargs)
        name = given.pop("cassette", None) or (mark.args[0] if mark.args else None)
        if len(mark.args) > 1:
            msg = f"the twreplay mark takes one cassette, not {len(mark.args)}: {mark.args!r}"
            raise pytest.UsageError(msg)
        options |= given
    for key, option in KEYWORDS.items():
        if value := request.config.getoption(f"--twreplay-{option}"):
            options[key] = value
    return name, options


def _read_files(config: pytest.Config) -> Mapping[str, Any]:
    """Return the keywords that ``[tool.twreplay]`` and the ini file set, read once a run."""
    known = config.stash.get(_FROM_FILES, None)
    if known is None:
        project = get_project(config).values
        given = {key: value for key, value in project.items() if key in ALL_KEYWORDS}
        for key, option in KEYWORDS.items():
            if value := config.getini(build_ini_key(option)):
                given[key] = value
        known = config.stash[_FROM_FILES] = given
    return known


def _build_default_name(request: pytest.FixtureRequest, folder: Path) -> str:
    from twreplay._cassette import build_file_name

    owner = request.cls.__qualname__.rpartition("<locals>.")[2] + "." if request.cls else ""
    name = f"{build_file_name(owner + request.node.name)}.yaml"
    if owner.count(".") < 2:
        return name
    # Without the classes around, as pytest-recording names them, and version 0.1 did.
    short = f"{build_file_name(f'{request.cls.__name__}.{request.node.name}')}.yaml"
    return short if (folder / short).exists() and not (folder / name).exists() else name


def _has_sections(path: Path) -> bool:
    """Return whether a cassette says of all that is on it which test has recorded it."""
    from twreplay._cassette import load_if_there

    try:
        found = load_if_there(path)
    except TwreplayError:
        return False
    return found is not None and all(each.recorded_by for each in found.interactions)


def _build_target(request: pytest.FixtureRequest, *, needs_all: bool) -> str:
    """
    Return what to run so that a test's cassette is recorded, from where pytest was called.

    Args:
        needs_all: Other tests of the file may have recorded into it, and it does not say what. They
            must run as well, or a rewrite would lose that.
    """
    file = os.path.relpath(request.path, request.config.invocation_params.dir)
    _, separator, test = str(request.node.nodeid).partition("::")
    if needs_all:
        separator = test = ""
    target = f"{Path(file).as_posix()}{separator}{test}"
    return f"'{target}'" if set(target) & set("[ ]'\"$") else target
