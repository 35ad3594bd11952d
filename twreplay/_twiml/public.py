"""The checker for tests of an application's TwiML."""

from __future__ import annotations

from twreplay._explanation import Explanation, Remedy
from twreplay._suggestion import check_choice, explain_misuse
from twreplay._twiml.definition import Kind
from twreplay._twiml.document import TwimlFinding
from twreplay._twiml.reading import check
from twreplay.errors import UsageError


@explain_misuse
def check_twiml(text: str | bytes, *, kind: str = "voice") -> list[TwimlFinding]:
    """
    Check a TwiML document as version 2008-08-01 would have read it.

    Args:
        text: The document, as an application answers it.

        kind: ``voice``, the document of a call; ``sms``, the answer to a message; ``whisper``, the
            document at ``<Number url>``; ``wait``, the one at ``<Conference waitUrl>``.

    Returns:
        What is wrong, in the order of the text; empty if nothing is. Each finding has ``line``,
        ``column``, ``code``, ``severity``, ``message``, ``consequence``, ``source``, ``grade``.

    Raises:
        UsageError: There is no such kind, or *text* is neither text nor bytes.
    """
    check_choice("check_twiml()", "kind", kind, tuple(one.value for one in Kind))
    if not isinstance(text, str | bytes):
        raise UsageError(
            Explanation(
                headline=f"check_twiml() was given a {type(text).__name__}, not text or bytes.",
                remedies=(Remedy("Give it the body of the answer: response.text."),),
                anchor="usage-error",
            )
        )
    return check(text, Kind(kind))
