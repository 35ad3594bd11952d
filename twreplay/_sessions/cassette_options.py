"""The options of a cassette's session, and the settings that they make when checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from twreplay._address import API_HOST, parse_hosts
from twreplay._cassette import KINDS, RecordMode, parse_age
from twreplay._matching import Matching
from twreplay._sessions.recording_hooks import RecordingHooks, read_hooks, read_statuses
from twreplay._suggestion import check_choice, check_keywords
from twreplay.errors import UsageError

if TYPE_CHECKING:
    from twreplay._sessions.recording_hooks import RequestHook, ResponseHook
    from twreplay._simulator import Simulator

ON_EXPIRY = ("warn", "fail", "record")

FALLBACKS = ("error", "simulate")


class CassetteOptions(TypedDict, total=False):
    """
    The keywords of ``use_cassette`` and of the ``twreplay`` mark.

    Attributes:
        record_mode: ``none``, ``once``, ``new_episodes``, ``all`` or ``rewrite``, or a
            ``RecordMode``. Default: ``none``.

        match_on: The parts of a request that must be equal, and matchers of your own; see
            ``docs/matching.md``. Default: method, scheme, host, path, credentials, query, form.

        ignore: Fields that need not be equal: ``("form.To", "query.page")``. Default: none.

        allow_playback_repeats: The last matching interaction answers again and again. Default:
            ``False``.

        allow_unused: Interactions that are never played are not an error. Default: ``False``.

        ordered: Requests must come in recorded order. Default: ``False``.

        shared: Other cassettes, asked in this order for what this one does not answer. They are
            never written, answer as often as they are asked, and may have unused interactions. A
            relative path is relative to what that of this cassette is. Default: none.

        max_age: The largest age of the recording: a timedelta, or ``12h``,
            ``30d``, ``8w``. Default: any age.

        on_expiry: The reaction to an older one: ``warn``, ``fail``, or ``record``,
            which is ``record_mode="rewrite"`` this time. Default: ``warn``.

        redact: The values to replace in addition to secrets: ``identifiers`` (Sids and
            telephone numbers), ``names``, ``bodies``, or several of them. Default: none.

        redact_key: The key of the pseudonyms, so that they are the same in every cassette.
            Default: the environment variable ``TWREPLAY_REDACT_KEY``.

        not_secret: Names of headers and fields, or values, that only look like credentials.
            Default: none.

        hosts: The hosts whose requests are intercepted; all others pass through. Default:
            ``api.twilio.com``.

        fallback: The reaction to a request that nothing answers, and that is not recorded
            either: ``error``, or ``simulate``: it is answered from the state that the cassette
            implies. Default: ``error``.

        source: What answers the requests that are recorded: ``api``; a ``Simulator``; or
            ``simulator``, the one of the simulation that is open around the session, or a new
            one. Nothing is sent then. Default: ``api``.

        app: The application that the API requests, WSGI or ASGI. Recorded webhooks are delivered
            to it when the cassette is replayed. Default: none.

        sign_with: The auth token that those are signed with. Default: that of the requests, or
            the environment variable ``TWILIO_AUTH_TOKEN``.
        before_record_request: A function, or several, of each request; it returns the request as
            it is recorded and compared, or None to let it pass this session by. Webhooks are
            recorded through it, too. Default: none.

        before_record_response: A function, or several, of each response that is recorded, and of
            its request if it takes two arguments; it returns the response as it is recorded, or
            None to leave the interaction out; of an answer to a webhook as well. Default: none.

        passes: Patterns of requests to let pass this session by: ``/Accounts/*/Recordings*``,
            ``DELETE *``. Default: none.

        skip_statuses: The statuses that are not recorded, such as ``404`` or ``4xx``. Default: 429
            and 5xx from the API, none from a simulator.
    """

    record_mode: str
    match_on: Iterable[str | Callable[..., object]] | None
    ignore: Iterable[str]
    allow_playback_repeats: bool
    allow_unused: bool
    ordered: bool
    shared: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
    max_age: timedelta | str | None
    on_expiry: str
    redact: str | Iterable[str]
    redact_key: str | None
    not_secret: Iterable[str]
    hosts: Iterable[str]
    fallback: str
    source: Simulator | str | None
    app: object
    sign_with: str | None
    before_record_request: RequestHook | Iterable[RequestHook] | None
    before_record_response: ResponseHook | Iterable[ResponseHook] | None
    passes: str | Iterable[str]
    skip_statuses: str | int | Iterable[str | int] | None


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
    source: Simulator | str | None = None
    app: object = field(default=None, repr=False)
    sign_with: str | None = field(default=None, repr=False)
    ordered: bool = False
    shared: tuple[Path, ...] = ()
    hooks: RecordingHooks = field(default_factory=RecordingHooks)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> CassetteSettings:
        """
        Check the options and build the settings.

        Raises:
            UsageError: An unknown keyword or value, naming the nearest valid one.
        """
        key = None
        if all(type(value) in _SIMPLE for value in options.values()):
            # Sessions open by the thousand, with the same few options. True is equal to 1.
            key = tuple([(name, type(value), value) for name, value in options.items()])
            if (known := _checked.get(key)) is not None:
                return known
        settings = cls._check(options)
        if key is not None and len(_checked) < _MOST_CHECKED:
            _checked[key] = settings
        return settings

    @classmethod
    def _check(cls, options: Mapping[str, Any]) -> CassetteSettings:
        check_keywords("use_cassette", options, tuple(CassetteOptions.__annotations__))
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
        sign_with = options.get("sign_with")
        if not isinstance(sign_with, str | None):
            msg = f"sign_with is an auth token, not {type(sign_with).__name__}."
            raise UsageError(msg)
        check_choice("fallback", "value", options.get("fallback", "error"), FALLBACKS)
        check_choice("on_expiry", "value", options.get("on_expiry", "warn"), ON_EXPIRY)
        for name in ("allow_playback_repeats", "allow_unused", "ordered"):
            if not isinstance(options.get(name, False), bool):
                msg = f"{name} is True or False, not {options[name]!r}."
                raise UsageError(msg)
        hosts = parse_hosts(options.get("hosts"))
        return cls(
            record_mode=RecordMode(mode),
            matching=Matching.from_options(options.get("match_on"), options.get("ignore", ())),
            allow_playback_repeats=options.get("allow_playback_repeats", False),
            allow_unused=options.get("allow_unused", False),
            max_age=parse_age(options["max_age"]) if options.get("max_age") is not None else None,
            on_expiry=options.get("on_expiry", "warn"),
            hosts=hosts,
            simulates=options.get("fallback") == "simulate",
            redact=frozenset(kinds) - {"secrets"},
            redact_key=key,
            not_secret=_check_texts("not_secret", options.get("not_secret", ())),
            source=_check_source(options.get("source")),
            app=_check_app(options.get("app")),
            sign_with=sign_with,
            ordered=options.get("ordered", False),
            shared=_check_paths("shared", options.get("shared", ())),
            hooks=_read_recording_hooks(options, hosts),
        )


# What cannot change, and is compared without code of the user's own.
_SIMPLE = (bool, str, type(None), RecordMode, timedelta)
_checked: dict[tuple[object, ...], CassetteSettings] = {}
_MOST_CHECKED = 64


def _check_app(given: object) -> object:
    if given is None or isinstance(given, str) or callable(given):
        return given
    msg = f"app is a WSGI or ASGI application, or the URL of a server, not {type(given).__name__}."
    raise UsageError(msg)


def _read_recording_hooks(options: Mapping[str, Any], hosts: frozenset[str]) -> RecordingHooks:
    requests, responses = "before_record_request", "before_record_response"
    return RecordingHooks(
        requests=read_hooks(requests, options.get(requests)),
        responses=read_hooks(responses, options.get(responses)),
        passes=_check_texts("passes", options.get("passes", ())),
        skip_statuses=read_statuses(options.get("skip_statuses")),
        hosts=hosts,
    )


def _check_source(given: object) -> Simulator | str | None:
    if given is None:
        return None
    # Late: most cassettes are replayed without a simulator.
    from twreplay._sessions.source import check_source

    return check_source(given)


def _read_kinds(given: object) -> tuple[str, ...]:
    """Split the kinds to redact: one, several, or several in one text as in an ini file."""
    return _check_texts(
        "redact", given.replace(",", " ").split() if isinstance(given, str) else given
    )


def _check_paths(name: str, given: object) -> tuple[Path, ...]:
    """Check that *given* is one path, or several; drop what is there twice."""
    paths = (given,) if isinstance(given, str | os.PathLike) else given
    if not isinstance(paths, Iterable) or isinstance(paths, bytes | bytearray):
        msg = f"{name} is a path or several, not {type(given).__name__}."
        raise UsageError(msg)
    kept = tuple(paths)
    for path in kept:
        text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
        if not isinstance(text, str) or not text:
            told = "an empty text" if text == "" else type(path).__name__
            msg = f"{name} is a path or several, and {told} is none."
            raise UsageError(msg)
    return tuple(dict.fromkeys(map(Path, kept)))


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
