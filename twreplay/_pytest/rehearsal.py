"""Runs a test again for each failure of each of its requests."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TypeAlias, cast

import pytest
from _pytest.runner import runtestprotocol

from twreplay import _stats
from twreplay._interception import Watch, is_open, watching
from twreplay._reports.rehearsal import Outcome, Rehearsal, Rehearsed, Run, Selection, judged, plan
from twreplay._reports.rehearsal.outcome import GOOD
from twreplay.errors import UsageError

MARK = "twreplay_faults"

LIMIT = 100
"""How many rehearsals a test gets if nothing else is said."""

_Exceptions: TypeAlias = type[BaseException] | tuple[type[BaseException], ...]

_KEYWORDS = ("may_raise", "limit")


@dataclass(frozen=True, slots=True)
class Settings:
    """
    How a test is rehearsed.

    Attributes:
        may_raise: Exceptions that a failure may bring about; any other outcome than these or a
            test that passes fails the run. None if nothing is held against the test.

        is_marked: This test was asked for, not all.
    """

    selection: Selection
    limit: int = LIMIT
    may_raise: _Exceptions | None = None
    is_marked: bool = False


def check_options(wanted: str, limit: object) -> None:
    """
    See to it that the options make sense.

    Raises:
        UsageError: They do not.
    """
    checked_limit(limit)
    if not is_off(wanted) and not _is_on(wanted):
        Selection.of(wanted.split(","))


def settings_of(item: pytest.Item, flag: str | None, ini: str, limit: int) -> Settings | None:
    """
    How *item* is to be rehearsed; None if it is not.

    Args:
        flag: What the command line says: a list of failures, ``no``, empty for whatever the mark
            says, or None if it says nothing.

        ini: What the ini key says, the same; empty if it says nothing.

    Raises:
        UsageError: There is no such failure or keyword.
    """
    mark = item.get_closest_marker(MARK)
    wanted = flag if flag is not None else ini
    if is_off(wanted) or (mark is None and flag is None and not ini):
        return None
    if item.get_closest_marker("xfail") is not None or not isinstance(item, pytest.Function):
        return None
    given: Iterable[object] = [] if _is_on(wanted) else wanted.split(",")
    if mark is None:
        return Settings(Selection.of(given), limit)
    for keyword in mark.kwargs:
        if keyword not in _KEYWORDS:
            msg = f"the mark {MARK} has no keyword {keyword!r}; there is: {', '.join(_KEYWORDS)}"
            raise UsageError(msg)
    if mark.args and (flag is None or _is_on(flag)):
        given = mark.args
    return Settings(
        Selection.of(given),
        checked_limit(mark.kwargs.get("limit", limit)),
        _checked_exceptions(mark.kwargs.get("may_raise")),
        is_marked=True,
    )


def is_off(wanted: str) -> bool:
    """Whether an option says that nothing is rehearsed."""
    return wanted.lower() in ("no", "off", "false")


def _is_on(wanted: str) -> bool:
    """Whether an option says that everything is, without saying what."""
    return wanted.lower() in ("", "yes", "on", "true")


def checked_limit(given: object) -> int:
    """
    How often a test may be rehearsed.

    Raises:
        UsageError: *given* is no whole number from 1.
    """
    if str(given).isdecimal() and int(str(given)) > 0:
        return int(str(given))
    msg = f"limit is a whole number from 1, not {given!r}"
    raise UsageError(msg)


def _checked_exceptions(given: object) -> _Exceptions | None:
    kinds = given if isinstance(given, tuple) else (given,)
    if given is None or all(isinstance(k, type) and issubclass(k, BaseException) for k in kinds):
        return cast("_Exceptions | None", given)
    msg = f"may_raise takes exceptions, or () for none, not {given!r}"
    raise UsageError(msg)


def rehearse(
    item: pytest.Item, nextitem: pytest.Item | None, settings: Settings, normal: Watch
) -> Rehearsed:
    """
    Run *item*, which has passed, once more for each rehearsal.

    A rehearsal with an outcome that *settings* does not allow is reported as a failure of the
    test. What rehearsals do is not counted as something that the suite has seen.
    """
    if normal.sent:
        why = "it sends requests to the API; record it first"
    elif any(map(is_open, normal.sources)):
        why = "its session stays open for other tests; use one of the test's own"
    elif item.config.getvalue("usepdb"):
        why = "not with --pdb"
    else:
        why = ""
    if why:
        return Rehearsed(item.nodeid, (), why_not=why)
    rehearsals, left_out = plan(normal.asked, settings.selection, settings.limit)
    if not rehearsals and settings.is_marked:
        why = "none of its requests can fail in one of these ways"
        return Rehearsed(item.nodeid, (), why_not=why if normal.asked else "it sent no request")
    runs = []
    properties = item.user_properties[:]
    for rehearsal in rehearsals:
        if item.session.shouldfail or item.session.shouldstop:
            break
        item._report_sections.clear()
        run, error, reports = _run(item, nextitem, rehearsal)
        runs.append(run)
        if not _is_allowed(run, error, settings.may_raise):
            item.ihook.pytest_runtest_logreport(report=_failure(item, rehearsal, run, reports))
        item.user_properties[:] = properties
    return Rehearsed(item.nodeid, tuple(runs), left_out)


def _run(
    item: pytest.Item, nextitem: pytest.Item | None, rehearsal: Rehearsal
) -> tuple[Run, BaseException | None, list[pytest.TestReport]]:
    ear = _Ear()
    item.config.pluginmanager.register(ear)
    tally = _stats.start()
    try:
        # What it warns of, it has warned of before; a filter that makes it an error still does.
        with warnings.catch_warnings(record=True), watching(Watch(rehearsal.striker())) as watch:
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
    finally:
        _stats.stop(tally)
        item.config.pluginmanager.unregister(ear)
    error = ear.heard[0] if ear.heard else None
    run = judged(
        rehearsal,
        watch,
        error,
        is_skip=isinstance(error, pytest.skip.Exception),
        is_assertion=isinstance(error, AssertionError | pytest.fail.Exception),
    )
    return run, error, reports


class _Ear:
    """Hears what comes out of a test, in each of its phases."""

    def __init__(self) -> None:
        self.heard: list[BaseException] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        # Now, as what came out of a test of unittest is put there meanwhile.
        if call.excinfo is not None:
            self.heard.append(call.excinfo.value)
        return report


def _is_allowed(run: Run, error: BaseException | None, may_raise: _Exceptions | None) -> bool:
    if may_raise is None or run.outcome in GOOD:
        return True
    return run.outcome is Outcome.RAISED and isinstance(error, may_raise)


def _failure(
    item: pytest.Item, rehearsal: Rehearsal, run: Run, reports: list[pytest.TestReport]
) -> pytest.TestReport:
    """What is reported of a rehearsal that went as it must not."""
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
