"""``twreplay convert``: cassettes from other formats, and into them."""

from __future__ import annotations

from pathlib import Path

import click

from twreplay._address import is_this_version
from twreplay._cassette import (
    FORMATS,
    Recording,
    detect_format,
    load,
    name_format,
    read_text,
    select_interactions,
)
from twreplay._cli.cleaning import write_cassette
from twreplay._cli.output import (
    count,
    force_option,
    json_option,
    print_json,
    read_or_stop,
    refuse_to_replace,
    tell,
)

_READ = click.Choice(list(FORMATS))
_WRITTEN = click.Choice([name for name, form in FORMATS.items() if form.encode is not None])


@click.command(short_help="Write a cassette in another format.")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "source_format", type=_READ, help="What SOURCE is; else found out.")
@click.option("--to", "target_format", type=_WRITTEN, help="What TARGET is to be; else its suffix.")
@click.option("--all", "everything", is_flag=True, help="Keep requests to other APIs, too.")
@click.option(
    "--not-secret",
    multiple=True,
    metavar="NAME",
    help="A header or field, or a value, that only looks like a credential. May be repeated.",
)
@force_option
@json_option
def convert(
    source: Path,
    target: Path,
    source_format: str | None,
    target_format: str | None,
    everything: bool,
    not_secret: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """
    Write the cassette SOURCE in another format into TARGET.

    The formats: yaml and json, which twreplay, vcrpy, pytest-recording and cassetter read; betamax,
    which is JSON of another shape; har, as browsers and proxies save it; and, to be read only, vcr
    (the YAML of VCR for Ruby) and go-vcr. Secrets are taken out of what is written, and stay in
    SOURCE.

    For example: twreplay convert session.har cassettes/session.yaml
    """
    refuse_to_replace(target, force=force)
    came_as = source_format or _detect_format(source)
    goes_as = target_format or _get_format_by_suffix(target)
    recording = read_or_stop(source, lambda path: load(path, decoder=FORMATS[came_as].decode))
    kept = _filter_interactions(recording, everything=everything)
    left_out = len(recording.interactions) - len(kept.interactions)
    encoder = FORMATS[goes_as].encode
    assert encoder is not None
    write_cassette(target, kept, not_secret=not_secret, encoder=encoder)
    if as_json:
        written = len(kept.interactions)
        print_json({"path": target.as_posix(), "interactions": written, "left_out": left_out})
        return
    tell(f"{target}: {count(len(kept.interactions), 'interaction')}, from {came_as} to {goes_as}.")
    if left_out:
        tell(
            f"Left out: {count(left_out, 'request')} to other APIs, or that nothing answered. "
            "To keep the former: --all."
        )
    if goes_as in ("betamax", "har") and kept.webhooks:
        tell(f"Left out: {count(len(kept.webhooks), 'webhook')}, for which {goes_as} has no place.")
    if goes_as in ("betamax", "har") and not recording.foreign:
        tell(f"{goes_as} has no place for where a recording comes from and how it was redacted.")
    if goes_as in ("betamax", "har") and any(kept.sections):
        tell(f"{goes_as} has no place for which test recorded what.")


def _filter_interactions(recording: Recording, *, everything: bool) -> Recording:
    # Blocked and interrupted requests have the status 0 in HAR files.
    kept = tuple(
        each
        for each in recording.interactions
        if each.response.status and (everything or is_this_version(each.request))
    )
    return select_interactions(recording, kept)


def _detect_format(path: Path) -> str:
    """Detect the format of *path*, by what is in it and by its suffix."""
    text = read_text(path)
    form = detect_format(text, path.suffix) or name_format(path.suffix)
    if not form and not text:
        read_or_stop(path)  # which says why there is nothing
    return form or _get_format_by_suffix(path)


def _get_format_by_suffix(path: Path) -> str:
    known = name_format(path.suffix)
    if not known:
        msg = f"the suffix of {path} names no format; say which with --from or --to."
        raise click.UsageError(msg)
    return known
