"""The pytest plugin: options, the mark and the fixtures. Contains no other logic."""

from __future__ import annotations

import inspect
import os
import sys
import time
import warnings
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twreplay import _ledger, _stats
from twreplay._pytest import (
    KEYWORDS,
    Guard,
    add_options,
    build_ini_key,
    check_ini_keys,
    get_setting,
    list_settings,
)
from twreplay.errors import TwreplayError

if TYPE_CHECKING:
    from twreplay import Cassette, Server, Simulator
    from twreplay._pytest import Drift, RehearsalSettings
    from twreplay._reports import Coverage, Rehearsed

_FAILED = pytest.StashKey[bool]()
_RUN = pytest.StashKey[_stats.RunStats]()
_WHY_NOT = pytest.StashKey[set[str]]()
_runs: list[pytest.Config] = []
_TEST = pytest.StashKey[_stats.RunStats]()
_LEDGER = pytest.StashKey[_ledger.Ledger]()
_NOTES = pytest.StashKey[list[str]]()
_REWRITTEN: pytest.StashKey[dict[str, set[str]]] = pytest.StashKey()
_SPOILED = pytest.StashKey[list[str]]()
_NOT_RUN = pytest.StashKey[list[str]]()
_LOST: pytest.StashKey[set[str]] = pytest.StashKey()
_CREATED: pytest.StashKey[set[str]] = pytest.StashKey()
_SIMULATOR = pytest.StashKey["Simulator"]()
_REHEARSAL: pytest.StashKey[RehearsalSettings | None] = pytest.StashKey()
_DRIFT: pytest.StashKey[list[Drift]] = pytest.StashKey()
_WATCHED_BEFORE = pytest.StashKey[bool]()
_MISTAKE = pytest.StashKey[str]()
_REHEARSED: pytest.StashKey[list[Rehearsed]] = pytest.StashKey()

# Keys of the data that workers of pytest-xdist and the main process exchange.
_FROM_WORKER = "twreplay"
_PARTIAL = "twreplay_why_not"
_REHEARSALS = "twreplay_rehearsals"
_RECORDINGS = "twreplay_recordings"
_BEFORE = "twreplay_before"


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
    }
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with an ini key of the same name."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark, so that ``pytest --markers`` is documentation."""
    config.addinivalue_line(
        "markers",
        "twreplay(cassette=None, **keywords): replay a cassette while the test runs. cassette is "
        "a path below the test's cassette directory, by default named after the test; the "
        "keywords are those of twreplay.use_cassette. With keywords of twreplay.simulate, such as "
        "profile or undocumented, and no others: simulate the API instead.",
    )
    config.addinivalue_line(
        "markers",
        "twreplay_faults(*failures, may_raise=None, limit=100): run the test once more for each "
        "failure of each of its requests, and tell what became of it. failures are statuses, "
        "codes, '4xx', 'network', faults; by default all that are documented. With may_raise, an "
        "exception or several, or () for none, the test fails if anything else comes of it.",
    )
    check_ini_keys(config)
    if (least := _get_least_coverage(config)) and not 0 <= least <= 100:
        msg = f"--twreplay-coverage-fail-under takes a percentage from 0 to 100, not {least:g}"
        raise pytest.UsageError(msg)
    _get_coverage_file(config)
    _check_rehearsal(config)
    began = getattr(config, "workerinput", {}).get(_FROM_WORKER, time.time())
    config.stash[_RUN] = _stats.begin(began)
    config.stash[_LEDGER] = _ledger.Ledger(began)
    config.stash[_NOTES] = []
    config.stash[_SPOILED] = []
    config.stash[_NOT_RUN] = []
    config.stash[_LOST] = set()
    config.stash[_CREATED] = set()
    config.stash[_REWRITTEN] = {}
    _ledger.start(config.stash[_LEDGER])
    nothing_yet: set[str] = set()
    config.stash[_WHY_NOT] = nothing_yet
    none_yet: list[Rehearsed] = []
    config.stash[_REHEARSED] = none_yet
    _runs.append(config)
    config.pluginmanager.register(Guard())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the start of the run to a worker of pytest-xdist."""
    node.workerinput[_FROM_WORKER] = node.config.stash[_RUN].began


# First, as the others are not called after one that raises: what pytest says of a KeyboardInterrupt
# may, and in a process that runs pytest again the next run would go on with this one's ledger.
@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop counting."""
    if (tally := config.stash.get(_RUN, None)) is not None:
        _stats.end(tally)
        _ledger.stop(config.stash[_LEDGER])
        _runs.remove(config)
        if (watched := config.stash.get(_WATCHED_BEFORE, None)) is not None:
            from twreplay._interception import prepare

            prepare(watched=watched)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Find the tests to rehearse."""
    config = session.config
    wanted, ini = config.getoption("--twreplay-rehearse"), config.getini("twreplay_rehearse")
    if wanted is None and not ini:
        asked_for = [i for i in session.items if i.get_closest_marker("twreplay_faults")]
    else:
        asked_for = session.items
    if not asked_for:
        return
    from twreplay._interception import prepare
    from twreplay._pytest import check_limit, read_settings
    from twreplay.errors import UsageError

    config.stash[_WATCHED_BEFORE] = prepare(watched=True)
    limit = check_limit(_get_rehearsal_limit(config))
    for item in asked_for:
        try:
            settings = read_settings(item, wanted, ini, limit)
        except UsageError as error:
            item.stash[_MISTAKE] = str(error)
        else:
            item.stash[_REHEARSAL] = settings


def _check_rehearsal(config: pytest.Config) -> None:
    given = get_setting(config, "rehearse")
    limit = _get_rehearsal_limit(config)
    if given is None and limit == 100:
        return
    from twreplay._pytest import check_options
    from twreplay.errors import UsageError

    try:
        check_options(given[0] if given else "", limit)
    except UsageError as error:
        behind = "to name tests behind --twreplay-rehearse, write it --twreplay-rehearse=all"
        msg = f"--twreplay-rehearse: {error}\n({behind}, or put it last)"
        raise pytest.UsageError(msg) from None


def _get_rehearsal_limit(config: pytest.Config) -> object:
    given = config.getoption("--twreplay-rehearse-limit")
    return (config.getini("twreplay_rehearse_limit") or 100) if given is None else given


# Innermost wrapper: a rehearsal runs under the same warnings, assertions and time limits.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """
    Count what each test does, and rehearse its failures if requested.

    The network is blocked during the test, if requested.
    """
    run, test = item.config.stash[_RUN], _stats.begin()
    item.stash[_TEST] = test
    try:
        with _apply_network_block(item.config):
            settings = item.stash.get(_REHEARSAL, None)
            if settings is None:
                with _leave_outer_log():
                    return (yield)
            from twreplay._interception import RequestLog, watching
            from twreplay._pytest import rehearse

            with watching(RequestLog()) as watch:
                result = yield
            if not item.stash.get(_FAILED, False):
                rehearsed = rehearse(item, nextitem, settings, watch)
                item.config.stash[_REHEARSED].append(rehearsed)
            return result
    finally:
        _stats.end(test)
        run.merge(test)


def _leave_outer_log() -> AbstractContextManager[object]:
    """Keep requests out of the log of a rehearsed test that runs pytest, and this test in it."""
    if "twreplay._interception" not in sys.modules:
        return nullcontext()
    from twreplay._interception import watching

    return watching(None)


def _apply_network_block(config: pytest.Config) -> AbstractContextManager[object]:
    if not (
        config.getoption("--twreplay-block-network") or config.getini("twreplay_block_network")
    ):
        return nullcontext()
    from twreplay._sessions import block_network_of_children_too as block_network

    hosts = config.getoption("--twreplay-allowed-hosts")
    return block_network(config.getini("twreplay_allowed_hosts") if hosts is None else hosts)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Begin anew: a test that is run again, by whatever plugin, has neither failed nor passed."""
    item.stash[_FAILED] = False
    ledger = item.config.stash[_LEDGER]
    ledger.begin_test(_planned(item))
    function: Any = getattr(item, "obj", None)
    ledger.function = inspect.unwrap(getattr(function, "__func__", function))
    # What unittest has put there of a test that goes on to its tear-down.
    ledger.has_failed = lambda: bool(getattr(item, "_excinfo", None))
    with ledger.frame():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Tell sessions that a test opens itself from those of its fixtures."""
    with item.config.stash[_LEDGER].frame():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Note which fixture opens a session: who uses that fixture uses the session."""
    ledger = request.config.stash[_LEDGER]
    name = "" if fixturedef.scope == "function" else fixturedef.argname
    with ledger.frame(name, getattr(fixturedef, "baseid", "") or ""):
        return (yield)


# The outermost: what any fixture raises, and any other plugin, is known before a recording is kept.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Decide about the recordings of sessions that were closed with the test."""
    ledger = item.config.stash[_LEDGER]
    ledger.is_stopping = bool(item.session.shouldfail or item.session.shouldstop)
    try:
        with ledger.frame():
            yield
    except BaseException as error:
        ledger.judge(item.nodeid, passed=False)
        try:
            ledger.settle()
        except TwreplayError as refused:
            error.add_note(str(refused))
        raise
    else:
        ledger.settle()
    finally:
        ledger.end_test()


def _planned(item: pytest.Item) -> _ledger.Planned:
    return _ledger.Planned(item.nodeid, frozenset(getattr(item, "fixturenames", ())))


def _to_come(session: pytest.Session) -> list[_ledger.Planned]:
    """The tests that have not run; none under pytest-xdist, where others may run them."""
    if hasattr(session.config, "workeroutput"):
        return []
    begun = session.config.stash[_LEDGER].has_begun
    return [_planned(item) for item in session.items if not begun(item.nodeid)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, and report its simulated requests."""
    if call.when == "teardown" and (test := item.stash.get(_TEST, None)) is not None:
        item.user_properties += [
            (f"twreplay_{way.replace(' ', '_')}", n) for way, n in test.counts.items() if n
        ]
    if call.excinfo is not None:
        from twreplay._pytest import fold, keep_message

        only_message = fold(call.excinfo, is_whole=item.config.getoption("fulltrace", False))
        report = keep_message((yield)) if only_message else (yield)
    else:
        report = yield
    if any(title.startswith("Captured log") for title, _ in report.sections):
        from twreplay._pytest import hide_in_logs

        hide_in_logs(report)
    if report.failed or call.excinfo is not None:  # which a test raises, too, that skips itself
        item.stash[_FAILED] = True
    if not _is_rehearsal():
        ledger, is_good = item.config.stash[_LEDGER], report.passed and call.excinfo is None
        if call.when == "call" or not is_good:
            ledger.judge(item.nodeid, passed=is_good)
    if report.failed:
        simulator = item.stash.get(_SIMULATOR, None)
        if simulator is not None and simulator.requests:
            report.sections.append(("what twreplay simulated", str(simulator.explain())))
        if simulator is not None and (transcripts := simulator.transcripts()):
            report.sections.append(("calls that twreplay simulated", transcripts))
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show values that may hold a secret as their types show them."""
    ours = ("twreplay._http", "twreplay._display")
    if type(left).__module__ not in ours and type(right).__module__ not in ours:
        return None
    from twreplay._pytest import compare

    return compare(op, left, right)


def _is_rehearsal() -> bool:
    if "twreplay._interception" not in sys.modules:
        return False
    from twreplay._interception import is_rehearsal

    return is_rehearsal()


# --- when the run is over ---------------------------------------------------------------------


def pytest_report_header(config: pytest.Config) -> str:
    """Return the settings in effect, and the source of each."""
    from twreplay._reports import format_header

    return format_header(list_settings(config))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Make known which tests are to come."""
    session.config.stash[_LEDGER].to_come = lambda: _to_come(session)


# Within pytest's own: fixtures that are still open are torn down by then, if a run was broken off.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Settle what is open, hand over what a worker has counted, or judge the whole run."""
    config = session.config
    config.stash[_LEDGER].is_stopping = True
    try:
        yield
    finally:
        _settle_the_rest(session)
        _finish(session)


def _settle_the_rest(session: pytest.Session) -> None:
    """Decide about recordings that no test's end has decided about."""
    from twreplay._pytest import asides_of, finish, rewritten_in, set_aside

    config = session.config
    ledger, notes = config.stash[_LEDGER], config.stash[_NOTES]
    ledger.abandon_the_open()
    try:
        ledger.settle()
    except TwreplayError as error:
        notes.append(str(error))
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
    unfinished = _find_unfinished(session)
    told, rewritten = asides_of(ledger), rewritten_in(ledger)
    if unfinished:
        told = [line for line in told if not line.startswith(_begin_of_asides(unfinished))]
        told += set_aside(unfinished, ledger.began)
    if hasattr(config, "workeroutput"):
        not_good = sorted({*ledger.aside, *ledger.find_spoiled()})
        created = sorted(ledger.created - unfinished)
        config.workeroutput[_RECORDINGS] = [*told, *notes], rewritten, not_good, created
        config.workeroutput[_BEFORE] = ledger.before
        return
    notes += told
    _merge_rewritten(config, rewritten)
    spoiled = {*ledger.aside, *ledger.find_spoiled(), *config.stash[_SPOILED]}
    is_whole = session.exitstatus == pytest.ExitCode.OK and not config.stash[_NOT_RUN]
    notes += finish(config.stash[_REWRITTEN], spoiled, is_whole=is_whole)


def _begin_of_asides(paths: Iterable[str]) -> tuple[str, ...]:
    """Return how the lines begin that tell of what tests left beside *paths*."""
    from twreplay._cassette import format_path

    return tuple(f"{format_path(Path(path))} was left as it was" for path in paths)


def _find_unfinished(session: pytest.Session) -> set[str]:
    """
    Return the cassettes that the run made and in which something of its tests is missing.

    A test did not pass, or the run ended before it ran.
    """
    config = session.config
    ledger = config.stash[_LEDGER]
    of_workers: set[str] = config.stash[_CREATED]
    spoiled: list[str] = config.stash[_SPOILED]
    created = ledger.created | of_workers
    found = created & {*ledger.find_spoiled(), *spoiled}
    is_cut = bool(session.shouldstop or session.shouldfail) or session.exitstatus in (
        pytest.ExitCode.INTERRUPTED,
        pytest.ExitCode.INTERNAL_ERROR,
    )
    if not created or not (is_cut or config.stash[_LOST]):
        return found
    if of_workers or config.stash[_LOST]:  # under pytest-xdist: what has run is unknown
        return created
    marks = [
        item.get_closest_marker("twreplay")
        for item in session.items
        if not ledger.has_begun(item.nodeid)
    ]
    names = {str(mark.kwargs.get("cassette") or (*mark.args, "")[0]) for mark in marks if mark}
    ends = tuple(f"/{name}" for name in names if name)
    return found | {path for path in created if path.endswith(ends)}


def _merge_rewritten(config: pytest.Config, rewritten: Mapping[str, Iterable[str]]) -> None:
    for path, digests in rewritten.items():
        config.stash[_REWRITTEN].setdefault(path, set()).update(digests)


def _finish(session: pytest.Session) -> None:
    config = session.config
    tally = config.stash[_RUN]
    if hasattr(config, "workeroutput"):
        from twreplay._reports import pack_stats

        config.workeroutput[_FROM_WORKER] = pack_stats(tally)
        why_not: set[str] = config.stash[_WHY_NOT]
        config.workeroutput[_PARTIAL] = sorted(why_not)
        if rehearsed := config.stash[_REHEARSED]:
            from twreplay._reports import pack_rehearsals as packed_rehearsals

            config.workeroutput[_REHEARSALS] = packed_rehearsals(rehearsed)
        return
    _note_plays(session)
    _find_drift(session)
    least = _get_least_coverage(config)
    if _get_coverage_file(config) is None and not least:
        return
    from twreplay._reports import save_coverage

    coverage = _build_coverage(config)
    if path := _get_coverage_file(config):
        save_coverage(config.invocation_params.dir / path, coverage)
    if least and coverage.compute_summary().percent < least and not session.testsfailed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _find_drift(session: pytest.Session) -> None:
    """Hold what the run recorded from the API against the rules."""
    config = session.config
    wanted = (get_setting(config, "drift") or ("warn", ""))[0]
    before = config.stash[_LEDGER].before
    if not before or wanted == "ignore":
        return
    from twreplay._pytest import find_drift

    config.stash[_DRIFT] = find_drift(before, config.rootpath)
    if config.stash[_DRIFT] and wanted == "fail":
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the counts of a worker of pytest-xdist."""
    text = getattr(node, "workeroutput", {}).get(_FROM_WORKER)
    if text is not None:
        from twreplay._reports import unpack_stats

        node.config.stash[_RUN].merge(unpack_stats(text))
        node.config.stash[_WHY_NOT].update(node.workeroutput[_PARTIAL])
        notes, rewritten, spoiled, created = node.workeroutput[_RECORDINGS]
        node.config.stash[_NOTES] += notes
        node.config.stash[_SPOILED] += spoiled
        node.config.stash[_CREATED].update(created)
        _merge_rewritten(node.config, rewritten)
        if before := node.workeroutput[_BEFORE]:
            from twreplay._pytest import merge_before

            merge_before(node.config.stash[_LEDGER].before, before)
    else:
        node.config.stash[_NOT_RUN].append(node.gateway.id)
        node.config.stash[_LOST].add(node.gateway.id)
    if (text := getattr(node, "workeroutput", {}).get(_REHEARSALS)) is not None:
        from twreplay._reports import unpack_rehearsals as unpacked_rehearsals

        node.config.stash[_REHEARSED] += unpacked_rehearsals(text)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Remember that the run is partial."""
    if items:
        items[0].config.stash[_WHY_NOT].add("tests were deselected")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember that a test was skipped or expected to fail."""
    if report.skipped and _runs:
        if "twreplay" in report.keywords:
            _runs[-1].stash[_NOT_RUN].append(report.nodeid)
        kind = "expected to fail" if hasattr(report, "wasxfail") else "skipped"
        _runs[-1].stash[_WHY_NOT].add(f"tests were {kind}")


def _note_plays(session: pytest.Session) -> None:
    """Store the played interactions for ``twreplay prune``, with reasons not to rely on them."""
    config = session.config
    cache = getattr(config, "cache", None)
    if cache is None or config.option.collectonly or not config.stash[_RUN].cassettes:
        return
    from twreplay._reports import PLAYS, build_usage

    why_not = config.stash[_WHY_NOT]
    if session.exitstatus != pytest.ExitCode.OK:
        why_not.add("it did not pass")
    for option in ("keyword", "markexpr", "lf", "stepwise", "ignore", "ignore_glob", "deselect"):
        if getattr(config.option, option, None):
            why_not.add(f"only a part of the tests was asked for ({option})")
    scope = [config.rootpath]
    if config.args_source is config.ArgsSource.ARGS:
        scope = [config.invocation_params.dir / argument for argument in config.args]
    if not all(folder.is_dir() for folder in scope):
        why_not.add(f"only a part of the tests was asked for ({' '.join(config.args)})")
    cache.set(PLAYS, build_usage(config.stash[_RUN], scope, sorted(why_not)))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write the reports that were requested, and a line about all requests."""
    if rehearsed := config.stash[_REHEARSED]:
        from twreplay._reports import render_rehearsals as rehearsals_table

        terminalreporter.section("twreplay rehearsal")
        width = terminalreporter._tw.fullwidth
        terminalreporter.write(rehearsals_table(rehearsed, width))
        terminalreporter.line("")
    for note in config.stash[_NOTES]:
        terminalreporter.line(f"twreplay: {note}", red=True)
    least = _get_least_coverage(config)
    wants_coverage = _get_coverage_file(config) is not None or bool(least)
    if not wants_coverage and not config.stash[_RUN].counts:
        return
    from twreplay._reports import format_summary

    if wants_coverage:
        from twreplay._reports import render_coverage

        coverage = _build_coverage(config)
        terminalreporter.section("twreplay coverage")
        terminalreporter.write(render_coverage(coverage))
        percent = coverage.compute_summary().percent
        if least and percent < least:
            told = f"\nFAIL: {percent:.1f}% is less than the {least:g}% asked for."
            terminalreporter.line(told, red=True)
        terminalreporter.line("")
    if line := format_summary(config.stash[_RUN]):
        terminalreporter.line(line)
    if before := config.stash[_LEDGER].before:
        from twreplay._pytest import list_written

        for line in list_written(before, config.rootpath):
            terminalreporter.line(f"twreplay: {line}")
    for drift in config.stash.get(_DRIFT, ()):
        terminalreporter.line(f"twreplay: {drift}", yellow=True)


def _build_coverage(config: pytest.Config) -> Coverage:
    from twreplay._reports import build_coverage

    profile = get_setting(config, "profile")
    return build_coverage(config.stash[_RUN], profile[0] if profile else "documented")


def _get_coverage_file(config: pytest.Config) -> str | None:
    """Return the file for the coverage; empty for the terminal only, None for no coverage."""
    given = get_setting(config, "coverage")
    if given is None or given[0].lower() in ("no", "false", "off"):
        return None
    if given[0].lower() in ("", "yes", "true", "on"):
        return ""
    if not given[0].endswith((".json", ".html")):
        msg = (
            f"--twreplay-coverage writes FILE.json or FILE.html, not {given[0]!r}; "
            "to name tests behind it, write --twreplay-coverage= or put it last"
        )
        raise pytest.UsageError(msg)
    return given[0]


def _get_least_coverage(config: pytest.Config) -> float:
    given = get_setting(config, "coverage-fail-under")
    try:
        return float(given[0]) if given else 0.0
    except ValueError:
        msg = f"ini key twreplay_coverage_fail_under takes a percentage, not {given and given[0]!r}"
        raise pytest.UsageError(msg) from None


# --- fixtures ---------------------------------------------------------------------------------


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
    if (mistake := request.node.stash.get(_MISTAKE, None)) is not None:
        pytest.fail(mistake, pytrace=False)
    with ExitStack() as sessions:
        for decoration in getattr(request.cls, "__twreplay_decorated__", ()):
            sessions.enter_context(decoration.open_for(request.function))
        mark = request.node.get_closest_marker("twreplay")
        if mark is not None:
            _refuse_both_kinds(mark)
            request.getfixturevalue("twilio" if _is_simulation(mark) else "twilio_cassette")
        yield


def _refuse_both_kinds(mark: pytest.Mark) -> None:
    """
    See to it that a mark is about a cassette or about a simulator.

    Raises:
        UsageError: It has keywords of both kinds.
    """
    of_simulate = sorted(SIMULATOR_ONLY.intersection(mark.kwargs))
    of_cassette = sorted((CASSETTE_ONLY | {"cassette"}).intersection(mark.kwargs))
    if not of_simulate or not (of_cassette or mark.args):
        return
    from twreplay.errors import UsageError

    other = f"{of_cassette[0]} of use_cassette" if of_cassette else "a cassette was named"
    msg = (
        f"in the mark twreplay, {of_simulate[0]} is a keyword of simulate, and {other}; "
        "a mark replays a cassette or simulates, not both."
    )
    raise UsageError(msg)


def _is_simulation(mark: pytest.Mark) -> bool:
    given = mark.kwargs.keys()
    return bool(given & SIMULATOR_ONLY) and not mark.args and given <= SIMULATOR_ONLY | _OF_BOTH


@pytest.fixture
def twilio_app() -> object:
    """Return the application to attach to the fixture ``twilio``: override it; None for none."""
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
    from twreplay._sessions import SimulationSession

    _, options = _collect_options(request, twreplay_config)
    session = SimulationSession.from_options(
        {name: value for name, value in options.items() if name not in CASSETTE_ONLY}
    )
    request.node.stash[_SIMULATOR] = session.simulator
    opened = session.open()
    if twilio_app is not None:
        opened.attach(twilio_app)
    yield opened
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
    from twreplay._pytest import run_server

    _, options = _collect_options(request, twreplay_config)
    of_simulate = {name: value for name, value in options.items() if name not in CASSETTE_ONLY}
    with _handle_unused(request.config):
        yield from run_server(of_simulate)


@pytest.fixture
def twilio_cassette(
    request: pytest.FixtureRequest,
    twreplay_config: Mapping[str, Any],
    twreplay_cassette_dir: str | Path,
) -> Iterator[Cassette]:
    """
    The test's cassette, which answers while the test runs.

    It is ``<Class.test[param]>.yaml`` in ``twreplay_cassette_dir``, unless the mark ``twreplay``
    names another. ``pytest --twreplay-record=once`` records it.
    """
    # Imported late: a run without cassettes should not pay for what replays them.
    from twreplay._cassette import CommandHints, is_simulated
    from twreplay._sessions import CassetteSession, CassetteSettings

    name, options = _collect_options(request, twreplay_config)
    of_simulate = {key: options.pop(key) for key in SIMULATOR_ONLY.intersection(options)}
    if of_simulate:
        from twreplay._simulator import check_options

        check_options(of_simulate)
    path = Path(twreplay_cassette_dir) / (name or _build_default_name(request))
    if "twilio" in request.fixturenames and (
        options.get("source") == "simulator" or is_simulated(path)
    ):
        request.getfixturevalue("twilio")  # around the cassette, which is recorded from it

    def record(mode: str) -> str:
        return f"pytest {_target(request, mode, name)} --twreplay-record={mode}"

    how_to = CommandHints(
        record=record,
        simulate=lambda mode: f"{record(mode)} --twreplay-record-from=simulator",
        set=lambda keyword: f"@pytest.mark.twreplay({keyword})",
        use=lambda other: f'@pytest.mark.twreplay("{other}")',
    )
    session = CassetteSession(
        path,
        CassetteSettings.from_options(options),
        how_to,
        is_shared=name is not None,
        simulator_options=of_simulate,
    )
    yield session.open()
    with _handle_unused(request.config):
        session.close()


@contextmanager
def _handle_unused(config: pytest.Config) -> Iterator[None]:
    """Handle an error about unused interactions or rules as the options say."""
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


def _collect_options(
    request: pytest.FixtureRequest, config: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any]]:
    """Return the cassette's name, if the mark gives one, and the keywords; the strongest last."""
    options: dict[str, Any] = {}
    for key, option in KEYWORDS.items():
        if value := request.config.getini(build_ini_key(option)):
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
    for key, option in KEYWORDS.items():
        if value := request.config.getoption(f"--twreplay-{option}"):
            options[key] = value
    return name, options


def _build_default_name(request: pytest.FixtureRequest) -> str:
    from twreplay._cassette import build_file_name

    owner = f"{request.cls.__name__}." if request.cls is not None else ""
    return f"{build_file_name(owner + request.node.name)}.yaml"


def _target(request: pytest.FixtureRequest, mode: str, name: str | None) -> str:
    """
    Return what to run so that a test's cassette is recorded, from where pytest was called.

    A cassette with a name of its own may be that of other tests too. In mode ``rewrite`` they must
    run with it, or it would lose what they have recorded.
    """
    file = os.path.relpath(request.path, request.config.invocation_params.dir)
    _, separator, test = str(request.node.nodeid).partition("::")
    if name is not None and mode == "rewrite":
        separator = test = ""
    target = f"{Path(file).as_posix()}{separator}{test}"
    return f"'{target}'" if set(target) & set("[ ]'\"$") else target
