"""What became of a webhook, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from twreplay._api import Evidence, WebhookError
from twreplay._delivery.webhook import Webhook
from twreplay._display import shown_url
from twreplay._http import Request, Response
from twreplay.faults import NetworkFault


class Content(StrEnum):
    """The kind of the application's response, by its media type."""

    TWIML = "twiml"
    AUDIO = "audio"
    TEXT = "text"
    NOTHING = "nothing"
    """An empty answer to a message, or a webhook whose response is not used."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The outcome of one request.

    Attributes:
        response: The response; None if there is none.

        failure: What went wrong below HTTP; None if there is a response.

        seconds: The virtual time that the application took.

        exception: What was raised inside the application, if it is to come out of the verb.

        hints: Mistakes in the application that its response shows, a sentence each.

        arrived: The request as the application got it; None if nothing was sent.
    """

    response: Response | None = None
    failure: NetworkFault | None = None
    seconds: float = 0.0
    exception: Exception | None = None
    hints: tuple[str, ...] = ()
    arrived: Request | None = None


@dataclass(frozen=True, slots=True)
class WebhookExchange:
    """
    One request of a delivery and what came of it: a redirect and a 401 have one more each.

    Attributes:
        request: The request, with the URL that was signed.

        outcome: What came of it.

        is_from_cache: Nothing was sent: the response was kept, and is fresh.
    """

    request: Request
    outcome: Outcome
    is_from_cache: bool = False

    @property
    def response(self) -> Response | None:
        """The response; None if there is none."""
        return self.outcome.response

    @property
    def seconds(self) -> float:
        """The virtual time that it took."""
        return self.outcome.seconds

    def __repr__(self) -> str:
        came = self.outcome.response or self.outcome.failure
        return f"<WebhookExchange {self.request!r}: {came!r}>"


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    The outcome of a webhook.

    Attributes:
        webhook: The webhook.

        exchanges: Each request that was made, in order; none if the URL is no URL.

        url: The URL that answered, after redirects, without user, password and the parameters of
            a GET: relative URLs in the document are resolved against it.

        response: The response that is used; None if the webhook failed.

        content: What the response is; None if the webhook failed.

        error: The error code that it ended with; None if it succeeded.

        detail: What went wrong, in a sentence; empty if nothing did.

        elapsed_seconds: The virtual time that all of it took.

        after_failure: The delivery to the main URL, where this one is to its fallback.

        questions: The numbers of the undocumented questions that the outcome rests on.
    """

    webhook: Webhook
    exchanges: tuple[WebhookExchange, ...]
    url: str
    response: Response | None
    content: Content | None
    error: WebhookError | None = None
    detail: str = ""
    elapsed_seconds: float = 0.0
    after_failure: Delivery | None = None
    questions: tuple[int, ...] = field(default=())

    def __repr__(self) -> str:
        came = self.content if self.error is None else f"error {self.error.code}"
        return f"<Delivery {self.webhook.method} {shown_url(self.url)}: {came}>"

    @property
    def evidence(self) -> Evidence:
        """The evidence for the request: its source and grade."""
        return self.webhook.evidence

    @property
    def exception(self) -> Exception | None:
        """The exception of the application that is to come out of the verb, or None."""
        before = self.after_failure.exception if self.after_failure is not None else None
        mine = (exchange.outcome.exception for exchange in self.exchanges)
        return before or next(filter(None, mine), None)

    @property
    def hints(self) -> tuple[str, ...]:
        """Mistakes in the application that its responses show, a sentence each."""
        hints = list(self.after_failure.hints) if self.after_failure is not None else []
        for exchange in self.exchanges:
            # The second turn of an endless redirect says less than the first.
            hints += [h for h in exchange.outcome.hints if not any(o.startswith(h) for o in hints)]
        return tuple(hints)

    @property
    def total_seconds(self) -> float:
        """The virtual time that it took, the failed delivery before a fallback included."""
        before = self.after_failure.total_seconds if self.after_failure is not None else 0.0
        return before + self.elapsed_seconds
