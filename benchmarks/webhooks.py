"""
What a delivery costs beyond the application, in process: microseconds, medians.

    python benchmarks/webhooks.py

The floor is the application alone, called with an environment that is ready.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import flask
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twreplay._delivery import Conversation, Deliverer, Webhook, build_webhook
from twreplay._delivery.transports.wsgi import build_environ

ROUNDS = 3000
NOW = datetime(2010, 3, 1, 17, tzinfo=UTC)
NAMES = ("CallSid", "AccountSid", "CallSegmentSid", "Caller", "Called", "CallStatus", "ApiVersion")


def timed(action: Callable[[], object]) -> float:
    """Median microseconds of one *action*."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def make_webhook() -> Webhook:
    """Build the webhook of a Gather."""
    return build_webhook(
        "gather",
        dict.fromkeys((*NAMES, "Digits"), "4155551212"),
        url="https://clinic.example/voice",
        conversation=Conversation.of_call("CA1"),
    )


def main() -> None:
    """Print the table."""
    app = flask.Flask("clinic")

    @app.post("/voice")
    def voice() -> tuple[str, dict[str, str]]:
        return f"<Response>{flask.request.form['Digits']}</Response>", {"Content-Type": "text/xml"}

    async def voice_too(request: Request) -> Response:
        return Response(await request.body(), media_type="text/xml")

    webhook = make_webhook()
    deliverers = {"Flask": Deliverer(), "Starlette": Deliverer()}
    deliverers["Flask"].applications.attach(app)
    route = Route("/voice", voice_too, methods=["POST"])
    deliverers["Starlette"].applications.attach(Starlette(routes=[route]))

    def deliver(name: str) -> None:
        delivery = deliverers[name].deliver(webhook, auth_token="an invented token", now=NOW)
        assert delivery.error is None

    first = deliverers["Flask"].deliver(webhook, auth_token="an invented token", now=NOW)
    environ, body = build_environ(first.exchanges[0].request), first.exchanges[0].request.body

    def call_alone() -> None:
        ready = environ | {"wsgi.input": BytesIO(bytes(body))}
        parts = app(ready, lambda status, headers, exc_info=None: lambda data: None)
        b"".join(parts)
        parts.close()  # type: ignore[attr-defined]

    client = app.test_client()
    rows: dict[str, Callable[[], object]] = {
        "Flask alone": call_alone,
        "Flask, delivered": lambda: deliver("Flask"),
        "Flask, its own test client": lambda: client.post("/voice", data=dict(webhook.params)),
        "Starlette, delivered": lambda: deliver("Starlette"),
        "building the webhook": make_webhook,
    }
    for name, action in rows.items():
        print(f"{name:28}{timed(action):8.0f}")
    for deliverer in deliverers.values():
        deliverer.close()


if __name__ == "__main__":
    main()
