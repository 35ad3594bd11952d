"""The parts and the layout of error messages. Independent of HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from twreplay._display import visible, visible_line

SITE = "https://twreplay.readthedocs.io/page"
"""Where the documentation is; ``page`` leads on to its newest version."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """
    One thing the reader can do next.

    Attributes:
        advice: When to do it and what it does, in one sentence.

        command: What to type, complete and pasteable; empty if there is nothing to type.
    """

    advice: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """
    The parts of an error message, before they are laid out.

    Attributes:
        headline: One whole sentence that can stand alone: a CI summary shows only this.

        place: The location of the error, a line each.

        facts: Circumstances as (name, value) pairs; the values are aligned.

        detail: Lines laid out already, a diff or an excerpt of a file.

        remedies: The possible remedies, the likeliest cause first.

        anchor: The heading in ``docs/errors.md`` that says more; ``twreplay explain`` shows it.
    """

    headline: str
    place: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    detail: str = ""
    remedies: tuple[Remedy, ...] = ()
    anchor: str = ""

    def __str__(self) -> str:
        blocks = [visible_line(self.headline), *_indent(self.place), *_align(self.facts)]
        if self.detail:
            blocks.append(visible(self.detail))
        if self.remedies:
            blocks.append("\n".join(["What to do", *map(_format_remedy, self.remedies)]))
        if self.anchor:
            page = f"{SITE}/errors/#{self.anchor}"
            blocks.append(f"More: twreplay explain {self.anchor}, or {page}")
        return "\n\n".join(blocks)


def shorten(text: str, limit: int) -> str:
    """Shorten *text* in the middle to *limit* characters."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    return f"{text[:head]}…{text[len(text) - (limit - 1 - head) :]}"


def join_words(words: tuple[str, ...]) -> str:
    """Join *words* as in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _indent(lines: tuple[str, ...]) -> list[str]:
    return ["\n".join(f"  {visible_line(line)}" for line in lines)] if lines else []


def _align(facts: tuple[tuple[str, str], ...]) -> list[str]:
    if not facts:
        return []
    width = max(len(name) for name, _ in facts)
    return ["\n".join(f"  {name:<{width}}  {visible_line(value)}" for name, value in facts)]


def _format_remedy(remedy: Remedy) -> str:
    lines = [f"  * {visible_line(remedy.advice)}"]
    lines += [f"        {visible_line(line)}" for line in remedy.command.split("\n") if line]
    return "\n".join(lines)
