"""True if two answers of an application are the same for the API, and how they differ."""

from __future__ import annotations

import difflib
from hashlib import sha256
from xml.sax.saxutils import escape, quoteattr

from twreplay._display import visible, without_secrets
from twreplay._http import Response
from twreplay._twiml.parser import Element, UnreadableError, parse


def is_same_answer(recorded: Response, answered: Response) -> bool:
    """
    Return whether two answers are the same for the API.

    The status is, and the type and the target of a redirect; the text of a document, without the
    whitespace that says nothing. Of an answer that is an error nothing but the status is read.
    """
    return describe_answer(recorded) == describe_answer(answered)


def diff_answers(recorded: Response, answered: Response) -> str:
    """Return the differences of two answers, as lines with + and -; without what looks secret."""
    before, after = describe_answer(recorded), describe_answer(answered)
    lines = difflib.unified_diff(before, after, "recorded", "answered", lineterm="", n=3)
    return "\n".join(visible(without_secrets(line)) for line in lines)


def describe_answer(response: Response) -> list[str]:
    """Return what the API reads of *response*, in lines."""
    lines = [f"status {response.status}"]
    if response.status >= 400:
        return lines
    if 300 <= response.status < 400:
        return [*lines, f"Location: {response.headers.get('location', '')}"]
    if response.body.strip():
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        lines.append(f"Content-Type: {kind}")
    return [*lines, *_list_body(response)]


def _list_body(response: Response) -> list[str]:
    body = response.body.strip()
    if body.startswith(b"<"):
        try:
            return _list_lines(parse(body), 0)
        except (UnreadableError, RecursionError):
            pass
    try:
        return body.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        digest = sha256(body).hexdigest()
        return [f"{len(body)} bytes, of SHA-256 {digest}: {body.hex()[:64]}"]


def _list_lines(element: Element, depth: int) -> list[str]:
    """Return *element* laid out, with its attributes in order."""
    attributes = "".join(
        f" {name}={quoteattr(v)}" for name, v in sorted(element.attributes.items())
    )
    # Lines and indents inside of a text are not spoken; in a message they are sent.
    text = element.text.strip()
    if element.name != "Sms":
        text = " ".join(text.split())
    indent = "  " * depth
    shown = escape(text)
    if not element.children:
        if not text:
            return [f"{indent}<{element.name}{attributes}/>"]
        return f"{indent}<{element.name}{attributes}>{shown}</{element.name}>".split("\n")
    lines = [f"{indent}<{element.name}{attributes}>"]
    if text:
        lines += [f"{indent}  {line}" for line in shown.split("\n")]
    for child in element.children:
        lines += _list_lines(child, depth + 1)
    return [*lines, f"{indent}</{element.name}>"]
