"""Equality of requests: named parts of a request, and a key made of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from twreplay._http import Pairs, Request
from twreplay._matching.multipart import split_parts
from twreplay._matching.own import OwnMatcher, build_own_matcher
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
    """Return the form as a multiset, or a multipart's parts in order; the bytes of other bodies."""
    body = request.body
    if body.startswith(b"--") and (parts := split_parts(request)) is not None:
        return parts
    return tuple(sorted(request.form)) or body


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

        own: The user's own matchers.
    """

    parts: tuple[str, ...] = DEFAULT_MATCH_ON
    ignored: frozenset[tuple[str, str]] = frozenset()
    own: tuple[OwnMatcher, ...] = ()

    @classmethod
    def from_options(
        cls, match_on: Iterable[str | Callable[..., object]] | None, ignore: Iterable[str] = ()
    ) -> Matching:
        """
        Build from options of the user.

        Args:
            match_on: Part names, vcrpy's aliases, matchers of one's own; None for the default.

            ignore: ``form.To``, ``query.page``, or a whole part such as ``credentials``.

        Raises:
            UsageError: An unknown name.
        """
        named, own = _split_own(match_on)
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
            elif entry in [matcher.name for matcher in own]:
                own = tuple(matcher for matcher in own if matcher.name != entry)
            else:
                known = ("form.To", "query.page", *parts, *(matcher.name for matcher in own))
                raise build_unknown_error("ignore has no", known, entry, "Use any of")
        return cls(tuple(parts), frozenset(ignored), own)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all that is compared."""
        return (*self.parts, *(matcher.name for matcher in self.own))

    @property
    def compares(self) -> bool:
        """True if a key does not decide: some matcher looks at both requests."""
        return any(matcher.compare is not None for matcher in self.own)

    def accepts(self, sent: Request, recorded: Request) -> bool:
        """Return whether the matchers agree that look at both requests."""
        return all(matcher.accepts(sent, recorded) for matcher in self.own)

    def build_key(self, request: Request) -> tuple[Hashable, ...]:
        """Return a hashable key of all compared parts but the credentials."""
        own = tuple([each.key(request) for each in self.own if each.key]) if self.own else ()
        if not self.ignored:
            return tuple([value(request) for value in _select_but_credentials(self.parts)]) + own
        return own + tuple(
            [self.get_value(part, request) for part in self.parts if part != "credentials"]
        )

    def bucket_key(self, request: Request) -> tuple[Hashable, ...]:
        """Return a cheap key that is equal whenever *build_key* is, from the text of the parts."""
        url = request.url
        before, _, query = url.partition("?")
        key: list[Hashable] = []
        path = _read_plain_path(before)
        is_plain = path is not None and (
            not query or ("#" not in query and query.isascii() and query.isprintable())
        )
        if "method" in self.parts:
            # Only the query of a POST can name another method.
            key.append(request.effective_method if query else request.method)
        if "path" in self.parts:
            key.append(path if is_plain else request.path.lstrip("/"))
        ignored = {part for part, _ in self.ignored} if self.ignored else ()
        if "query" in self.parts and "query" not in ignored:
            if not is_plain or (query and request.method == "POST"):
                query = "&".join([f"{name}={value}" for name, value in get_query(request)])
                key.append(_split_loosely(query))
            else:
                key.append(_split_loosely(_decode_loosely(query)) if query else "")
        if "form" in self.parts and "form" not in ignored:
            body = request.body
            if body.startswith(b"--") and (parts := split_parts(request)) is not None:
                return (*key, *[name for name, _ in parts])
            text = body.decode("utf-8", "surrogateescape") if body else ""
            key.append(_split_loosely(_decode_loosely(text)) if body else "")
        return tuple(key)

    def get_identity(self, request: Request) -> str | None:
        """Return the user of *request*; None if credentials are not compared."""
        return get_identity(request) if "credentials" in self.parts else None

    def get_value(self, part: str, request: Request) -> Hashable:
        """Return the value by which *part* of *request* is compared."""
        value = PARTS[part](request)
        if self.ignored and isinstance(value, tuple):
            return tuple(pair for pair in value if (part, pair[0]) not in self.ignored)
        return value


@lru_cache(maxsize=256)
def _read_plain_path(before: str) -> str | None:
    """Return the path in what stands before a query; None if it is encoded, or may be."""
    if "%" in before or "#" in before or not before.isascii() or not before.isprintable():
        return None
    return before.partition("://")[2].partition("/")[2].lstrip("/")


def _decode_loosely(encoded: str) -> str:
    """Decode all of a form or a query at once."""
    plain = encoded.replace("+", " ")
    return unquote(plain, errors="surrogateescape") if "%" in plain else plain


def _split_loosely(decoded: str) -> str | frozenset[str]:
    """Split a form that was decoded: other forms may give the same, equal ones do."""
    # A name alone is one with an empty value, and either may have had these letters encoded.
    pieces = [text for piece in decoded.split("&") if (text := piece.rstrip("="))]
    # A set only where there is one: 10,000 more objects make the next collection of garbage slow.
    return frozenset(pieces) if len(pieces) > 1 else pieces[0] if pieces else ""


@cache
def _select_but_credentials(parts: tuple[str, ...]) -> tuple[Part, ...]:
    return tuple(PARTS[part] for part in parts if part != "credentials")


def _split_own(
    given: Iterable[str | Callable[..., object]] | None,
) -> tuple[tuple[str, ...], tuple[OwnMatcher, ...]]:
    """Split *match_on* into names and the user's own matchers; these alone add to the default."""
    if given is None:
        return DEFAULT_MATCH_ON, ()
    entries: tuple[Any, ...]
    if _is_own(given):
        entries = (given,)
    elif not isinstance(given, Iterable) or isinstance(given, str):
        return _check_texts("match_on", given), ()
    else:
        entries = tuple(given)
    own = tuple(build_own_matcher(each) for each in entries if _is_own(each))
    names = [each for each in entries if not _is_own(each)]
    if own and not names:
        return DEFAULT_MATCH_ON, own
    return _check_texts("match_on", names), own


def _is_own(given: object) -> bool:
    return callable(given) or callable(getattr(given, "key", None))


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
