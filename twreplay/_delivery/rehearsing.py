"""Rehearsal of webhooks: which were delivered in a test, and one of them again, but changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from twreplay._api import SIGNATURE
from twreplay._delivery.delivery import Outcome
from twreplay._delivery.signature import sign
from twreplay._delivery.webhook import Webhook, encode_form
from twreplay._http import Pairs, Request, Response

_OTHER_TOKEN = "0" * 32
_OTHER_NUMBERS = {
    "Caller": "4155550187",
    "From": "4155550187",
    "Called": "4155550188",
    "To": "4155550188",
}


class WebhookChange(StrEnum):
    """The difference between a webhook of a rehearsal and the one in the test."""

    UNSIGNED = "unsigned"
    """Without a signature, as anybody can send it."""

    FORGED = "forged"
    """With the signature of another token."""

    TWICE = "twice"
    """Once more, right after the first."""

    OTHERS = "others"
    """Before it, with the numbers of other people, and signed."""

    LATE = "late"
    """Once more, after all others."""

    EARLY = "early"
    """Once more, before the first of its call or of its pair of numbers."""


REFUSED_BY_SIGNATURE = frozenset({WebhookChange.UNSIGNED, WebhookChange.FORGED})
"""What an application must refuse: whoever sent it, the API did not."""


@dataclass(frozen=True, slots=True)
class LoggedWebhook:
    """
    One webhook that an application answered in a test.

    Attributes:
        kind: The name of its kind.

        request: The request.

        conversation: The key of its call or pair of numbers.

        status: The status of the answer; 0 without one.
    """

    kind: str
    request: Request
    conversation: str
    status: int


@dataclass(slots=True)
class Probe:
    """
    One changed webhook, and what came of it.

    Attributes:
        index: The index, from 0, of the webhook in the test.

        change: What is changed.

        original: The webhook as it was in the normal run.

        place: The index of the webhook that it is sent next to.

        is_after: It is sent after that one, and not before.

        outcome: The outcome; None if it was not sent.

        genuine: The answer to the unchanged webhook; None before it was sent.
    """

    index: int
    change: WebhookChange
    original: LoggedWebhook
    place: int
    is_after: bool
    outcome: Outcome | None = None
    genuine: Response | None = None

    @property
    def exception(self) -> BaseException | None:
        """The exception that the application raised; None if it raised none, or was not asked."""
        return self.outcome.exception if self.outcome is not None else None


@dataclass(eq=False)
class WebhookLog:
    """
    Log of the webhooks in one run of a test; can send changed ones beside them.

    Attributes:
        webhooks: Those that an application answered, in order.

        probes: The changed ones.
    """

    webhooks: list[LoggedWebhook] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._begun = 0
        self._lock = Lock()

    def begin(self) -> int:
        """Return the index of a webhook that is about to be sent."""
        with self._lock:
            index = self._begun
            self._begun += 1
            return index

    def note(self, index: int, webhook: Webhook, request: Request, outcome: Outcome) -> None:
        """Note the answer to the webhook with this *index*."""
        status = outcome.response.status if outcome.response is not None else 0
        logged = LoggedWebhook(webhook.kind.name, request, webhook.conversation.key, status)
        with self._lock:
            self.webhooks.append(logged)
        for probe in self.probes:
            if probe.index == index:
                probe.genuine = outcome.response

    def find_probes(self, index: int, *, is_after: bool) -> list[Probe]:
        """Return the probes that are sent before, or after, the webhook with this *index*."""
        return [
            probe
            for probe in self.probes
            if probe.place == index and probe.is_after == is_after and probe.outcome is None
        ]


def plan_probes(webhooks: list[LoggedWebhook], change: WebhookChange) -> list[Probe]:
    """Return a probe with *change* for each webhook to which it can be done."""
    probes = []
    for index, webhook in enumerate(webhooks):
        talk = [n for n, each in enumerate(webhooks) if each.conversation == webhook.conversation]
        place, is_after = index, change is WebhookChange.TWICE
        if change is WebhookChange.LATE:
            place, is_after = len(webhooks) - 1, True
        elif change is WebhookChange.EARLY:
            place = talk[0]
        # Audio may be a file, which is there for everybody.
        is_public = webhook.kind == "media" and change in REFUSED_BY_SIGNATURE
        moves = change in (WebhookChange.LATE, WebhookChange.EARLY)
        if webhook.status and not is_public and not (moves and place == index):
            probes.append(Probe(index, change, webhook, place, is_after))
    return probes


def build_probe_request(probe: Probe, genuine: Request, auth_token: str) -> Request:
    """
    Return the request of *probe*.

    Args:
        genuine: The request that it is sent next to: the unchanged one, unless the probe moves.
    """
    request = genuine if probe.place == probe.index else probe.original.request
    params = request.form or request.query
    if probe.change is WebhookChange.OTHERS:
        request = _with_params(request, _change_numbers(params))
    if probe.change is WebhookChange.UNSIGNED:
        return Request(
            request.method, request.url, request.headers.without(SIGNATURE), request.body
        )
    token = _OTHER_TOKEN if probe.change is WebhookChange.FORGED else auth_token
    form = request.form if request.method == "POST" else None
    headers = request.headers.replacing(SIGNATURE, sign(request.url, form, token))
    return Request(request.method, request.url, headers, request.body)


def _change_numbers(params: Pairs) -> Pairs:
    return tuple((name, _OTHER_NUMBERS.get(name, value)) for name, value in params)


def _with_params(request: Request, params: Pairs) -> Request:
    if request.method == "POST":
        body = encode_form(params).encode("ascii")
        headers = request.headers.replacing("Content-Length", str(len(body)))
        return Request(request.method, request.url, headers, body)
    base = request.url.partition("?")[0]
    return Request(request.method, f"{base}?{encode_form(params)}", request.headers)


# Of the process, as the log of requests: a test may let time pass in any thread, and runs alone.
_current: WebhookLog | None = None


@contextmanager
def watching_webhooks(log: WebhookLog | None) -> Iterator[WebhookLog | None]:
    """Log each webhook in *log*; in none if it is None."""
    global _current
    before, _current = _current, log
    try:
        yield log
    finally:
        _current = before


def find_log() -> WebhookLog | None:
    """Return the log of the running test; None without one."""
    return _current
