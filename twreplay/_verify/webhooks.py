"""Checks recorded webhooks against the rules: parameters, order, signature, the answer's TwiML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from twreplay._api import (
    FALLBACK_PARAMS,
    QUESTIONS,
    SIGNATURE,
    TWIML_TYPES,
    WEBHOOK_VALUES,
    Grade,
    Presence,
    Q,
    WebhookAnswer,
    WebhookKind,
    find_webhook_kind,
)
from twreplay._cassette import RecordedWebhook
from twreplay._http import Pairs, Request, Response
from twreplay._twiml import Kind, Severity, check
from twreplay._verify.finding import Aspect, Checked, Finding, Mismatch

_SIGNING = "each request of the API to an application is signed"
_SIGNING_PAGE = "security page"
_END = "a call is over after the request that tells of its end"
_SIDS = {"CallSid": "CA", "CallGuid": "CA", "AccountSid": "AC", "AccountGuid": "AC", "SmsSid": "S"}
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}\Z")
_IN_PLACE = {WebhookAnswer.VOICE: Kind.VOICE, WebhookAnswer.SMS: Kind.SMS}

# Callbacks that may come after the end: a transcription is ready late, and so is an SMS.
_LATE = frozenset({"end-of-call", "transcription", "record", "call-sms", "sms-status"})


def verify_webhooks(webhooks: Sequence[RecordedWebhook]) -> list[Checked]:
    """Check each of *webhooks* against the rules."""
    begun: set[str] = set()
    ended: set[str] = set()
    checked = []
    for number, webhook in enumerate(webhooks, 1):
        request, response = webhook.request, webhook.response
        params = {**dict(request.query), **dict(request.form)}
        call = params.get("CallSid", "")
        kind = find_webhook_kind(params, is_first=call not in begun)
        begun.add(call)
        skipped, findings = "", []
        if kind is not None:
            findings = [
                *_check_request(kind, request),
                *_check_time(kind, call in ended),
                *_check_answer(kind, response),
            ]
            if kind.name == "end-of-call":
                ended.add(call)
        elif request.method == "GET":
            skipped = "a request without parameters of the API, such as for audio"
        else:
            findings = [*_check_signature(request), _name_unknown(request)]
        checked.append(
            Checked(
                number=number,
                request=request,
                status=response.status,
                findings=tuple(findings),
                skipped=skipped,
                is_webhook=True,
            )
        )
    return checked


def _check_request(kind: WebhookKind, request: Request) -> Iterator[Finding]:
    yield from _check_signature(request)
    if kind.is_method_fixed and request.method != kind.method:
        mismatch = Mismatch(Aspect.VALUE, "method", request.method, kind.method)
        yield _build(kind, mismatch, f"{kind.title} is requested by {kind.method}")
    pairs = request.form if request.method == "POST" else _skip_own(kind, request.query)
    given = [name for name, _ in pairs]
    for param in kind.params:
        if param.presence is Presence.ALWAYS and param.name not in given:
            yield Finding(
                difference=Mismatch(Aspect.MISSING, param.name, "(absent)", "a value"),
                rule=f"{kind.title} is requested with {param.name}",
                source=param.evidence.source,
                grade=param.evidence.grade,
                question=QUESTIONS[param.question] if param.question is not None else None,
            )
    known = [param.name for param in (*kind.params, *FALLBACK_PARAMS)]
    for name in given:
        if name not in known:
            mismatch = Mismatch(Aspect.UNEXPECTED, name, "there", "(absent)")
            asked = Q.OTHER_WEBHOOK_PARAMETERS
            yield _build(kind, mismatch, f"the parameters of {kind.title}", asked)
    ours = [name for name in given if name in known]
    expected = sorted(ours, key=known.index)
    if ours != expected:
        mismatch = Mismatch(Aspect.ORDER, "parameters", ", ".join(ours), ", ".join(expected))
        yield _build(kind, mismatch, "the order of the parameters", Q.WEBHOOK_ORDER)
    yield from _check_values(kind, pairs)


def _skip_own(kind: WebhookKind, query: Pairs) -> Pairs:
    """Return the parameters behind those that the application put into its own URL."""
    known = {param.name for param in kind.params}
    first = next((index for index, (name, _) in enumerate(query) if name in known), 0)
    return query[first:]


def _check_signature(request: Request) -> Iterator[Finding]:
    if not request.headers.get(SIGNATURE):
        yield Finding(
            difference=Mismatch(Aspect.HEADER, SIGNATURE, "(absent)", "a signature"),
            rule=_SIGNING,
            source=_SIGNING_PAGE,
            grade=Grade.DOCUMENTED,
        )


def _check_values(kind: WebhookKind, pairs: Pairs) -> Iterator[Finding]:
    for name, value in pairs:
        choices = WEBHOOK_VALUES.get(name)
        if choices is not None and value not in choices:
            mismatch = Mismatch(Aspect.VALUE, name, value or "(empty)", " or ".join(choices))
            yield _build(kind, mismatch, f"the values of {name}")
        prefix = _SIDS.get(name)
        if prefix is not None and not (_SID.match(value) and value.startswith(prefix)):
            mismatch = Mismatch(Aspect.VALUE, name, value or "(empty)", f"a Sid of {prefix}")
            yield _build(kind, mismatch, f"the form of {name}")


def _check_time(kind: WebhookKind, is_over: bool) -> Iterator[Finding]:
    if is_over and kind.name not in _LATE:
        mismatch = Mismatch(Aspect.ORDER, "webhook", f"{kind.title} after the end", "before it")
        yield _build(kind, mismatch, _END)


def _check_answer(kind: WebhookKind, response: Response) -> Iterator[Finding]:
    place = _IN_PLACE.get(kind.answer)
    if place is None or not 200 <= response.status < 300 or not response.body.strip():
        return
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in TWIML_TYPES:
        return
    for found in check(response.body, place):
        if found.severity is Severity.NOTE:
            continue
        where = f"answer, line {found.line}"
        expected = f"nothing that is logged{f' as {found.code}' if found.code else ''}"
        yield Finding(
            difference=Mismatch(Aspect.FORMAT, where, found.message, expected),
            rule=found.consequence,
            source=found.source,
            grade=Grade(found.grade),
        )


def _name_unknown(request: Request) -> Finding:
    names = ", ".join(dict(request.form)) or "none"
    return Finding(
        difference=Mismatch(Aspect.VALUE, "parameters", names, "those of a webhook"),
        rule="each webhook names its account, and a call or a message",
        source="TwiML request pages",
        grade=Grade.DOCUMENTED,
    )


def _build(kind: WebhookKind, mismatch: Mismatch, rule: str, question: Q | None = None) -> Finding:
    """Return a finding; it is no drift where *kind* rests on *question*."""
    rests = question is not None and question in kind.questions
    return Finding(
        difference=mismatch,
        rule=rule,
        source=kind.evidence.source,
        grade=kind.evidence.grade,
        question=QUESTIONS[question] if rests and question is not None else None,
    )
