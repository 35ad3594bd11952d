"""Sends webhooks to the applications that are attached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from twreplay._delivery.applications import Application, Applications
from twreplay._delivery.client import WebhookClient
from twreplay._delivery.counting import count_webhook
from twreplay._delivery.delivery import Delivery, Outcome
from twreplay._delivery.mistakes import count_on_commit, find_hints
from twreplay._delivery.rehearsing import build_probe_request, find_log
from twreplay._delivery.running import Running, running
from twreplay._delivery.webhook import Conversation, Webhook
from twreplay._display import Secret
from twreplay._explanation import Explanation, Remedy
from twreplay._http import Request, Response
from twreplay.errors import UsageError
from twreplay.faults import NetworkFault, ReadTimeout

Rule: TypeAlias = Callable[[Webhook, Request], Outcome | None]
"""
What a test says about a webhook, asked before each request. Its outcome is used in the place of the
application's; None lets the application answer. An outcome without response and failure only adds
its seconds to what the application takes.
"""

Alter: TypeAlias = Callable[[Request], Request]
"""
What a rehearsal does to each request after it was signed: without the signature, with a wrong one.
"""

Hear: TypeAlias = Callable[[Request], Callable[[Response | None], None] | None]
"""
Hears of each request that an application gets, before it does; returns what is given the answer
(None if there was none), or None.
"""

_SERVER_ERROR = Response(500, {"Content-Type": "text/plain"}, "Internal Server Error")


class Deliverer:
    """
    Sends webhooks, in the calling thread or the running loop. Holds no lock.

    Attributes:
        applications: What is attached.

        client: Cookies, logins and kept responses.

        listeners: Hear of each request that an application gets.
    """

    def __init__(self, rule: Rule | None = None) -> None:
        self.applications = Applications()
        self.client = WebhookClient()
        self.listeners: list[Hear] = []
        self._rule = rule

    def deliver(
        self,
        webhook: Webhook,
        *,
        auth_token: str,
        now: datetime,
        alter: Alter | None = None,
        passes_time: bool = False,
    ) -> Delivery:
        """
        Deliver *webhook*, and its fallback if it fails.

        What the application raises is in the result (``Delivery.exception``), so that the state
        can follow before the caller raises it.

        Args:
            auth_token: The token of the account.

            now: The virtual time.

            alter: Changes each request after it was signed; None to leave it.

            passes_time: If the failure took time, leave the fallback to the caller, who lets that
                time pass first.

        Raises:
            UsageError: No application is attached to the URL; or an event loop runs here and the
                application is an ASGI one.

            BaseException: An application raised one that is no Exception, such as a failed
                assertion of pytest or Ctrl-C.
        """
        auth_token = Secret(auth_token)  # in no traceback that shows locals
        delivery = self._fetch(webhook, auth_token, now, alter)
        following = _plan_fallback(delivery, now, passes_time=passes_time)
        if following is not None:
            fallback, later = following
            delivery = replace(
                self._fetch(fallback, auth_token, later, alter), after_failure=delivery
            )
        return delivery

    async def deliver_async(
        self,
        webhook: Webhook,
        *,
        auth_token: str,
        now: datetime,
        alter: Alter | None = None,
        passes_time: bool = False,
    ) -> Delivery:
        """As *deliver*, with ASGI applications in the running loop."""
        auth_token = Secret(auth_token)
        delivery = await self._fetch_async(webhook, auth_token, now, alter)
        following = _plan_fallback(delivery, now, passes_time=passes_time)
        if following is not None:
            fallback, later = following
            delivery = replace(
                await self._fetch_async(fallback, auth_token, later, alter), after_failure=delivery
            )
        return delivery

    def send(self, webhook: Webhook, request: Request, auth_token: str) -> Outcome:
        """
        Send one request, as it is, that belongs to *webhook*: neither signed nor followed.

        Args:
            auth_token: The token that it is signed with, for rehearsals.

        Raises:
            UsageError: As *deliver*.
        """
        return self._send(webhook, request, Secret(auth_token))

    async def send_async(self, webhook: Webhook, request: Request, auth_token: str) -> Outcome:
        """As *send*, with ASGI applications in the running loop."""
        return await self._send_async(webhook, request, Secret(auth_token))

    def forget(self, conversation: Conversation) -> None:
        """Forget cookies and logins: the call is over."""
        self.client.forget(conversation)

    def close(self) -> None:
        """Detach all applications, and shut down those that were kept running."""
        self.applications.close()

    async def close_async(self) -> None:
        """As *close*, for the applications that run in the running loop as well."""
        await self.applications.close_async()

    def _fetch(
        self, webhook: Webhook, auth_token: str, now: datetime, alter: Alter | None
    ) -> Delivery:
        fetching = self.client.fetch(webhook, auth_token, now)
        try:
            request = next(fetching)
            while True:
                altered = alter(request) if alter else request
                request = fetching.send(self._send(webhook, altered, auth_token))
        except StopIteration as finished:
            delivery: Delivery = finished.value
            return delivery

    async def _fetch_async(
        self, webhook: Webhook, auth_token: str, now: datetime, alter: Alter | None
    ) -> Delivery:
        fetching = self.client.fetch(webhook, auth_token, now)
        try:
            request = next(fetching)
            while True:
                altered = alter(request) if alter else request
                request = fetching.send(await self._send_async(webhook, altered, auth_token))
        except StopIteration as finished:
            delivery: Delivery = finished.value
            return delivery

    def _send(self, webhook: Webhook, request: Request, auth_token: str) -> Outcome:
        sending = self._plan_sending(webhook, request, auth_token)
        try:
            ask = next(sending)
            while True:
                outcome = self._ask(webhook, ask.request, ask.ruled, is_probe=ask.is_probe)
                ask = sending.send(outcome)
        except StopIteration as finished:
            sent: Outcome = finished.value
            return sent

    async def _send_async(self, webhook: Webhook, request: Request, auth_token: str) -> Outcome:
        sending = self._plan_sending(webhook, request, auth_token)
        try:
            ask = next(sending)
            while True:
                outcome = await self._ask_async(
                    webhook, ask.request, ask.ruled, is_probe=ask.is_probe
                )
                ask = sending.send(outcome)
        except StopIteration as finished:
            sent: Outcome = finished.value
            return sent

    def _plan_sending(
        self, webhook: Webhook, request: Request, auth_token: str
    ) -> Generator[_Ask, Outcome, Outcome]:
        """Yield what to ask of the application, *request* and the probes of a rehearsal."""
        ruled = self._rule(webhook, request) if self._rule is not None else None
        if ruled is not None and _is_final(ruled):
            return _complete(ruled)
        log = find_log()
        if log is None:
            outcome = yield _Ask(request, ruled)
            count_webhook(webhook, outcome)
            return outcome
        index = log.begin()
        for probe in log.find_probes(index, is_after=False):
            changed = build_probe_request(probe, request, auth_token)
            probe.outcome = yield _Ask(changed, is_probe=True)
        outcome = yield _Ask(request, ruled)
        count_webhook(webhook, outcome)
        log.note(index, webhook, request, outcome)
        for probe in log.find_probes(index, is_after=True):
            changed = build_probe_request(probe, request, auth_token)
            probe.outcome = yield _Ask(changed, is_probe=True)
        return outcome

    def _ask(
        self, webhook: Webhook, request: Request, ruled: Outcome | None, *, is_probe: bool = False
    ) -> Outcome:
        """Return the application's answer to *request*; listeners do not hear of a probe."""
        application = self.applications.find(request.url)
        if application.transport.needs_no_loop:
            _refuse_in_loop(application)
        work = _Work(self, application, webhook, request, ruled, is_heard=not is_probe)
        with running() as one:
            try:
                response = application.transport.send(work.begin())
            except Exception as error:
                return work.fail(one, error)
            return work.finish(one, response)

    async def _ask_async(
        self, webhook: Webhook, request: Request, ruled: Outcome | None, *, is_probe: bool = False
    ) -> Outcome:
        application = self.applications.find(request.url)
        work = _Work(self, application, webhook, request, ruled, is_heard=not is_probe)
        with running() as one:
            try:
                response = await application.transport.send_async(work.begin())
            except Exception as error:
                return work.fail(one, error)
            return work.finish(one, response)


class _Ask(NamedTuple):
    """One request to the application; listeners do not hear of a probe."""

    request: Request
    ruled: Outcome | None = None
    is_probe: bool = False


def _plan_fallback(
    delivery: Delivery, now: datetime, *, passes_time: bool
) -> tuple[Webhook, datetime] | None:
    """Return what follows *delivery* at once, and when; None if nothing does."""
    if passes_time and delivery.elapsed_seconds > 0:
        return None
    fallback = find_fallback(delivery)
    if fallback is None:
        return None
    return fallback, now + timedelta(seconds=delivery.elapsed_seconds)


def find_fallback(delivery: Delivery) -> Webhook | None:
    """Return the request to the fallback URL that follows *delivery*; None if none does."""
    if delivery.error is None:
        return None
    return delivery.webhook.to_fallback(delivery.error.code, delivery.url)


def _is_final(ruled: Outcome) -> bool:
    return not (ruled.response is None and ruled.failure is None and ruled.exception is None)


def _complete(ruled: Outcome) -> Outcome:
    """Return *ruled*, with the 500 that an exception is for the API."""
    if ruled.exception is None or ruled.response is not None or ruled.failure is not None:
        return ruled
    return replace(ruled, response=_SERVER_ERROR)


class _Work:
    """One request in the hands of one application."""

    def __init__(
        self,
        deliverer: Deliverer,
        application: Application,
        webhook: Webhook,
        request: Request,
        ruled: Outcome | None,
        *,
        is_heard: bool,
    ) -> None:
        self._application = application
        self._webhook = webhook
        self._sent = request
        self._arrived = application.pass_on(request)
        self._extra_seconds = ruled.seconds if ruled is not None else 0.0
        self._waiting_before = 0
        self._errors = deliverer.applications.framework_errors
        listeners = deliverer.listeners if is_heard else ()
        self._answered = [heard for hear in listeners if (heard := hear(request))]

    def begin(self) -> Request:
        """Return the request as the application gets it."""
        self._errors.listen()
        self._waiting_before = count_on_commit()
        return self._arrived

    def finish(self, one: Running, response: Response) -> Outcome:
        """Return the outcome of a request that was answered."""
        # Also if its error page has status 200, as one that apologizes in TwiML has.
        raised = one.exceptions[-1] if one.exceptions else None
        return self._conclude(one, response, raised)

    def fail(self, one: Running, error: Exception) -> Outcome:
        """
        Return the outcome of a request that raised.

        Raises:
            Exception: *error*, where no code of the application can have raised it.
        """
        seconds = one.seconds + self._extra_seconds
        if not isinstance(error, NetworkFault) and not self._application.transport.is_in_process:
            raise error  # of this library, such as a network that is blocked
        if isinstance(error, NetworkFault):
            for answered in self._answered:
                answered(None)
            hints = (_SAME_LOOP,) if isinstance(error, ReadTimeout) and _is_in_loop() else ()
            return Outcome(None, error, seconds, hints=hints, arrived=self._arrived)
        return self._conclude(one, one.response or _SERVER_ERROR, error)

    def _conclude(self, one: Running, response: Response, raised: Exception | None) -> Outcome:
        if raised is not None:
            if self._application.raise_errors:
                _add_note(raised, self._webhook)
            else:
                raised = None
        for answered in self._answered:
            answered(response)
        waiting = count_on_commit() - self._waiting_before
        return Outcome(
            response,
            None,
            one.seconds + self._extra_seconds,
            raised,
            find_hints(self._webhook, self._sent, self._arrived, response, waiting),
            self._arrived,
        )


def _add_note(error: Exception, webhook: Webhook) -> None:
    note = f"Raised inside the application, by {webhook.method} {webhook.shown_url}"
    note += f" ({webhook.kind.title})."
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)


_SAME_LOOP = (
    "no response, and an event loop waited for it here: if the server runs in that loop, use the "
    "verbs of twilio.aio"
)


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _refuse_in_loop(application: Application) -> None:
    if not _is_in_loop():
        return
    raise UsageError(
        Explanation(
            headline=f"{application.what} is attached, and an event loop runs here: a verb that "
            "waits would stop the loop that the application needs.",
            remedies=(
                Remedy(
                    "Use the verbs that are coroutines: the application runs in this loop.",
                    'await twilio.aio.phone("4155551212").dial("4158675309")',
                ),
            ),
            anchor="usage-error",
        )
    )
