"""An interaction formatted for display: bodies laid out, headers selected."""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.etree import ElementTree

from twreplay._cassette import Recording
from twreplay._http import Interaction, Request, Response

# Headers that add something to status and body.
_TELLING = ("content-type", "location", "www-authenticate", "allow", "etag")


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One interaction, formatted for display.

    Attributes:
        who: The account, ``nobody``, or another kind of credentials.

        form: The fields of the request.

        sent: The body of the request, if it is not a form; empty if there is no body.

        told: The headers of the response that are shown.

        body: The body of the response, laid out; empty if it is not text.

        size: Its bytes, as they are in the cassette.

        webhooks: What the API requested of the application after it.

        recorded_by: The test that recorded it; empty if the cassette does not say.
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
    webhooks: tuple[Reading, ...] = ()
    recorded_by: str = ""


def build_readings(recording: Recording) -> list[Reading]:
    """Format each interaction of *recording* for display, with the webhooks that follow it."""
    webhooks = build_webhook_readings(recording)
    return [
        _build_reading(n, each, tuple(webhooks.get(n, ())))
        for n, each in enumerate(recording.interactions, 1)
    ]


def build_webhook_readings(recording: Recording) -> dict[int, list[Reading]]:
    """Format the webhooks of *recording*, by the number of the interaction that they follow."""
    found: dict[int, list[Reading]] = {}
    for number, webhook in enumerate(recording.webhooks, 1):
        reading = _build_reading(number, webhook.interaction)
        found.setdefault(webhook.after, []).append(reading)
    return found


def _build_reading(
    number: int, interaction: Interaction, webhooks: tuple[Reading, ...] = ()
) -> Reading:
    request, response = interaction.request, interaction.response
    return Reading(
        number=number,
        method=request.effective_method,
        url=request.url,
        who=_format_user(request),
        form=request.form,
        sent="" if request.form else _decode(request.body),
        status=response.status,
        reason=response.reason,
        headers=response.headers.pairs,
        told=tuple((n, v) for n, v in response.headers.pairs if n.lower() in _TELLING),
        body=_format_body(response),
        size=len(response.body),
        webhooks=webhooks,
        recorded_by=interaction.recorded_by,
    )


def _format_user(request: Request) -> str:
    if request.credentials is not None:
        return request.credentials.account_sid
    if "authorization" in request.headers:
        return f"{request.headers['authorization'].partition(' ')[0]} credentials"
    return "nobody"


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8").strip()
    except UnicodeDecodeError:
        return f"({len(body)} bytes that are no text)"


def _format_body(response: Response) -> str:
    """Format the body with its elements on separate lines; unchanged if it cannot be parsed."""
    kind = response.headers.get("content-type", "")
    if not response.body or kind.startswith(("audio/", "image/", "video/")):
        return ""
    text = _decode(response.body)
    try:
        if text.startswith("<") and "xml" in kind and "<!" not in text:
            # The parser drops comments; that is accepted here.
            root = ElementTree.fromstring(text)  # noqa: S314 - no document type, so no entities
            ElementTree.indent(root)
            return ElementTree.tostring(root, encoding="unicode")
        if text.startswith(("{", "[")):
            return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ElementTree.ParseError, ValueError, RecursionError):
        pass
    return text
