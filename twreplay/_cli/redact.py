"""``twreplay redact``: removes secrets from cassettes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import click

from twreplay._cassette import (
    KINDS,
    Pseudonyms,
    Recording,
    in_order,
    load,
    lock_cassette,
    map_webhooks,
    origin_of,
    pseudonyms_of,
    read_text,
    refuse_secrets,
    refuse_unread,
    replace_unprintable,
    save,
    stored,
)
from twreplay._cli.cleaning import remove_secrets
from twreplay._cli.output import (
    allow_empty_option,
    find_cassettes,
    insist_on_some,
    json_option,
    print_json,
)
from twreplay._http import Interaction
from twreplay.errors import CassetteError

_KEY = "TWREPLAY_REDACT_KEY"  # a name, not a value
_WOULD_CHANGE, _NOT_DONE = 1, 2


@click.command(short_help="Take the secrets out of cassettes, in place.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--identifiers", is_flag=True, help="Also Sids and telephone numbers.")
@click.option("--names", is_flag=True, help="Also friendly names.")
@click.option("--bodies", is_flag=True, help="Also the texts of messages and transcriptions.")
@click.option(
    "--not-secret",
    multiple=True,
    metavar="NAME",
    help="A header or field, or a value, that only looks like a credential. May be repeated.",
)
@click.option(
    "--check",
    "--dry-run",
    "check",
    is_flag=True,
    help="Write nothing; exit with 1 if there is something to take out.",
)
@allow_empty_option
@json_option
def redact(
    paths: tuple[Path, ...],
    identifiers: bool,
    names: bool,
    bodies: bool,
    not_secret: tuple[str, ...],
    check: bool,
    allow_empty: bool,
    as_json: bool,
) -> None:
    """
    Take the secrets out of the cassettes in PATHS, in place.

    PATHS are files or folders. A file in which there is nothing to take out stays as it is, to the
    byte. Pseudonyms are made with the key in TWREPLAY_REDACT_KEY, if that is set.

    Exits with 0 if all is well, 1 with --check if something would change, 2 if a file could not be
    cleaned; that one is left unchanged.

    For example: twreplay redact cassettes --identifiers
    """
    wanted = (("identifiers", identifiers), ("names", names), ("bodies", bodies))
    kinds = tuple(kind for kind, is_wanted in wanted if is_wanted and kind in KINDS)
    changed: list[Path] = []
    failed: list[Path] = []
    found = [path for given in paths for path in find_cassettes(given)]
    if not allow_empty:
        insist_on_some(found, paths, "redact")
    for path in found:
        try:
            if _redact(path, kinds, not_secret, check=check):
                changed.append(path)
                if not as_json:
                    done = "would be rewritten" if check else "rewritten"
                    click.echo(replace_unprintable(f"{path}: {done}"))
        except CassetteError as error:
            failed.append(path)
            click.echo(replace_unprintable(f"{path}: {error.explanation.headline}"), err=True)
            for line in (*error.explanation.place, *map(": ".join, error.explanation.facts)):
                click.echo(replace_unprintable(f"  {line}"), err=True)
    if as_json:
        told = {"changed": changed, "failed": failed}
        print_json({name: [path.as_posix() for path in held] for name, held in told.items()})
    if failed:
        raise SystemExit(_NOT_DONE)
    if check and changed:
        raise SystemExit(_WOULD_CHANGE)


def _redact(
    path: Path, kinds: tuple[str, ...], not_secret: tuple[str, ...], *, check: bool
) -> bool:
    """Redact *path*; return whether it was, or would be, rewritten."""
    with lock_cassette(path):
        before = load(path)
        clean, redactor = remove_secrets(before, not_secret)
        after = _apply_pseudonyms(clean, kinds)
        text = read_text(path)
        refuse_unread(path, before, text, not_secret)
        is_same = (after.interactions, after.webhooks) == (before.interactions, before.webhooks)
        if is_same and after.sections == before.sections:
            refuse_secrets(path, before, text, not_secret)
            return False
        if not check:
            save(path, after, redactor.find_leak, not_secret)
        return True


def _apply_pseudonyms(recording: Recording, kinds: tuple[str, ...]) -> Recording:
    missing = [kind for kind in kinds if kind not in recording.redacted]
    if not missing:
        return recording
    key, salt = os.environ.get(_KEY, ""), token_hex(8)
    pseudonyms = Pseudonyms(missing, key or salt)
    origin = origin_of(key, salt)
    if recording.redacted:
        known = pseudonyms_of(recording, key)
        if known is None:
            msg = f"its pseudonyms were made with another key; set {_KEY} to that one."
            raise click.UsageError(msg)
        pseudonyms, origin = known.only(missing), recording.pseudonyms

    def disguise(each: Interaction) -> Interaction:
        return pseudonyms.interaction(stored(each))

    return replace(
        recording,
        interactions=tuple(map(disguise, recording.interactions)),
        webhooks=map_webhooks(recording.webhooks, disguise),
        redacted=in_order((*recording.redacted, *missing)),
        pseudonyms=origin,
    )
