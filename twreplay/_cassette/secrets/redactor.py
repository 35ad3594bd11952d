"""Takes secrets out of what is written. Reads and writes nothing itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from twreplay._cassette.secrets.codings import decode_body, plain
from twreplay._cassette.secrets.finder import (
    find_in_body,
    find_in_fields,
    find_once,
    find_secrets,
)
from twreplay._cassette.secrets.known import SHORTEST, KnownSecrets, is_worth_a_search
from twreplay._cassette.secrets.names import (
    AUTH_TOKEN,
    HIDDEN,
    Rating,
    Spot,
    is_secret_value,
    rate_name,
    split_name,
)
from twreplay._cassette.secrets.patterns import hide_spots
from twreplay._cassette.secrets.placeholders import read_words
from twreplay._cassette.secrets.public import address_of, in_sids
from twreplay._cassette.secrets.together import (
    find_clean,
    find_clean_contents,
    list_of_address,
)
from twreplay._http import Headers, Interaction, Pairs, Request, Response

PLACEHOLDER = HIDDEN.decode()

_MOST_REMEMBERED = 256


# Stands for headers that were not cleaned yet.
_UNKNOWN = Headers()

_ACCOUNT = re.compile(r"\AAC[0-9A-Za-z]{1,40}\Z")

# The words that a header of credentials may begin with. All others are part of the credentials.
_SCHEMES = read_words(
    """
    basic bearer digest negotiate ntlm hoba mutual oauth token apikey aws4-hmac-sha256 scram-
    sha-1 scram-sha-256 vapid dpop gnap privatetoken hmac signature
    """
)

# What says how a cookie is kept, not what is in it.
_COOKIE_ATTRIBUTES = read_words(
    """
    path domain expires max-age secure httponly samesite priority partitioned version
    """
)
_NEXT_COOKIE = re.compile(r",(?=\s*[^\s;,=]+=)")
_SHORT_USER = SHORTEST


def hide_secrets(text: str) -> str:
    """*text*, for showing, without what looks like a secret; it has as many lines as before."""
    content = text.encode("utf-8", "surrogatepass")
    certain = [
        spot._replace(replacement=HIDDEN + b"\n" * content.count(b"\n", spot.start, spot.end))
        for spot in find_secrets(content)
    ]
    shown = hide_spots(content, certain).decode("utf-8", "replace")
    shown = _CREDENTIAL_LINE.sub(lambda found: found[1] + PLACEHOLDER, shown)
    return _HEXADECIMAL.sub(PLACEHOLDER, shown)


# Of a text that is only shown nothing is lost with more than is sure to be a secret.
_CREDENTIAL_LINE = re.compile(
    r"(?i)((?:authorization|cookie2?)[\"']?[ \t]*(?::|=>?)(?:[ \t]*\r?\n[ \t]*-)?[ \t]*[\"'\[]*"
    r"(?:(?:basic|bearer|digest|token)[ \t]+)?|\b(?:basic|bearer)[ \t]+[\"']?)(?!\s)[^\r\n\"']{4,}"
)
_HEXADECIMAL = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z])")


_Learned: TypeAlias = tuple[tuple[Interaction, ...], KnownSecrets, frozenset[Pairs]]

# What was learned of the interactions of a file, which sessions share. Those are kept with it, so
# that no others get their identity. No lock: each step is one of a dictionary.
_learned: dict[tuple[int, frozenset[str]], _Learned] = {}
_MOST_LEARNED = 1 << 15


def _keep_learned(key: tuple[int, frozenset[str]], learned: _Learned) -> None:
    _learned[key] = learned
    for oldest in list(_learned):
        if sum(len(interactions) for interactions, _, _ in list(_learned.values())) < _MOST_LEARNED:
            break
        _learned.pop(oldest, None)


# What stands before the name of a section: what is found in the file is found here.
SECTION_KEY = "recorded_by: "


class Redactor:
    """
    Knows the secrets met so far, and takes them out. It may be shown: it shows none.

    Attributes:
        changes: How often what is taken out has changed.

    Args:
        not_secret: What only looks like one: names of headers and fields, or values.
    """

    def __init__(self, not_secret: Iterable[str] = ()) -> None:
        self.changes = 0
        self._known = KnownSecrets()
        self._allowed = frozenset(not_secret)
        self._allowed_names = frozenset(name.lower() for name in self._allowed)
        # The interactions of a cassette share their headers by the thousand; None for clean ones.
        self._cleaned: dict[Pairs, Headers | None] = {}
        self._paths: dict[bytes, bytes] = {}
        self._clean_values: dict[str, bool] = {}
        self._learned: set[Pairs] = set()

    def learn_all(self, interactions: tuple[Interaction, ...]) -> None:
        """Take note of the secrets in *interactions*, which are looked through once a process."""
        key = (id(interactions), self._allowed)
        is_new = self._known.is_empty and not self._learned
        if is_new and (known := _learned.get(key)) is not None:
            _, secrets, headers = known
            self._known, self._learned = secrets.copy(), set(headers)
            self.changes += 1
            return
        for interaction in interactions:
            self.learn_request(interaction.request)
            self.learn_response(interaction.response)
        if is_new and 0 < len(interactions) <= _MOST_LEARNED:
            _keep_learned(key, (interactions, self._known.copy(), frozenset(self._learned)))

    def redact_all(self, interactions: Sequence[Interaction]) -> list[Interaction]:
        """Return each of *interactions* without secrets; the same object if it has none."""
        redacted = []
        clean = find_clean(interactions, self._known)
        for interaction, is_clean in zip(interactions, clean, strict=True):
            request, response = interaction.request, interaction.response
            if not is_clean:
                request = self.request(request)
            elif (headers := self._headers_of(request)) is not request.headers:
                request = request.with_headers(headers)
            # What is read from a file is as it is stored.
            is_stored = is_clean and response.source is not None
            whole = (
                response if is_stored else plain(response) if is_clean else self.response(response)
            )
            if request is not interaction.request or whole is not response:
                interaction = interaction.with_messages(request, whole)
            redacted.append(interaction)
        return redacted

    def learn_and_find_clean(self, interactions: Sequence[Interaction]) -> list[bool]:
        """
        Take note of the secrets in *interactions*.

        Returns:
            Of each, whether it is certain that it has no secret in it, but for the headers of the
            request.
        """
        clean = find_clean(interactions, KnownSecrets())
        for interaction, is_clean in zip(interactions, clean, strict=True):
            # The name of a token would look like a secret.
            is_known = interaction.request.headers.pairs in self._learned
            if not (is_clean and is_known) or self._known.weak:
                self.learn_request(interaction.request)
                self.learn_response(interaction.response)
        return clean if self._known.is_empty else find_clean(interactions, self._known)

    def learn_request(self, request: Request) -> None:
        """Take note of the secrets in *request*."""
        pairs = request.headers.pairs
        if pairs not in self._learned:
            if len(self._learned) == _MOST_REMEMBERED:
                self._learned.clear()
            for secret in _read_credentials(request):
                self._learn(secret, request)
            self._learned.add(pairs)
        for name, value in _read_fields(request):
            if split_name(name) == ("auth", "token"):
                self._learn(value, request)
        if self._known.weak:
            address = address_of(request)
            self._forget({secret for secret in self._known.weak if secret in address})

    def learn_response(self, response: Response) -> None:
        """Take note of the secrets in *response*."""
        if self._known.weak:
            self._forget(in_sids(self._known.weak, plain(response)))
        # Asked first, as it leaves alone what was not read yet, which is most of a cassette.
        if not response.mentions("oken", "OKEN"):
            return
        whole = plain(response)
        kind = whole.headers.get("content-type", "")
        for spot in find_once(find_in_body, whole.body, kind, False):
            if spot.kind == AUTH_TOKEN:
                token = whole.body[spot.start : spot.end]
                self._learn(token.decode("utf-8", "surrogateescape"), None)

    def request(self, request: Request) -> Request:
        """*request* without secrets; the same object if there is nothing to take out."""
        headers = self._headers_of(request)
        shown = self._clean_url(request.url)
        body, headers = self._clean_body(request, headers)
        if headers is request.headers and body is request.body and shown == request.url:
            return request
        if body is request.body and shown == request.url:
            return request.with_headers(headers)
        if body is not request.body and "content-length" in headers:
            headers = headers.replacing("Content-Length", str(len(body)))
        return Request(request.method, shown, headers, body)

    def requests(self, requests: Sequence[Request]) -> Iterator[Request]:
        """Each of *requests* without secrets: several are looked at together, as most are clean."""
        for each, is_clean in zip(requests, self.have_clean_addresses(requests), strict=True):
            if is_clean:
                headers = self._headers_of(each)
                is_same = headers is each.headers
                yield each if is_same else Request(each.method, each.url, headers, each.body)
            else:
                yield self.request(each)

    def have_clean_addresses(self, requests: Sequence[Request]) -> list[bool]:
        """Tell of each of *requests* whether no secret can be in its URL or its body."""
        return find_clean_contents(map(list_of_address, requests), self._known)

    def response(self, response: Response) -> Response:
        """*response* without secrets, decoded; the same object if it has none."""
        whole = plain(response)
        kind = whole.headers.get("content-type", "")
        spots = self._not_allowed(find_once(find_in_body, whole.body, kind, False), whole.body)
        body = self._known.hide(hide_spots(whole.body, spots))
        headers = self._clean_headers(whole.headers)
        if body is whole.body and headers is whole.headers:
            return whole
        if body is not whole.body and "content-length" in headers:
            headers = headers.replacing("Content-Length", str(len(body)))
        return Response(whole.status, headers, body, whole.reason)

    def section(self, name: str) -> str:
        """The *name* of a section, the id of a test, without secrets; its parameters go whole."""
        if not name or self._is_clean_section(name):
            return name
        test, bracket, _ = name.partition("[")
        if bracket and self._is_clean_section(test):
            return f"{test}[{PLACEHOLDER}]"
        return self._clean_text(name)

    def _is_clean_section(self, name: str) -> bool:
        text = SECTION_KEY + name
        return self._clean_text(text) == text

    def find_leak(self, text: str) -> str | None:
        """Return where in *text* a known secret still stands, in any encoding, or None."""
        content = text.encode("utf-8", "replace")
        at = self._known.holds(content)
        if at is None and self._known.has_apostrophe:  # YAML writes two for one
            at = self._known.holds(content.replace(b"''", b"'"))
        return None if at is None else f"line {content.count(bytes([10]), 0, at) + 1}"

    def knows(self, content: bytes) -> bool:
        """Return whether a known secret stands in *content*, in any encoding."""
        return self._known.holds(content) is not None

    def is_clean(self, headers: Headers) -> bool:
        """Return whether no value of *headers* has a secret in it, regardless of the names."""
        # One look at all of them: most headers have nothing, most are short, and often only the
        # date is new.
        values = "\n".join(value for _, value in headers.pairs if is_worth_a_search(value))
        known = self._clean_values.get(values)
        if known is None:
            content = values.encode("utf-8", "surrogatepass")
            known = not find_once(find_secrets, content) and not self.knows(content)
            if len(self._clean_values) == _MOST_REMEMBERED:
                self._clean_values.clear()
            self._clean_values[values] = known
        return known

    def _learn(self, secret: str, request: Request | None) -> None:
        if secret in self._allowed:
            return
        account = ""
        if request is not None and request.credentials is not None:
            account = request.credentials.account_sid
            if not _ACCOUNT.match(account):
                account = ""
        if self._known.add(secret, account):
            self._forget_cleaned()

    def _forget(self, public: set[str]) -> None:
        if public:
            self._known.forget(public)
            self._forget_cleaned()

    def _forget_cleaned(self) -> None:
        self.changes += 1
        self._cleaned.clear()
        self._paths.clear()
        self._clean_values.clear()

    def _headers_of(self, request: Request) -> Headers:
        pairs = request.headers.pairs
        clean = self._cleaned.get(pairs, _UNKNOWN)
        if clean is _UNKNOWN:
            if len(self._cleaned) == _MOST_REMEMBERED:
                self._cleaned.clear()
            clean = self._clean_headers(request.headers.without("proxy-authorization"), request)
            self._cleaned[pairs] = None if clean == request.headers else clean
        return request.headers if clean is None else clean

    def _clean_url(self, url: str) -> str:
        content = url.encode("utf-8", "surrogatepass")
        before, mark, query = content.partition(b"?")
        scheme, slashes, rest = before.partition(b"://")
        host, slash, path = rest.partition(b"/")
        clean_path = self._clean_path(path)
        if clean_path is path and not mark:
            return url
        spots = self._not_allowed(find_once(find_in_fields, query), query)
        clean_query = self._known.hide(hide_spots(query, spots))
        if clean_path is path and clean_query is query:
            return url
        clean = scheme + slashes + host + slash + clean_path + mark + clean_query
        return clean.decode("utf-8", "surrogatepass")

    def _clean_path(self, path: bytes) -> bytes:
        clean = self._paths.get(path)
        if clean is None:
            if len(self._paths) == _MOST_REMEMBERED:
                self._paths.clear()
            self._clean_values.clear()
            clean = self._paths[path] = self._clean(path)
        return path if clean == path else clean

    def _clean_body(self, request: Request, headers: Headers) -> tuple[bytes, Headers]:
        """The body, which is decoded if something in it was taken out, and its headers."""
        body = request.body
        if not body:
            return body, headers
        coded = "content-encoding" in headers
        content = decode_body(headers, body) if coded else body
        if content is None:
            return body, headers  # the last look refuses it
        is_form = bool(request.form) if not coded else _is_form(headers)
        kind = request.headers.get("content-type", "")
        spots = self._not_allowed(find_once(find_in_body, content, kind, is_form), content)
        clean = self._known.hide(hide_spots(content, spots))
        if clean is content:
            return body, headers
        return clean, headers.without("content-encoding") if coded else headers

    def _clean(self, content: bytes) -> bytes:
        """*content* without secrets; the same object if it has none."""
        spots = self._not_allowed(find_once(find_secrets, content), content)
        return self._known.hide(hide_spots(content, spots))

    def _clean_text(self, text: str) -> str:
        content = text.encode("utf-8", "surrogatepass")
        clean = self._clean(content)
        return text if clean is content else clean.decode("utf-8", "replace")

    def _not_allowed(self, spots: list[Spot], content: bytes) -> list[Spot]:
        """*spots* without those of which somebody said that they are no secret."""
        if not spots or not self._allowed:
            return spots
        return [
            spot
            for spot in spots
            if spot.kind == AUTH_TOKEN
            or (
                spot.name.lower() not in self._allowed_names
                and content[spot.start : spot.end].decode("utf-8", "replace") not in self._allowed
            )
        ]

    def _clean_headers(self, headers: Headers, request: Request | None = None) -> Headers:
        is_clean = self.is_clean(headers)
        cleaned = [
            (name, self._clean_header(name, value, request, is_clean=is_clean))
            for name, value in headers.pairs
        ]
        return headers if tuple(cleaned) == headers.pairs else Headers(cleaned)

    def _clean_header(
        self, name: str, value: str, request: Request | None, *, is_clean: bool
    ) -> str:
        lower = name.lower()
        if lower in ("cookie", "cookie2"):
            return PLACEHOLDER
        if lower in ("set-cookie", "set-cookie2"):
            return hide_cookies(value)
        if lower == "authorization" and request is not None:
            return _authorization(request)
        if lower in self._allowed_names or value in self._allowed:
            return self._known_hidden(value)
        if is_credential_header(lower):
            return hide_credentials(value)
        if is_secret_value(rate_name(name), value):
            return PLACEHOLDER
        return value if is_clean else self._clean_text(value)

    def _known_hidden(self, text: str) -> str:
        content = text.encode("utf-8", "surrogatepass")
        return self._known.hide(content).decode("utf-8", "replace")


def is_credential_header(lower: str) -> bool:
    """Return whether a header of this name, in lower case, has credentials in it."""
    words = split_name(lower)
    return (
        bool(words)
        and (
            words[-1] in ("authorization", "auth", "authentication")
            or lower == "authentication-info"
        )
        and not lower.startswith("access-control-")
    )


def hide_credentials(value: str) -> str:
    """The value of a header of credentials with nothing but the word for their scheme."""
    scheme, space, given = value.strip().partition(" ")
    if space and scheme.lower() in _SCHEMES:
        return f"{scheme} {PLACEHOLDER}" if given.strip() else scheme
    return PLACEHOLDER if value.strip() else value


def hide_cookies(value: str) -> str:
    """The value of ``Set-Cookie`` without what is in the cookies."""
    return ",".join(map(_hide_cookie, _NEXT_COOKIE.split(value)))


def _hide_cookie(cookie: str) -> str:
    first, *attributes = cookie.split(";")
    name, equals, _ = first.partition("=")
    hidden = [f"{name}={PLACEHOLDER}" if equals else PLACEHOLDER if name.strip() else name]
    for attribute in attributes:
        key, equals, _ = attribute.partition("=")
        kept = key.strip().lower() in _COOKIE_ATTRIBUTES or not key.strip()
        hidden.append(
            attribute if kept else f"{key}={PLACEHOLDER}" if equals else f" {PLACEHOLDER}"
        )
    return ";".join(hidden)


def _read_credentials(request: Request) -> Iterator[str]:
    """The secrets that *request* authenticates with."""
    if request.credentials is not None:
        yield request.credentials.auth_token
        user = request.credentials.account_sid
        if not _ACCOUNT.match(user) and is_secret_value(Rating.LIKELY, user):
            yield user
    for name, value in request.headers.pairs:
        lower = name.lower()
        if not is_credential_header(lower) and rate_name(name) is not Rating.CERTAIN:
            continue
        scheme, space, given = value.strip().partition(" ")
        scheme = scheme.lower()
        if scheme == "digest" or (scheme == "basic" and request.credentials is not None):
            continue
        secret = given.strip() if space and scheme in _SCHEMES else value.strip()
        for part in (secret, *re.split(r"[\s:=,;\"']+", secret)):
            if is_secret_value(Rating.LIKELY, part) and "/" not in part[:12]:
                yield part


def _read_fields(request: Request) -> Iterable[tuple[str, str]]:
    # Its letters may be percent-encoded, some of them. To search a URL without a query takes 1 µs.
    url = request.url
    fields: Pairs = ()
    if "?" in url and _MAY_HOLD_TOKEN.search(url.encode("utf-8", "replace")):
        fields = request.query
    if _MAY_HOLD_TOKEN.search(request.body):
        fields += request.form
    return fields


_MAY_HOLD_TOKEN = re.compile(rb"(?i)oken|%[4-7][1-9A-F]")


def _is_form(headers: Headers) -> bool:
    return headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _authorization(request: Request) -> str:
    """The header with the user, whom it is not wrong to know, and without the password."""
    credentials = request.credentials
    if credentials is None:
        return hide_credentials(request.headers["authorization"])
    # A token sent as the user name by mistake is still a token.
    named = _ACCOUNT.match(credentials.account_sid) or len(credentials.account_sid) < _SHORT_USER
    return f"Basic {credentials.account_sid if named else PLACEHOLDER}:{PLACEHOLDER}"
