"""Removing the secrets from recordings, and writing them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from twreplay._cassette import Recording, Redactor, lock_cassette, map_webhooks, save
from twreplay._cli.output import NOT_DONE, tell
from twreplay._http import Interaction
from twreplay.errors import CassetteError


def remove_secrets(
    recording: Recording, not_secret: Iterable[str] = ()
) -> tuple[Recording, Redactor]:
    """Return *recording* without its secrets, and the redactor that knows them."""
    redactor = Redactor(not_secret)
    for each in recording.all_interactions:
        redactor.learn_request(each.request)
        redactor.learn_response(each.response)

    def clean(each: Interaction) -> Interaction:
        return Interaction(
            redactor.request(each.request),
            redactor.response(each.response),
            redactor.section(each.recorded_by),
        )

    cleaned = replace(
        recording,
        interactions=tuple(map(clean, recording.interactions)),
        webhooks=map_webhooks(recording.webhooks, clean),
    )
    return cleaned, redactor


def write_cassette(
    path: Path,
    recording: Recording,
    *,
    not_secret: Iterable[str] = (),
    encoder: Callable[[Recording], str] | None = None,
) -> None:
    """Write *recording* to *path* without its secrets; exit the command on failure."""
    clean, redactor = remove_secrets(recording, not_secret)
    try:
        with lock_cassette(path):
            save(path, clean, redactor.find_leak, not_secret, encoder)
    except CassetteError as error:
        tell(f"Error: {error}")
        raise SystemExit(NOT_DONE) from error
