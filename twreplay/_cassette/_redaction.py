"""Takes secrets out of what is written. Reads and writes nothing itself."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote_plus

from twreplay._cassette._plain import plain
from twreplay._cassette._public import address_of, in_sids, is_public, is_strong
from twreplay._http import Headers, Pairs, Request, Response

PLACEHOLDER = "REDACTED"

_HIDDEN = PLACEHOLDER.encode()

# Shorter ones are taken out where a credential belongs, not wherever the letters occur:
# a password "token" must not turn every mention of a token into noise.
_SHORTEST = 8

_MOST_REMEMBERED = 256

# Stands for headers that were not cleaned yet.
_UNKNOWN = Headers()

# Where such a field may be, some of its letters percent-encoded perhaps.
_MAY_HOLD_TOKEN = re.compile(rb"(?i)oken|%[4-7][1-9A-F]")

_TOKEN_FIELD = re.compile(r"(?i)\Aauth_?token\Z")

# Where a token stands in a body: XML, JSON, HTML and the fields of a form.
_TOKEN_IN_BODY = re.compile(
    rb'(?i)(<auth_?token>|"auth_?token"\s*:\s*"|<div class="auth-token">|(?:^|&)auth_?token=)'
    rb'([^<"&]+)'
)

_PASSWORD_IN_URL = re.compile(rb"(://[^/\s:@\"'<>&?]*:)([^/\s@\"'<>&]+)(@)")
_PASSWORD_IN_FORM = re.compile(rb"(?i)(%3A%2F%2F[^&%\s]*%3A)([^&@]+?)(%40)")

_ACCOUNT = re.compile(r"\AAC[0-9A-Za-z]{1,40}\Z")

# Headers that hold a credential by their name, whosever it is.
_SECRET_HEADER = re.compile(
    r"(?i)(?:token|secret|passw(?:or)?d|api[-_]?key|access[-_]?key|session[-_]?key)\Z"
)

_JWT = re.compile(rb"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")

# Of words after "basic" and "bearer" those that are more than a word.
_BEARER = re.compile(rb"(?i)\b(bearer\s+)(?=[a-z/+_.~-]*[0-9])[A-Za-z0-9+/_.~-]{16,}=*")

# Of each of these patterns, and of Basic credentials, what it is looked for by.
_SHORT = 1024
_SIGNS = re.compile(rb"oken|OKEN|@|%40|eyJ|earer|asic ")

_ENCODED = re.compile(r"(?i)\b((?:basic|bearer)\s+)[^\s'\"]{4,}")


def without_credentials(text: str) -> str:
    """*text*, for showing, without what looks like credentials; no secret need be known."""
    content = text.encode("utf-8", "surrogatepass")
    content = _TOKEN_IN_BODY.sub(rb"\g<1>" + _HIDDEN, content)
    content = _PASSWORD_IN_URL.sub(rb"\g<1>" + _HIDDEN + rb"\g<3>", content)
    content = _PASSWORD_IN_FORM.sub(rb"\g<1>" + _HIDDEN + rb"\g<3>", content)
    shown = content.decode("utf-8", "surrogatepass")
    return _ENCODED.sub(lambda found: found[1] + PLACEHOLDER, shown)


class Redactor:
    """Knows the secrets met so far, and takes them out. It may be shown: it shows none."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        # Of these those that may turn out to be a part of an address or a Sid.
        self._weak: set[str] = set()
        self._forms: re.Pattern[bytes] | None = None
        self._escaped: re.Pattern[bytes] | None = None
        self._base64: re.Pattern[bytes] | None = None
        # The interactions of a cassette share their headers by the thousand; None for clean ones.
        self._cleaned: dict[Pairs, Headers | None] = {}
        self._learned: set[Pairs] = set()

    def learn_request(self, request: Request) -> None:
        """Take note of the secrets in *request*."""
        pairs = request.headers.pairs
        if pairs not in self._learned:
            if len(self._learned) == _MOST_REMEMBERED:
                self._learned.clear()
            self._learn_credentials(request)
            self._learned.add(pairs)
        fields = request.query
        if _MAY_HOLD_TOKEN.search(request.body):
            fields += request.form
        for name, value in fields:
            if _TOKEN_FIELD.match(name):
                self._learn(value)
        if self._weak:
            address = address_of(request)
            self._forget({secret for secret in self._weak if secret in address})

    def _learn_credentials(self, request: Request) -> None:
        if request.credentials is not None:
            self._learn(request.credentials.auth_token, request.credentials.account_sid)
        for name in ("authorization", "proxy-authorization"):
            scheme, _, given = request.headers.get(name, "").strip().partition(" ")
            if scheme.lower() == "bearer":
                self._learn(given.strip())

    def learn_response(self, response: Response) -> None:
        """Take note of the secrets in *response*."""
        if self._weak:
            self._forget(in_sids(self._weak, plain(response)))
        # Asked first, as it leaves alone what was not read yet, which is most of a cassette.
        if not response.mentions("oken"):
            return
        body = plain(response).body
        for found in _TOKEN_IN_BODY.finditer(body):
            self._learn(found[2].decode("utf-8", "replace"))
        if response.headers.get("content-type", "").startswith("text/csv"):
            rows = csv.DictReader(io.StringIO(body.decode("utf-8", "replace")))
            for name, value in (cell for row in rows for cell in row.items()):
                if isinstance(name, str) and isinstance(value, str) and _TOKEN_FIELD.match(name):
                    self._learn(value)

    def request(self, request: Request) -> Request:
        """*request* without secrets; the same object if there is nothing to take out."""
        headers = self._headers_of(request)
        url = self._clean(_fields(request.url.encode("utf-8", "surrogatepass")))
        body = self._clean(request.body)
        shown = url.decode("utf-8", "surrogatepass")
        if headers is request.headers and body is request.body and shown == request.url:
            return request
        if body is not request.body and "content-length" in headers:
            headers = headers.replacing("Content-Length", str(len(body)))
        return Request(request.method, shown, headers, body)

    def _headers_of(self, request: Request) -> Headers:
        pairs = request.headers.pairs
        clean = self._cleaned.get(pairs, _UNKNOWN)
        if clean is _UNKNOWN:
            if len(self._cleaned) == _MOST_REMEMBERED:
                self._cleaned.clear()
            clean = self._clean_headers(_request_headers(request))
            self._cleaned[pairs] = None if clean == request.headers else clean
        return request.headers if clean is None else clean

    def response(self, response: Response) -> Response:
        """*response* without secrets, decoded; the same object if it has none."""
        whole = plain(response)
        body = self._clean(whole.body)
        headers = self._clean_headers(_response_headers(whole))
        if body is whole.body and headers is whole.headers:
            return whole
        if body is not whole.body and "content-length" in headers:
            headers = headers.replacing("Content-Length", str(len(body)))
        return Response(whole.status, headers, body, whole.reason)

    def leak(self, text: str) -> str | None:
        """Where in *text* a known secret still stands, in whatever encoding, or None."""
        content = text.encode("utf-8", "replace")
        for forms in (self._forms, self._escaped, self._base64):
            found = forms.search(content) if forms is not None else None
            if found is not None:
                return f"line {content.count(bytes([10]), 0, found.start()) + 1}"
        return None

    def _learn(self, secret: str, account_sid: str = "") -> None:
        if secret in self._secrets or PLACEHOLDER in secret or not secret:
            return
        if is_public(secret, account_sid):
            return
        self._secrets.add(secret)
        if len(secret) >= _SHORTEST and not is_strong(secret):
            self._weak.add(secret)
        self._prepare()

    def _forget(self, public: set[str]) -> None:
        """Leave alone what is *public*: a placeholder that the address has in it, too."""
        if public:
            self._secrets -= public
            self._weak -= public
            self._prepare()

    def _prepare(self) -> None:
        self._cleaned.clear()
        forms = {
            form.encode("utf-8", "surrogatepass")
            for known in self._secrets
            if len(known) >= _SHORTEST
            for form in (known, quote(known, safe=""), quote_plus(known))
        }
        self._forms = _any_of(map(re.escape, forms))
        long = [known for known in self._secrets if len(known) >= _SHORTEST]
        self._escaped = _any_of(map(_percent_encoded, long))
        self._base64 = _any_of(re.escape(form) for known in long for form in _in_base64(known))

    def _clean(self, content: bytes) -> bytes:
        """*content* without secrets; the same object if it has none."""
        if not content:
            return content
        cleaned = content
        # One look for all of them: most of what is sent is short, and has none.
        is_suspicious = len(content) > _SHORT or _SIGNS.search(content) is not None
        if is_suspicious:
            cleaned = _without_patterns(cleaned)
        if self._forms is not None:
            cleaned = self._forms.sub(_HIDDEN, cleaned)
            if is_suspicious:
                cleaned = self._without_encoded(cleaned)
        if self._escaped is not None and b"%" in cleaned:
            cleaned = self._escaped.sub(_HIDDEN, cleaned)
        if self._base64 is not None:
            cleaned = self._base64.sub(_HIDDEN, cleaned)
        return content if cleaned == content else cleaned

    def _without_encoded(self, content: bytes) -> bytes:
        """*content* without Basic credentials that hold a known token."""

        def hide(found: re.Match[bytes]) -> bytes:
            with_padding = found[2] + b"=" * (-len(found[2]) % 4)
            try:
                text = base64.b64decode(with_padding).decode("utf-8", "replace")
            except ValueError:
                return found[0]
            return found[1] + _HIDDEN if any(s in text for s in self._secrets) else found[0]

        return re.sub(rb"([Bb]asic )([A-Za-z0-9+/]{8,})=*", hide, content)

    def _clean_headers(self, headers: Headers) -> Headers:
        cleaned = [
            (name, PLACEHOLDER)
            if value and _SECRET_HEADER.search(name)
            else (
                name,
                self._clean(value.encode("utf-8", "surrogatepass")).decode("utf-8", "replace"),
            )
            for name, value in headers.pairs
        ]
        return headers if tuple(cleaned) == headers.pairs else Headers(cleaned)


def _without_patterns(content: bytes) -> bytes:
    """*content* without what looks like a secret, though nobody knows it."""
    cleaned = content
    if b"oken" in cleaned or b"OKEN" in cleaned:
        cleaned = _TOKEN_IN_BODY.sub(rb"\g<1>" + _HIDDEN, cleaned)
    if b"@" in cleaned:
        cleaned = _PASSWORD_IN_URL.sub(rb"\g<1>" + _HIDDEN + rb"\g<3>", cleaned)
    if b"%40" in cleaned:
        cleaned = _PASSWORD_IN_FORM.sub(rb"\g<1>" + _HIDDEN + rb"\g<3>", cleaned)
    if b"eyJ" in cleaned:
        cleaned = _JWT.sub(_HIDDEN, cleaned)
    if b"earer" in cleaned:
        cleaned = _BEARER.sub(rb"\g<1>" + _HIDDEN, cleaned)
    return cleaned


def _any_of(patterns: Iterable[bytes]) -> re.Pattern[bytes] | None:
    longest_first = sorted(set(patterns), key=lambda pattern: (-len(pattern), pattern))
    return re.compile(b"|".join(longest_first)) if longest_first else None


def _percent_encoded(secret: str) -> bytes:
    """A pattern for *secret* with any of its letters percent-encoded, however often."""
    return b"".join(
        b"(?:%s|%%(?:25)*(?i:%02X))" % (re.escape(bytes([byte])), byte)
        for byte in secret.encode("utf-8", "surrogatepass")
    )


def _in_base64(secret: str) -> Iterator[bytes]:
    """What base64 makes of *secret* wherever it stands in a longer text, but for its ends."""
    content = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + content)
        core = encoded[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
        yield core
        yield core.translate(bytes.maketrans(b"+/", b"-_"))


def _request_headers(request: Request) -> Headers:
    headers = request.headers.without("proxy-authorization")
    if "cookie" in headers:
        headers = headers.replacing("Cookie", PLACEHOLDER)
    if "authorization" in headers:
        headers = headers.replacing("Authorization", _authorization(request))
    return request.headers if headers == request.headers else headers


def _authorization(request: Request) -> str:
    """The header with the user, whom it is not wrong to know, and without the password."""
    scheme = request.headers["authorization"].partition(" ")[0]
    credentials = request.credentials
    if credentials is None:
        return f"{scheme} {PLACEHOLDER}"
    # A token sent as the user name by mistake is still a token.
    named = _ACCOUNT.match(credentials.account_sid) or len(credentials.account_sid) < _SHORTEST
    return f"Basic {credentials.account_sid if named else PLACEHOLDER}:{PLACEHOLDER}"


def _response_headers(response: Response) -> Headers:
    if "set-cookie" not in response.headers:
        return response.headers
    hidden = [
        (n, re.sub(r"=[^;]*", f"={PLACEHOLDER}", v, count=1) if n.lower() == "set-cookie" else v)
        for n, v in response.headers.pairs
    ]
    return response.headers if tuple(hidden) == response.headers.pairs else Headers(hidden)


def _fields(url: bytes) -> bytes:
    """*url* without the values of token fields in its query."""
    path, mark, query = url.partition(b"?")
    if not mark or b"oken" not in query.lower():
        return url
    fields = [
        name + b"=" + _HIDDEN if _TOKEN_FIELD.match(unquote_plus(name.decode("latin-1"))) else field
        for field in query.split(b"&")
        for name in [field.partition(b"=")[0]]
    ]
    return path + mark + b"&".join(fields)
