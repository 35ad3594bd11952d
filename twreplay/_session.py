"""Puts a cassette behind the interception: context manager and decorator."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypedDict, TypeVar, Unpack, cast, overload

from twreplay._cassette import (
    Cassette,
    HowTo,
    RecordMode,
    failed_path,
    file_name,
    load,
    save,
)
from twreplay._explanation import Explanation, Remedy
from twreplay._interception import close_source, open_source
from twreplay._matching import Matching
from twreplay.errors import CassetteNotFound, SecretInCassette, TwreplayError, UsageError

P = ParamSpec("P")
T = TypeVar("T")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])

API_HOST = "api.twilio.com"


class CassetteOptions(TypedDict, total=False):
    """
    The keywords of ``use_cassette`` and of the ``twreplay`` mark.

    Attributes:
        record_mode: ``none`` (default), ``once``, ``new_episodes``, ``all`` or ``rewrite``.

        match_on: The parts of a request that must be equal; see ``docs/matching.md``.

        ignore: Fields that need not be equal: ``("form.To", "query.page")``.

        allow_playback_repeats: The last matching interaction answers again and again.

        allow_unused: Interactions that are never played are no error.

        redact: ``secrets``, the only kind there is so far.

        hosts: The hosts whose requests are taken; all others pass untouched.

        fallback: ``error``, the only kind there is so far.
    """

    record_mode: str
    match_on: Iterable[str] | None
    ignore: Iterable[str]
    allow_playback_repeats: bool
    allow_unused: bool
    redact: str
    hosts: Iterable[str]
    fallback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The keywords, checked."""

    record_mode: RecordMode = RecordMode.NONE
    matching: Matching = field(default_factory=Matching)
    allow_playback_repeats: bool = False
    allow_unused: bool = False
    hosts: frozenset[str] = frozenset({API_HOST})

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Settings:
        """
        Check what a user wrote.

        Raises:
            UsageError: An unknown keyword or value, naming the nearest valid one.
        """
        for name in options:
            _known("use_cassette", "keyword", name, tuple(CassetteOptions.__annotations__))
        mode = options.get("record_mode", "none")
        mode = getattr(mode, "value", mode)
        _known("record_mode", "value", mode, tuple(RecordMode))
        _known("redact", "value", options.get("redact", "secrets"), ("secrets",))
        _known("fallback", "value", options.get("fallback", "error"), ("error",))
        for name in ("allow_playback_repeats", "allow_unused"):
            if not isinstance(options.get(name, False), bool):
                msg = f"{name} is True or False, not {options[name]!r}."
                raise UsageError(msg)
        return cls(
            record_mode=RecordMode(mode),
            matching=Matching.of(options.get("match_on"), options.get("ignore", ())),
            allow_playback_repeats=options.get("allow_playback_repeats", False),
            allow_unused=options.get("allow_unused", False),
            hosts=_hosts(options.get("hosts", (API_HOST,))),
        )


class CassetteSession:
    """One cassette, from opening to closing. *close* must be called once."""

    def __init__(self, path: Path, settings: Settings, how_to: HowTo) -> None:
        self._path = path
        self._settings = settings
        self._how_to = how_to
        self._cassette: Cassette | None = None

    def open(self) -> Cassette:
        """Read the file and take the API's requests from here on."""
        settings = self._settings
        try:
            loaded = load(self._path)
        except CassetteNotFound:
            if not settings.record_mode.records(exists=False):
                raise
            loaded = None
        self._cassette = Cassette(
            loaded,
            name=_shown(self._path),
            mode=settings.record_mode,
            matching=settings.matching,
            hosts=settings.hosts,
            allow_playback_repeats=settings.allow_playback_repeats,
            how_to=self._how_to,
        )
        open_source(self._cassette)
        return self._cassette

    def close(self, error: BaseException | None = None, *, failed: bool = False) -> None:
        """
        Let the API's requests go, save what was recorded, and tell what went wrong.

        Args:
            error: What the block raised. It is not hidden by anything that is raised here.

            failed: The block failed, though its exception is not at hand.

        Raises:
            UnmatchedRequest: The block ended well though a request was not answered.

            UnusedInteractions: The block ended well and something was never asked for.

            RecordingInterrupted: A response broke off while recording.

            CassetteNotSaved, SecretInCassette: The recording was not written.
        """
        cassette = self._opened()
        close_source(cassette)
        interruption = cassette.interruption()
        if error is not None or failed or interruption is not None:
            self._set_aside(cassette, error, interruption)
            if error is None and not failed and interruption is not None:
                raise interruption
            return
        if cassette.records:
            self._save(cassette, self._path)
            failed_path(self._path).unlink(missing_ok=True)
        if (miss := cassette.miss()) is not None:
            raise miss
        if not self._settings.allow_unused and (left := cassette.left_over()) is not None:
            raise left

    def _opened(self) -> Cassette:
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
        """Keep the recording of a block that failed beside the cassette, not in its place."""
        notes = [str(interruption)] if interruption is not None and error is not None else []
        if cassette.records and cassette.recorded_any:
            aside = failed_path(self._path)
            # The block's own exception matters more than a second one about a side file.
            with suppress(TwreplayError):
                self._save(cassette, aside)
                notes.append(
                    f"twreplay: the block failed, so {_shown(self._path)} was left as it was; "
                    f"what was recorded is in {_shown(aside)}"
                )
        if error is not None:
            for note in notes:
                error.add_note(note)

    def _save(self, cassette: Cassette, path: Path) -> None:
        recorded_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        recording = cassette.recording(recorded_at=recorded_at)
        if recording is None or (not cassette.recorded_any and self._unchanged_by_nothing(path)):
            return

        def refuse_secrets(text: str) -> None:
            where = cassette.leak(text)
            if where is not None:
                raise _secret(path, where)

        save(path, recording, refuse_secrets)

    def _unchanged_by_nothing(self, path: Path) -> bool:
        return self._settings.record_mode is not RecordMode.REWRITE and path.exists()


class CassetteContext:
    """
    What ``use_cassette`` returns: a context manager, an async one, and a decorator.

    It may be entered again after it was left, not while it is open; a decorated function
    opens the cassette anew for each call, so calls may overlap.
    """

    def __init__(self, path: Path | None, settings: Settings) -> None:
        self._path = path
        self._settings = settings
        self._session: CassetteSession | None = None

    def __enter__(self) -> Cassette:
        if self._session is not None:
            msg = "this use_cassette(...) is open already; make a second one to nest it."
            raise UsageError(msg)
        if self._path is None:
            msg = 'use_cassette() needs a path as a context manager: use_cassette("calls.yaml").'
            raise UsageError(msg)
        session = CassetteSession(self._path, self._settings, in_code(self._path))
        cassette = session.open()
        self._session = session
        return cassette

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close(error)

    async def __aenter__(self) -> Cassette:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, decorated: Decorated) -> Decorated:
        """Open the cassette around each call of *decorated*, or of a class's test methods."""
        if inspect.isclass(decorated):
            for name in dir(decorated):
                method = inspect.getattr_static(decorated, name)
                if name.startswith("test") and inspect.isfunction(method):
                    wrapped = self._wrapped(method, f"{decorated.__qualname__}.{name}")
                    setattr(decorated, name, wrapped)
            return decorated
        if not callable(decorated):
            msg = f"use_cassette decorates functions and classes, not {decorated!r}."
            raise UsageError(msg)
        return cast("Decorated", self._wrapped(decorated, decorated.__qualname__))

    def _wrapped(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        path = self._path or _path_for(function, name)

        def context() -> CassetteContext:
            return CassetteContext(path, self._settings)

        if inspect.isasyncgenfunction(function):

            async def around_async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
                async with context():
                    inner = function(*args, **kwargs)
                    with suppress(StopAsyncIteration):
                        value = await anext(inner)
                        while True:
                            try:
                                sent = yield value
                            except GeneratorExit:
                                await inner.aclose()
                                raise
                            except BaseException as error:
                                value = await inner.athrow(error)
                            else:
                                value = await inner.asend(sent)

            return functools.wraps(function)(around_async_generator)
        if inspect.isgeneratorfunction(function):

            def around_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                with context():
                    return (yield from function(*args, **kwargs))

            return functools.wraps(function)(around_generator)
        if inspect.iscoroutinefunction(function):

            async def around_coroutine(*args: Any, **kwargs: Any) -> Any:
                async with context():
                    return await function(*args, **kwargs)

            return functools.wraps(function)(around_coroutine)

        def around_function(*args: Any, **kwargs: Any) -> Any:
            with context():
                return function(*args, **kwargs)

        return functools.wraps(function)(around_function)


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

        CassetteCorrupt: On entering, if the file cannot be read. It is left as it was.
    """
    settings = Settings.of(options)
    if path is None or isinstance(path, str | os.PathLike):
        return CassetteContext(Path(path) if path is not None else None, settings)
    if callable(path):
        return CassetteContext(None, settings)(path)
    msg = f"use_cassette takes a path, not {path!r}."
    raise UsageError(msg)


def in_code(path: Path) -> HowTo:
    """How somebody who wrote ``use_cassette(...)`` changes what it does."""
    name = path.as_posix()
    return HowTo(
        record=lambda mode: f'use_cassette("{name}", record_mode="{mode}")',
        set=lambda keyword: f'use_cassette("{name}", {keyword})',
    )


def _path_for(function: Callable[..., Any], name: str) -> Path:
    source = Path(inspect.getfile(function))
    test = name.rpartition("<locals>.")[2]
    return source.parent / "cassettes" / source.stem / f"{file_name(test)}.yaml"


def _shown(path: Path) -> str:
    """*path* as a person in the current directory would write it."""
    with suppress(ValueError, OSError):
        return path.resolve().relative_to(Path.cwd()).as_posix()
    return path.as_posix()


def _hosts(given: object) -> frozenset[str]:
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Iterable):
        msg = f"hosts takes host names, not {given!r}."
        raise UsageError(msg)
    hosts = frozenset(str(name).lower() for name in names)
    for host in hosts:
        if not host or "/" in host:
            msg = f"hosts takes host names such as {API_HOST!r}, not {host!r}."
            raise UsageError(msg)
    return hosts


def _known(owner: str, kind: str, given: object, known: tuple[str, ...]) -> None:
    if given in known:
        return
    close = get_close_matches(str(given), known, n=1)
    guess = f"; did you mean {str(close[0])!r}?" if close else "."
    raise UsageError(
        Explanation(
            headline=f"{owner} has no {kind} {given!r}{guess}",
            remedies=(Remedy(f"There is: {', '.join(known)}."),),
            anchor="usage-error",
        )
    )


def _secret(path: Path, where: str) -> SecretInCassette:
    error = SecretInCassette(
        Explanation(
            headline="the recording still has a secret in it after redaction; it was not written.",
            place=(f"{_shown(path)}, at {where}",),
            remedies=(Remedy("Please report the shape of what was sent there, not the value."),),
            anchor="secret-in-cassette",
        )
    )
    error.path = path
    return error
