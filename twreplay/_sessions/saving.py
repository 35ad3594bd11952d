"""Saving: what a session recorded goes into its cassette's file, or beside it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from twreplay._cassette import (
    CommandHints,
    Recording,
    build_failed_path,
    encode,
    format_path,
    has_changed_since,
    load,
    load_if_there,
    lock_cassette,
    parse_date,
    place_webhooks,
    remove,
    save,
    select_interactions,
)
from twreplay._http import Interaction
from twreplay._ledger import Aside, Use, Written, rewrites
from twreplay._sessions.cassette_handler import CassetteHandler
from twreplay.errors import (
    SecretInCassette,
    TwreplayError,
)


@dataclass(kw_only=True, slots=True)
class RecordingSaver:
    """
    Saves what one session recorded.

    Attributes:
        path: The cassette's file, absolute.

        name: The path as messages show it.

        handler: The handler that recorded.

        how_to: Hints for messages.

        not_secret: Names or values that only look like credentials.

        function: The name of the decorated function whose call the session is open for, or "".

        is_of_several: Other tests may use the same file.

        was_damaged: The file could not be read when the session was opened.

        was_expired: The recording was older than *max_age* allows.

        use: The session as the run of tests sees it; None outside of one.
    """

    path: Path
    name: str
    handler: CassetteHandler
    how_to: CommandHints
    not_secret: tuple[str, ...] = ()
    function: str = ""
    is_of_several: bool = True
    was_damaged: bool = False
    was_expired: bool = False
    use: Use | None = None

    def commit(self, *, waited: bool = False) -> None:
        """
        Put what was recorded into the cassette's file.

        Args:
            waited: The tests that used the session have ended since.

        Raises:
            CassetteCorrupt, CassetteTooNew: Another process put such a file there; what was
                recorded is kept beside it.

            CassetteNotSaved: The file could not be written; the same.

            SecretInCassette: Something in it looks like a secret; nothing is written.
        """
        try:
            self._save(waited=waited)
        except SecretInCassette as refused:
            # Only this error is raised; the unmatched requests are added as a note.
            if (miss := self.handler.build_unmatched_error()) is not None:
                refused.add_note(str(miss))
            raise
        except Exception as refused:
            # A matcher of the user's own may raise anything. What was sent cannot be sent again.
            self.set_aside(refused)
            raise
        self._remove_aside(waited=waited)

    def set_aside(
        self, error: BaseException | None = None, interruption: TwreplayError | None = None
    ) -> None:
        """
        Save the recording of a failed block beside the cassette, not in its place.

        Args:
            error: The exception of the block, which gets a note of where the recording is.

            interruption: The error for a response that broke off, which is added to the notes.
        """
        notes = [str(interruption)] if interruption is not None and error is not None else []
        if self.handler.records and self.handler.recorder:
            # The block's own exception matters more than a second one about a side file.
            try:
                if (kept := self._save_aside()) is not None:
                    notes.append(f"twreplay: {kept}")
            except Exception as refused:
                problem = str(refused) if isinstance(refused, TwreplayError) else repr(refused)
                notes.append(f"twreplay: what was recorded was not kept.\n{problem}")
        if (raised := error if error is not None else interruption) is not None:
            for note in notes:
                raised.add_note(note)

    def _save_aside(self) -> Aside | None:
        """Save beside the cassette; return None if all of the recording is on it already."""
        beside = build_failed_path(self.path)
        tests = frozenset(self.use.tests) if self.use is not None else frozenset()
        recorder = self.handler.recorder
        section = recorder.section
        # Not the cassette's own lock: that one may be what could not be had.
        with lock_cassette(beside) if section else nullcontext():
            before = self._load_aside(beside, section)
            keeps = section and self.handler.rewrites and recorder.has_origin_of(before)
            merge = partial(
                recorder.merge,
                recorded_at=_format_now(),
                current=before,
                keep=(lambda old: _is_of_others(old, section)) if keeps else None,
            )
            try:
                recording = merge()
            except Exception:
                # A matcher of the user's own may have failed, which is no reason to lose it all.
                recorder.drop_own_matchers()
                recording = merge()
            if recording is None or recorder.had_loaded(recording):
                return None
            save(beside, recording, self.handler.find_leak, self.not_secret)
        if before is not None and self.use is not None:
            known = self.use.ledger.aside.get(self.path.as_posix())
            tests |= known.tests if known is not None else frozenset()
        kept = Aside(self.name, build_failed_path(Path(self.name)).as_posix(), tests)
        if self.use is not None:
            self.use.ledger.aside[self.path.as_posix()] = kept
        return kept

    def _load_aside(self, beside: Path, section: str) -> Recording | None:
        """
        Load what another test of this run has left in the file *beside*; None without that.

        What this test itself has left there, before it was run again, is left out.
        """
        if not section or self.use is None:
            return None
        if not has_changed_since(beside, self.use.ledger.began):
            return None
        try:
            found = load_if_there(beside)
        except TwreplayError:
            return None
        if found is None or not any(_is_of_others(each, section) for each in found.interactions):
            return None
        loaded = set(self.handler.playback.interactions)
        return select_interactions(
            found,
            [one for one in found.interactions if _is_of_others(one, section) or one in loaded],
        )

    def _remove_aside(self, *, waited: bool) -> None:
        """Remove what an earlier recording left beside, but not what other tests did."""
        beside = build_failed_path(self.path)
        section = self.handler.recorder.section
        if self.use is not None:
            ledger = self.use.ledger
            aside = ledger.aside.get(self.path.as_posix())
            if aside is not None and not aside.tests <= self.use.tests:
                return
            if aside is None and waited and has_changed_since(beside, ledger.began):
                return
            ledger.aside.pop(self.path.as_posix(), None)
        if section and beside.exists() and self._keep_of_others(beside, section):
            return
        with suppress(OSError):
            beside.unlink(missing_ok=True)

    def _keep_of_others(self, beside: Path, section: str) -> bool:
        """
        Keep what only the file *beside* has of other tests, with what is in the cassette.

        Returns:
            False if there is nothing of that kind.
        """
        # It stays if it cannot be written.
        with suppress(TwreplayError, OSError), lock_cassette(beside):
            try:
                aside, saved = load_if_there(beside), load_if_there(self.path)
            except TwreplayError:
                return False
            if aside is None or saved is None:
                return False
            # Of others that are in the cassette it may be older, or what failed.
            known = {section, "", *(each.recorded_by for each in saved.interactions)}
            others = [each for each in aside.interactions if each.recorded_by not in known]
            if not others:
                return False
            if not self.handler.recorder.has_origin_of(aside):
                return True  # answers of the API and of a simulator are not mixed
            both = (*saved.interactions, *others)
            webhooks = place_webhooks(both, saved, aside)
            whole = replace(saved, interactions=both, webhooks=webhooks)
            found = beside.stat()
            save(beside, whole, self.handler.find_leak, self.not_secret)
            # It is still of the run that left it, and not of this one.
            os.utime(beside, ns=(found.st_atime_ns, found.st_mtime_ns))
        return True

    def _save(self, *, waited: bool) -> None:
        recorder = self.handler.recorder
        if not recorder and (recorder.merge(recorded_at="") is None or not self.path.exists()):
            return
        with lock_cassette(self.path):
            current = self._load_current()
            # An expired cassette is rewritten if only its date changed; a deleted one as a whole.
            renew = current is None or (self.was_expired and bool(recorder))
            others = self._list_written_by_others()

            def is_new(old: Interaction) -> bool:
                return bool(others) and compute_digest(old) in others

            keep = None
            if self.handler.rewrites:
                keep = self._build_keeper(current, is_new, waited=waited)
            recording = recorder.merge(
                recorded_at=_format_now(), current=current, renew=renew, keep=keep, is_new=is_new
            )
            if not recorder and self._should_keep_file():
                return
            self._note_before(current)
            if recording is not None:
                save(self.path, recording, self.handler.find_leak, self.not_secret)
                self._note_made(was_there=current is not None)
            if self.handler.rewrites:
                self._note_rewrite()

    def _note_before(self, current: Recording | None) -> None:
        """Note in the run's ledger what was in the file before the run recorded it."""
        if self.use is not None:
            digests = None if current is None else [*map(compute_digest, current.interactions)]
            self.use.ledger.before.setdefault(self.path.as_posix(), digests)

    def _note_made(self, *, was_there: bool) -> None:
        """Note in the run's ledger that the run recorded into the file."""
        if self.use is None or not self.handler.recorder:
            return
        self.use.ledger.made.add(self.path.as_posix())
        if not was_there and not self.was_damaged and self.is_of_several:
            self.use.ledger.note_created(self.path.as_posix())

    @property
    def _writer(self) -> str:
        """The writer: the tests that use the session, or a decorated function."""
        if self.use is not None and self.use.tests:
            return " ".join(sorted(self.use.tests))
        return self.function

    def _build_keeper(
        self,
        current: Recording | None,
        is_new: Callable[[Interaction], bool],
        *,
        waited: bool,
    ) -> Callable[[Interaction], bool]:
        """
        Build the predicate for the interactions that ``rewrite`` keeps.

        They are those in the sections of other tests, and those that others wrote in this run,
        which *is_new* knows.
        Until the run is over, the old ones of which the file does not say whose they are stay as
        well; ``finish_rewrite`` drops what is left of them then.

        Answers of the API and of a simulator are not mixed: where the others have those of the
        other kind, what they have is as if the file did not say whose it is.
        """
        path, recorder = self.path.as_posix(), self.handler.recorder
        section = recorder.section if recorder.has_origin_of(current) else ""
        if waited and self.is_of_several and self.use is not None:
            self.use.ledger.rewrites.unfinished.add(path)
            return lambda old: not section or old.recorded_by != section
        if not section:
            return is_new
        return lambda old: _is_of_others(old, section) or (not old.recorded_by and is_new(old))

    def _list_written_by_others(self) -> frozenset[str]:
        """Return the digests of what others have written into the cassette in this run."""
        if not self._writer:
            return frozenset()
        return rewrites().by_others(self.path.as_posix(), self._writer)

    def _note_rewrite(self) -> None:
        if not self._writer:
            return
        written = load(self.path, self.how_to).interactions
        digests = [compute_digest(written[place]) for place in self.handler.recorder.fresh_places]
        rewrites().note(self.path.as_posix(), self._writer, digests)
        if self.handler.recorder.section:
            rewrites().named.add(self.path.as_posix())

    def _load_current(self) -> Recording | None:
        """Load the file again: another process may have written it since it was opened."""
        if self.was_damaged:
            return None
        return load_if_there(self.path, self.how_to)

    def _should_keep_file(self) -> bool:
        # An empty recording takes the place of a cassette that could be read, not of one that
        # somebody may still want to repair.
        return (self.was_damaged or not self.handler.asked_to_rewrite) and self.path.exists()


class MemorySaver(RecordingSaver):
    """Saves nothing: the cassette itself holds what was recorded."""

    def commit(self, *, waited: bool = False) -> None:
        """Keep it where it is."""

    def set_aside(
        self, error: BaseException | None = None, interruption: TwreplayError | None = None
    ) -> None:
        """Keep it where it is; only the exception of the block gets its note."""
        if error is not None and interruption is not None:
            error.add_note(str(interruption))


def _is_of_others(interaction: Interaction, section: str) -> bool:
    """Return whether *interaction* is in the section of another test."""
    return interaction.recorded_by not in ("", section)


def compute_digest(interaction: Interaction) -> str:
    """Compute the SHA-256 of *interaction*, in hexadecimal: equal ones have the same."""
    text = encode(Recording(interactions=(interaction,)), as_json=True)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def finish_rewrite(path: Path, written: Collection[str], began: float, *, drops: bool) -> None:
    """
    Drop from a cassette what no session of a run wrote again, in mode ``rewrite``.

    What is in the section of a test stays: if that test ran, it has dropped the rest itself. Where
    nothing is left that is older than the run, as each process of it sees only what it wrote
    itself, the cassette gets the date of today.

    Args:
        written: The digests of what the sessions wrote.

        began: When the run began, in seconds since the epoch.

        drops: Drop it; the date is looked after in either case.

    Raises:
        CassetteError: The cassette could not be read or written.
    """
    with lock_cassette(path):
        recording = load_if_there(path)
        if recording is None:
            return
        found = [(one, compute_digest(one) in written) for one in recording.interactions]
        stays = [(one, is_new) for one, is_new in found if is_new or one.recorded_by or not drops]
        is_new = all(is_new for _, is_new in stays)
        dated = parse_date(recording.recorded_at)
        is_dated = dated is None or dated >= datetime.fromtimestamp(int(began), UTC)
        is_right = is_dated or not is_new or not has_changed_since(path, began)
        if is_right and len(stays) == len(found):
            return
        whole = select_interactions(recording, [one for one, _ in stays])
        recorded_at = _format_now() if is_new else recording.recorded_at
        save(path, replace(whole, recorded_at=recorded_at), lambda text: None, not_secret=None)


def compare_recorded(path: Path, before: Collection[str] | None) -> Written | None:
    """
    Compare a cassette with what was in it before a run; None if it is not there.

    Args:
        before: The digests of its interactions; None if there was no file.
    """
    try:
        now = Counter(map(compute_digest, load(path).interactions))
    except TwreplayError:
        return None
    then = Counter(before or ())
    return Written(before is None, (now - then).total(), (then - now).total())


def set_created_aside(path: Path, began: float) -> Aside | None:
    """
    Keep a cassette that a run has made beside its place, where there was none before the run.

    Args:
        began: When the run began; what was set aside since then is kept too.

    Raises:
        CassetteError: It could not be read or written.
    """
    beside = build_failed_path(path)
    with lock_cassette(path):
        recording = load_if_there(path)
        if recording is None:
            return None
        added = load(beside) if has_changed_since(beside, began) else Recording()
        more = added.interactions
        known = {compute_digest(new) for new in more}
        both = (*(old for old in recording.interactions if compute_digest(old) not in known), *more)
        webhooks = place_webhooks(both, recording, added)
        whole = replace(recording, interactions=both, webhooks=webhooks)
        save(beside, whole, lambda text: None, not_secret=None)
        remove(path)
    return Aside(format_path(path), format_path(beside), frozenset())


def _format_now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
