"""An interaction as a person wants to read it: bodies laid out, headers that say something."""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.etree import ElementTree

from twreplay._cassette import Recording
from twreplay._http import Interaction, Request, Response

# What tells something that status and body do not.
_TELLING = ("content-type", "location", "www-authenticate", "allow", "etag")


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One interaction, laid out.

    Attributes:
        who: The account, ``nobody``, or another kind of credentials.

        form: The fields of the request.

        sent: The body of the request, if it is no form; empty if there is none.

        told: The headers of the response that a reader may want.

        body: The body of the response, laid out; empty if it is no text.

        size: Its bytes, as they are in the cassette.
    """

    number: int
    method: str
    url: str
    who: str
    form: tuple[tuple[str, str], ...]
    sent: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    told: tuple[tuple[str, str], ...]
    body: str
    size: int


def readings(recording: Recording) -> list[Reading]:
    """Each interaction of *recording*."""
    return [_reading(n, each) for n, each in enumerate(recording.interactions, 1)]


def _reading(number: int, interaction: Interaction) -> Reading:
    request, response = interaction.request, interaction.response
    return Reading(
        number=number,
        method=request.effective_method,
        url=request.url,
        who=_who(request),
        form=request.form,
        sent="" if request.form else _text(request.body),
        status=response.status,
        reason=response.reason,
        headers=response.headers.pairs,
        told=tuple((n, v) for n, v in response.headers.pairs if n.lower() in _TELLING),
        body=_laid_out(response),
        size=len(response.body),
    )


def _who(request: Request) -> str:
    if request.credentials is not None:
        return request.credentials.account_sid
    if "authorization" in request.headers:
        return f"{request.headers['authorization'].partition(' ')[0]} credentials"
    return "nobody"


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8").strip()
    except UnicodeDecodeError:
        return f"({len(body)} bytes that are no text)"


def _laid_out(response: Response) -> str:
    """The body with its elements on lines of their own; as it stands where that cannot be done."""
    kind = response.headers.get("content-type", "")
    if not response.body or kind.startswith(("audio/", "image/", "video/")):
        return ""
    text = _text(response.body)
    try:
        if text.startswith("<") and "xml" in kind and "<!" not in text:
            # What a parser drops, such as comments, is not worth two ways of writing.
            root = ElementTree.fromstring(text)  # noqa: S314 - no document type, so no entities
            ElementTree.indent(root)
            return ElementTree.tostring(root, encoding="unicode")
        if text.startswith(("{", "[")):
            return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ElementTree.ParseError, ValueError, RecursionError):
        pass
    return text
