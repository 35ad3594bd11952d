"""The events of a test as JSON: without secrets, and of a bounded size."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from twreplay._display import NOT_SHOWN, Body, shown_url, shown_value, without_secrets
from twreplay._explanation import shorten
from twreplay._http import Pairs, Request, Response
from twreplay._interception import Trace, TracedRequest
from twreplay._simulator import hide_in_hint
from twreplay.errors import UnmatchedRequest

if TYPE_CHECKING:
    from twreplay._delivery import Delivery

_MOST_BODY = {True: 4_000, False: 400}
"""The most characters of a body that are kept, of a test that failed and of one that did not."""

_MOST_MESSAGE = 20_000
_MOST_VALUE = 500
_MOST_TRANSCRIPT = 20_000


def describe_trace(trace: Trace, *, failed: bool) -> str:
    """Describe *trace* as JSON; empty if nothing happened."""
    if not trace.events and not trace.transcripts:
        return ""
    known = _find_tokens(trace.events)
    describing = _Describing(known, _MOST_BODY[failed])
    return json.dumps(
        {
            "events": [describing.describe(event) for event in trace.events],
            "dropped": trace.dropped,
            "transcripts": [
                shorten(describing.hide(text), _MOST_TRANSCRIPT) for text in trace.transcripts
            ],
            "clocks": list(trace.clocks),
        }
    )


def hide_in_message(message: str, events: Iterable[Any]) -> str:
    """Return *message* of a failure without secrets, those of *events* included."""
    return shorten(_Describing(_find_tokens(events), 0).hide(message), _MOST_MESSAGE)


def _find_tokens(events: Iterable[Any]) -> tuple[str, ...]:
    """Find the auth tokens that requests were sent with: they are shown in no place."""
    requests = [event.request for event in events if isinstance(event, TracedRequest)]
    tokens = {r.credentials.auth_token for r in requests if r.credentials is not None}
    # A shorter one is a part of words.
    return tuple(token for token in tokens if len(token) >= 4)


class _Describing:
    """Describes events without *known*, tokens, and with *most* characters of a body."""

    def __init__(self, known: tuple[str, ...], most: int) -> None:
        self._known = known
        self._most = most

    def describe(self, event: TracedRequest | Delivery) -> dict[str, Any]:
        """Describe a request to the API, or a webhook."""
        if isinstance(event, TracedRequest):
            return self._describe_request(event)
        return self._describe_webhook(event)

    def hide(self, text: str) -> str:
        """Return *text* without secrets."""
        return without_secrets(self.hide_known(text))

    def hide_known(self, text: str) -> str:
        """Return *text* without the tokens that requests were sent with."""
        for token in self._known:
            text = text.replace(token, NOT_SHOWN)
        return text

    def _describe_request(self, event: TracedRequest) -> dict[str, Any]:
        request, entry = event.request, event.entry
        rule, source, grade = event.how, event.source, ""
        hints: tuple[str, ...] = ()
        if entry is not None:
            hints = entry.hints
            rule, source, grade = entry.outcome or entry.rule, entry.source, entry.grade.value
        if event.error is not None:
            rule = event.error.explanation.headline
        return {
            "kind": "api",
            "how": event.how,
            "at": event.at,
            "method": request.effective_method,
            "url": self.hide_known(request.shown_url),
            "outcome": _name_outcome(event.response, event.outcome or event.how),
            "rule": self.hide(rule),
            "source": self.hide(source),
            "grade": grade,
            "hints": [self.hide_known(hide_in_hint(hint)) for hint in hints],
            "form": self._list_pairs(request.form),
            "sent": "" if request.form else self._show_body(request.body),
            "response": self._show_body(event.response.body) if event.response else "",
            "call_site": event.call_site,
            "miss": self._describe_miss(event.error),
        }

    def _describe_webhook(self, delivery: Delivery) -> dict[str, Any]:
        webhook, response = delivery.webhook, delivery.response
        if response is None and delivery.exchanges:
            response = delivery.exchanges[-1].response
        error = delivery.error
        failed = f"error {error.code}" if error is not None else ""
        return {
            "kind": "webhook",
            "how": failed or (delivery.content.value if delivery.content else ""),
            "at": "",
            "method": webhook.method,
            "url": webhook.shown_url,
            "outcome": _name_outcome(response, failed or "no answer"),
            "rule": self.hide(delivery.detail or webhook.kind.title),
            "source": self.hide(webhook.evidence.source),
            "grade": webhook.evidence.grade.value,
            "hints": [self.hide(hint) for hint in delivery.hints],
            "form": self._list_pairs(webhook.params),
            "sent": "",
            "response": self._show_body(response.body) if response is not None else "",
            "call_site": "",
            "miss": None,
        }

    def _describe_miss(self, error: Exception | None) -> dict[str, Any] | None:
        if not isinstance(error, UnmatchedRequest) or not hasattr(error, "nearest"):
            return None
        told = error.explanation
        rows = []
        if error.nearest is not None:
            differs = set(error.differences)
            rows = [
                {"label": label, "sent": sent, "recorded": recorded, "differs": label in differs}
                for label, sent, recorded in self._compare(error.request, error.nearest.request)
            ]
        return {
            "headline": self.hide(told.headline),
            "facts": [[name, self.hide(value)] for name, value in told.facts],
            "rows": rows,
            "remedies": [[self.hide(r.advice), self.hide(r.command)] for r in told.remedies],
        }

    def _compare(self, sent: Request, recorded: Request) -> list[tuple[str, str, str]]:
        """Put the parts of two requests side by side; empty where one has none."""
        rows = [
            ("method", sent.effective_method, recorded.effective_method),
            ("host", sent.host, recorded.host),
            ("path", shown_url(sent.path), shown_url(recorded.path)),
            ("credentials", _name_user(sent), _name_user(recorded)),
            *self._compare_pairs("query", sent.query, recorded.query),
            *self._compare_pairs("form", sent.form, recorded.form),
        ]
        if not sent.form or not recorded.form:
            bodies = [
                "" if request.form else self._show_body(request.body)
                for request in (sent, recorded)
            ]
            rows.append(("body", bodies[0], bodies[1]))
        return [(label, self.hide(a), self.hide(b)) for label, a, b in rows if a or b]

    def _compare_pairs(
        self, part: str, sent: Pairs, recorded: Pairs
    ) -> Iterable[tuple[str, str, str]]:
        shown, known = self._list_pairs(sent), self._list_pairs(recorded)
        for name in dict.fromkeys(name for name, _ in (*shown, *known)):
            ours = [value for other, value in shown if other == name]
            theirs = [value for other, value in known if other == name]
            for one, other in zip_longest(ours, theirs, fillvalue=""):
                yield f"{part}.{name}", one, other

    def _list_pairs(self, pairs: Pairs) -> list[list[str]]:
        return [
            [name, shorten(self.hide(shown_value(name, value)), _MOST_VALUE)]
            for name, value in pairs
        ]

    def _show_body(self, body: bytes) -> str:
        # Half of a token does not look like one: it is cut far behind what is shown.
        text = self.hide(Body(body[: 4 * self._most]).decode("utf-8", "replace"))
        return text if len(text) <= self._most else f"{text[: self._most]}…"


def _name_user(request: Request) -> str:
    return request.credentials.account_sid if request.credentials is not None else ""


def _name_outcome(response: Response | None, otherwise: str) -> str:
    return str(response.status) if response is not None else otherwise
