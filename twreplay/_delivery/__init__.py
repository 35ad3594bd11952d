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
    from twreplay._delivery.authentication import Login
    from twreplay._delivery.client import ClientMark, WebhookClient
    from twreplay._delivery.cookies import CookieJar
    from twreplay._delivery.deliverer import Alter, Deliverer, Rule, find_fallback
    from twreplay._delivery.delivery import Content, Delivery, Outcome, WebhookExchange
    from twreplay._delivery.outbox import Outbox, OutboxMark
    from twreplay._delivery.proxy import read_base
    from twreplay._delivery.rehearsing import (
        REFUSED_BY_SIGNATURE,
        LoggedWebhook,
        Probe,
        WebhookChange,
        WebhookLog,
        plan_probes,
        watching_webhooks,
    )
    from twreplay._delivery.webhook import Conversation, Webhook, build_webhook
    from twreplay._delivery.wrapping import (
        Listener,
        is_of_api,
        read_params,
        wrap_application,
    )

__all__ = [
    "REFUSED_BY_SIGNATURE",
    "Alter",
    "Application",
    "Applications",
    "ClientMark",
    "Content",
    "Conversation",
    "CookieJar",
    "Deliverer",
    "Delivery",
    "Listener",
    "LoggedWebhook",
    "Login",
    "Outbox",
    "OutboxMark",
    "Outcome",
    "Probe",
    "Rule",
    "Webhook",
    "WebhookChange",
    "WebhookClient",
    "WebhookExchange",
    "WebhookLog",
    "build_webhook",
    "find_fallback",
    "is_of_api",
    "is_signed",
    "plan_probes",
    "read_base",
    "read_params",
    "sign",
    "take",
    "watching_webhooks",
    "wrap_application",
]

# Late: who signs a request in a test of a validator needs no transport.
__getattr__ = load_from(
    __name__,
    {
        "Alter": "deliverer",
        "Application": "applications",
        "Applications": "applications",
        "ClientMark": "client",
        "Content": "delivery",
        "Conversation": "webhook",
        "CookieJar": "cookies",
        "Deliverer": "deliverer",
        "Delivery": "delivery",
        "Listener": "wrapping",
        "Login": "authentication",
        "Outbox": "outbox",
        "OutboxMark": "outbox",
        "Outcome": "delivery",
        "Rule": "deliverer",
        "Webhook": "webhook",
        "WebhookClient": "client",
        "WebhookExchange": "delivery",
        "build_webhook": "webhook",
        "find_fallback": "deliverer",
        "is_of_api": "wrapping",
        "read_base": "proxy",
        "read_params": "wrapping",
        "REFUSED_BY_SIGNATURE": "rehearsing",
        "LoggedWebhook": "rehearsing",
        "Probe": "rehearsing",
        "WebhookChange": "rehearsing",
        "WebhookLog": "rehearsing",
        "plan_probes": "rehearsing",
        "watching_webhooks": "rehearsing",
        "wrap_application": "wrapping",
    },
)
