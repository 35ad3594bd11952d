"""Runs a test once more for each failure of each of its requests."""

from __future__ import annotations

import time
import warnings
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypedDict, cast

import pytest
from _pytest.runner import runtestprotocol

from twreplay import _stats
from twreplay._delivery import REFUSED_BY_SIGNATURE, WebhookLog, watching_webhooks
from twreplay._interception import RequestLog, is_open, watching
from twreplay._pytest.options import MOST_REHEARSALS
from twreplay._reports import (
    ACCEPTED,
    GOOD,
    Rehearsal,
    RehearsalOutcome,
    Rehearsed,
    Run,
    Selection,
    WebhookRehearsal,
    build_run,
    build_webhook_runs,
    plan_rehearsals,
    plan_webhook_rehearsals,
)
from twreplay.errors import UsageError, WebhookDrift

MARK = "twreplay_faults"

_MOSTLY = 0.9

_Exceptions: TypeAlias = type[BaseException] | tuple[type[BaseException], ...]

_KEYWORDS = ("may_raise", "may_accept", "limit")
_ACCEPTABLE = tuple(sorted(REFUSED_BY_SIGNATURE))


@dataclass(frozen=True, slots=True)
class RehearsalSettings:
    """
    The settings for rehearsing a test.

    Attributes:
        may_raise: Exceptions that a failure may cause; any other outcome than these or a
            test that passes fails the run. None if every outcome is allowed.

        is_marked: The test itself is marked for rehearsal.

        may_accept: Changes of webhooks that the application may accept all the same.
    """

    selection: Selection
    limit: int = MOST_REHEARSALS
    may_raise: _Exceptions | None = None
    is_marked: bool = False
    may_accept: tuple[str, ...] = ()


def check_options(wanted: str, limit: object) -> None:
    """
    Check the options.

    Raises:
        UsageError: An option is invalid.
    """
    check_limit(limit)
    if not is_off(wanted) and not _is_on(wanted):
        Selection.parse(wanted.split(","))


def read_settings(
    item: pytest.Item, flag: str | None, ini: str, limit: int
) -> RehearsalSettings | None:
    """
    Read the settings for rehearsing *item*; None if it is not rehearsed.

    Args:
        flag: The option of the command line: a list of failures, ``no``, empty for those of the
            mark, or None if it is not given.

        ini: The same from the ini file; empty if it is not given.

    Raises:
        UsageError: An unknown failure or keyword.
    """
    mark = item.get_closest_marker(MARK)
    wanted = flag if flag is not None else ini
    if is_off(wanted) or (mark is None and flag is None and not ini):
        return None
    if item.get_closest_marker("xfail") is not None or not isinstance(item, pytest.Function):
        return None
    given: Iterable[object] = [] if _is_on(wanted) else wanted.split(",")
    if mark is None:
        return RehearsalSettings(Selection.parse(given), limit)
    for keyword in mark.kwargs:
        if keyword not in _KEYWORDS:
            msg = f"the mark {MARK} has no keyword {keyword!r}; there is: {', '.join(_KEYWORDS)}"
            raise UsageError(msg)
    if mark.args and (flag is None or _is_on(flag)):
        given = mark.args
    return RehearsalSettings(
        Selection.parse(given),
        check_limit(mark.kwargs.get("limit", limit)),
        _check_exceptions(mark.kwargs.get("may_raise")),
        is_marked=True,
        may_accept=_check_accepted(mark.kwargs.get("may_accept", ())),
    )


def is_off(wanted: str) -> bool:
    """Return whether an option disables rehearsals."""
    return wanted.lower() in ("no", "off", "false")


def _is_on(wanted: str) -> bool:
    """Return whether an option enables rehearsals without selecting failures."""
    return wanted.lower() in ("", "yes", "on", "true")


def check_limit(given: object) -> int:
    """
    Return the largest number of rehearsals of a test.

    Raises:
        UsageError: *given* is not a whole number from 1.
    """
    if str(given).isdecimal() and int(str(given)) > 0:
        return int(str(given))
    msg = f"limit is a whole number from 1, not {given!r}"
    raise UsageError(msg)


def _check_exceptions(given: object) -> _Exceptions | None:
    kinds = given if isinstance(given, tuple) else (given,)
    if given is None or all(isinstance(k, type) and issubclass(k, BaseException) for k in kinds):
        return cast("_Exceptions | None", given)
    msg = f"may_raise takes exceptions, or () for none, not {given!r}"
    raise UsageError(msg)


def _check_accepted(given: object) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else given
    if isinstance(names, tuple | list) and all(name in _ACCEPTABLE for name in names):
        return tuple(names)
    msg = f"may_accept takes {' and '.join(_ACCEPTABLE)}, not {given!r}"
    raise UsageError(msg)


def rehearse(
    item: pytest.Item,
    nextitem: pytest.Item | None,
    settings: RehearsalSettings,
    normal: RequestLog,
    webhooks: WebhookLog,
) -> Rehearsed:
    """
    Run *item*, which has passed, once more for each rehearsal.

    A rehearsal with an outcome that *settings* does not allow is reported as a failure of the
    test. Rehearsals are not counted in the statistics of the suite.
    """
    if normal.sent:
        why = "it sends requests to the API; record it first"
    elif any(map(is_open, normal.handlers)):
        why = "its session stays open for other tests; use one of the test's own"
    elif item.config.getvalue("usepdb"):
        why = "not with --pdb"
    else:
        why = ""
    if why:
        return Rehearsed(item.nodeid, (), why_not=why)
    rehearsals, left_out = plan_rehearsals(normal.requests, settings.selection, settings.limit)
    of_webhooks, more = plan_webhook_rehearsals(
        webhooks.webhooks, settings.selection, settings.limit - len(rehearsals)
    )
    if not rehearsals and not of_webhooks and settings.is_marked:
        why = "none of its requests can fail in one of these ways"
        return Rehearsed(item.nodeid, (), why_not=why if normal.requests else "it sent no request")
    runs: list[Run] = []
    began, worked = time.perf_counter(), time.process_time()
    properties = item.user_properties[:]
    planned: tuple[Rehearsal | WebhookRehearsal, ...] = (*rehearsals, *of_webhooks)
    for rehearsal in planned:
        if item.session.shouldfail or item.session.shouldstop:
            break
        item._report_sections.clear()
        if isinstance(rehearsal, Rehearsal):
            log = RequestLog(rehearsal.injector())
            error, reports = _run(item, nextitem, log, WebhookLog())
            fresh = [build_run(rehearsal, log, error, **_classify(error))]
            raised = [error]
        else:
            log = RequestLog(lambda request: None)
            probing = WebhookLog(probes=list(rehearsal.probes))
            error, reports = _run(item, nextitem, log, probing)
            fresh = build_webhook_runs(rehearsal, error, **_classify(error))
            raised = [probe.exception or error for probe in rehearsal.probes]
        runs += fresh
        for run, its_own in zip(fresh, raised, strict=True):
            if not _is_allowed(run, its_own, settings):
                item.ihook.pytest_runtest_logreport(report=_build_failure(item, run, reports))
        item.user_properties[:] = properties
    taken = time.perf_counter() - began
    waited = taken - (time.process_time() - worked)
    # A process that wants the processor, and does not get it on a busy machine, waits as well.
    waited = waited if waited > _MOSTLY * taken else 0.0
    return Rehearsed(item.nodeid, tuple(runs), left_out + more, waited=waited)


def _run(
    item: pytest.Item, nextitem: pytest.Item | None, log: RequestLog, webhooks: WebhookLog
) -> tuple[BaseException | None, list[pytest.TestReport]]:
    """Run *item* once more; return what it raised, and the reports of its phases."""
    ear = _ExceptionCollector()
    item.config.pluginmanager.register(ear)
    tally = _stats.begin()
    try:
        # The normal run has shown the warnings already; a filter still turns them into errors.
        with (
            warnings.catch_warnings(record=True),
            watching(log),
            watching_webhooks(webhooks),
        ):
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
    finally:
        _stats.end(tally)
        item.config.pluginmanager.unregister(ear)
    return (ear.exceptions[0] if ear.exceptions else None), reports


class _Kind(TypedDict):
    is_skip: bool
    is_assertion: bool


def _classify(error: BaseException | None) -> _Kind:
    return {
        "is_skip": isinstance(error, pytest.skip.Exception),
        "is_assertion": isinstance(error, AssertionError | pytest.fail.Exception | WebhookDrift),
    }


class _ExceptionCollector:
    """Collects the exception of each test phase."""

    def __init__(self) -> None:
        self.exceptions: list[BaseException] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        # Read after the yield: pytest stores the exception of a unittest test there meanwhile.
        if call.excinfo is not None:
            self.exceptions.append(call.excinfo.value)
        return report


def _is_allowed(run: Run, error: BaseException | None, settings: RehearsalSettings) -> bool:
    if settings.may_raise is None or run.outcome in GOOD:
        return True
    if run.outcome in ACCEPTED:
        return run.failure in settings.may_accept
    return run.outcome is RehearsalOutcome.RAISED and isinstance(error, settings.may_raise)


def _build_failure(
    item: pytest.Item, run: Run, reports: list[pytest.TestReport]
) -> pytest.TestReport:
    """Build the report of a rehearsal whose outcome is not allowed."""
    failed = next((report for report in reports if report.failed), reports[-1])
    what = f"{run.outcome} {run.raised}".strip()
    told = f"{run.failure} rehearsed for {run.request} #{run.nth}: {what}, which is not allowed"
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords={},
        outcome="failed",
        longrepr=f"{told}\n\n{failed.longreprtext}".rstrip(),
        when="call",
        sections=failed.sections,
    )
