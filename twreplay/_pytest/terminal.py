"""What a run says at its end."""

from __future__ import annotations

import pytest

from twreplay._ledger import BESIDE
from twreplay._pytest.annotating import print_annotations
from twreplay._pytest.coverage import build_run_coverage, get_least_coverage, is_covered
from twreplay._pytest.run import Run, get_run


def write_summary(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the reports that were requested, and a line about all requests."""
    run = get_run(config)
    if run.rehearsed:
        _write_rehearsals(terminal, run)
    for note in run.notes:
        terminal.line(f"twreplay: {note}", red=True)
    if any(BESIDE in note for note in run.notes):
        terminal.line("twreplay: to see what was recorded, and keep or delete it: twreplay accept")
    print_annotations(terminal, config)
    wants_coverage = is_covered(config)
    if not wants_coverage and not run.stats.counts:
        return
    from twreplay._reports import format_summary

    if wants_coverage:
        _write_coverage(terminal, config)
    if line := format_summary(run.stats):
        terminal.line(line)
    if before := run.ledger.before:
        from twreplay._pytest.recordings import list_written

        for line in list_written(before, config.rootpath):
            terminal.line(f"twreplay: {line}")
    for drift in run.drift:
        terminal.line(f"twreplay: {drift}", yellow=True)


def _write_rehearsals(terminal: pytest.TerminalReporter, run: Run) -> None:
    from twreplay._reports import render_rehearsals

    terminal.section("twreplay rehearsal")
    terminal.write(render_rehearsals(run.rehearsed, terminal._tw.fullwidth))
    terminal.line("")


def _write_coverage(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    from twreplay._reports import render_coverage

    coverage = build_run_coverage(config)
    terminal.section("twreplay coverage")
    terminal.write(render_coverage(coverage))
    percent, least = coverage.compute_summary().percent, get_least_coverage(config)
    if least and percent < least:
        told = f"\nFAIL: {percent:.1f}% is less than the {least:g}% asked for."
        terminal.line(told, red=True)
    terminal.line("")
