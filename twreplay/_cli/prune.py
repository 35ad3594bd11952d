"""``twreplay prune``: remove interactions that a complete green run left unused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from twreplay._cassette import (
    Recording,
    compute_content_hash,
    format_path,
    load,
    lock_cassette,
    remove,
    replace_unprintable,
    save,
    select_interactions,
)
from twreplay._cli.output import allow_empty_option, find_cassettes, insist_on_some
from twreplay._reports import PLAYS
from twreplay.errors import CassetteError

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    The result for one cassette.

    Attributes:
        unused: Method and URL of each interaction that no request matched.

        places: Their indexes, from 0.

        orphan: No test opened it.

        kept: The reason why the cassette is left unchanged; empty if it is not.
    """

    path: Path
    unused: tuple[str, ...] = ()
    places: frozenset[int] = frozenset()
    orphan: bool = False
    kept: str = ""


@click.command(short_help="Remove what the last run of pytest left unused.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
@click.option("--orphans", is_flag=True, help="Remove cassettes that no test opened, too.")
@click.option("--despite", multiple=True, metavar="REASON", help="Accept a run in spite of it.")
@allow_empty_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--cache-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where pytest keeps its cache; by default .pytest_cache here or above.",
)
def prune(
    paths: tuple[Path, ...],
    dry_run: bool,
    orphans: bool,
    despite: tuple[str, ...],
    allow_empty: bool,
    as_json: bool,
    cache_dir: Path | None,
) -> None:
    """
    Remove what the last run of pytest left unused on the cassettes in PATHS.

    PATHS are files or folders; by default all folders named cassettes that the run was about.
    The run must have been of whole folders of tests, and all of them must have passed. Unused
    interactions fail a test, so such a run is:

        pytest --twreplay-unused=ignore

    Exits with 1 if --dry-run finds something to remove, or if a cassette had to be left as it
    is, and with 2 if there is no run to rely on.
    """
    run = _read_run(cache_dir)
    why_not = [reason for reason in run["why_not"] if reason not in despite]
    if why_not:
        told = "; ".join(why_not)
        msg = f"the last run is no measure of what is used: {told}. Run all tests, then prune."
        raise click.UsageError(msg)
    candidates = _find_candidates(paths, run)
    if paths and not allow_empty:
        insist_on_some(candidates, paths, "prune")
    found = [_inspect(path, run, orphans=orphans) for path in candidates]
    if not dry_run:
        found = [_clean(each, orphans=orphans) for each in found]
    _tell(found, dry_run=dry_run, orphans=orphans, as_json=as_json)
    something = any(each.places or (orphans and each.orphan) for each in found)
    if any(each.kept for each in found) or (dry_run and something):
        raise SystemExit(1)


def _read_run(cache_dir: Path | None) -> dict[str, Any]:
    """Read the record of the last run."""
    here = Path.cwd()
    caches = (folder / ".pytest_cache" for folder in (here, *here.parents))
    for cache in (cache_dir,) if cache_dir is not None else caches:
        note = cache / "v" / PLAYS
        if not note.is_file():
            continue
        try:
            run: dict[str, Any] = json.loads(note.read_text("utf-8"))
            if run["format"] == _FORMAT:
                return run
        except (ValueError, KeyError, TypeError):
            pass
        msg = f"{format_path(note)} cannot be read. Run all tests again, then prune."
        raise click.UsageError(msg)
    msg = (
        "no run of pytest has noted what it played. "
        "Run all tests (pytest --twreplay-unused=ignore), then prune."
    )
    raise click.UsageError(msg)


def _find_candidates(paths: Iterable[Path], run: dict[str, Any]) -> list[Path]:
    """Return the cassettes in *paths*, all of them below the folders of the run."""
    scope = [Path(folder) for folder in run["scope"]]
    found: set[Path] = set()
    if paths:
        for given in paths:
            found.update(path.resolve() for path in find_cassettes(given))
    else:
        found.update(Path(path) for path in run["cassettes"] if Path(path).is_file())
        for folder in _find_cassette_folders(scope):
            found.update(path.resolve() for path in find_cassettes(folder))
    return sorted(
        path
        for path in found
        if not path.stem.endswith(".failed") and any(map(path.is_relative_to, scope))
    )


def _find_cassette_folders(scope: Iterable[Path]) -> Iterator[Path]:
    for top in scope:
        for folder in top.rglob("cassettes"):
            hidden = any(part.startswith(".") for part in folder.relative_to(top).parts)
            if folder.is_dir() and not hidden and "site-packages" not in folder.parts:
                yield folder


def _inspect(path: Path, run: dict[str, Any], *, orphans: bool) -> Found:
    """Find the interactions of *path* that no test used."""
    note = run["cassettes"].get(path.as_posix())
    if note is None:
        try:
            load(path)
        except CassetteError as error:
            # Reported only with --orphans: a folder may hold other YAML.
            return Found(path=path, kept=error.explanation.headline if orphans else "")
        return Found(path=path, orphan=True)
    if not note["unused"] and note["settled"]:
        return Found(path=path)
    if not note["settled"]:
        return Found(path=path, kept="was recorded in that run; run the tests once more")
    if note["content"] != compute_content_hash(path):
        return Found(path=path, kept="was changed since that run; run the tests once more")
    try:
        interactions = load(path).interactions
    except CassetteError as error:
        return Found(path=path, kept=error.explanation.headline)
    places = frozenset(note["unused"])
    requests = [interactions[place].request for place in sorted(places)]
    told = tuple(f"{request.effective_method} {request.url}" for request in requests)
    return Found(path=path, places=places, unused=told)


def _clean(found: Found, *, orphans: bool) -> Found:
    """Remove the unused interactions, or the orphan."""
    try:
        if found.orphan and orphans:
            remove(found.path)
        elif found.places:
            with lock_cassette(found.path):
                recording = load(found.path)
                save(found.path, _remove_places(recording, found.places), lambda text: None)
    except CassetteError as error:
        return Found(path=found.path, kept=error.explanation.headline)
    return found


def _remove_places(recording: Recording, places: frozenset[int]) -> Recording:
    kept = [each for place, each in enumerate(recording.interactions) if place not in places]
    return select_interactions(recording, kept)


def _tell(found: list[Found], *, dry_run: bool, orphans: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_build_data(found, dry_run=dry_run, orphans=orphans), indent=2))
        return
    would = "would be removed" if dry_run else "removed"
    for each in found:
        name = format_path(each.path)
        if each.kept:
            headline = each.kept if each.kept.startswith(name) else f"{name} {each.kept}."
            click.echo(replace_unprintable(f"left as it is: {headline}"), err=True)
        elif each.places:
            click.echo(replace_unprintable(f"{name}: {len(each.places)} unused, {would}"))
            for request in each.unused:
                click.echo(replace_unprintable(f"  {request}"))
        elif each.orphan:
            what = would if orphans else "kept (--orphans removes it)"
            click.echo(replace_unprintable(f"{name}: no test opened it, {what}"))
    count = sum(len(each.places) for each in found)
    click.echo(f"{len(found)} cassettes, {count} interactions {would}")


def _build_data(found: list[Found], *, dry_run: bool, orphans: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "cassettes": [
            {
                "path": format_path(each.path),
                "unused": list(each.unused),
                "orphan": each.orphan,
                "removed": not dry_run and bool(each.places or (each.orphan and orphans)),
                "kept": each.kept,
            }
            for each in found
        ],
    }
