"""Asks a live endpoint what was recorded. The only part of the command line that sends anything."""

from __future__ import annotations

from collections.abc import Sequence

import click
import requests

from twreplay._address import is_api
from twreplay._http import Interaction, Request, Response
from twreplay._verify import (
    SAFE,
    Checked,
    Difference,
    Finding,
    compared_with,
    learn,
    live_request,
    live_session,
)

_TIMEOUT = 30


def live(
    interactions: Sequence[Interaction], url: str, credentials: tuple[str, str], *, unsafe: bool
) -> list[Checked]:
    """
    Send what was recorded to *url*, and compare.

    Args:
        credentials: Account Sid and token; the recording's account becomes this one.

        unsafe: Send also what changes something.
    """
    session = live_session(url, credentials, interactions)
    checked: list[Checked] = []
    with requests.Session() as client:
        # No .netrc and no proxy credentials: only what was asked for goes out.
        client.trust_env = False
        for number, interaction in enumerate(interactions, 1):
            request, status = interaction.request, interaction.response.status
            skipped = _reason_to_skip(request, unsafe=unsafe)
            if skipped:
                checked.append(
                    Checked(number=number, request=request, status=status, skipped=skipped)
                )
                continue
            answer = _send(client, live_request(session, request))
            learn(session, interaction, answer)
            findings = tuple(_finding(d) for d in compared_with(interaction, answer))
            checked.append(
                Checked(number=number, request=request, status=status, findings=findings)
            )
    return checked


def _reason_to_skip(request: Request, *, unsafe: bool) -> str:
    if not is_api(request):
        return "not a request to this version of the API"
    if request.method not in SAFE and not unsafe:
        return f"a {request.effective_method} may change something; --unsafe sends it"
    return ""


def _send(client: requests.Session, request: Request) -> Response:
    try:
        answer = client.request(
            request.method,
            request.url,
            headers=dict(request.headers),
            data=request.body or None,
            allow_redirects=False,
            timeout=_TIMEOUT,
        )
    except requests.RequestException as error:
        msg = f"{request.method} {request.url} was not answered: {type(error).__name__}."
        raise click.UsageError(msg) from error
    return Response(answer.status_code, list(answer.headers.items()), answer.content)


def _finding(difference: Difference) -> Finding:
    return Finding(difference=difference, rule="", source="", grade=None)
