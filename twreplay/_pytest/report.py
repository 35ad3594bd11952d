"""The report of a run: its option, and what each test adds to it."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from typing import TYPE_CHECKING, TypedDict

import pytest

from twreplay._pytest.options import get_setting
from twreplay._pytest.run import Run, get_run, is_worker, note_failure

if TYPE_CHECKING:
    from twreplay._interception import Tracer

MOST_EVENTS = 200
"""The most requests and webhooks that are kept of one test, the newest ones."""

# Attributes of a report: pytest-xdist carries them from a worker as they are.
_TRACE = "_twreplay_trace"
_MESSAGE = "_twreplay_message"


class _About(TypedDict):
    title: str
    began: str
    version: str
    notes: list[str]


def begin_report(config: pytest.Config) -> None:
    """Begin the report, if one was asked for; a worker of pytest-xdist only traces."""
    if get_report_file(config) is not None:
        from twreplay._interception import Tracer
        from twreplay._reports import RunReport

        run = get_run(config)
        run.tracer = Tracer(MOST_EVENTS)
        run.report = None if is_worker(config) else RunReport()


def get_report_file(config: pytest.Config) -> str | None:
    """
    Return the file for the report; None for no report.

    Raises:
        pytest.UsageError: A file of an unknown kind.
    """
    given = get_setting(config, "report")
    if given is None or given[0].lower() in ("", "no", "false", "off"):
        return None
    if not given[0].endswith((".html", ".json")):
        msg = f"--twreplay-report writes FILE.html or FILE.json, not {given[0]!r}"
        raise pytest.UsageError(msg)
    return given[0]


def trace_test(run: Run) -> AbstractContextManager[object]:
    """Trace the sessions that a test opens; what an earlier test left over is dropped."""
    if run.tracer is None:
        return nullcontext()
    from twreplay._interception import tracing

    run.tracer.take()
    return tracing(run.tracer)


def add_trace(report: pytest.TestReport, tracer: Tracer, *, failed: bool) -> None:
    """Add the failure to the report of a phase, and to that of the last one what happened."""
    from twreplay._reports import describe_trace, hide_in_message

    if report.failed:
        setattr(report, _MESSAGE, hide_in_message(report.longreprtext, tracer.events))
    if report.when == "teardown":
        setattr(report, _TRACE, describe_trace(tracer.take(), failed=failed))


def collect_phase(run: Run, report: pytest.TestReport) -> None:
    """Collect one phase of a test, in the process that writes the report."""
    if run.report is None:
        return
    outcome = "expected to fail" if hasattr(report, "wasxfail") else report.outcome
    run.report.add_phase(
        report.nodeid,
        report.when or "call",
        outcome,
        report.duration,
        report.__dict__.pop(_MESSAGE, ""),
        report.__dict__.pop(_TRACE, ""),
    )


def collect_collection(run: Run, report: pytest.CollectReport) -> None:
    """Collect a module or a class that could not be collected: its tests are missing."""
    if run.report is not None and report.failed:
        from twreplay._reports import hide_in_message

        message = hide_in_message(report.longreprtext, ())
        run.report.add_phase(report.nodeid, "collection", "failed", 0.0, message, "")


def write_report(session: pytest.Session) -> None:
    """Write the report of the run, in the process that has it."""
    config, run = session.config, get_run(session.config)
    file = get_report_file(config)
    if file is None or run.report is None:
        return
    from twreplay._pages import refuse_foreign
    from twreplay._reports import describe_rehearsals, render_run_json, render_run_page

    about = _About(
        title=config.rootpath.name or "tests",
        began=time.strftime("%Y-%m-%d %H:%M", time.localtime(run.stats.began)),
        version=version("twreplay"),
        notes=_list_notes(run),
    )
    if file.endswith(".json"):
        told = describe_rehearsals(run.rehearsed)
        page = render_run_json(run.report, **about, rehearsals=told)
    else:
        page = render_run_page(run.report, **about, rehearsed=run.rehearsed)
    path = config.invocation_params.dir / file
    with note_failure(session, f"the report {file}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        refuse_foreign(path)
        path.write_text(page, encoding="utf-8")


def _list_notes(run: Run) -> list[str]:
    """List what the terminal says of the whole run."""
    from twreplay._reports import format_summary

    summary = format_summary(run.stats).removeprefix("twreplay: ")
    return [line for line in (summary, *run.notes, *map(str, run.drift)) if line]
