"""``twreplay merge``: several cassettes as one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from twreplay._cassette import Recording, place_webhooks
from twreplay._cli.cleaning import write_cassette
from twreplay._cli.drift_report import format_operation
from twreplay._cli.output import (
    FOUND,
    count,
    force_option,
    json_option,
    print_json,
    read_or_stop,
    refuse_to_replace,
    tell,
)
from twreplay._http import Interaction
from twreplay._matching import Matching

_MATCHING = Matching.from_options(None)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(short_help="Write the interactions of several cassettes into one.")
@click.argument("paths", nargs=-1, required=True, type=_FILE)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The cassette to write.",
)
@click.option(
    "--on-conflict",
    type=click.Choice(["refuse", "first", "last", "all"]),
    default="refuse",
    show_default=True,
    help="What to do with a request that is answered otherwise in a later cassette: keep the "
    "answers of the first or the last, or all of them, one after the other.",
)
@force_option
@json_option
def merge(
    paths: tuple[Path, ...], output: Path, on_conflict: str, force: bool, as_json: bool
) -> None:
    """
    Write the interactions of the cassettes in PATHS into one, in the order of PATHS.

    What several of them have alike, request and answer, is kept once; webhooks go with the
    interaction that they followed. The result is as old as the oldest of them.

    Exits with 1, and writes nothing, if they conflict and nothing says what to do about it.

    For example: twreplay merge a.yaml b.yaml -o both.yaml
    """
    refuse_to_replace(output, force=force)
    recordings = [read_or_stop(path) for path in paths]
    if len({(each.redacted, each.pseudonyms) for each in recordings}) > 1:
        msg = "their pseudonyms were made with different keys, so one person would be several."
        raise click.UsageError(msg)
    kept, conflicts = _merge([each.interactions for each in recordings], on_conflict)
    refused = conflicts if on_conflict == "refuse" else []
    if as_json:
        print_json(_build_data(output, kept, conflicts, is_written=not refused))
    if refused:
        _tell_conflicts(refused)
        raise SystemExit(FOUND)
    _save(output, recordings, kept)
    if not as_json:
        tell(f"{output}: {count(len(kept), 'interaction')} of {count(len(paths), 'cassette')}.")


def _merge(
    parts: Sequence[Sequence[Interaction]], on_conflict: str
) -> tuple[list[Interaction], list[Interaction]]:
    """Return the interactions to keep, and the first interaction of each conflict."""
    kept, conflicts = list(parts[0]), []
    for part in parts[1:]:
        ours = _group_by_request(kept)
        dropped: set[Hashable] = set()
        skip: Counter[Hashable] = Counter()
        for request, theirs in _group_by_request(part).items():
            both = list(zip(ours[request], theirs, strict=False))
            clash = next(
                (new for old, new in both if _build_response_key(old) != _build_response_key(new)),
                None,
            )
            if clash is None:
                skip[request] = len(both)
                continue
            conflicts.append(clash)
            if on_conflict == "first":
                skip[request] = len(theirs)
            elif on_conflict == "last":
                dropped.add(request)
        kept = [each for each in kept if _build_request_key(each) not in dropped]
        for each in part:
            if skip[_build_request_key(each)]:
                skip[_build_request_key(each)] -= 1
            else:
                kept.append(each)
    return kept, conflicts


def _group_by_request(
    interactions: Iterable[Interaction],
) -> defaultdict[Hashable, list[Interaction]]:
    grouped: defaultdict[Hashable, list[Interaction]] = defaultdict(list)
    for each in interactions:
        grouped[_build_request_key(each)].append(each)
    return grouped


def _build_request_key(interaction: Interaction) -> Hashable:
    return _MATCHING.build_key(interaction.request), _MATCHING.get_identity(interaction.request)


def _build_response_key(interaction: Interaction) -> Hashable:
    # Headers are left out: their Date always differs.
    return interaction.response.status, interaction.response.body


def _save(output: Path, recordings: Sequence[Recording], kept: Sequence[Interaction]) -> None:
    first = recordings[0]
    origins = {each.origin for each in recordings}
    dates = [each.recorded_at for each in recordings]
    whole = Recording(
        interactions=tuple(kept),
        origin=first.origin if len(origins) == 1 else "recorded",
        recorded_at=min(dates) if all(dates) else "",
        host=next((each.host for each in recordings if each.host), ""),
        # If one part may lack credentials, the result may too.
        foreign=any(each.foreign for each in recordings),
        redacted=first.redacted,
        pseudonyms=first.pseudonyms,
        unknown=next((each.unknown for each in recordings if each.unknown), ()),
        webhooks=place_webhooks(kept, *recordings),
    )
    write_cassette(output, whole)


def _tell_conflicts(conflicts: Sequence[Interaction]) -> None:
    tell("Not merged: these requests are answered otherwise in a later cassette.")
    for each in conflicts:
        tell(f"  {format_operation(each.request)}")
    tell("Say what to keep: --on-conflict=first, last or all.")


def _build_data(
    output: Path,
    kept: Sequence[Interaction],
    conflicts: Sequence[Interaction],
    *,
    is_written: bool,
) -> dict[str, Any]:
    return {
        "path": output.as_posix(),
        "written": is_written,
        "interactions": len(kept) if is_written else 0,
        "conflicts": [
            {"method": each.request.effective_method, "path": each.request.path}
            for each in conflicts
        ],
    }
