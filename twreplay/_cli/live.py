"""Compares recordings with a live endpoint. No other part of the command line sends requests."""

from __future__ import annotations

from collections.abc import Sequence

import click
import requests

from twreplay._address import is_this_version
from twreplay._http import Interaction, Request, Response
from twreplay._verify import (
    SAFE,
    Checked,
    Finding,
    Mismatch,
    build_live_request,
    compare_with_live,
    create_live_session,
    learn,
)

_TIMEOUT = 30


def verify_live(
    interactions: Sequence[Interaction], url: str, credentials: tuple[str, str], *, unsafe: bool
) -> list[Checked]:
    """
    Send the recorded requests to *url*, and compare the responses.

    Args:
        credentials: Account Sid and token; the recording's account becomes this one.

        unsafe: Send also requests that change something.
    """
    session = create_live_session(url, credentials, interactions)
    checked: list[Checked] = []
    with requests.Session() as client:
        # No .netrc and no proxy credentials: only the given credentials are sent.
        client.trust_env = False
        for number, interaction in enumerate(interactions, 1):
            request, status = interaction.request, interaction.response.status
            skipped = _find_skip_reason(request, unsafe=unsafe)
            if skipped:
                checked.append(
                    Checked(number=number, request=request, status=status, skipped=skipped)
                )
                continue
            answer = _send(client, build_live_request(session, request))
            learn(session, interaction, answer)
            findings = tuple(_build_finding(d) for d in compare_with_live(interaction, answer))
            checked.append(
                Checked(number=number, request=request, status=status, findings=findings)
            )
    return checked


def _find_skip_reason(request: Request, *, unsafe: bool) -> str:
    if not is_this_version(request):
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


def _build_finding(difference: Mismatch) -> Finding:
    return Finding(difference=difference, rule="", source="", grade=None)
