"""Equality of requests: named parts of a request, and a key made of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final, TypeAlias

from twreplay._http import Pairs, Request
from twreplay._suggestion import build_unknown_error
from twreplay.errors import UsageError

Part: TypeAlias = Callable[[Request], Hashable]

UNKNOWN: Final = "(unknown)"
"""Placeholder for credentials that a recording does not contain."""


def get_identity(request: Request) -> str | None:
    """
    Return the user that *request* authenticates as; None without credentials.

    The account SID, never the token: the token is not on the cassette.
    """
    credentials = request.credentials
    if credentials is not None:
        return credentials.account_sid
    given = request.headers.get("authorization")
    return given.partition(" ")[0].lower() + " credentials" if given is not None else None


def get_query(request: Request) -> Pairs:
    """Return the query as a multiset, without a ``_method`` that became the method."""
    pairs = request.query
    if not pairs:
        return ()
    if request.overload:
        pairs = tuple(pair for pair in pairs if pair[0] != "_method")
    return tuple(sorted(pairs))


def get_body(request: Request) -> Hashable:
    """Return the form as a multiset; the bytes of a body that is not a form."""
    return tuple(sorted(request.form)) or request.body


# One line per part, in the order in which differences are reported.
PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "method": lambda request: request.effective_method,
        "scheme": lambda request: request.scheme,
        "host": lambda request: request.host,
        "port": lambda request: request.port,
        "path": lambda request: request.path,
        "credentials": get_identity,
        "query": get_query,
        "form": get_body,
    }
)

# vcrpy's names for the same things, so that a configuration can be carried over.
_ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "uri": ("scheme", "host", "port", "path", "query"),
        "body": ("form",),
        "auth": ("credentials",),
    }
)

DEFAULT_MATCH_ON: Final = ("method", "scheme", "host", "path", "credentials", "query", "form")


@dataclass(frozen=True, slots=True)
class Matching:
    """
    Parts of a request that are compared, and fields of them that are ignored.

    Attributes:
        parts: Names out of ``PARTS``.

        ignored: Fields to leave out, as (part, name): ``("form", "To")``.
    """

    parts: tuple[str, ...] = DEFAULT_MATCH_ON
    ignored: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def from_options(cls, match_on: Iterable[str] | None, ignore: Iterable[str] = ()) -> Matching:
        """
        Build from options of the user.

        Args:
            match_on: Part names or vcrpy's aliases; None for the default.

            ignore: ``form.To``, ``query.page``, or a whole part such as ``credentials``.

        Raises:
            UsageError: An unknown name.
        """
        named = DEFAULT_MATCH_ON if match_on is None else _check_texts("match_on", match_on)
        parts: list[str] = []
        for name in named:
            if name not in PARTS and name not in _ALIASES:
                raise build_unknown_error(
                    "match_on has no", (*PARTS, *_ALIASES), name, "Use any of"
                )
            parts += [part for part in _ALIASES.get(name, (name,)) if part not in parts]
        ignored: set[tuple[str, str]] = set()
        for entry in _check_texts("ignore", ignore):
            part, dot, name = entry.partition(".")
            if dot and name and part in {"query", "form"}:
                ignored.add((part, name))
            elif not dot and part in parts:
                parts.remove(part)
            else:
                known = ("form.To", "query.page", *parts)
                raise build_unknown_error("ignore has no", known, entry, "Use any of")
        return cls(tuple(parts), frozenset(ignored))

    def build_key(self, request: Request) -> tuple[Hashable, ...]:
        """Return a hashable key of all compared parts but the credentials."""
        if not self.ignored:
            return tuple([value(request) for value in _select_but_credentials(self.parts)])
        return tuple(
            [self.get_value(part, request) for part in self.parts if part != "credentials"]
        )

    def bucket_key(self, request: Request) -> tuple[Hashable, ...]:
        """Return a cheap key that is equal whenever *key* is, without decoding query and body."""
        return tuple(
            self.get_value(part, request) for part in ("method", "path") if part in self.parts
        )

    def get_identity(self, request: Request) -> str | None:
        """Return the user of *request*; None if credentials are not compared."""
        return get_identity(request) if "credentials" in self.parts else None

    def get_value(self, part: str, request: Request) -> Hashable:
        """Return the value by which *part* of *request* is compared."""
        value = PARTS[part](request)
        if self.ignored and isinstance(value, tuple):
            return tuple(pair for pair in value if (part, pair[0]) not in self.ignored)
        return value


@cache
def _select_but_credentials(parts: tuple[str, ...]) -> tuple[Part, ...]:
    return tuple(PARTS[part] for part in parts if part != "credentials")


def _check_texts(option: str, given: Iterable[str]) -> tuple[str, ...]:
    if not isinstance(given, Iterable):
        msg = f"{option} takes names as text, not {given!r}."
        raise UsageError(msg)
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if not isinstance(name, str):
            msg = f"{option} takes names as text; {name!r} is {type(name).__name__}."
            raise UsageError(msg)
    return names
