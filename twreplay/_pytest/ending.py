"""The end of a run: its recordings are settled, and the whole of it is judged."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from twreplay._pytest.annotating import save_annotations
from twreplay._pytest.coverage import (
    build_run_coverage,
    get_coverage_file,
    get_least_coverage,
    is_covered,
)
from twreplay._pytest.options import get_setting
from twreplay._pytest.recordings import asides_of, finish, rewritten_in, set_aside
from twreplay._pytest.report import write_report
from twreplay._pytest.run import Run, get_run, is_worker, note_failure
from twreplay._pytest.workers import (
    collect_announced,
    hand_over_counts,
    hand_over_recordings,
)
from twreplay.errors import TwreplayError


def settle_recordings(session: pytest.Session) -> None:
    """Decide about recordings that no test's end has decided about."""
    config, run = session.config, get_run(session.config)
    ledger = run.ledger
    ledger.abandon_the_open()
    try:
        ledger.settle()
    except Exception as error:
        run.notes.append(str(error) if isinstance(error, TwreplayError) else repr(error))
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
    collect_announced(run)
    unfinished = _find_unfinished(session)
    told, rewritten = asides_of(ledger), rewritten_in(ledger)
    if unfinished:
        begins = _begin_of_asides(unfinished)
        told = [line for line in told if not line.startswith(begins)]
        told += set_aside(unfinished, ledger.began)
    if is_worker(config):
        hand_over_recordings(config, told, rewritten, unfinished)
        return
    run.notes += told
    run.add_rewritten(rewritten)
    spoiled = {*ledger.aside, *ledger.find_spoiled(), *run.spoiled}
    is_whole = session.exitstatus == pytest.ExitCode.OK and not run.not_run
    run.notes += finish(run.rewritten, spoiled, ledger.began, is_whole=is_whole)


def _begin_of_asides(paths: Collection[str]) -> tuple[str, ...]:
    """Return how the lines begin that tell of what tests left beside *paths*."""
    from twreplay._cassette import format_path

    return tuple(f"{format_path(Path(path))} was left as it was" for path in paths)


def _find_unfinished(session: pytest.Session) -> set[str]:
    """
    Return the cassettes that the run made and in which something of its tests is missing.

    A test did not pass, or the run ended before it ran.
    """
    run = get_run(session.config)
    created = run.ledger.created | run.created
    found = created & {*run.ledger.find_spoiled(), *run.spoiled}
    is_cut = bool(session.shouldstop or session.shouldfail) or session.exitstatus in (
        pytest.ExitCode.INTERRUPTED,
        pytest.ExitCode.INTERNAL_ERROR,
    )
    if not created or not (is_cut or run.lost):
        return found
    if run.created or run.lost:  # under pytest-xdist: what has run is unknown
        return created
    marks = [
        item.get_closest_marker("twreplay")
        for item in session.items
        if not run.ledger.has_begun(item.nodeid)
    ]
    names = {str(mark.kwargs.get("cassette") or (*mark.args, "")[0]) for mark in marks if mark}
    ends = tuple(f"/{name}" for name in names if name)
    return found | {path for path in created if path.endswith(ends)}


def judge_run(session: pytest.Session) -> None:
    """Hand over what a worker has counted, or judge the whole run and write its reports."""
    config, run = session.config, get_run(session.config)
    if is_worker(config):
        hand_over_counts(config)
        return
    _note_plays(session, run)
    _judge_drift(session, run)
    save_annotations(session)
    write_report(session)
    if not is_covered(config):
        return
    from twreplay._reports import save_coverage

    least, path = get_least_coverage(config), get_coverage_file(config)
    coverage = build_run_coverage(config)
    if path:
        with note_failure(session, f"the coverage {path}"):
            save_coverage(config.invocation_params.dir / path, coverage)
    if least and coverage.compute_summary().percent < least and not session.testsfailed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _judge_drift(session: pytest.Session, run: Run) -> None:
    """Hold what the run recorded from the API against the rules."""
    wanted = (get_setting(session.config, "drift") or ("warn", ""))[0]
    before = run.ledger.before
    if not before or wanted == "ignore":
        return
    from twreplay._pytest.drift import find_drift  # with all rules of the API: 0.4 s

    run.drift = find_drift(before, session.config.rootpath)
    if run.drift and wanted == "fail":
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def _note_plays(session: pytest.Session, run: Run) -> None:
    """Store the played interactions for ``twreplay prune``, with reasons not to rely on them."""
    config = session.config
    cache = getattr(config, "cache", None)
    if cache is None or config.option.collectonly or not run.stats.cassettes:
        return
    from twreplay._reports import PLAYS, build_usage

    if session.exitstatus != pytest.ExitCode.OK:
        run.reasons.add("it did not pass")
    for option in ("keyword", "markexpr", "lf", "stepwise", "ignore", "ignore_glob", "deselect"):
        if getattr(config.option, option, None):
            run.reasons.add(f"only a part of the tests was asked for ({option})")
    scope = [config.rootpath]
    if config.args_source is config.ArgsSource.ARGS:
        scope = [config.invocation_params.dir / argument for argument in config.args]
    if not all(folder.is_dir() for folder in scope):
        run.reasons.add(f"only a part of the tests was asked for ({' '.join(config.args)})")
    cache.set(PLAYS, build_usage(run.stats, scope, sorted(run.reasons)))
