"""The options of a cassette's session, and the settings that they make when checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from twreplay._address import API_HOST, parse_hosts
from twreplay._cassette import KINDS, RecordMode, parse_age
from twreplay._matching import Matching
from twreplay._suggestion import check_choice
from twreplay.errors import UsageError

if TYPE_CHECKING:
    from twreplay._simulator import Simulator

ON_EXPIRY = ("warn", "fail", "record")

FALLBACKS = ("error", "simulate")


class CassetteOptions(TypedDict, total=False):
    """
    The keywords of ``use_cassette`` and of the ``twreplay`` mark.

    Attributes:
        record_mode: ``none``, ``once``, ``new_episodes``, ``all`` or ``rewrite``, or a
            ``RecordMode``. Default: ``none``.

        match_on: The parts of a request that must be equal; see ``docs/matching.md``. Default:
            method, scheme, host, path, credentials, query, form.

        ignore: Fields that need not be equal: ``("form.To", "query.page")``. Default: none.

        allow_playback_repeats: The last matching interaction answers again and again. Default:
            ``False``.

        allow_unused: Interactions that are never played are not an error. Default: ``False``.

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
    source: Simulator | str | None


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
            source=_check_source(options.get("source")),
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
