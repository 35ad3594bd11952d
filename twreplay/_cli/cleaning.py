"""Recordings without the secrets that they came with, and how such are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from twreplay._cassette import Recording, Redactor, alone_with, save
from twreplay._cli.output import NOT_DONE, tell
from twreplay._http import Interaction
from twreplay.errors import CassetteError


def without_secrets(
    recording: Recording, not_secret: Iterable[str] = ()
) -> tuple[Recording, Redactor]:
    """*recording* without the secrets in it, and what knows them."""
    redactor = Redactor(not_secret)
    for each in recording.interactions:
        redactor.learn_request(each.request)
        redactor.learn_response(each.response)
    clean = tuple(
        Interaction(redactor.request(each.request), redactor.response(each.response))
        for each in recording.interactions
    )
    return replace(recording, interactions=clean), redactor


def write_cassette(
    path: Path,
    recording: Recording,
    *,
    not_secret: Iterable[str] = (),
    encoder: Callable[[Recording], str] | None = None,
) -> None:
    """Put *recording* into *path* without its secrets; ends the command if that cannot be."""
    clean, redactor = without_secrets(recording, not_secret)
    try:
        with alone_with(path):
            save(path, clean, redactor.leak, not_secret, encoder)
    except CassetteError as error:
        tell(f"Error: {error}")
        raise SystemExit(NOT_DONE) from error
