"""Requests and responses as plain values: no sockets, no client library."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar, cast, overload
from urllib.parse import SplitResult, unquote, urlsplit

from twreplay._display import (
    NOT_SHOWN,
    Body,
    Secret,
    names_secret,
    shown_url,
    visible_line,
    without_secrets,
)

Pairs: TypeAlias = tuple[tuple[str, str], ...]

Of = TypeVar("Of")
Value = TypeVar("Value")
T = TypeVar("T")

FORM_TYPE = "application/x-www-form-urlencoded"

# Only these two, only in upper case, only on POST: request page, "Overloading".
_OVERLOADS = frozenset({"PUT", "DELETE"})

# Names of header fields, as they are spelled, whose values may be shown, and may not. Looked up
# here first, as a search costs a microsecond and each message has the same ten.
_PLAIN_NAMES: set[str] = set()
_SECRET_NAMES: set[str] = set()
_MOST_NAMES = 1024

_DEFAULT_PORTS = {"http": 80, "https": 443}

# Every field of a form has a name that a person could have typed. A body without a
# Content-Type that does not look so is something else.
_FORM_LIKE = re.compile(rb"\A[A-Za-z0-9_.~%+<>*\-\[\]]+=[^\x00-\x20\x7f-\xff]*\Z")


class _once(Generic[Of, Value]):  # reads as a decorator
    """
    An attribute that is computed on first access.

    As ``functools.cached_property``, which takes a lock before Python 3.12.
    """

    def __init__(self, compute: Callable[[Of], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, instance: Of, owner: type[Of]) -> Value:
        if instance is None:
            return cast("Value", self)
        value = self._compute(instance)
        instance.__dict__[self._name] = value
        return value


class Headers(Mapping[str, str]):
    """
    Header fields: names compare without case, the order and every repetition are kept.

    As a mapping it gives the first value of a name; *pairs* and *get_all* give them all.
    """

    __slots__ = ("_by_lower", "pairs")

    def __init__(self, fields: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self.pairs: Pairs
        if isinstance(fields, list | tuple):
            # Checked first: isinstance(fields, Mapping) takes longer than all the rest.
            items: Iterable[tuple[str, str]] = fields
        elif isinstance(fields, dict):
            items = fields.items()
        elif isinstance(fields, Headers):
            items = fields.pairs
        elif isinstance(fields, Mapping):
            items = fields.items()
        else:
            items = fields
        try:
            pairs = [(str(name), str(value)) for name, value in items]
        except (TypeError, ValueError):
            # Not shown: headers hold tokens.
            kind = type(fields).__name__
            msg = f"headers are a mapping, or pairs of a name and a value, not {kind}"
            raise TypeError(msg) from None
        for index, (name, value) in enumerate(pairs):
            if name not in _PLAIN_NAMES and (name in _SECRET_NAMES or _is_secret(name)):
                pairs[index] = name, Secret(value)
        self.pairs = tuple(pairs)
        self._by_lower: dict[str, str] | None = None

    @classmethod
    def trust(cls, pairs: Pairs) -> Headers:
        """Return headers of *pairs* as those of other headers, or of text without any secret."""
        headers = object.__new__(cls)
        headers.pairs = pairs
        headers._by_lower = None
        return headers

    @property
    def _by_name(self) -> dict[str, str]:
        # Built on first access: most headers are only passed on.
        if self._by_lower is None:
            # Backwards, so that the first of a name is what stays.
            self._by_lower = {name.lower(): value for name, value in reversed(self.pairs)}
        return self._by_lower

    @property
    def _grouped(self) -> dict[str, list[str]]:
        grouped: dict[str, list[str]] = {}
        for name, value in self.pairs:
            grouped.setdefault(name.lower(), []).append(value)
        return grouped

    def __getitem__(self, name: str) -> str:
        return self._by_name[name.lower()]

    def __iter__(self) -> Iterator[str]:
        seen: set[str] = set()
        for name, _ in self.pairs:
            if name.lower() not in seen:
                seen.add(name.lower())
                yield name

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._by_name

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return self._grouped == other._grouped
        return NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset((name, tuple(values)) for name, values in self._grouped.items()))

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}: {NOT_SHOWN if isinstance(value, Secret) else without_secrets(value)}"
            for name, value in self.pairs
        )
        return visible_line(f"<Headers {shown}>")

    @overload
    def get(self, name: str, default: None = None) -> str | None: ...
    @overload
    def get(self, name: str, default: T) -> str | T: ...
    def get(self, name: str, default: object = None) -> object:
        """The first value of *name*, or *default*."""
        # Mapping's own raises and catches a KeyError for each field that is not there.
        by_name = self._by_lower
        try:
            wanted = name.lower()
        except AttributeError:
            raise TypeError(_explain_name(name)) from None
        return (self._by_name if by_name is None else by_name).get(wanted, default)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return every value of *name*, in the order of the fields; empty if there is none."""
        wanted = _lower(name)
        return tuple([value for each, value in self.pairs if each.lower() == wanted])

    def without(self, *names: str) -> Headers:
        """Return these headers without every field of these *names*."""
        dropped = {_lower(name) for name in names}
        if not dropped & self._by_name.keys():
            return self
        return Headers.trust(tuple([p for p in self.pairs if p[0].lower() not in dropped]))

    def replacing(self, name: str, value: str) -> Headers:
        """Return these headers with *value* as the only value of *name*, in its first place."""
        wanted, pairs, is_there = _lower(name), [], False
        for pair in self.pairs:
            if pair[0].lower() != wanted:
                pairs.append(pair)
            elif not is_there:
                pairs.append((pair[0], value))
                is_there = True
        return Headers(pairs if is_there else [*pairs, (name, value)])


@dataclass(frozen=True, slots=True)
class Credentials:
    """The basic credentials of one request."""

    account_sid: str
    # Kept out of repr(), and so out of every traceback and log line.
    auth_token: str = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "auth_token", Secret(self.auth_token))


@dataclass(frozen=True, repr=False)
class Request:
    """
    One HTTP request, as the API would receive it.

    Its parts are decoded on first access, once.

    Attributes:
        method: The method of the request line, upper case.

        url: The absolute URL, without credentials: what a client puts before the ``@`` is
            understood as *credentials*.

        headers: Header fields. A mapping or pairs may be given.

        body: The body's bytes. Text may be given, and is sent as UTF-8; None is empty.
    """

    method: str
    url: str
    headers: Headers
    body: bytes

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        body: bytes | str | None = b"",
    ) -> None:
        if not isinstance(method, str) or not isinstance(url, str):
            # Not shown: a URL may hold a password.
            kinds = f"{type(method).__name__} and {type(url).__name__}"
            msg = f"a Request takes a method and a URL as text, not {kinds}"
            raise TypeError(msg)
        if body is not None and not isinstance(body, bytes | bytearray | str):
            msg = f"a Request's body is bytes or text, not {type(body).__name__}"
            raise TypeError(msg)
        kept = headers if type(headers) is Headers else Headers(headers or ())
        parts = _parts_or_none(url)
        if parts is None or not parts.host:
            # Not shown: what cannot be parsed may still hold a password.
            msg = "a Request takes an absolute URL, such as https://api.twilio.com/2008-08-01"
            raise ValueError(msg)
        if "@" in parts.split.netloc:
            userinfo, _, netloc = parts.split.netloc.rpartition("@")
            user, _, password = userinfo.partition(":")
            url = parts.split._replace(netloc=netloc).geturl()
            parts = _parse_url(url)
            if "authorization" not in kept:
                kept = Headers(
                    (*kept.pairs, ("Authorization", encode_basic(unquote(user), unquote(password))))
                )
        values = self.__dict__
        values["method"] = method.upper()
        values["url"] = url
        values["headers"] = kept
        values["body"] = _body(body)
        # As if they had been asked for, which takes five times as long, and nearly all are.
        values["_parts"] = parts
        values["host"], values["path"], values["query"] = parts.host, parts.path, parts.query

    @classmethod
    def trust(cls, method: str, url: str, headers: Headers, body: bytes) -> Request:
        """
        Return a request of parts that are as *__init__* leaves them: nothing is parsed yet.

        Args:
            url: Absolute, in lower case up to the path, and without credentials.
        """
        request = object.__new__(cls)
        values = request.__dict__
        values["method"], values["url"] = method, url
        values["headers"], values["body"] = headers, Body(body) if body else b""
        return request

    def __repr__(self) -> str:
        return f"<Request {visible_line(self.method)} {self.shown_url}>"

    @property
    def shown_url(self) -> str:
        """The URL as it may be shown: without what is, or looks like, a secret."""
        known = self.credentials.auth_token if self.credentials is not None else ""
        return shown_url(self.url, known)

    def with_body(self, body: bytes) -> Request:
        """Return this request with another body. Other decoded parts are kept."""
        other = object.__new__(Request)
        values = other.__dict__
        values.update(self.__dict__)
        values["body"] = _body(body)
        values.pop("form", None)
        return other

    def with_headers(self, headers: Headers) -> Request:
        """Return this request with other headers. Parts that are not read from them are kept."""
        other = object.__new__(Request)
        values = other.__dict__
        values.update(self.__dict__)
        values["headers"] = headers
        values.pop("form", None)
        values.pop("credentials", None)
        return other

    @_once
    def _parts(self) -> _Parts:
        return _parse_url(self.url)

    @_once
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return self._parts.split.scheme

    @_once
    def host(self) -> str:
        """The host's name in lower case, without the port."""
        return self._parts.host

    @_once
    def port(self) -> int:
        """The port; the scheme's own where the URL names none, 0 where it names none there is."""
        try:
            named = self._parts.split.port
        except ValueError:  # whose message quotes what stands there
            return 0
        return named or _DEFAULT_PORTS.get(self.scheme, 0)

    @_once
    def path(self) -> str:
        """
        The decoded path, with one leading slash however many were sent.

        The vendor's PHP library sent ``//2008-08-01/...``.
        """
        return self._parts.path

    @_once
    def query(self) -> Pairs:
        """Query parameters in the order sent; a name may repeat, a value may be empty."""
        return self._parts.query

    @_once
    def form(self) -> Pairs:
        """
        Fields of a form-encoded body, in the shape of *query*; empty if it is not a form.

        A body without a Content-Type is read as a form if it looks like one: the vendor's
        Java library sent its PUTs so.
        """
        if not self.body:
            return ()
        content_type = self.headers.get("content-type")
        if content_type is None:
            is_form = _FORM_LIKE.match(self.body) is not None
        else:
            is_form = content_type.partition(";")[0].strip().lower() == FORM_TYPE
        return _parse_pairs(self.body.decode("utf-8", "surrogateescape")) if is_form else ()

    @_once
    def overload(self) -> str | None:
        """
        The method that ``_method`` in the query makes of this request, or None.

        Only a POST is overloaded, only by ``PUT`` or ``DELETE`` in upper case, only in the
        query. Source: request page, method overloading.
        """
        if self.method != "POST" or not self.query:
            return None
        named = [value for name, value in self.query if name == "_method"]
        return named[0] if len(named) == 1 and named[0] in _OVERLOADS else None

    @property
    def effective_method(self) -> str:
        """The method after any ``_method`` override: what the API acts on."""
        return self.method if self.method != "POST" else self.overload or self.method

    @_once
    def credentials(self) -> Credentials | None:
        """The basic credentials; None if they are absent or cannot be read."""
        given = self.headers.get("authorization")
        return _parse_credentials(given) if given is not None else None


class ResponseSource(Protocol):
    """Text that a response is read from when it is asked for."""

    def read(self) -> Response:
        """Return the response."""

    def peek(self) -> tuple[Headers, bytes, str]:
        """Return headers, body and reason as they stand there, decoded or not."""

    def may_mention(self, *texts: str) -> bool:
        """Return False only if none of *texts* is in the decoded body, which is certain."""


@dataclass(frozen=True, repr=False)
class Response:
    """
    One HTTP response.

    Attributes:
        status: The status code.

        headers: Header fields. A mapping or pairs may be given.

        body: The body's bytes.

        reason: The reason phrase; the standard one if none is given.
    """

    status: int
    headers: Headers
    body: bytes
    reason: str

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        body: bytes | str | None = b"",
        reason: str | None = None,
    ) -> None:
        if type(status) is not int and not isinstance(status, int):
            msg = f"a Response takes a status code, such as 200, not {type(status).__name__}"
            raise TypeError(msg)
        values = self.__dict__
        values["status"] = status
        values["headers"] = headers if type(headers) is Headers else Headers(headers or ())
        values["body"] = _body(body)
        values["reason"] = get_standard_reason(status) if reason is None else reason

    @classmethod
    def trust(cls, status: int, headers: Headers, body: bytes) -> Response:
        """
        Return a response with the standard reason, of parts that are as *__init__* leaves them.

        Args:
            body: A ``Body``, or empty.
        """
        response = object.__new__(cls)
        values = response.__dict__
        values["status"], values["headers"] = status, headers
        values["body"], values["reason"] = body, get_standard_reason(status)
        return response

    @classmethod
    def defer(cls, source: ResponseSource) -> Response:
        """Return the response of *source*, which is asked when something of it is looked at."""
        response = cls.__new__(cls)
        response.__dict__["_source"] = source
        return response

    def __getattr__(self, name: str) -> Any:
        source = self.__dict__.get("_source")
        if source is None:
            raise AttributeError(name)
        if "body" in self.__dict__:
            raise AttributeError(name)
        # Another thread may be here as well; both find the same.
        self.__dict__.update(source.read().__dict__)
        return getattr(self, name)

    @property
    def source(self) -> ResponseSource | None:
        """The source that it was read from, or is to be read from; None if it was made."""
        return self.__dict__.get("_source")

    def peek(self) -> tuple[Headers, bytes, str]:
        """Return headers, body and reason; what was not read yet is not kept."""
        source = self.__dict__.get("_source")
        if source is None or "body" in self.__dict__:
            return self.headers, self.body, self.reason
        parts: tuple[Headers, bytes, str] = source.peek()
        return parts

    def note_clean(self, request: Request) -> None:
        """Note that nothing in this, the answer to *request*, looks like a secret."""
        self.__dict__["_clean_beside"] = request

    def is_known_clean(self, request: Request) -> bool:
        """Return whether *note_clean* was called with this very *request*."""
        return self.__dict__.get("_clean_beside") is request

    def mentions(self, *texts: str) -> bool:
        """Return False only if none of *texts* is in the decoded body, which is certain."""
        source = self.__dict__.get("_source")
        if source is not None:
            return bool(source.may_mention(*texts))
        body = self.body
        for text in texts:
            if text.encode() in body:
                return True
        # As `in` would, which makes a dictionary of headers of which each has another date.
        return "content-encoding" in [name.lower() for name, _ in self.headers.pairs]

    def __repr__(self) -> str:
        kind = self.headers.get("content-type", "no type")
        text = f"<Response {self.status} {self.reason}, {len(self.body)} bytes of {kind}>"
        return visible_line(without_secrets(text))


@dataclass(frozen=True, slots=True, init=False)
class Interaction:
    """
    One request and its response.

    Attributes:
        recorded_by: The test that recorded it, in a cassette that several tests record into; empty
            if the file does not say. It makes no difference to equality.
    """

    request: Request
    response: Response
    recorded_by: str = field(default="", compare=False)

    def __init__(self, request: Request, response: Response, recorded_by: str = "") -> None:
        # Past the `__setattr__` that refuses, as a cassette has 10,000: three fields take fewer
        # instructions so than the two of before took.
        _set_request(self, request)
        _set_response(self, response)
        _set_recorded_by(self, recorded_by)

    def with_messages(self, request: Request, response: Response) -> Interaction:
        """Return the interaction with another request and response."""
        return Interaction(request, response, self.recorded_by)


_set_request, _set_response, _set_recorded_by = (
    Interaction.__dict__[name].__set__ for name in ("request", "response", "recorded_by")
)


# Not frozen: one is made for each request, and that costs 1 µs.
@dataclass(slots=True, eq=False)
class Reply:
    """
    The answer of a session to one request.

    Attributes:
        response: The response; None if the client fails.

        failure: The failure of the client: one of ``twreplay.faults``, for which each
            client has its own exception, or any other exception, raised unchanged.

        delay_seconds: The time that the client waits for it.

        on_lost: Called if the client does not wait so long, and so never gets the response.
    """

    response: Response | None
    failure: BaseException | None = None
    delay_seconds: float = 0.0
    on_lost: Callable[[], None] | None = None

    def lose(self) -> None:
        """Note that the client has given up."""
        if self.on_lost is not None:
            self.on_lost()


def _lower(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(_explain_name(name))
    return name.lower()


def _explain_name(name: object) -> str:
    return f"the name of a header is text, not {type(name).__name__}"


def _body(given: bytes | bytearray | str | None) -> bytes:
    if given is None:
        return b""
    if not isinstance(given, bytes | str | bytearray | memoryview):
        msg = f"a body is bytes or text, not {type(given).__name__}"
        raise TypeError(msg)
    return Body(given.encode() if isinstance(given, str) else given)


def _is_secret(name: str) -> bool:
    is_secret = names_secret(name)
    names = _SECRET_NAMES if is_secret else _PLAIN_NAMES
    if len(names) < _MOST_NAMES:
        names.add(name)
    return is_secret


def encode_basic(user: str, password: str) -> str:
    """Return the value of an ``Authorization`` header for HTTP Basic."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def is_bodiless(status: int, method: str) -> bool:
    """Return whether no body follows the head of such a response."""
    return method == "HEAD" or status in (204, 304) or status < 200


def is_length(value: str, length: int) -> bool:
    """Return whether a Content-Length of *value* is *length*, with zeros before it or not."""
    return value == str(length) or (
        value.isascii() and value.isdigit() and value.lstrip("0") == (str(length) if length else "")
    )


def get_standard_reason(status: int) -> str:
    """Return the standard reason phrase of *status*; empty if there is none."""
    return _REASONS.get(status, "")


_REASONS = {status.value: status.phrase for status in HTTPStatus}


class _Parts(NamedTuple):
    """A URL, decoded."""

    split: SplitResult
    host: str
    path: str
    query: Pairs


# This and the next are cached because tests request the same few URLs repeatedly.
@lru_cache(maxsize=256)
def _parse_url(url: str) -> _Parts:
    split = urlsplit(url)
    path = split.path
    if "%" in path:
        # An encoded slash is part of a name, not a separator.
        path = "/".join(unquote(part).replace("/", "%2F") for part in path.split("/"))
    host = (split.hostname or "").rstrip(".")
    return _Parts(split, host, "/" + path.lstrip("/"), _parse_pairs(split.query))


def _parts_or_none(url: str) -> _Parts | None:
    try:
        return _parse_url(url)
    except ValueError:  # whose message quotes a host with a password in front of it
        return None


@lru_cache(maxsize=64)
def _parse_credentials(authorization: str) -> Credentials | None:
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    given = given.strip()
    if ":" not in given:
        try:
            given = _read_letters(base64.b64decode(given, validate=True))
        except (binascii.Error, ValueError):
            return None
    user, colon, password = given.partition(":")
    return Credentials(user, password) if colon else None


def _read_letters(credentials: bytes) -> str:
    """*credentials* as text: UTF-8, as httpx and curl send them, or Latin-1, as requests does."""
    try:
        return credentials.decode()
    except UnicodeDecodeError:
        return credentials.decode("latin-1")


def _parse_pairs(encoded: str) -> Pairs:
    # Blank values are kept: a client that sends "AreaCode=" said something else than one
    # that leaves AreaCode out, and a recorder must keep the two apart.
    if not encoded:
        return ()
    # As parse_qsl(keep_blank_values=True) does, in a third of its time; a test compares the two.
    fields = [pair.partition("=") for pair in encoded.replace("+", " ").split("&") if pair]
    if "%" in encoded:
        return tuple([(_decode(name), _decode(value)) for name, _, value in fields])
    return tuple([(name, value) for name, _, value in fields])


def _decode(text: str) -> str:
    return unquote(text, errors="surrogateescape") if "%" in text else text
