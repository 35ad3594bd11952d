"""Sessions that answer requests from a cassette."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, ParamSpec, TypedDict, TypeVar, Unpack, overload

from twreplay._address import API_HOST, parse_hosts
from twreplay._call_site import find_stack_level
from twreplay._cassette import (
    KINDS,
    Cassette,
    CommandHints,
    Recording,
    RecordMode,
    build_code_hints,
    build_expired_error,
    build_failed_path,
    build_file_name,
    compute_age,
    encode,
    fingerprint,
    format_path,
    has_changed_since,
    load,
    lock_cassette,
    not_understood,
    parse_age,
    remove,
    save,
)
from twreplay._http import Interaction
from twreplay._interception import activate, deactivate, is_inherited, is_rehearsal
from twreplay._ledger import Aside, Use, current_ledger, rewrites
from twreplay._matching import Matching
from twreplay._sessions.context import Close, SessionContext
from twreplay._stats import PlaybackUsage, current_stats, get_run_start
from twreplay._suggestion import check_choice
from twreplay.errors import (
    CassetteCorrupt,
    CassetteNotFound,
    CassetteNotSaved,
    CassetteTooNew,
    ExpiredCassette,
    SecretInCassette,
    TwreplayError,
    UsageError,
)

if TYPE_CHECKING:
    from twreplay._inference import Fallback

ON_EXPIRY = ("warn", "fail", "record")

P = ParamSpec("P")
T = TypeVar("T")

FALLBACKS = ("error", "simulate")


class CassetteOptions(TypedDict, total=False):
    """
    The keywords of ``use_cassette`` and of the ``twreplay`` mark.

    Attributes:
        record_mode: ``none`` (default), ``once``, ``new_episodes``, ``all`` or ``rewrite``.

        match_on: The parts of a request that must be equal; see ``docs/matching.md``.

        ignore: Fields that need not be equal: ``("form.To", "query.page")``.

        allow_playback_repeats: The last matching interaction answers again and again.

        allow_unused: Interactions that are never played are not an error.

        max_age: The largest age of the recording: a timedelta, or ``12h``,
            ``30d``, ``8w``. Without it, any time.

        on_expiry: The reaction to an older one: ``warn`` (default), ``fail``, or ``record``,
            which is ``record_mode="rewrite"`` this time.

        redact: The values to replace in addition to secrets: ``identifiers`` (Sids and
            telephone numbers), ``names``, ``bodies``, or several of them.

        redact_key: The key of the pseudonyms, so that they are the same in every cassette; by
            default the environment variable ``TWREPLAY_REDACT_KEY``.

        not_secret: Names of headers and fields, or values, that only look like credentials.

        hosts: The hosts whose requests are intercepted; all others pass through.

        fallback: The reaction to a request that nothing answers, and that is not recorded
            either: ``error`` (default), or ``simulate``: it is answered from the state that the
            cassette implies.
    """

    record_mode: str
    match_on: Iterable[str] | None
    ignore: Iterable[str]
    allow_playback_repeats: bool
    allow_unused: bool
    max_age: timedelta | str | None
    on_expiry: str
    redact: str | Iterable[str]
    redact_key: str | None
    not_secret: Iterable[str]
    hosts: Iterable[str]
    fallback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CassetteSettings:
    """The options of ``use_cassette``, checked."""

    record_mode: RecordMode = RecordMode.NONE
    matching: Matching = field(default_factory=Matching)
    allow_playback_repeats: bool = False
    allow_unused: bool = False
    max_age: timedelta | None = None
    on_expiry: str = "warn"
    hosts: frozenset[str] = frozenset({API_HOST})
    simulates: bool = False
    redact: frozenset[str] = frozenset()
    redact_key: str | None = field(default=None, repr=False)
    not_secret: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> CassetteSettings:
        """
        Check the options and build the settings.

        Raises:
            UsageError: An unknown keyword or value, naming the nearest valid one.
        """
        for name in options:
            check_choice("use_cassette", "keyword", name, tuple(CassetteOptions.__annotations__))
        mode = options.get("record_mode", "none")
        mode = getattr(mode, "value", mode)
        check_choice("record_mode", "value", mode, tuple(RecordMode))
        kinds = _read_kinds(options.get("redact", "secrets"))
        for kind in kinds:
            check_choice("redact", "value", kind, ("secrets", *KINDS))
        key = options.get("redact_key")
        if not isinstance(key, str | None) or key == "":
            msg = "redact_key is a text that is hard to guess, or None."
            raise UsageError(msg)
        check_choice("fallback", "value", options.get("fallback", "error"), FALLBACKS)
        check_choice("on_expiry", "value", options.get("on_expiry", "warn"), ON_EXPIRY)
        for name in ("allow_playback_repeats", "allow_unused"):
            if not isinstance(options.get(name, False), bool):
                msg = f"{name} is True or False, not {options[name]!r}."
                raise UsageError(msg)
        return cls(
            record_mode=RecordMode(mode),
            matching=Matching.from_options(options.get("match_on"), options.get("ignore", ())),
            allow_playback_repeats=options.get("allow_playback_repeats", False),
            allow_unused=options.get("allow_unused", False),
            max_age=parse_age(options["max_age"]) if options.get("max_age") is not None else None,
            on_expiry=options.get("on_expiry", "warn"),
            hosts=parse_hosts(options.get("hosts")),
            simulates=options.get("fallback") == "simulate",
            redact=frozenset(kinds) - {"secrets"},
            redact_key=key,
            not_secret=_check_texts("not_secret", options.get("not_secret", ())),
        )


def _read_kinds(given: object) -> tuple[str, ...]:
    """Split the kinds to redact: one, several, or several in one text as in an ini file."""
    return _check_texts(
        "redact", given.replace(",", " ").split() if isinstance(given, str) else given
    )


def _check_texts(name: str, given: object) -> tuple[str, ...]:
    """Check that *given* is one text, or several."""
    texts = (given,) if isinstance(given, str) else given
    if not isinstance(texts, Iterable) or isinstance(texts, bytes):
        msg = f"{name} is a text or several, not {type(given).__name__}."
        raise UsageError(msg)
    kept = tuple(texts)
    if not all(isinstance(text, str) for text in kept):
        msg = f"{name} is a text or several, and something in it is no text."
        raise UsageError(msg)
    return kept


class CassetteSession:
    """
    One cassette, from opening to closing. *close* must be called once.

    Args:
        path: The file; a relative one is settled when the session opens.

        function: The decorated function whose call the session is open for.

        is_shared: Other tests may use the same file.
    """

    def __init__(
        self,
        path: Path,
        settings: CassetteSettings,
        how_to: CommandHints,
        function: object = None,
        *,
        is_shared: bool = True,
    ) -> None:
        self._path = path
        self._name = self._aside_name = ""
        self._function = function
        self._is_shared = is_shared
        self._use: Use | None = None
        self._settings = settings
        self._how_to = how_to
        self._cassette: Cassette | None = None
        self._damaged = False
        self._expired = False

    def open(self) -> Cassette:
        """Read the file and intercept the API's requests from here on."""
        settings = self._settings
        try:
            loaded = load(self._path, self._how_to)
        except CassetteNotFound:
            if not settings.record_mode.records(exists=False):
                raise
            loaded = None
        except (CassetteCorrupt, CassetteTooNew) as error:
            # What is no cassette, or cannot even be opened, is not replaced by one.
            is_kept = isinstance(error, CassetteCorrupt) and not error.is_replaceable
            if is_kept or settings.record_mode is not RecordMode.REWRITE:
                raise
            loaded = None
            self._damaged = True
        self._settle_path()
        key = settings.redact_key or os.environ.get("TWREPLAY_REDACT_KEY", "")
        self._check_key(loaded, key)
        self._cassette = Cassette(
            loaded,
            name=self._name,
            mode=self._select_mode(loaded),
            matching=settings.matching,
            hosts=settings.hosts,
            allow_playback_repeats=settings.allow_playback_repeats,
            how_to=self._how_to,
            fallback=_build_fallback(loaded) if settings.simulates else None,
            unfinished=_is_being_made(self._path, loaded),
            redact=settings.redact,
            redact_key=key,
            # Of 64 bits, so that it does not look like a token.
            salt=token_hex(8) if settings.redact and not key else "",
            not_secret=settings.not_secret,
        )
        if loaded is not None and loaded.unknown and self._cassette.records:
            # Told before anything is sent: writing it again would lose what is not understood.
            raise not_understood(self._path, loaded.unknown)
        activate(self._cassette)
        self._follow(self._cassette)
        return self._cassette

    def _settle_path(self) -> None:
        """Mean the same file from here on, wherever the code under test goes (``os.chdir``)."""
        self._name, self._aside_name = (
            format_path(self._path),
            format_path(build_failed_path(self._path)),
        )
        self._path = self._path.absolute()

    def _follow(self, cassette: Cassette) -> None:
        """Report to the run which tests use the session."""
        if (ledger := current_ledger()) is None:
            return
        self._use = ledger.open_use(
            lambda: _activity(cassette),
            lambda: self._set_aside(cassette, None, None),
            self._function,
        )

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
        """
        cassette = self._get_cassette()
        was_copied = is_inherited(cassette)
        deactivate(cassette)
        if was_copied:
            return  # by a fork: what is on the cassette is for the parent to say
        _update_stats(cassette, self._path)
        use = self._end_use()
        waits = use is not None and (use.outlived_its_frame or use.is_of_test)
        if use is not None and error is None:
            failed = failed or use.ledger.has_failed()
            failed = failed or (use.outlived_its_frame and not use.is_good())
        interruption = cassette.interruption()
        if use is not None and (waits or error is not None or failed):
            use.ledger.users.setdefault(self._path.as_posix(), set()).update(use.tests)
        if error is not None or failed or interruption is not None:
            self._set_aside(cassette, error, interruption)
            if error is None and not failed and interruption is not None:
                raise interruption
            return
        if cassette.records:
            if use is not None and waits:
                use.ledger.hold(
                    use,
                    lambda: self._commit(cassette, waited=True),
                    lambda: self._set_aside(cassette, None, None),
                )
            else:
                self._commit(cassette)
        if (miss := cassette.unmatched_error(allow_unused=self._settings.allow_unused)) is not None:
            raise miss
        if is_rehearsal():
            return
        if not self._settings.allow_unused and (left := cassette.unused_error()) is not None:
            raise left

    def _end_use(self) -> Use | None:
        if self._use is not None:
            self._use.ledger.close_use(self._use)
        return self._use

    def _commit(self, cassette: Cassette, *, waited: bool = False) -> None:
        """
        Put what was recorded into the cassette's file.

        Args:
            waited: The tests that used the session have ended since.
        """
        try:
            self._save(cassette, waited=waited)
        except (CassetteCorrupt, CassetteTooNew, CassetteNotSaved) as refused:
            self._set_aside(cassette, refused, None)
            raise
        except SecretInCassette as refused:
            # Only this error is raised; the unmatched requests are added as a note.
            if (miss := cassette.unmatched_error()) is not None:
                refused.add_note(str(miss))
            raise
        self._remove_aside(waited=waited)

    def _remove_aside(self, *, waited: bool) -> None:
        """Remove what an earlier recording left beside, but not what this run's others did."""
        beside = build_failed_path(self._path)
        if self._use is not None:
            ledger = self._use.ledger
            aside = ledger.aside.get(self._path.as_posix())
            if aside is not None and not aside.tests <= self._use.tests:
                return
            if aside is None and waited and has_changed_since(beside, ledger.began):
                return
            ledger.aside.pop(self._path.as_posix(), None)
        with suppress(OSError):
            beside.unlink(missing_ok=True)

    def _get_cassette(self) -> Cassette:
        if self._cassette is None:
            msg = "this session was never opened, so it cannot be closed."
            raise UsageError(msg)
        return self._cassette

    def _set_aside(
        self,
        cassette: Cassette,
        error: BaseException | None,
        interruption: TwreplayError | None,
    ) -> None:
        """Save the recording of a failed block beside the cassette, not in its place."""
        notes = [str(interruption)] if interruption is not None and error is not None else []
        if cassette.records and cassette.recorded_any:
            aside = build_failed_path(self._path)
            # The block's own exception matters more than a second one about a side file.
            try:
                recording = cassette.recording(recorded_at=_format_now())
                # Without one, all of it is in the cassette already.
                if recording is not None:
                    save(aside, recording, cassette.find_leak, self._settings.not_secret)
                    tests = frozenset(self._use.tests) if self._use is not None else frozenset()
                    kept = Aside(self._name, self._aside_name, tests)
                    if self._use is not None:
                        self._use.ledger.aside[self._path.as_posix()] = kept
                    notes.append(f"twreplay: {kept}")
            except SecretInCassette as refused:
                notes.append(f"twreplay: what was recorded was not kept.\n{refused}")
            except TwreplayError:
                pass
        if error is not None:
            for note in notes:
                error.add_note(note)

    def _save(self, cassette: Cassette, *, waited: bool) -> None:
        if not cassette.recorded_any and cassette.recording(recorded_at="") is None:
            return
        if not cassette.recorded_any and not self._path.exists():
            return
        with lock_cassette(self._path):
            current = self._load_current()
            # An expired cassette is rewritten if only its date changed; a deleted one as a whole.
            renew = current is None or (self._expired and cassette.recorded_any)
            keep = self._keeper(waited=waited) if cassette.rewrites else None
            recording = cassette.recording(
                recorded_at=_format_now(), current=current, renew=renew, keep=keep
            )
            by_nothing = not cassette.recorded_any and self._should_keep_file(self._path)
            if recording is not None and not by_nothing:
                save(self._path, recording, cassette.find_leak, self._settings.not_secret)
                if self._use is not None and cassette.recorded_any:
                    self._use.ledger.made.add(self._path.as_posix())
                    if current is None and not self._damaged and self._is_shared:
                        self._use.ledger.created.add(self._path.as_posix())
            if cassette.rewrites and not by_nothing:
                self._note_rewrite(cassette)

    @property
    def _writer(self) -> str:
        """Return the writer: the tests that use the session, or a decorated function."""
        if self._use is not None and self._use.tests:
            return " ".join(sorted(self._use.tests))
        return getattr(self._function, "__qualname__", "")

    def _keeper(self, *, waited: bool) -> Callable[[Interaction], bool] | None:
        """
        Return what says which interactions ``rewrite`` keeps; None if it drops all.

        They are those that others wrote in this run. Until the run is over, the old ones of tests
        that have not run yet stay as well; ``finish_rewrites`` drops what is left of them then.
        """
        path = self._path.as_posix()
        if waited and self._is_shared and self._use is not None:
            self._use.ledger.rewrites.unfinished.add(path)
            return lambda old: True
        others = rewrites().by_others(path, self._writer) if self._writer else frozenset()
        return (lambda old: digest(old) in others) if others else None

    def _note_rewrite(self, cassette: Cassette) -> None:
        if not self._writer:
            return
        written = load(self._path, self._how_to).interactions
        digests = [digest(written[place]) for place in cassette.fresh_places]
        rewrites().note(self._path.as_posix(), self._writer, digests)

    def _load_current(self) -> Recording | None:
        """Load the file again: another process may have written it since it was opened."""
        if self._damaged:
            return None
        try:
            return load(self._path, self._how_to)
        except CassetteNotFound:
            return None

    def _should_keep_file(self, path: Path) -> bool:
        # An empty recording takes the place of a cassette that could be read, not of one that
        # somebody may still want to repair.
        keeps = self._damaged or self._settings.record_mode is not RecordMode.REWRITE
        return keeps and path.exists()


class CassetteContext(SessionContext[Cassette]):
    """Context manager and decorator that ``use_cassette`` returns."""

    parameter = "twilio_cassette"

    def __init__(
        self, path: Path | None, settings: CassetteSettings, function: object = None
    ) -> None:
        super().__init__("use_cassette")
        self._path = path
        self._settings = settings
        self._function = function

    def _open(self) -> tuple[Cassette, Close]:
        if self._path is None:
            msg = 'use_cassette() needs a path as a context manager: use_cassette("calls.yaml").'
            raise UsageError(msg)
        session = CassetteSession(
            self._path, self._settings, build_code_hints(self._path), self._function
        )
        return session.open(), session.close

    def _recreate(self, function: Callable[..., Any], name: str) -> CassetteContext:
        path = self._path or _build_path(function, name)
        return CassetteContext(path, self._settings, inspect.unwrap(function))

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts whose requests it takes."""
        return self._settings.hosts


@overload
def use_cassette(path: Callable[P, T], /) -> Callable[P, T]: ...
@overload
def use_cassette(
    path: str | os.PathLike[str] | None = None, /, **options: Unpack[CassetteOptions]
) -> CassetteContext: ...
def use_cassette(
    path: Callable[..., Any] | str | os.PathLike[str] | None = None,
    /,
    **options: Unpack[CassetteOptions],
) -> Any:
    """
    Replay a cassette, or record one, while a block or a function runs.

    Args:
        path: The cassette's file, relative to the current directory; ``.json`` is JSON,
            anything else YAML. As a decorator it may be left out: the cassette is then
            ``cassettes/<module>/<function>.yaml`` beside the function's file.

        options: The keywords of ``CassetteOptions``.

    Raises:
        UsageError: A keyword or value that does not exist.

        CassetteNotFound: On entering, in record mode ``none``, if there is no such file.

        CassetteCorrupt: On entering, if the file cannot be read. It is left unchanged.
    """
    settings = CassetteSettings.from_options(options)
    if path is None or isinstance(path, str | os.PathLike):
        return CassetteContext(Path(path) if path is not None else None, settings)
    if callable(path):
        return CassetteContext(None, settings)(path)
    msg = f"use_cassette takes a path, not {path!r}."
    raise UsageError(msg)


def _format_now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _build_fallback(loaded: Recording | None) -> Fallback:
    # Imported where it is needed: most cassettes are replayed without a simulator.
    from twreplay._inference import Fallback

    return Fallback(loaded.interactions if loaded is not None else ())


def _is_being_made(path: Path, loaded: Recording | None) -> bool:
    """
    Return whether other tests of the same run have recorded the cassette, in part.

    Its own date must show it: a file that a test copied into place is not a recording of this run,
    and must not cause requests to be sent.
    """
    ledger = current_ledger()
    if ledger is not None and loaded is not None and path.as_posix() in ledger.made:
        tally = current_stats()
        # Its date says nothing if the tests stop the clock.
        return tally is None or path.resolve().as_posix() not in tally.cassettes
    began, tally = get_run_start(), current_stats()
    if began is None or tally is None or loaded is None or loaded.origin != "recorded":
        return False
    if path.resolve().as_posix() in tally.cassettes:  # this test made it, and now it is there
        return False
    # Dates in cassettes are whole seconds.
    age = compute_age(datetime.fromtimestamp(int(began), UTC), loaded.recorded_at)
    return age is not None and age <= timedelta() and has_changed_since(path, began)


def _activity(cassette: Cassette) -> int:
    """Count the requests that *cassette* was asked."""
    missed = len(cassette.unmatched) + len(cassette.simulated)
    return cassette.play_count + cassette.recorded_count + missed


def digest(interaction: Interaction) -> str:
    """Tell *interaction* from every other by a short text."""
    text = encode(Recording(interactions=(interaction,)), as_json=True)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def finish_rewrites(written: Mapping[str, Collection[str]]) -> None:
    """
    Drop from cassettes what no session of a run wrote again, in mode ``rewrite``.

    Args:
        written: By cassette, the digests of what the sessions wrote.

    Raises:
        CassetteError: A cassette could not be read or written.
    """
    for name, digests in written.items():
        path = Path(name)
        with lock_cassette(path):
            recording = load(path)
            kept = tuple(old for old in recording.interactions if digest(old) in digests)
            if len(kept) < len(recording.interactions):
                whole = replace(recording, interactions=kept, recorded_at=_format_now())
                save(path, whole, lambda text: None, not_secret=None)


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
        try:
            recording = load(path)
        except CassetteNotFound:
            return None
        more = load(beside).interactions if has_changed_since(beside, began) else ()
        known = {digest(new) for new in more}
        both = (*(old for old in recording.interactions if digest(old) not in known), *more)
        whole = replace(recording, interactions=both)
        save(beside, whole, lambda text: None, not_secret=None)
        remove(path)
    return Aside(format_path(path), format_path(beside), frozenset())


def _update_stats(cassette: Cassette, path: Path) -> None:
    tally = current_stats()
    if tally is None:
        return
    for how, interactions in (("replayed", cassette.replayed), ("recorded", cassette.recorded)):
        tally.count(how, [(i.request, i.response) for i in interactions])
    simulated = cassette.simulated
    tally.count("simulated", [(entry.request, entry.response) for entry in simulated])
    tally.questions.update({met.number for entry in simulated for met in entry.rests_on})
    tally.count("unmatched", [(request, None) for request in cassette.unmatched])
    unused = frozenset(cassette.unused_places)
    tally.counts["unused"] += 0 if cassette.records else len(unused)
    plays = PlaybackUsage(len(cassette), unused, settled=not cassette.recorded_any)
    tally.add_usage(path.resolve().as_posix(), plays)


def _build_path(function: Callable[..., Any], name: str) -> Path:
    source = Path(inspect.getfile(function))
    test = name.rpartition("<locals>.")[2]
    return source.parent / "cassettes" / source.stem / f"{build_file_name(test)}.yaml"
