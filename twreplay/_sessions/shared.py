"""Cassettes that a session shares: it plays them beside its own, and never writes them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from twreplay._call_site import find_stack_level
from twreplay._cassette import (
    Cassette,
    CommandHints,
    Playback,
    Recorder,
    Recording,
    RecordMode,
    Redaction,
    Redactor,
    SearchedCassette,
    build_expired_error,
    build_shared_not_found_error,
    compute_age,
    format_path,
    is_same_file,
    load,
    make_absolute,
)
from twreplay._http import Request, Response
from twreplay._sessions.cassette_options import CassetteSettings
from twreplay._stats import current_stats
from twreplay.errors import CassetteNotFound, ExpiredCassette, UsageError


@dataclass(frozen=True, slots=True)
class SharedFile:
    """
    A shared cassette, read.

    Attributes:
        path: The file, absolute.

        name: The path as messages show it.
    """

    path: Path
    name: str
    recording: Recording


def read_shared(
    settings: CassetteSettings,
    own: Path,
    *,
    name: str,
    folder: Path | None,
    how_to: CommandHints,
) -> tuple[SharedFile, ...]:
    """
    Read the cassettes that a session shares.

    One that is the session's own is left out, so that ``twreplay_config`` can have a suite share
    the cassette that one test records.

    Args:
        own: The session's own cassette.

        name: That cassette as messages show it.

        folder: What relative paths are relative to; None for the current directory.

        how_to: The hints of the session.

    Raises:
        CassetteNotFound, CassetteCorrupt, CassetteTooNew, CassetteExpired: What is wrong with one
            of them, whatever the record mode.

        UsageError: One of them has webhooks, and there is an application to deliver them to.
    """
    found = []
    for given in settings.shared:
        path = make_absolute(given if folder is None else folder / given)
        if is_same_file(path, own):
            continue
        shown = format_path(Path(os.path.normpath(path)))
        hints = replace(how_to.alone(Path(shown)), set=how_to.set)
        try:
            recording = load(path, hints)
        except CassetteNotFound:
            raise build_shared_not_found_error(path, name, given, hints) from None
        if settings.app is not None and recording.webhooks:
            msg = (
                f"{shown} is shared and has webhooks, which only a session's own cassette "
                "delivers. Share a cassette without webhooks, or leave app= out."
            )
            raise UsageError(msg)
        _check_age(settings, Path(shown), recording, hints)
        found.append(SharedFile(path, shown, recording))
    return tuple(found)


def _check_age(
    settings: CassetteSettings, path: Path, recording: Recording, how_to: CommandHints
) -> None:
    """Warn of an expired cassette, or refuse it; what is never written is not recorded again."""
    limit = settings.max_age
    age = compute_age(datetime.now(UTC), recording.recorded_at) if limit is not None else None
    if limit is None or age is None or age <= limit:
        return
    if (tally := current_stats()) is not None:
        tally.counts["expired"] += 1
    expired = build_expired_error(path, age, limit, how_to)
    if settings.on_expiry == "fail":
        raise expired
    warnings.warn(ExpiredCassette(str(expired)), stacklevel=find_stack_level())


class SharedPlayback:
    """
    Plays the shared cassettes of one session, in their order.

    An interaction answers again when all that match have been played, as often as it is asked: how
    often a test logs in is not what the test is about. *ordered* is about the own cassette.

    Not for several threads: its owner holds a lock.

    Attributes:
        files: The cassettes.

        interactions: Those of all of them, in order.

        playbacks: What was played of each.

        cassettes: What a test sees of each.
    """

    def __init__(
        self,
        files: Sequence[SharedFile],
        settings: CassetteSettings,
        secrets: Redactor,
        key: str,
    ) -> None:
        self.files = tuple(files)
        self.interactions = tuple(one for file in files for one in file.recording.interactions)
        self.playbacks: list[Playback] = []
        cassettes = []
        for file in self.files:
            # The session's own secrets: what a shared cassette shows is not recorded either.
            redaction = Redaction(file.recording, key=key, secrets=secrets)
            playback = Playback(
                file.recording.interactions,
                redaction,
                settings.matching,
                hosts=settings.hosts,
                allow_repeats=True,
                foreign=file.recording.foreign,
            )
            recorder = Recorder(file.recording, redaction, settings.matching, RecordMode.NONE)
            self.playbacks.append(playback)
            cassettes.append(
                Cassette(
                    file.name,
                    playback,
                    recorder,
                    records=False,
                    webhooks=file.recording.webhooks,
                    recorded_at=file.recording.recorded_at,
                )
            )
        self.cassettes = tuple(cassettes)

    def __len__(self) -> int:
        return len(self.interactions)

    @property
    def play_count(self) -> int:
        """The number of requests that they answered."""
        return sum(sum(playback.played) for playback in self.playbacks)

    @property
    def plays_simulation(self) -> bool:
        """True if an answer was played that a simulator gave."""
        return any(
            file.recording.simulated_by is not None and any(playback.played)
            for file, playback in zip(self.files, self.playbacks, strict=True)
        )

    def take(self, request: Request) -> int | None:
        """Take the index, in *interactions*, of what answers *request*; None if nothing does."""
        before = 0
        for playback in self.playbacks:
            if (index := playback.take(request)) is not None:
                return before + index
            before += len(playback.interactions)
        return None

    def find_place(self, response: Response | None) -> str:
        """Return where *response* stands; empty if it is of none of them."""
        for file, playback in zip(self.files, self.playbacks, strict=True):
            for number, interaction in enumerate(playback.interactions, 1):
                if interaction.response is response:
                    return f"interaction {number} of {file.name}"
        return ""

    def describe(self) -> tuple[SearchedCassette, ...]:
        """Describe what was searched, for the message about a miss."""
        return tuple(
            SearchedCassette(
                name=file.name,
                interactions=playback.interactions,
                played=playback.played,
                foreign=file.recording.foreign,
            )
            for file, playback in zip(self.files, self.playbacks, strict=True)
        )
