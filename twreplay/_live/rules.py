"""Rules for webhooks: what an application is to have answered, failed at, or been late with."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from twreplay._delivery import Outcome, Webhook
from twreplay._http import Request, Response
from twreplay._numbers import is_finite
from twreplay._simulator import check_encodable
from twreplay.errors import UsageError
from twreplay.faults import ConnectionReset, NetworkFault


class WebhookRule:
    """
    A rule for webhooks to one path, in the place of the application's answer.

    Args:
        path: The path of the URL, such as ``/voice``; ``*`` stands for anything.

        times: How many webhooks it is for; None for all.

        fields: What parameters of the webhook must be, by name.

        made_at: The file and line of the test that makes it.

        remove_from: The rules that it is one of.

    Attributes:
        used: How many webhooks it was used for.
    """

    def __init__(
        self,
        path: str,
        times: int | None,
        fields: dict[str, str],
        made_at: str,
        remove_from: list[WebhookRule],
    ) -> None:
        if not isinstance(path, str) or not path.startswith(("/", "*")):
            msg = f"when_calling takes the path of a URL, such as '/voice', not {path!r}."
            raise UsageError(msg)
        is_number = isinstance(times, int) and not isinstance(times, bool) and times > 0
        if times is not None and not is_number:
            msg = f"times is a number from 1, not {times!r}."
            raise UsageError(msg)
        self.path = path
        self.used = 0
        self.made_at = made_at
        self.fields = fields
        self._times = times
        self._rules = remove_from
        self._outcome: Outcome | None = None
        self._answer = ""

    def __repr__(self) -> str:
        return f"<WebhookRule {self.path}, used {self.used} times>"

    @property
    def text(self) -> str:
        """The rule, as it is written in a test."""
        times = [] if self._times is None else [f"times={self._times}"]
        fields = [f"{name}={value!r}" for name, value in self.fields.items()]
        return f"when_calling({', '.join([repr(self.path), *times, *fields])}){self._answer}"

    @property
    def is_empty(self) -> bool:
        """True if the rule does not say what happens."""
        return self._outcome is None

    @property
    def needed(self) -> int:
        """The number of webhooks that it must be used for."""
        return self._times or 1

    def fail(self, status: int = 500, body: str = "") -> WebhookRule:
        """
        Answer with an error in the place of the application.

        Args:
            status: The status, from 400.

            body: The body, plain text.

        Raises:
            UsageError: *status* is none of an error, or *body* cannot be sent.
        """
        _check_status("fail", status, 400)
        _check_body("fail", body)
        response = Response(status, {"Content-Type": "text/plain"}, body)
        return self._change(f".fail({status})", response=response, failure=None)

    def respond(
        self, status: int = 200, body: str = "", *, content_type: str = "text/xml"
    ) -> WebhookRule:
        """
        Answer so in the place of the application.

        Args:
            status: The status.

            body: The body: TwiML, unless *content_type* is something else.

            content_type: The type of the body.

        Raises:
            UsageError: *status* is no status, or *body* cannot be sent.
        """
        _check_status("respond", status, 200)
        _check_body("respond", body)
        response = Response(status, {"Content-Type": content_type}, body)
        return self._change(f".respond({status})", response=response, failure=None)

    def raises(self, failure: type[NetworkFault] | NetworkFault = ConnectionReset) -> WebhookRule:
        """
        Fail the request below HTTP.

        Raises:
            UsageError: *failure* is none of ``twreplay.faults``.
        """
        made = failure() if isinstance(failure, type) else failure
        if not isinstance(made, NetworkFault):
            msg = f"raises takes one of twreplay.faults, not {failure!r}."
            raise UsageError(msg)
        told = f".raises({type(made).__name__})"
        return self._change(told, response=None, failure=made)

    def delay(self, seconds: float) -> WebhookRule:
        """
        Delay the answer by virtual time; without another verb it is the application's own.

        Raises:
            UsageError: *seconds* is no number, or below 0.
        """
        if not is_finite(seconds) or seconds < 0:
            msg = f"delay takes a number of seconds that is not negative, not {seconds!r}."
            raise UsageError(msg)
        return self._change(f".delay({seconds:g})", seconds=float(seconds))

    def remove(self) -> None:
        """Take the rule back. It answers no more, and need not have been used."""
        self._rules[:] = [rule for rule in self._rules if rule is not self]

    def _change(self, told: str, **parts: Any) -> WebhookRule:
        self._outcome = replace(self._outcome or Outcome(), **parts)
        self._answer += told
        return self

    def apply(self, webhook: Webhook, request: Request) -> Outcome | None:
        """Return what comes of *request*; None if the rule is not for it."""
        if self._outcome is None or self._times == self.used:
            return None
        if not self.is_on_path(request) or self.find_differences(webhook):
            return None
        self.used += 1
        return self._outcome

    def is_on_path(self, request: Request) -> bool:
        """Return whether *request* goes to the path."""
        return fnmatchcase(urlsplit(request.url).path or "/", self.path)

    def find_differences(self, webhook: Webhook) -> list[tuple[str, str, str | None]]:
        """Return the parameters that are not as the rule wants: name, wanted, and sent or None."""
        sent = dict(webhook.params)
        wanted = ((name, str(value)) for name, value in self.fields.items())
        return [(name, value, sent.get(name)) for name, value in wanted if sent.get(name) != value]


def _check_status(verb: str, status: object, least: int) -> None:
    if isinstance(status, bool) or not isinstance(status, int) or not least <= status <= 599:
        msg = f"{verb} takes a status from {least} to 599, not {status!r}."
        raise UsageError(msg)


def _check_body(verb: str, body: object) -> None:
    if not isinstance(body, str | bytes):
        msg = f"{verb} takes a body of text or bytes, not {type(body).__name__}."
        raise UsageError(msg)
    check_encodable(verb, "body", body)
