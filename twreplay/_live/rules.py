"""Rules for webhooks: what an application is to have answered, failed at, or been late with."""

from __future__ import annotations

from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from twreplay._delivery import Outcome, Webhook
from twreplay._http import Request, Response
from twreplay.errors import UsageError
from twreplay.faults import ConnectionReset, NetworkFault


class WebhookRule:
    """
    What happens to webhooks to one path, in the place of the application's answer.

    Args:
        path: The path of the URL, such as ``/voice``; ``*`` stands for anything.

        times: How many webhooks it is for; None for all.

        fields: What parameters of the webhook must be, by name.
    """

    def __init__(self, path: str, times: int | None, fields: dict[str, str]) -> None:
        if not isinstance(path, str) or not path.startswith(("/", "*")):
            msg = f"when_calling takes the path of a URL, such as '/voice', not {path!r}."
            raise UsageError(msg)
        if times is not None and (isinstance(times, bool) or times < 1):
            msg = f"times is a number from 1, not {times!r}."
            raise UsageError(msg)
        self.path = path
        self.used = 0
        self._times = times
        self._fields = fields
        self._outcome: Outcome | None = None

    def __repr__(self) -> str:
        return f"<WebhookRule {self.path}, used {self.used} times>"

    def fail(self, status: int = 500, body: str = "") -> WebhookRule:
        """Answer with an error in the place of the application."""
        return self.respond(status, body, content_type="text/plain")

    def respond(
        self, status: int = 200, body: str = "", *, content_type: str = "text/xml"
    ) -> WebhookRule:
        """Answer so in the place of the application."""
        self._outcome = Outcome(Response(status, {"Content-Type": content_type}, body))
        return self

    def raises(self, failure: type[NetworkFault] | NetworkFault = ConnectionReset) -> WebhookRule:
        """
        Let the request fail below HTTP.

        Raises:
            UsageError: *failure* is none of ``twreplay.faults``.
        """
        made = failure() if isinstance(failure, type) else failure
        if not isinstance(made, NetworkFault):
            msg = f"raises takes one of twreplay.faults, not {failure!r}."
            raise UsageError(msg)
        self._outcome = Outcome(None, made)
        return self

    def delay(self, seconds: float) -> WebhookRule:
        """Let the application take this much virtual time longer; it answers itself."""
        self._outcome = Outcome(seconds=seconds)
        return self

    def apply(self, webhook: Webhook, request: Request) -> Outcome | None:
        """Return what comes of *request*; None if the rule is not for it."""
        if self._outcome is None or self._times == self.used:
            return None
        if not fnmatchcase(urlsplit(request.url).path or "/", self.path):
            return None
        sent = dict(webhook.params)
        if any(sent.get(name) != value for name, value in self._fields.items()):
            return None
        self.used += 1
        return self._outcome
