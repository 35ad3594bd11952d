"""Each phase of a test: what is counted, followed and reported of it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from twreplay import _ledger, _stats
from twreplay._pytest.annotating import attach_problem
from twreplay._pytest.collection import get_rehearsal
from twreplay._pytest.network import apply_network_block
from twreplay._pytest.report import add_trace, trace_test
from twreplay._pytest.run import Run, get_run, is_worker
from twreplay.errors import TwreplayError

if TYPE_CHECKING:
    from twreplay import Cassette, Simulator

_FAILED = pytest.StashKey[bool]()
_TEST = pytest.StashKey[_stats.RunStats]()

SIMULATOR: pytest.StashKey[Simulator] = pytest.StashKey()
"""The simulator of a test's fixture ``twilio``."""

CASSETTE: pytest.StashKey[Cassette] = pytest.StashKey()
"""The cassette of a test's fixture ``twilio_cassette``."""


def run_test(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """
    Count what a test does, and rehearse its failures if requested.

    The network is blocked during the test, if requested.
    """
    run, test = get_run(item.config), _stats.begin()
    item.stash[_TEST] = test
    try:
        with apply_network_block(item), trace_test(run):
            settings = get_rehearsal(item)
            if settings is None:
                with _leave_outer_log():
                    return (yield)
            from twreplay._delivery import WebhookLog, watching_webhooks
            from twreplay._interception import RequestLog, watching
            from twreplay._pytest.rehearsal import rehearse

            webhooks = WebhookLog()
            with watching(RequestLog()) as watch, watching_webhooks(webhooks):
                result = yield
            if not item.stash.get(_FAILED, False):
                run.rehearsed.append(rehearse(item, nextitem, settings, watch, webhooks))
            return result
    finally:
        _stats.end(test)
        run.stats.merge(test)
        _let_go(item)


def _let_go(item: pytest.Item) -> None:
    """
    Let go of what *item* holds, as pytest keeps each test to the end of the run.

    With their simulators 1,000 tests were 110,000 objects, and collecting garbage took a seventh of
    the time of 3,000.
    """
    held: tuple[pytest.StashKey[Any], ...] = (SIMULATOR, CASSETTE, _TEST)
    for key in held:
        if key in item.stash:
            del item.stash[key]


def _leave_outer_log() -> AbstractContextManager[object]:
    """Keep requests out of the logs of a rehearsed test that runs pytest, and this test in it."""
    interception = sys.modules.get("twreplay._interception")
    if interception is None or not interception.is_watched():
        return nullcontext()
    from twreplay._delivery import watching_webhooks

    outer = ExitStack()
    outer.enter_context(interception.watching(None))
    outer.enter_context(watching_webhooks(None))
    return outer


def set_up_test(item: pytest.Item) -> Generator[None, None, None]:
    """Follow the set-up; a test that another plugin runs again has neither failed nor passed."""
    item.stash[_FAILED] = False
    if (test := item.stash.get(_TEST, None)) is not None:
        test.closed.clear()  # by an attempt that did not pass
    ledger = get_run(item.config).ledger
    ledger.begin_test(plan_test(item))
    function: Any = getattr(item, "obj", None)
    ledger.function = inspect.unwrap(getattr(function, "__func__", function))
    # What unittest has put there of a test that goes on to its tear-down, and a failed part of it.
    ledger.has_failed = lambda: (
        bool(getattr(item, "_excinfo", None)) or item.nodeid in ledger.failed_in_part
    )
    try:
        with ledger.frame():
            return (yield)
    finally:
        ledger.is_setting_up = False


def call_test(item: pytest.Item) -> Generator[None, None, None]:
    """Tell sessions that a test opens itself from those of its fixtures."""
    with get_run(item.config).ledger.frame():
        return (yield)


def set_up_fixture(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Note which fixture opens a session: who uses that fixture uses the session."""
    ledger = get_run(request.config).ledger
    name = "" if fixturedef.scope == "function" else fixturedef.argname
    with ledger.frame(name, getattr(fixturedef, "baseid", "") or ""):
        return (yield)


def tear_down_test(item: pytest.Item) -> Generator[None, None, None]:
    """Decide about the recordings of sessions that were closed with the test."""
    ledger = get_run(item.config).ledger
    ledger.is_stopping = bool(item.session.shouldfail or item.session.shouldstop)
    try:
        with ledger.frame():
            yield
    except BaseException as error:
        ledger.judge(item.nodeid, passed=False)
        try:
            ledger.settle()
        except Exception as refused:
            error.add_note(str(refused))
        raise
    else:
        ledger.settle()
    finally:
        ledger.end_test()


def plan_test(item: pytest.Item) -> _ledger.Planned:
    """Return *item* as the ledger knows tests."""
    return _ledger.Planned(item.nodeid, frozenset(getattr(item, "fixturenames", ())))


def list_tests_to_come(session: pytest.Session) -> list[_ledger.Planned]:
    """List the tests that have not run; none under pytest-xdist, where others may run them."""
    if is_worker(session.config):
        return []
    begun = get_run(session.config).ledger.has_begun
    return [plan_test(item) for item in session.items if not begun(item.nodeid)]


def report_phase(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, and report its simulated requests."""
    if call.when == "teardown" and (test := item.stash.get(_TEST, None)) is not None:
        item.user_properties += [
            (f"twreplay_{way.replace(' ', '_')}", n) for way, n in test.counts.items() if n
        ]
    if call.excinfo is not None:
        from twreplay._pytest.display import fold, keep_message, show_lines_alone

        functions = fold(call.excinfo, is_whole=item.config.getoption("fulltrace", False))
        is_long = (functions or 0) > 1 and isinstance(call.excinfo.value, TwreplayError)
        with show_lines_alone(item.config) if is_long else nullcontext():
            report = keep_message((yield)) if functions == 0 else (yield)
    else:
        report = yield
    if any(title.startswith("Captured log") for title, _ in report.sections):
        from twreplay._pytest.display import hide_in_logs

        hide_in_logs(report)
    if report.failed or call.excinfo is not None:  # which a test raises, too, that skips itself
        item.stash[_FAILED] = True
    if not _is_rehearsal():
        ledger, is_good = get_run(item.config).ledger, report.passed and call.excinfo is None
        is_good = is_good and item.nodeid not in ledger.failed_in_part
        if call.when == "call" or not is_good:
            ledger.judge(item.nodeid, passed=is_good)
        tracer = get_run(item.config).tracer
        if tracer is not None:
            add_trace(report, tracer, failed=item.stash[_FAILED])
    attach_problem(item, call, report)
    if report.failed and (simulator := _find_simulator(item)) is not None:
        _add_sections(report, simulator)
    if report.failed and CASSETTE in item.stash:
        from twreplay._pytest.display import list_webhooks

        if told := list_webhooks(item.stash[CASSETTE]):
            report.sections.append(("webhooks that twreplay delivered", told))
    return report


def note_part(run: Run, report: pytest.TestReport) -> None:
    """
    Note that a test failed of which a report says so, whatever the report of its phase did.

    A subtest has a report of its own, and other plugins turn a report that passed into a failure.
    """
    if report.failed and report.nodeid == run.ledger.test:
        run.ledger.failed_in_part.add(report.nodeid)
        run.ledger.judge(report.nodeid, passed=False)


def _find_simulator(item: pytest.Item) -> Simulator | None:
    """Return the simulator of the test's own fixture, or of the nearest shared one."""
    nodes = reversed(item.listchain())
    return next((node.stash[SIMULATOR] for node in nodes if SIMULATOR in node.stash), None)


def _add_sections(report: pytest.TestReport, simulator: Simulator) -> None:
    if simulator.requests:
        report.sections.append(("what twreplay simulated", str(simulator.explain())))
    if transcripts := simulator.transcripts():
        report.sections.append(("calls that twreplay simulated", transcripts))


def _is_rehearsal() -> bool:
    # Not by an import statement: three of them in each test took 5 µs.
    interception = sys.modules.get("twreplay._interception")
    return interception is not None and interception.is_rehearsal()
