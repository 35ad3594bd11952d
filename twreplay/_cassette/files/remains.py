"""True if a file is what is left of a cassette, or what other tool wrote it. Reads no files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from twreplay._cassette.files.damage import LFS_POINTER

# What may stand in front of the first key: blanks, a comment, the start of a document, a conflict.
_BEFORE = re.compile(r"(?:\s|\x00|#[^\n]*\n|---[^\n]*\n|%[^\n]*\n|[<>|=]{7}[^\n]*\n)*")
_KEY = re.compile(r"""["']?[A-Za-z_][\w-]*["']?[ \t]*:(?=\s|\Z)""")
# A list, or what was cut off before it: of what others mean by the word, `interactions: 5` is none.
_LIST = r"(?=\s*(?:[\[*&!~#]|null\b|-\s|[<>|=]{7}|\Z))"
_OURS = re.compile(rf"""(?m)^["']?(?:interactions["']?[ \t]*:{_LIST}|twreplay["']?[ \t]*:)""")
_OURS_IN_JSON = re.compile(rf'"interactions"\s*:{_LIST}|"twreplay"\s*:')
_MARKER = re.compile(r"(?m)^[<>|=]{7}[^\n]*\n?")
_WRITTEN = ("har", "betamax")
_BEGINNING = "version: 1\ninteractions:"


@dataclass(frozen=True, slots=True)
class Tool:
    """
    Another tool that records.

    Attributes:
        converts: What ``twreplay convert`` calls the format; empty if it does not read it.
    """

    name: str
    converts: str = ""


def is_remains(text: str, *, or_other_formats: bool = False) -> bool:
    """
    Return whether a new recording may take the place of *text*.

    It may if that is a cassette, a damaged one, or nothing: what is something else is never
    overwritten.

    Args:
        or_other_formats: So may one of the formats that ``twreplay convert`` writes.
    """
    start = _BEFORE.match(text)
    rest = text[start.end() :] if start is not None else text
    if not rest and "#" not in text:
        return True
    if text.startswith(LFS_POINTER):
        return True
    if (tool := tool_of(text)) is not None:
        return or_other_formats and tool.converts in _WRITTEN
    if rest.startswith("{"):
        return _OURS_IN_JSON.search(rest) is not None
    if _KEY.match(rest) is None:
        return False
    if _OURS.search(rest) is not None:
        return True
    cut = _MARKER.sub("", rest).replace("\r", "").rstrip()
    return len(cut) > 4 and _BEGINNING.startswith(cut)


def tool_of(text: str) -> Tool | None:
    """The other tool that wrote *text*; None if it is not recognized."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    for tool, is_its in _TOOLS:
        if is_its(text, start):
            return tool
    return None


def _has(*patterns: str, start: str = "", without: str = "") -> Callable[[str, str], bool]:
    """A test of a text: what it has in it, all of it, and the brackets that it may start with."""
    wanted = [re.compile(pattern, re.MULTILINE) for pattern in patterns]
    unwanted = re.compile(without, re.MULTILINE) if without else None

    def has(text: str, first: str) -> bool:
        if start and (not first or first not in start):
            return False
        if unwanted is not None and unwanted.search(text):
            return False
        return all(pattern.search(text) for pattern in wanted)

    return has


# Without an URI in it and with a URL: of the tools whose files have `interactions` only go-vcr.
_GO = {"start": "vi-#%i", "without": r"^\s+uri:|^twreplay:"}

_TOOLS: tuple[tuple[Tool, Callable[[str, str], bool]], ...] = (
    (Tool("Polly.JS", "har"), _has(r'"log"\s*:', r'"_?recordingName"|Polly', start="{")),
    (Tool("a browser or proxy (HAR)", "har"), _has(r'"log"\s*:\s*\{', r'"entries"', start="{")),
    (Tool("VCR for Ruby", "betamax"), _has(r'"http_interactions"', r'"VCR [\d.]+', start="{")),
    (Tool("betamax", "betamax"), _has(r'"http_interactions"\s*:', start="{")),
    (Tool("VCR for Ruby", "vcr"), _has(r"^http_interactions:")),
    (Tool("VCR for Ruby"), _has(r"!ruby/struct:VCR::")),
    (Tool("go-vcr", "go-vcr"), _has(r"^interactions:", r"^\s+(?:- )?url:\s*\S", **_GO)),
    (Tool("php-vcr"), _has(r"^-\s*\n\s+request:", r"^\s+response:", r"^\s+url:", start="-")),
    (Tool("php-vcr"), _has(r'"request"\s*:', r'"curl_info"', start="[")),
    (Tool("ExVCR"), _has(r'"request"\s*:', r'"request_body"', r'"response"\s*:', start="[")),
    (Tool("nock"), _has(r'"scope"\s*:', r'"method"\s*:', r'"path"\s*:', start="[")),
    (Tool("WireMock"), _has(r'"mappings"\s*:', r'"request"\s*:', start="{")),
    (
        Tool("WireMock"),
        _has(
            r'"request"\s*:',
            r'"url(?:Path)?(?:Pattern)?"',
            r'"response"\s*:',
            start="{",
            without=r'"interactions"\s*:',
        ),
    ),
    (Tool("Postman"), _has(r'"_postman_id"|getpostman\.com', start="{")),
)
