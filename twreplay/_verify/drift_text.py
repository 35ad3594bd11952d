"""Drift as plain text, for the file beside a recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from twreplay._display import visible_line
from twreplay._verify.finding import Checked


def format_drift(cassette: str, checked: Iterable[Checked]) -> str:
    """
    Format the answers that are not what the rules say; empty without any.

    Args:
        cassette: Its name, for the first line.
    """
    wrong = [one for one in checked if one.drift]
    if not wrong:
        return ""
    lines = [line for one in wrong for line in _format_one(one)]
    head = f"Not what the rules say of {visible_line(cassette)}: see twreplay verify."
    return "\n".join([head, *lines, ""])


def _format_one(one: Checked) -> Iterator[str]:
    request = one.request
    shown = f"{visible_line(request.effective_method)} {request.shown_url}"
    yield f"\n{'webhook ' if one.is_webhook else ''}{one.number}. {shown} -> {one.status}"
    for found in one.drift:
        said = found.difference
        yield f"   {said.aspect.value} {visible_line(said.where)}".rstrip()
        yield f"     recorded   {visible_line(said.recorded)}"
        yield f"     the rules  {visible_line(said.expected)}"
        if found.rule:
            yield f"     because    {found.rule.rstrip('.')} ({found.source})"
