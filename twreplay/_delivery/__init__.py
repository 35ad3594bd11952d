"""
Requests of the API to applications: signed, sent, and what came of them as values.

How a simulator uses it, with none of its locks held::

    deliverer = Deliverer(rule)                        # rule: (Webhook, Request) -> Outcome | None
    deliverer.applications.attach(app, "https://clinic.example", seen_as="ngrok")
    outbox = Outbox(lambda item: item.webhook.conversation.key)

    webhook = build_webhook(                           # kinds: twreplay._api.webhooks.WEBHOOKS
        "gather",
        {"CallSid": "CA...", "AccountSid": "AC...", ..., "Digits": "1"},
        url="https://clinic.example/menu",
        method="POST",
        conversation=Conversation.of_call("CA..."),
        fallback_url="https://clinic.example/sorry",
    )
    outbox.put(item)                                   # any thread, never waits
    outbox.settle(work)                                # the caller's thread; work delivers:
    delivery = deliverer.deliver(webhook, auth_token=token, now=clock.now)

``delivery.content`` says what the response is (TwiML, audio, text, nothing), ``delivery.url`` what
relative URLs are resolved against, ``delivery.error`` the code of the Notification,
``delivery.total_seconds`` how far the clock goes on. The state follows; then
``delivery.exception`` is raised, if the application raised. Where running the document fails,
``delivery.webhook.to_fallback(code, url)`` is the next webhook. ``deliver_async`` and
``settle_async`` do the same in a running loop.

Nothing here reads a clock, and only ``transports`` leaves the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._delivery.running import take
from twreplay._delivery.signature import is_signed, sign
from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._delivery.applications import Application, Applications
    from twreplay._delivery.client import WebhookClient
    from twreplay._delivery.deliverer import Alter, Deliverer, Rule
    from twreplay._delivery.delivery import Content, Delivery, Outcome, WebhookExchange
    from twreplay._delivery.outbox import Outbox
    from twreplay._delivery.webhook import Conversation, Webhook, build_webhook

__all__ = [
    "Alter",
    "Application",
    "Applications",
    "Content",
    "Conversation",
    "Deliverer",
    "Delivery",
    "Outbox",
    "Outcome",
    "Rule",
    "Webhook",
    "WebhookClient",
    "WebhookExchange",
    "build_webhook",
    "is_signed",
    "sign",
    "take",
]

# Late: who signs a request in a test of a validator needs no transport.
__getattr__ = load_from(
    __name__,
    {
        "Alter": "deliverer",
        "Application": "applications",
        "Applications": "applications",
        "Content": "delivery",
        "Conversation": "webhook",
        "Deliverer": "deliverer",
        "Delivery": "delivery",
        "Outbox": "outbox",
        "Outcome": "delivery",
        "Rule": "deliverer",
        "Webhook": "webhook",
        "WebhookClient": "client",
        "WebhookExchange": "delivery",
        "build_webhook": "webhook",
    },
)
