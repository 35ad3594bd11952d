"""
The API as an HTTP client, on the virtual clock. It sends nothing itself.

A generator yields each request and is sent its outcome, so that one and the same code delivers to
WSGI, ASGI and real servers, synchronously and not.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import urljoin, urlsplit

from twreplay import faults
from twreplay._api import (
    AUDIO_TYPES,
    BAD_HOST,
    CONNECTION_FAILURE,
    INVALID_CONTENT_TYPE,
    INVALID_URL,
    MOST_REDIRECTS,
    PROTOCOL_VIOLATION,
    RETRIEVAL_FAILURE,
    SIGNATURE,
    TOO_MANY_REDIRECTS,
    TWIML_TYPES,
    USER_AGENT,
    WEBHOOK_TIMEOUT_SECONDS,
    Q,
    WebhookAnswer,
    WebhookError,
)
from twreplay._delivery.authentication import Login, find_origin, read_userinfo
from twreplay._delivery.caching import CachedResponse, ResponseCache
from twreplay._delivery.cookies import CookieJar, read_packed_time
from twreplay._delivery.delivery import Content, Delivery, Outcome, WebhookExchange
from twreplay._delivery.signature import sign
from twreplay._delivery.webhook import (
    Conversation,
    Webhook,
    add_query,
    encode_form,
    is_absolute,
    write_as_requested,
)
from twreplay._display import visible_line, without_secrets
from twreplay._http import FORM_TYPE, Headers, Pairs, Request, Response

Fetching: TypeAlias = Generator[Request, Outcome, Delivery]

_BY_GET = (301, 302, 303)
_AS_IT_WAS = (307,)

_FAILURES: dict[type[faults.NetworkFault], tuple[WebhookError, str]] = {
    faults.NameResolutionFailed: (BAD_HOST, "the host has no address"),
    faults.ConnectionRefused: (CONNECTION_FAILURE, "the connection was refused"),
    faults.ConnectTimeout: (CONNECTION_FAILURE, "no connection in time"),
    faults.ReadTimeout: (
        CONNECTION_FAILURE,
        f"no response within {WEBHOOK_TIMEOUT_SECONDS.value} seconds",
    ),
    faults.ConnectionReset: (CONNECTION_FAILURE, "the connection was closed without a response"),
    faults.TLSFailure: (CONNECTION_FAILURE, "the certificate was not accepted"),
    faults.TruncatedBody: (PROTOCOL_VIOLATION, "the response ended in the middle"),
    faults.MalformedResponse: (PROTOCOL_VIOLATION, "the response is not HTTP"),
}


@dataclass(slots=True)
class _Session:
    """
    The memory of one conversation.

    Attributes:
        marks: How often the memory of its client was marked before it was used last.
    """

    cookies: CookieJar = field(default_factory=CookieJar)
    logins: dict[str, Login] = field(default_factory=dict)
    last_used: datetime | None = None
    marks: int = 0


@dataclass(frozen=True, slots=True)
class ClientMark:
    """What a client remembered; nothing changes it."""

    sessions: Mapping[str, _Session] = field(default_factory=dict)
    kept: Mapping[tuple[str, str], CachedResponse] = field(default_factory=dict)

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> ClientMark:
        """
        Return what *WebhookClient.pack* packed.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: It is damaged.
        """
        return cls({key: _unpack_session(each) for key, each in packed.items()})


def _unpack_session(packed: Mapping[str, Any]) -> _Session:
    cookies = CookieJar.unpack(packed["cookies"])
    return _Session(cookies, last_used=read_packed_time(packed["last_used"]))


@dataclass(slots=True)
class _Fetch:
    """One document on its way: what the next request is, and what was met so far."""

    webhook: Webhook
    auth_token: str = field(repr=False)
    session: _Session
    now: datetime
    url: str
    method: str
    params: Pairs
    exchanges: list[WebhookExchange] = field(default_factory=list)
    seconds: float = 0.0
    redirects: int = 0
    answered_challenges: int = 0
    questions: set[int] = field(default_factory=set)

    @property
    def time(self) -> datetime:
        """The virtual time by now."""
        return self.now + timedelta(seconds=self.seconds)


class WebhookClient:
    """
    Cookies, logins and kept responses of all conversations of one simulator.

    Deliveries of different conversations may run side by side; those of one must not.
    """

    def __init__(self) -> None:
        self._sessions: dict[str, _Session] = {}
        self._cache = ResponseCache()
        self._marks = 0

    def mark(self) -> ClientMark:
        """Return what is remembered, for *rewind*: what changes from here on, changes in a copy."""
        self._marks += 1
        return ClientMark(dict(self._sessions), self._cache.list_kept())

    def rewind(self, mark: ClientMark) -> None:
        """Remember what was remembered at *mark*, and no more."""
        self._marks += 1
        self._sessions = dict(mark.sessions)
        self._cache = ResponseCache(mark.kept)

    def pack(self) -> dict[str, Any]:
        """Return the cookies of each conversation as data; a login is asked for once more."""
        return {
            key: {"cookies": each.cookies.pack(), "last_used": each.last_used.isoformat()}
            for key, each in self._sessions.items()
            if len(each.cookies) and each.last_used is not None
        }

    def forget(self, conversation: Conversation) -> None:
        """Forget cookies and logins of *conversation*: the call is over."""
        self._sessions.pop(conversation.key, None)

    def fetch(self, webhook: Webhook, auth_token: str, now: datetime) -> Fetching:
        """
        Deliver *webhook*: yield each request, take its outcome, return what became of it.

        The fallback is not asked: see ``Webhook.to_fallback``.

        Args:
            auth_token: The token of the account, to sign with.

            now: The virtual time at which it begins.
        """
        session = self._find_session(webhook.conversation, now)
        fetch = _Fetch(
            webhook, auth_token, session, now, webhook.url, webhook.method, webhook.params
        )
        fetch.questions.update(webhook.questions)
        while True:
            if not is_absolute(fetch.url):
                return _fail(fetch, INVALID_URL, "the URL is no absolute http or https URL")
            if (login := read_userinfo(fetch.url)) is not None:
                fetch.questions.add(Q.WEBHOOK_LOGIN)
                origin = find_origin(fetch.url)
                if not login.is_same(session.logins.get(origin)):
                    session.logins[origin] = login
            fetch.url = write_as_requested(fetch.url)
            request, outcome = yield from self._exchange(fetch)
            session.last_used = fetch.time
            if outcome.failure is not None or outcome.response is None:
                error, detail = _FAILURES[type(outcome.failure or faults.ConnectionReset())]
                return _fail(fetch, error, detail)
            if (finished := self._decide(fetch, request, outcome.response)) is not None:
                return finished

    def _find_session(self, conversation: Conversation, now: datetime) -> _Session:
        session = self._sessions.get(conversation.key)
        if session is not None and conversation.idle_seconds is not None:
            last = session.last_used
            if last is not None and (now - last).total_seconds() >= conversation.idle_seconds:
                session = None
        if session is None:
            session = self._sessions[conversation.key] = _Session()
        elif session.marks != self._marks:
            session = self._sessions[conversation.key] = deepcopy(session)
        session.marks = self._marks
        return session

    def _exchange(self, fetch: _Fetch) -> Generator[Request, Outcome, tuple[Request, Outcome]]:
        """Make one request, or take its response from the cache."""
        request = _build_request(fetch)
        user = request.headers.get("authorization", "")
        kept = self._cache.find(request.url, user) if request.method == "GET" else None
        if kept is not None:
            fetch.questions.add(Q.WEBHOOK_CACHE)
            if kept.fresh_until is not None and fetch.time < kept.fresh_until:
                outcome = Outcome(kept.response)
                fetch.exchanges.append(WebhookExchange(request, outcome, is_from_cache=True))
                return request, outcome
            fields = (*request.headers.pairs, *kept.build_conditions())
            request = Request(request.method, request.url, fields, request.body)
        outcome = _limit_time((yield request))
        fetch.exchanges.append(WebhookExchange(request, outcome))
        fetch.seconds += outcome.seconds
        response = outcome.response
        if response is None:
            return request, outcome
        if set_cookies := response.headers.get_all("set-cookie"):
            fetch.questions.add(Q.WEBHOOK_COOKIES)
            fetch.session.cookies.store(request.url, set_cookies, fetch.time)
        if request.method == "GET":
            if response.status == 304 and kept is not None:
                return request, replace(outcome, response=kept.response)
            if response.status == 200:
                self._cache.store(request.url, user, response, fetch.time)
        return request, outcome

    def _decide(self, fetch: _Fetch, request: Request, response: Response) -> Delivery | None:
        """Return the delivery, if this response ends it."""
        status = response.status
        if status == 401 and _log_in(fetch, response):
            return None
        location = response.headers.get("location")
        if status in (*_BY_GET, *_AS_IT_WAS) and location:
            fetch.questions.add(Q.WEBHOOK_REDIRECTS)
            if fetch.redirects == MOST_REDIRECTS.value:
                detail = f"more than {MOST_REDIRECTS.value} redirects"
                return _fail(fetch, TOO_MANY_REDIRECTS, detail)
            fetch.redirects += 1
            fetch.url = _resolve(request.url, location)
            if status in _BY_GET:
                # Parameters that were in the first URL's query, or in the form, are not repeated.
                fetch.method, fetch.params = "GET", ()
            elif fetch.method == "GET":
                fetch.params = ()
            return None
        if not 200 <= status < 300:
            return _fail(fetch, RETRIEVAL_FAILURE, f"the application answered {status}")
        return _accept(fetch, response)


def _build_request(fetch: _Fetch) -> Request:
    """Sign and build the next request of *fetch*."""
    is_get = fetch.method == "GET"
    url = add_query(fetch.url, fetch.params) if is_get else fetch.url
    body = b"" if is_get else encode_form(fetch.params).encode("ascii")
    signed = sign(url, None if is_get else fetch.params, fetch.auth_token)
    headers = [
        ("Host", urlsplit(url).netloc),
        ("User-Agent", USER_AGENT[0]),
        ("Accept", "*/*"),
        ("X-Twilio-AccountSid", fetch.webhook.account_sid),
        (SIGNATURE, signed),
    ]
    if not is_get:
        headers += [("Content-Type", FORM_TYPE), ("Content-Length", str(len(body)))]
    if cookies := fetch.session.cookies.build_header(url, fetch.time):
        headers.append(("Cookie", cookies))
    if fetch.session.logins:
        login = fetch.session.logins.get(find_origin(url))
        if login is not None and (value := login.build_header(fetch.method, url, body)):
            headers.append(("Authorization", value))
    return Request(fetch.method, url, Headers(headers), body)


def _limit_time(outcome: Outcome) -> Outcome:
    """Return *outcome* with the time that was waited for it, whatever the failure came from."""
    limit = float(WEBHOOK_TIMEOUT_SECONDS.value)
    if isinstance(outcome.failure, faults.ReadTimeout | faults.ConnectTimeout):
        return replace(outcome, seconds=limit)
    if outcome.seconds >= limit:
        return replace(outcome, response=None, failure=faults.ReadTimeout(), seconds=limit)
    return outcome


def _log_in(fetch: _Fetch, response: Response) -> bool:
    login = fetch.session.logins.get(find_origin(fetch.url))
    if login is None or not login.accept(response.headers, fetch.answered_challenges):
        return False
    fetch.answered_challenges += 1
    return True


def _resolve(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:  # of brackets that are no IPv6 address
        return location


def _fail(fetch: _Fetch, error: WebhookError, detail: str) -> Delivery:
    asked = set(fetch.questions)
    if error.question is not None:
        asked.add(int(error.question))
    return Delivery(
        fetch.webhook,
        tuple(fetch.exchanges),
        write_as_requested(fetch.url),
        None,
        None,
        error,
        detail,
        fetch.seconds,
        questions=tuple(sorted(asked)),
    )


def _accept(fetch: _Fetch, response: Response) -> Delivery:
    """Return the delivery that ends with a response of 2xx, by its type."""
    content, error, detail = _classify(fetch.webhook.kind.answer, response)
    if error is not None:
        return _fail(fetch, error, detail)
    return Delivery(
        fetch.webhook,
        tuple(fetch.exchanges),
        fetch.url,
        response,
        content,
        elapsed_seconds=fetch.seconds,
        questions=tuple(sorted(fetch.questions)),
    )


def _classify(
    answer: WebhookAnswer, response: Response
) -> tuple[Content | None, WebhookError | None, str]:
    if answer is WebhookAnswer.IGNORED:
        return Content.NOTHING, None, ""
    if answer is WebhookAnswer.SMS and not response.body.strip():
        return Content.NOTHING, None, ""
    given = response.headers.get("content-type", "")
    media_type = given.partition(";")[0].strip().lower()
    if media_type in AUDIO_TYPES and answer in (WebhookAnswer.VOICE, WebhookAnswer.AUDIO):
        return Content.AUDIO, None, ""
    # Without a type it is read as TwiML, which finds out.
    if answer is WebhookAnswer.AUDIO or media_type not in (*TWIML_TYPES, "text/plain", ""):
        shown = visible_line(without_secrets(given))
        detail = f"the Content-Type is {shown}" if given else "there is no Content-Type"
        return None, INVALID_CONTENT_TYPE, detail
    return (Content.TEXT if media_type == "text/plain" else Content.TWIML), None, ""
