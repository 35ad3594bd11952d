"""Sessions that answer requests from a cassette: opening, closing, and what goes wrong."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, Unpack, overload

from twreplay._call_site import find_stack_level
from twreplay._cassette import (
    SIMULATED,
    Cassette,
    CommandHints,
    Recording,
    RecordMode,
    Redaction,
    build_code_hints,
    build_expired_error,
    build_file_name,
    build_memory_hints,
    compute_age,
    fingerprint,
    format_path,
    has_changed_since,
    load,
    load_if_there,
    make_absolute,
    name_section,
    not_understood,
)
from twreplay._docstring import with_keywords
from twreplay._interception import (
    Handler,
    activate,
    deactivate,
    instrument,
    is_inherited,
    is_rehearsal,
    opened_since,
)
from twreplay._ledger import current_ledger
from twreplay._sessions.cassette_handler import CassetteHandler
from twreplay._sessions.cassette_options import CassetteOptions, CassetteSettings
from twreplay._sessions.context import Close, SessionContext, find_function
from twreplay._sessions.disabling import is_disabled
from twreplay._sessions.saving import MemorySaver, RecordingSaver
from twreplay._sessions.shared import SharedFile, SharedPlayback, read_shared
from twreplay._sessions.unittest_outcome import has_unittest_failed
from twreplay._stats import PlaybackUsage, RunStats, current_stats, get_run_start
from twreplay.errors import (
    CassetteCorrupt,
    CassetteNotFound,
    CassetteTooNew,
    ExpiredCassette,
    TwreplayError,
    UsageError,
)

if TYPE_CHECKING:
    from twreplay._inference import Fallback
    from twreplay._sessions.source import SimulatorSource

P = ParamSpec("P")
T = TypeVar("T")


class CassetteSession:
    """
    One cassette, from opening to closing. *close* must be called once.

    Args:
        path: The file; a relative one is settled when the session opens.

        function: The decorated function whose call the session is open for.

        is_of_several: Other tests may use the same file.

        simulator_options: The keywords of a new simulator to record from.

        intercepts: Requests of this process are intercepted; a server hands them in itself.

        content: What is on a cassette in memory, which has no file; by default there is a file.

        may_be_missing: It is no error that there is no file until a request is to be answered: a
            test that sends nothing has none.

        folder: What relative paths of shared cassettes are relative to; by default the current
            directory when the session opens.

        is_derived: The path was derived from the name of a test, so all that is recorded there is
            that test's, and the file need not say it.
    """

    def __init__(
        self,
        path: Path,
        settings: CassetteSettings,
        how_to: CommandHints,
        function: object = None,
        *,
        is_of_several: bool = True,
        simulator_options: Mapping[str, Any] | None = None,
        intercepts: bool = True,
        content: Recording | None = None,
        may_be_missing: bool = False,
        folder: Path | None = None,
        is_derived: bool = False,
    ) -> None:
        self._content = content
        has_section = intercepts and content is None and not is_derived
        self._section = _find_section() if has_section else ""
        may_be_missing = may_be_missing and not settings.simulates
        # Where shared cassettes answer all that is asked, nothing is recorded into the own one.
        self._may_be_missing = (may_be_missing or bool(settings.shared)) and settings.app is None
        self._folder = folder
        self._shared: tuple[SharedFile, ...] = ()
        self._missing: CassetteNotFound | None = None
        self._is_disabled = False
        self._simulator_options = simulator_options or {}
        self._path = path
        self._function = function
        self._is_of_several = is_of_several
        self._intercepts = intercepts
        self._settings = settings
        self._how_to = how_to
        self._saver: RecordingSaver | None = None
        self._active: Handler | None = None
        self._expired = False

    @property
    def handler(self) -> CassetteHandler:
        """The handler, once the session is open."""
        return self._opened.handler

    def open(self) -> Cassette:
        """Read the file and intercept the API's requests from here on."""
        if is_disabled():
            self._is_disabled = True
            return self._build_handler(None, format_path(self._path)).show()
        loaded, was_damaged = self._load()
        # Messages name the path that was given; the file stays the same where the code under
        # test changes the directory (os.chdir).
        name = format_path(self._path)
        self._path = make_absolute(self._path)
        if self._settings.shared:
            self._shared = read_shared(
                self._settings,
                self._path,
                name=name,
                folder=self._folder,
                how_to=self._how_to,
            )
        handler = self._build_handler(loaded, name)
        if loaded is not None and loaded.unknown and handler.records:
            # Raised before anything is sent: writing it again would lose what is not understood.
            raise not_understood(self._path, loaded.unknown)
        kind = RecordingSaver if self._content is None else MemorySaver
        self._saver = saver = kind(
            path=self._path,
            name=name,
            handler=handler,
            how_to=self._how_to,
            not_secret=self._settings.not_secret,
            function=getattr(self._function, "__qualname__", ""),
            is_of_several=self._is_of_several,
            was_damaged=was_damaged,
            was_expired=self._expired,
        )
        if not self._intercepts:
            return handler.show()
        self._active = instrument(handler)
        activate(self._active)
        if self._content is None and (ledger := current_ledger()) is not None:
            saver.use = ledger.open_use(handler.count_requests, saver.set_aside, self._function)
        return handler.show()

    def _load(self) -> tuple[Recording | None, bool]:
        """
        Load the file.

        Returns:
            Its content, None if there is none; and True if there is one that cannot be read, but
            may be replaced.
        """
        if self._content is not None:
            # Empty and in mode once, it is as a file that does not exist yet.
            return self._content if self._content.all_interactions else None, False
        try:
            if self._settings.record_mode.records(exists=False):
                return load_if_there(self._path, self._how_to), False
            return load(self._path, self._how_to), False
        except CassetteNotFound as error:
            if not self._may_be_missing:
                raise
            self._missing = error.with_traceback(None)
            return None, False
        except (CassetteCorrupt, CassetteTooNew) as error:
            # What is no cassette, or cannot even be opened, is not replaced by one.
            is_kept = isinstance(error, CassetteCorrupt) and not error.is_replaceable
            if is_kept or self._settings.record_mode is not RecordMode.REWRITE:
                raise
            return None, True

    def _build_handler(self, loaded: Recording | None, name: str) -> CassetteHandler:
        settings = self._settings
        key = settings.redact_key or os.environ.get("TWREPLAY_REDACT_KEY", "")
        self._check_key(loaded, key)
        redaction = Redaction(
            loaded,
            redact=settings.redact,
            key=key,
            # Of 64 bits, so that it does not look like a token.
            salt=self._make_salt() if settings.redact and not key else "",
            not_secret=settings.not_secret,
        )
        shared = None
        if self._shared:
            shared = SharedPlayback(self._shared, settings, redaction.secrets, key)
        return CassetteHandler(
            loaded,
            settings,
            name=name,
            mode=self._select_mode(loaded),
            how_to=self._how_to,
            redaction=redaction,
            fallback=self._build_fallback(loaded, shared) if settings.simulates else None,
            unfinished=_is_being_made(
                self._path, loaded, may_be_simulated=settings.source is not None
            ),
            source=self._build_source(loaded),
            around=self._list_around(),
            missing=self._missing,
            shared=shared,
            section=self._section,
        )

    def _build_fallback(self, loaded: Recording | None, shared: SharedPlayback | None) -> Fallback:
        # Imported where it is needed: most cassettes are replayed without a simulator.
        from twreplay._inference import Fallback

        own = loaded.interactions if loaded is not None else ()
        return Fallback((*shared.interactions, *own) if shared is not None else own)

    def _list_around(self) -> tuple[Handler, ...]:
        """List the sessions around this one, innermost first, for what passes this one by."""
        if not self._intercepts or not self._settings.hooks.may_pass:
            return ()
        return opened_since(None)

    def _build_source(self, loaded: Recording | None) -> SimulatorSource | None:
        if self._settings.source is None:
            return None
        from twreplay._sessions.source import SimulatorSource  # late: as the fallback

        ledger = current_ledger()
        goes_on = self._settings.record_mode in (RecordMode.ONCE, RecordMode.NEW_EPISODES)
        return SimulatorSource(
            self._settings.source,
            self._simulator_options,
            # No Sid is given twice, in shared cassettes either.
            recorded=(
                *(one for file in self._shared for one in file.recording.interactions),
                *(loaded.interactions if loaded is not None and goes_on else ()),
            ),
            ledger=ledger,
            name=self._path.absolute().as_posix(),
        )

    def _make_salt(self) -> str:
        # The same for the same cassette of a simulator, so that its bytes are the same.
        if self._settings.source is None:
            return token_hex(8)
        return sha256(self._path.name.encode()).hexdigest()[:16]

    def _check_key(self, loaded: Recording | None, key: str) -> None:
        """Check that new interactions get the same pseudonyms as those on the cassette."""
        made_with = loaded.pseudonyms if loaded is not None else ""
        mode = self._settings.record_mode
        records = mode.records(exists=True)
        if records and made_with.startswith("key ") and made_with != f"key {fingerprint(key)}":
            what = "another redact_key" if key else "a redact_key, and there is none"
            msg = (
                f"the pseudonyms in {format_path(self._path)} were made with {what}; "
                "set TWREPLAY_REDACT_KEY to the one they were made with, or delete the file."
            )
            raise UsageError(msg)

    def _select_mode(self, loaded: Recording | None) -> RecordMode:
        """Return the record mode, which an expired cassette may change."""
        mode, limit = self._settings.record_mode, self._settings.max_age
        if self._settings.source is not None and loaded is not None and is_rehearsal():
            return RecordMode.NONE  # a rehearsal plays what the test has recorded
        age = compute_age(datetime.now(UTC), loaded.recorded_at) if loaded and limit else None
        if limit is None or age is None or age <= limit:
            return mode
        self._expired = True
        if (tally := current_stats()) is not None:
            tally.counts["expired"] += 1
        if mode in (RecordMode.ALL, RecordMode.REWRITE):
            return mode
        if self._settings.on_expiry == "record":
            return RecordMode.REWRITE
        expired = build_expired_error(self._path, age, limit, self._how_to)
        if self._settings.on_expiry == "fail":
            raise expired
        warnings.warn(ExpiredCassette(str(expired)), stacklevel=find_stack_level())
        return mode

    def close(self, error: BaseException | None = None, *, failed: bool = False) -> None:
        """
        Stop intercepting, save the recording, and raise what went wrong.

        Args:
            error: The exception of the block; it is not replaced by one that is raised here.

            failed: The block failed, though its exception is not at hand.

        Raises:
            UnmatchedRequest: The block succeeded although a request was not answered.

            UnusedInteractions: The block succeeded and an interaction was never played.

            RecordingInterrupted: A response broke off while recording.

            CassetteNotSaved, SecretInCassette: The recording was not written.

            WebhookDrift: The block succeeded, and the application answered a webhook otherwise
                than recorded.
        """
        if self._is_disabled:
            return
        traffic = self._opened.handler.traffic
        was_copied = self._intercepts and is_inherited(self._active or self._opened.handler)
        if traffic is None or was_copied:
            self._close(error, failed=failed)
            return
        try:
            try:
                if error is None and not failed:
                    # The session is open: the application may use the API.
                    traffic.settle(is_last=True)
                    if not self._opened.handler.playback.misses:
                        traffic.raise_drift()
            finally:
                traffic.close()
        except BaseException as raised:
            self._close(error or raised, failed=True)
            raise
        self._close(error, failed=failed)

    async def finish_async(self) -> None:
        """Deliver the webhooks that are due in the running loop."""
        if self._is_disabled:
            return
        traffic = self._opened.handler.traffic
        if traffic is not None:
            await traffic.close_async()

    def _close(self, error: BaseException | None, *, failed: bool) -> None:
        saver = self._opened
        handler = saver.handler
        active = self._active or handler
        was_copied = self._intercepts and is_inherited(active)
        if self._intercepts:
            deactivate(active)
        if was_copied:
            return  # by a fork: what is on the cassette is for the parent to say
        if handler.has_played_simulation:
            from twreplay._sessions.source import find_simulation

            if (around := find_simulation()) is not None:
                around.note_replayed()
        waits, has_failed = _end_use(saver, error)
        tests = saver.use.tests if saver.use is not None else ()
        _update_stats(handler, self._path if self._content is None else None, tests)
        # Asked only where it matters: it goes through all that is on the stack.
        failed = failed or has_failed or (bool(handler.recorder) and has_unittest_failed())
        handler.give_up_in_flight()
        interruption = handler.build_interrupted_error()
        if saver.use is not None and (waits or error is not None or failed):
            users = saver.use.ledger.users.setdefault(self._path.as_posix(), set())
            users.update(saver.use.tests)
        if error is not None or failed or interruption is not None:
            saver.set_aside(error, interruption)
            if error is None and not failed and interruption is not None:
                raise interruption
            return
        # A rehearsal has an answer failed: the cassette is about the test itself.
        if handler.records and not (self._settings.source is not None and is_rehearsal()):
            if saver.use is not None and waits:
                saver.use.ledger.hold(saver.use, lambda: saver.commit(waited=True), saver.set_aside)
            else:
                saver.commit()
        try:
            self._raise_what_is_left(handler)
        except TwreplayError:
            if not has_unittest_failed():
                raise

    def set_aside(self) -> None:
        """Save what was recorded so far beside the cassette."""
        if self._is_disabled:
            return
        self._opened.set_aside()

    def _raise_what_is_left(self, handler: CassetteHandler) -> None:
        """Raise the error for requests that nothing answered, or for unused interactions."""
        allow_unused = self._settings.allow_unused
        if handler.was_missing is not None:
            raise handler.was_missing
        if (miss := handler.build_unmatched_error(allow_unused=allow_unused)) is not None:
            raise miss
        if is_rehearsal() or allow_unused:
            return
        if (left := handler.build_unused_error()) is not None:
            raise left

    @property
    def _opened(self) -> RecordingSaver:
        if self._saver is None:
            msg = "this session was never opened, so it cannot be closed."
            raise UsageError(msg)
        return self._saver


def _find_section() -> str:
    """Return the name of the test that alone records what is opened now; empty without one."""
    ledger = current_ledger()
    test = ledger.find_single_user() if ledger is not None else ""
    return name_section(test) if test else ""


def _end_use(saver: RecordingSaver, error: BaseException | None) -> tuple[bool, bool]:
    """
    Tell the run that the session is over.

    Returns:
        True if the recording waits until the tests that used the session have ended; and True if
        one of them has failed already.
    """
    use = saver.use
    if use is None:
        return False, False
    use.ledger.close_use(use)
    waits = use.outlived_its_frame or use.is_of_test
    if error is not None:
        return waits, False
    return waits, use.ledger.has_failed() or (use.outlived_its_frame and not use.is_good())


class CassetteContext(SessionContext[Cassette]):
    """Context manager and decorator that ``use_cassette`` returns."""

    parameter = "twilio_cassette"

    def __init__(
        self,
        path: Path | None,
        settings: CassetteSettings,
        function: object = None,
        *,
        content: Recording | None = None,
        folder: Path | None = None,
        is_derived: bool = False,
    ) -> None:
        super().__init__("use_cassette")
        self._is_derived = is_derived
        self._path = path
        self._settings = settings
        self._function = function
        self._session: CassetteSession | None = None
        self._content = content
        self._folder = folder

    def _open(self) -> tuple[Cassette, Close]:
        if self._path is None:
            msg = 'use_cassette() needs a path as a context manager: use_cassette("calls.yaml").'
            raise UsageError(msg)
        how_to = build_code_hints(self._path) if self._content is None else build_memory_hints()
        session = CassetteSession(
            self._path,
            self._settings,
            how_to,
            self._function,
            content=self._content,
            folder=self._folder,
            is_derived=self._is_derived,
        )
        self._session = session
        return session.open(), session.close

    async def _finish_async(self) -> None:
        if self._session is not None:
            await self._session.finish_async()

    def _recreate(self, function: Callable[..., Any], name: str) -> CassetteContext:
        path = self._path or _build_path(function, name, self._folder)
        function = inspect.unwrap(function)
        return CassetteContext(
            path,
            self._settings,
            function,
            content=self._content,
            folder=self._folder,
            is_derived=self._is_derived or self._path is None,
        )

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts whose requests it takes."""
        return self._settings.hosts


@overload
def use_cassette(path: Callable[P, T], /) -> Callable[P, T]: ...
@overload
def use_cassette(
    path: str | os.PathLike[str] | Cassette | None = ..., /, **options: Unpack[CassetteOptions]
) -> CassetteContext: ...
def use_cassette(path: Any = ..., /, **options: Unpack[CassetteOptions]) -> Any:
    """
    Replay a cassette, or record one, while a block or a function runs.

    Args:
        path: The cassette's file, relative to the current directory; ``.json`` is JSON,
            anything else YAML. As a decorator it may be left out: the cassette is then
            ``cassettes/<module>/<function>.yaml`` beside the function's file. None is a new
            cassette in memory, which needs a *record_mode*; a ``Cassette`` is what another block
            recorded.

        options: The keywords of ``CassetteOptions``.

    Raises:
        UsageError: A keyword or value that does not exist.

        CassetteNotFound: On entering, in record mode ``none``, if there is no such file.

        CassetteCorrupt: On entering, if the file cannot be read. It is left unchanged.
    """
    if callable(path) or isinstance(path, classmethod):
        return build_context(..., options)(path)
    return build_context(path, options)


def build_context(
    path: object, options: Mapping[str, Any], folder: Path | None = None
) -> CassetteContext:
    """
    Check what ``use_cassette`` was given.

    Args:
        path: A path, a cassette, None for one in memory, ``...`` for none.

        folder: Where relative paths, and the cassettes of decorated functions, are.

    Raises:
        UsageError: Something that is none of these, or a keyword or value that does not exist.
    """
    settings = CassetteSettings.from_options(options)
    if path is ...:
        return CassetteContext(None, settings, folder=folder)
    if path is None and not settings.record_mode.records(exists=False):
        msg = 'a cassette in memory is empty: use_cassette(None, record_mode="once").'
        raise UsageError(msg)
    if path is None or isinstance(path, Cassette):
        content = path._to_recording() if path is not None else Recording()
        return CassetteContext(Path("(in memory)"), settings, content=content, folder=folder)
    if isinstance(path, str | os.PathLike):
        # Not Path() / path, which takes twice as long.
        where = _make_path(path) if folder is None else folder / path
        return CassetteContext(where, settings, folder=folder)
    msg = f"use_cassette takes a path, not {path!r}."
    raise UsageError(msg)


# What is kept knows its own text and hash: to make each anew took 5 µs of 60.
_kept_path = lru_cache(maxsize=64)(Path)
_PATH: Final = type(Path())


def _make_path(given: str | os.PathLike[str]) -> Path:
    """Return the path *given*; the same object for the same text."""
    if type(given) is str:
        return _kept_path(given)
    return given if type(given) is _PATH else Path(given)


def _is_being_made(path: Path, loaded: Recording | None, *, may_be_simulated: bool = False) -> bool:
    """
    Return whether other tests of the same run have recorded the cassette, in part.

    Its own date must show it: a file that a test copied into place is not a recording of this run,
    and must not cause requests to be sent.

    Args:
        may_be_simulated: A simulator answers what is recorded. Its recordings have no date, and
            nothing is sent: the time of the file is enough.
    """
    ledger = current_ledger()
    if ledger is not None and loaded is not None and path.as_posix() in ledger.made:
        tally = current_stats()
        # Its date says nothing if the tests stop the clock.
        return tally is None or path.resolve().as_posix() not in tally.closed
    began, tally = get_run_start(), current_stats()
    if began is None or tally is None or loaded is None:
        return False
    if loaded.origin not in ("recorded", SIMULATED):
        return False
    if path.resolve().as_posix() in tally.closed:  # this test made it, and now it is there
        return False
    if loaded.origin == SIMULATED:
        return may_be_simulated and has_changed_since(path, began)
    # Dates in cassettes are whole seconds.
    age = compute_age(datetime.fromtimestamp(int(began), UTC), loaded.recorded_at)
    return age is not None and age <= timedelta() and has_changed_since(path, began)


def _update_stats(handler: CassetteHandler, path: Path | None, tests: Collection[str]) -> None:
    tally = current_stats()
    if tally is None:
        return
    cassette = handler.show()
    for how, interactions in (("replayed", cassette.replayed), ("recorded", cassette.recorded)):
        tally.count(how, [(i.request, i.response) for i in interactions], tests)
    simulated = cassette.simulated
    tally.count("simulated", [(entry.request, entry.response) for entry in simulated], tests)
    tally.questions.update({met.number for entry in simulated for met in entry.rests_on})
    tally.counts["skipped"] += handler.recorder.skipped
    tally.count("unmatched", [(request, None) for request in cassette.unmatched])
    unused = frozenset(handler.playback.unused)
    tally.counts["unused"] += len(handler.list_left_over())
    if handler.shared is not None:
        _update_shared_stats(tally, handler.shared, tests)
    if path is None:
        return
    plays = PlaybackUsage(len(cassette), unused, settled=not handler.recorder)
    tally.add_usage(path.resolve().as_posix(), plays)


def _update_shared_stats(tally: RunStats, shared: SharedPlayback, tests: Collection[str]) -> None:
    """Count what shared cassettes answered, so that ``prune`` knows them for used."""
    for file, playback in zip(shared.files, shared.playbacks, strict=True):
        tally.count("replayed", [(i.request, i.response) for i in playback.replayed], tests)
        plays = PlaybackUsage(len(playback.interactions), frozenset(playback.unused))
        tally.add_usage(file.path.resolve().as_posix(), plays)


use_cassette.__doc__ = with_keywords(use_cassette.__doc__, CassetteOptions)


def _build_path(function: Callable[..., Any], name: str, folder: Path | None = None) -> Path:
    try:
        source = Path(inspect.getfile(find_function(function)))
    except TypeError:
        msg = f"{name} has no file to name a cassette after: use_cassette(path) decorates it."
        raise UsageError(msg) from None
    test = name.rpartition("<locals>.")[2]
    folder = source.parent / "cassettes" if folder is None else folder
    return folder / source.stem / f"{build_file_name(test)}.yaml"
