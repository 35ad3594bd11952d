"""Errors of this library at their places in the user's code, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twreplay._pytest.options import get_setting
from twreplay._pytest.run import Run, get_run, note_failure
from twreplay.errors import TwreplayError

if TYPE_CHECKING:
    from twreplay._reports import Annotation

_GITHUB = "github"
_NAME = "twreplay_problem"


def check_annotations_option(config: pytest.Config) -> None:
    """
    Check the option.

    Raises:
        pytest.UsageError: It is neither ``github`` nor a file for SARIF.
    """
    wanted = get_annotations_option(config)
    if wanted and wanted != _GITHUB and not wanted.endswith(".sarif"):
        msg = f"--twreplay-annotations takes github or a FILE.sarif, not {wanted!r}"
        raise pytest.UsageError(msg)


def get_annotations_option(config: pytest.Config) -> str:
    """Return ``github``, the file for SARIF, or an empty text for no annotations."""
    given = get_setting(config, "annotations")
    return given[0] if given else ""


def attach_problem(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> None:
    """Attach to *report* where an error of this library was raised, if annotations are wanted."""
    excinfo = call.excinfo
    if excinfo is None or not isinstance(excinfo.value, TwreplayError):
        return
    if not get_annotations_option(item.config):
        return
    path, line = _find_place(item, excinfo)
    explanation = excinfo.value.explanation
    # Plain values: pytest-xdist sends the report to the main process.
    setattr(report, _NAME, [path, line, explanation.anchor, explanation.headline])


def _find_place(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> tuple[str, int]:
    """Return the innermost line of the project; that of the test for what a fixture raised."""
    for entry in reversed(excinfo.traceback):
        path = Path(entry.path)
        if path.is_relative_to(item.config.rootpath) and "site-packages" not in path.parts:
            return str(path), entry.lineno + 1
    return str(item.path), (item.location[1] or 0) + 1


def collect_problem(report: pytest.TestReport, run: Run) -> None:
    """Keep what `attach_problem` attached to *report*, in this process or in a worker."""
    if (problem := getattr(report, _NAME, None)) is not None:
        run.problems.append((*problem, report.nodeid))


def save_annotations(session: pytest.Session) -> None:
    """Save the annotations, if a file for SARIF was requested."""
    wanted = get_annotations_option(session.config)
    if wanted in ("", _GITHUB):
        return
    from twreplay._pages import refuse_foreign
    from twreplay._reports import format_sarif

    text = format_sarif(_build_annotations(get_run(session.config)))
    file = session.config.invocation_params.dir / wanted
    with note_failure(session, f"the annotations {wanted}"):
        file.parent.mkdir(parents=True, exist_ok=True)
        refuse_foreign(file)
        file.write_text(text, encoding="utf-8")


def print_annotations(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the annotations, if those of GitHub were requested."""
    if get_annotations_option(config) == _GITHUB:
        from twreplay._reports import format_github

        terminal.write(format_github(_build_annotations(get_run(config))))


def _build_annotations(run: Run) -> list[Annotation]:
    from twreplay._reports import Annotation

    of_tests = [
        Annotation(Path(path), anchor, f"{headline} ({test})", line, page=f"errors/#{anchor}")
        for path, line, anchor, headline, test in dict.fromkeys(run.problems)
    ]
    of_cassettes = [
        Annotation(Path(drift.cassette), "drift", str(drift), level="warning", page="verify/")
        for drift in run.drift
    ]
    return of_tests + of_cassettes
