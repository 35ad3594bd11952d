"""How pytest shows a failure: neither buried under frames of libraries, nor with a secret."""

from __future__ import annotations

import difflib
import linecache
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Final

import pytest

from twreplay._display import Body, Secret, visible, visible_line, without_secrets
from twreplay._http import Credentials, Headers, Interaction, Request, Response
from twreplay.errors import TwreplayError

if TYPE_CHECKING:
    from twreplay import Cassette

# What stands between the code that asks and the code that answers.
_BETWEEN: Final = frozenset(
    [
        "twreplay",
        "requests",
        "urllib3",
        "http",
        "urllib",
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "httplib2",
        "aiohttp",
        "aiohttp_retry",
        "anyio",
        "sniffio",
        "trio",
        "asyncio",
        "uvloop",
        "tornado",
        "pycurl",
        "curl_cffi",
        "httpx_curl_cffi",
        "pyreqwest",
        "responses",
        "requests_mock",
        "pytest_httpx",
        "respx",
        "vcr",
        "wrapt",
        "contextlib",
        "contextvars",
        "threading",
        "concurrent",
        "socket",
        "ssl",
        "async_timeout",
    ]
)

# What stands around a test.
_AROUND: Final = frozenset(["_pytest", "pytest", "pluggy", "pytest_asyncio", "unittest", "xdist"])


def fold(excinfo: pytest.ExceptionInfo[BaseException], *, is_whole: bool) -> int | None:
    """
    Cut what happened inside of twreplay, and of the client above it, out of a traceback.

    What goes wrong in twreplay itself is left whole.

    Args:
        is_whole: Nothing is to be cut out, as the user wants all of it.

    Returns:
        The number of the user's own functions that are left: without any, the message is all
        there is to show. None if nothing was to be cut.
    """
    if is_whole:
        return None
    for error in _chain(excinfo.value):
        kept = _kept(error, error.__traceback__)
        if kept is not None:
            error.__traceback__ = _rebuilt(kept)
        if isinstance(error, TwreplayError) and isinstance(error.__context__, OSError):
            error.__suppress_context__ = True  # the message says what the system said
            error.__cause__ = None
    entries = _kept(excinfo.value, excinfo.tb)
    if entries is None:
        return None
    if (rebuilt := _rebuilt(entries)) is not None:
        excinfo.traceback = type(excinfo.traceback)(rebuilt)
    return sum(_package(entry) not in _BETWEEN | _AROUND for entry in entries)


@contextmanager
def show_lines_alone(config: pytest.Config) -> Iterator[None]:
    """
    Have pytest show the line of each function, without what is above it, if the style is its own.

    A miss below a test and a function that it calls took 47 lines of output, and takes 36.
    """
    style = config.option.tbstyle
    if style == "auto":
        config.option.tbstyle = "short"
    try:
        yield
    finally:
        config.option.tbstyle = style


def keep_message(report: pytest.TestReport) -> pytest.TestReport:
    """*report* without source and arguments, of which none is the user's."""
    for traceback, *_ in getattr(report.longrepr, "chain", ()):
        traceback.reprentries = traceback.reprentries[-1:]
        for entry in traceback.reprentries:
            told = [line for line in getattr(entry, "lines", ()) if line.startswith("E")]
            if told:
                entry.lines = told
                entry.reprfuncargs = entry.reprlocals = entry.reprfileloc = None
    return report


def hide_in_logs(report: pytest.TestReport) -> None:
    """Hide secrets in what clients logged of requests to the API: most log whole URLs at DEBUG."""
    report.sections = [
        (title, _without_secrets(text) if title.startswith("Captured log") else text)
        for title, text in report.sections
    ]


def _without_secrets(log: str) -> str:
    return "\n".join(
        without_secrets(line) if "twilio.com" in line or "/2008-08-01" in line else line
        for line in log.split("\n")
    )


# What tells one webhook of a call from another.
_TOLD: Final = ("CallStatus", "DialStatus", "Digits", "SmsStatus", "Body")


def list_webhooks(cassette: Cassette) -> str:
    """Return a line for each webhook of *cassette* that was delivered; empty if none was."""
    lines = []
    for webhook in cassette.delivered:
        request = webhook.request
        sent = (*request.query, *request.form)
        told = ", ".join(f"{name}={value}" for name, value in sent if name in _TOLD)
        url = request.shown_url.partition("?")[0]
        line = f"{request.method} {url}{f' ({told})' if told else ''}"
        lines.append(visible_line(f"{line}, answered with {webhook.response.status} when recorded"))
    return "\n".join(lines)


def compare(op: str, left: object, right: object) -> list[str] | None:
    """The explanation of a failed ``==`` of headers, bodies or secrets; None if it is another."""
    if op != "==" or not (isinstance(left, _KINDS) or isinstance(right, _KINDS)):
        return None
    told = [f"{_shown(left)} == {_shown(right)}", ""]
    lines = list(difflib.ndiff(_lines(right), _lines(left)))
    told += lines
    if all(line.startswith("  ") for line in lines):
        told.append("They differ in what is not shown.")
    return [visible(line) for line in told]


_KINDS: Final = (Headers, Body, Secret, Credentials, Request, Response, Interaction)


def _lines(value: object) -> list[str]:
    if isinstance(value, Interaction):
        return [*_lines(value.request), *_lines(value.response)]
    if isinstance(value, Request):
        return [repr(value), *_lines(value.headers), repr(value.body)]
    if isinstance(value, Response):
        return [f"{value.status} {value.reason}", *_lines(value.headers), repr(value.body)]
    if isinstance(value, Mapping):
        return [f"{name}: {_shown(text)}" for name, text in Headers(value).pairs]
    return [_shown(value)]


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        value = Headers(value)
    elif isinstance(value, bytes):
        value = Body(value)
    elif isinstance(value, str):
        return visible_line(repr(value if isinstance(value, Secret) else without_secrets(value)))
    return visible_line(repr(value))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _kept(error: BaseException, traceback: TracebackType | None) -> list[TracebackType] | None:
    """The entries to show; None to leave all."""
    entries = []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    first = next((i for i, entry in enumerate(entries) if _package(entry) == "twreplay"), None)
    if first is None or _is_ours_to_mend(error, entries[-1]):
        return None
    while first and _package(entries[first - 1]) in _BETWEEN:
        first -= 1
    # Of what comes below, the user's own: a rule, a handler.
    below = [entry for entry in entries[first:] if _package(entry) not in _BETWEEN]
    return entries[:first] + below or entries[-1:]


def _is_ours_to_mend(error: BaseException, last: TracebackType) -> bool:
    """Return whether *error* was raised by accident."""
    if type(error) is AssertionError and _is_raised(last):
        return False  # a phone did not hear, or get, what the test expects
    kind = type(error)
    return (
        kind.__module__ == "builtins"
        and not isinstance(error, OSError)
        and _package(last) == "twreplay"
    )


def _is_raised(entry: TracebackType) -> bool:
    """Return whether the line of *entry* raises, and is no ``assert`` that failed."""
    line = linecache.getline(entry.tb_frame.f_code.co_filename, entry.tb_lineno)
    return line.lstrip().startswith("raise ")


def _package(entry: TracebackType) -> str:
    return str(entry.tb_frame.f_globals.get("__name__", "")).partition(".")[0]


def _rebuilt(entries: list[TracebackType]) -> TracebackType | None:
    below: TracebackType | None = None
    for entry in reversed(entries):
        below = TracebackType(below, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return below
