"""The answers of user rules, as valid HTTP."""

from __future__ import annotations

import json as json_codec
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from twreplay._api import VERSION, Action, ApiError, Evidence, Grade
from twreplay._api import errors as fault
from twreplay._http import Headers, Pairs, Request, Response
from twreplay._simulator.checks.context import Answer, NoContent, Nothing, One, build_exception
from twreplay._simulator.checks.routing import find_route
from twreplay.errors import UsageError

REASON = "a rule of your own"
"""The rule of a journal entry that a user rule answered."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Source: RFC 9110, 5.1."""

BODILESS = frozenset({204, 205, 304})
"""Responses that have no body. Source: RFC 9110, 15.3.5, 15.3.6 and 15.4.5."""

_BY_STATUS: Mapping[int, ApiError] = {
    401: fault.UNAUTHORIZED,
    404: fault.NOT_FOUND,
    405: fault.METHOD_NOT_ALLOWED,
    500: fault.SERVER_ERROR,
}
_CHALLENGE = ("WWW-Authenticate", 'Basic realm="Twilio API"')
_ANY_METHOD = ("GET", "POST", "PUT", "DELETE")


class AnsweringRule(Protocol):
    """A rule, as an answer knows it."""

    @property
    def text(self) -> str:
        """The rule as it was written, without secrets."""


@dataclass(slots=True, eq=False, kw_only=True)
class UserAnswer(Answer):
    """
    The answer of a user rule.

    Attributes:
        rule: The rule that gave it.
    """

    rule: AnsweringRule


@dataclass(frozen=True, slots=True)
class Passing:
    """
    The API answers, past all other rules, and its answer is changed or lost.

    Attributes:
        change: Called with the API's answer; returns the one that the client gets.

        lose: Returns the failure of the client, which gets no answer.
    """

    change: Callable[[Response], Response] | None = None
    lose: Callable[[], BaseException] | None = None


def build_evidence(rule: AnsweringRule, answer: Answer | None = None) -> Evidence:
    """Return the evidence of an answer by *rule*, given after the API's own *answer*."""
    after = f", after {answer.evidence.source}" if answer is not None else ""
    return Evidence(f"your rule {rule.text}{after}", Grade.CHOSEN)


def build_user_answer(rule: AnsweringRule, status: int, given: Answer | None = None) -> UserAnswer:
    """Return the answer that the journal names: with the content of *given*, if there is one."""
    if given is None:
        return UserAnswer(REASON, build_evidence(rule), status, Nothing(), rule=rule)
    return UserAnswer(
        REASON, build_evidence(rule), given.status, given.content, given.headers, rule=rule
    )


def build_passed_answer(rule: AnsweringRule, status: int, own: Answer) -> UserAnswer:
    """Return the answer that the journal names where *rule* changed the API's *own*, or lost it."""
    reason = f"{REASON}, after the API acted: {own.reason}"
    return UserAnswer(reason, build_evidence(rule, own), status, Nothing(), rule=rule)


def build_answer(
    request: Request, status: int, code: int | None, message: str | None, extra: Pairs
) -> Answer:
    """Build an answer in the representation that the path asks for."""
    evidence = Evidence("your rule", Grade.CHOSEN)
    if status in BODILESS:
        empty = (("Content-Length", "0"),) if status == 205 else ()
        return Answer("your rule", evidence, status, NoContent(), (*extra, *empty))
    if status < 400 and code is None and message is None:
        headers = add_required(request, status, extra)
        return Answer("your rule", evidence, status, Nothing(), headers)
    known = _BY_STATUS.get(status) if code is None else fault.find_error(code, status)
    text = message if message is not None else (known.message if known else "")
    text = text.replace("{value}", "(the number that was sent)") or Response(status).reason
    content: One = build_exception(status, text, known)
    return Answer("your rule", evidence, status, content, add_required(request, status, extra))


def build_response(
    request: Request, status: int, extra: Pairs, body: str | bytes, media_type: str = ""
) -> Response:
    """Build a response with *body*, unchanged, and the headers that HTTP asks for with it."""
    content = body.encode() if isinstance(body, str) else body
    headers = list(add_required(request, status, extra, body))
    names = {name.lower() for name, _ in headers}
    kind = media_type or (_guess_type(body) if isinstance(body, str) else "")
    if kind and "content-type" not in names:
        headers.append(("Content-Type", kind))
    if "content-length" not in names and "transfer-encoding" not in names:
        headers.append(("Content-Length", str(len(content))))
    return Response(status, headers, b"" if request.method == "HEAD" else content)


def overlay_headers(response: Response, headers: Pairs) -> Response:
    """Return *response* with *headers* in the place of its own of the same names."""
    names = {name.lower() for name, _ in headers}
    kept = tuple(pair for pair in response.headers.pairs if pair[0].lower() not in names)
    return Response(response.status, (*kept, *headers), response.body)


def add_required(request: Request, status: int, extra: Pairs, body: str | bytes = b"") -> Pairs:
    """
    Return *extra* and the header that belongs to *status*.

    Source: RFC 9110, 15.5.2 (a 401 has a challenge) and 15.5.6 (a 405 has ``Allow``); response
    page, 201 CREATED (its URL is in ``Location``).
    """
    names = {name.lower() for name, _ in extra}
    if status == 201 and "location" not in names:
        location = _find_location(request, body)
        return (("Location", location), *extra) if location else extra
    if status == 401 and "www-authenticate" not in names:
        return (_CHALLENGE, *extra)
    if status == 405 and "allow" not in names:
        return (("Allow", ", ".join(_list_allowed(request))), *extra)
    return extra


def _find_location(request: Request, body: str | bytes) -> str:
    """
    Return the URL of what *request* creates; empty if the API creates nothing there.

    The Sid is the one in *body*. Without one the instance exists for the rule only, and its Sid
    comes from the request, so that it is the same in each run.
    """
    found = find_route(request.path)
    if found is None or request.effective_method != "POST":
        return ""
    actions = {o.action for o in found.endpoint.operations if o.method == "POST"}
    instances = [e.path for e in found.resource.endpoints if e.path.endswith("/{Sid}")]
    if not actions & _CREATES or not instances:
        return ""
    text = body if isinstance(body, str) else bytes(body).decode("utf-8", "replace")
    sent = _SID.search(text)
    digits = sha256(f"{request.path} {request.form}".encode()).hexdigest()[:32]
    sid = sent[1] if sent else f"{found.resource.sid_prefix}{digits}"
    path = instances[0].replace("{AccountSid}", found.account_sid).replace("{Sid}", sid)
    base = request.url.partition(request.path)[0]
    return f"{base}/{VERSION}{path}"


_CREATES = frozenset({Action.MAKE_CALL, Action.SEND_SMS, Action.BUY_NUMBER, Action.CREATE_ACCOUNT})
_SID = re.compile(r"(?:<Sid>|\"Sid\": ?\")([A-Z]{2}[0-9A-Za-z]{1,32})\b")


def change_response(
    request: Request,
    response: Response,
    status: int | None,
    headers: Mapping[str, str | None],
    body: str | bytes | None,
) -> Response:
    """Return *response* with another status, headers or body; a header of None is taken out."""
    status = response.status if status is None else status
    changed = response.headers
    for name, value in headers.items():
        changed = changed.without(name) if value is None else changed.replacing(name, value)
    content = response.body if body is None else (body.encode() if isinstance(body, str) else body)
    if status in BODILESS:
        changed = changed.without("Content-Type", "Content-Length", "Transfer-Encoding")
        if status == 205:
            changed = changed.replacing("Content-Length", "0")
        return Response(status, changed, b"")
    if body is not None:
        given = {name.lower() for name in headers}
        if "content-length" not in given:
            changed = changed.replacing("Content-Length", str(len(content)))
        # The validators are those of the API's own body.
        changed = changed.without(*({"etag", "last-modified"} - given))
    changed = Headers(add_required(request, status, changed.pairs, content))
    return Response(status, changed, b"" if request.method == "HEAD" else content)


def encode_json(value: object) -> str:
    """
    Return *value* as JSON.

    Raises:
        UsageError: *value* is nothing that JSON has.
    """
    try:
        return json_codec.dumps(value)
    except (TypeError, ValueError) as error:
        msg = f"respond takes json that can be encoded: {error}."
        raise UsageError(msg) from None


def check_status(owner: str, status: object) -> None:
    """
    Check that a client can get *status* as the end of a request.

    Raises:
        UsageError: It is no status code from 200 to 599.
    """
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        msg = f"{owner} takes a status code from 200 to 599, not {status!r}."
        raise UsageError(msg)


def check_code(owner: str, code: object) -> None:
    """
    Check that *code* can be one of the error dictionary.

    Raises:
        UsageError: It is no number of five digits.
    """
    if isinstance(code, bool) or not isinstance(code, int) or not 10000 <= code <= 99999:
        msg = f"{owner} takes a code of the error dictionary, five digits, not {code!r}."
        raise UsageError(msg)


def check_headers(owner: str, headers: object) -> None:
    """
    Check that *headers* can stand in a response.

    Raises:
        UsageError: They are no mapping of names to text, or would end the line.
    """
    if headers is None:
        return
    if not isinstance(headers, Mapping):
        kind = type(headers).__name__
        msg = f'{owner} takes headers by name, as {{"Name": "value"}}, not {kind}.'
        raise UsageError(msg)
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            msg = f"{owner}: {name!r} is no name of a header."
            raise UsageError(msg)
        if value is None and owner == "passes":
            continue
        if not isinstance(value, str) or any(c in value for c in "\r\n\0"):
            # Not shown: it may be a secret.
            msg = f"{owner} takes the header {name} as text of one line, not what was given."
            raise UsageError(msg)


def check_body(owner: str, status: int, body: object) -> None:
    """
    Check that a response with *status* may have *body*.

    Raises:
        UsageError: It may not, or *body* is neither text nor bytes.
    """
    if body is None:
        return
    if not isinstance(body, str | bytes):
        msg = f"{owner} takes a body of text or bytes, not {type(body).__name__}; see json=."
        raise UsageError(msg)
    check_encodable(owner, "body", body)
    if body and status in BODILESS:
        msg = f"{owner}: a {status} has no body in HTTP; leave body out, or take another status."
        raise UsageError(msg)


def check_encodable(owner: str, name: str, text: str | bytes) -> None:
    """
    Check that *text* can be sent.

    Raises:
        UsageError: It has half of a surrogate pair, which UTF-8 has not.
    """
    try:
        _ = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        msg = f"{owner} takes a {name} that UTF-8 has, and {half!r} is half of a surrogate pair."
        raise UsageError(msg) from None


def _guess_type(body: str) -> str:
    start = body.lstrip()[:1]
    if start == "<":
        return "application/xml"
    return "application/json" if start in ("{", "[") and start else "text/plain; charset=utf-8"


def _list_allowed(request: Request) -> tuple[str, ...]:
    """Return the methods that the API supports there, but for the one that is refused."""
    found = find_route(request.path)
    allowed = found.endpoint.allowed if found is not None else _ANY_METHOD
    return tuple(method for method in allowed if method != request.effective_method)
