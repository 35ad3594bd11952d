"""``twreplay convert``: cassettes from other formats, and into them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import click

from twreplay._address import is_this_version
from twreplay._cassette import (
    DecodeError,
    Recording,
    TooNew,
    decode,
    decode_betamax,
    decode_har,
    encode,
    encode_betamax,
    encode_har,
    load,
    read_text,
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


@dataclass(frozen=True, slots=True)
class Format:
    """Decoder and encoder of a format."""

    decode: Callable[[str], Recording | DecodeError | TooNew]
    encode: Callable[[Recording], str]


_FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "yaml": Format(decode, encode),
        "json": Format(
            lambda text: decode(text, as_json=True),
            lambda recording: encode(recording, as_json=True),
        ),
        "betamax": Format(decode_betamax, encode_betamax),
        "har": Format(decode_har, encode_har),
    }
)
_SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".har": "har"}
_CHOICE = click.Choice(list(_FORMATS))


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "source_format", type=_CHOICE, help="What SOURCE is; else found out.")
@click.option("--to", "target_format", type=_CHOICE, help="What TARGET is to be; else its suffix.")
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
    which is JSON of another shape; har, as browsers and proxies save it. Secrets are taken out of
    what is written, whatever it is.

    For example: twreplay convert session.har cassettes/session.yaml
    """
    refuse_to_replace(target, force=force)
    came_as = source_format or _detect_format(source)
    goes_as = target_format or _get_format_by_suffix(target)
    recording = read_or_stop(source, lambda path: load(path, decoder=_FORMATS[came_as].decode))
    kept = _filter_interactions(recording, everything=everything)
    left_out = len(recording.interactions) - len(kept.interactions)
    write_cassette(target, kept, not_secret=not_secret, encoder=_FORMATS[goes_as].encode)
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
    if goes_as in ("betamax", "har") and not recording.foreign:
        tell(f"{goes_as} has no place for where a recording comes from and how it was redacted.")


def _filter_interactions(recording: Recording, *, everything: bool) -> Recording:
    # Blocked and interrupted requests have the status 0 in HAR files.
    kept = tuple(
        each
        for each in recording.interactions
        if each.response.status and (everything or is_this_version(each.request))
    )
    return replace(recording, interactions=kept)


def _detect_format(path: Path) -> str:
    """Detect the format of *path*: several formats are JSON."""
    by_suffix = _get_format_by_suffix(path)
    if by_suffix != "json":
        return by_suffix
    try:
        keys = set(json.loads(read_text(path)))
    except (ValueError, TypeError, RecursionError):
        return by_suffix
    if "http_interactions" in keys:
        return "betamax"
    return "har" if "log" in keys else by_suffix


def _get_format_by_suffix(path: Path) -> str:
    known = _SUFFIXES.get(path.suffix.lower())
    if known is None:
        msg = f"the suffix of {path} names no format; say which with --from or --to."
        raise click.UsageError(msg)
    return known
