"""
Cassettes of both directions: the webhooks of one session, kept while it records, delivered later.

A webhook is due when the interaction that it followed was played. It is delivered before the next
request is answered, by ``wait_for_webhooks``, or when the session closes, and never inside of a
request: in life the code under test has the answer to its POST before the API calls back.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from twreplay._api import SIGNATURE, WEBHOOKS, find_webhook_kind
from twreplay._cassette import Anchor, RecordedWebhook
from twreplay._delivery import (
    Content,
    Conversation,
    CookieJar,
    Deliverer,
    Delivery,
    Outcome,
    Webhook,
    WebhookExchange,
    is_of_api,
    is_signed,
    read_params,
    sign,
    wrap_application,
)
from twreplay._display import Secret
from twreplay._explanation import Explanation, Remedy
from twreplay._fork import renew_lock_in_child
from twreplay._http import Headers, Interaction, Request, Response
from twreplay._interception import get_tracer
from twreplay._numbers import is_number
from twreplay._sessions.logins import Logins
from twreplay._twiml import diff_answers, is_same_answer
from twreplay.errors import UsageError, WebhookDrift

if TYPE_CHECKING:
    from twreplay._cassette import CommandHints, Playback, Redaction
    from twreplay._simulator import Simulator

_TOKEN = "TWILIO_AUTH_TOKEN"  # noqa: S105 (a name, not a value)

# What is made for each delivery, and not taken from the recording.
_MADE = ("cookie", "cookie2", "authorization", "x-twilio-signature")

# For an application that looks at no signature: the API signs each request.
_INVENTED_TOKEN = "0" * 32

_LONGEST_WAIT_SECONDS = 30.0
Answered: TypeAlias = Callable[[Response | None], None]
_DAY = 86_400.0


class WebhookTraffic:
    """
    The webhooks of one session.

    Attributes:
        drifts: The errors of answers that are not as recorded and were not raised, in order.

        failures: What functions of the user raised that were to change a webhook, in order.

    Args:
        app: The application to deliver to, as ``attach`` takes it; None if none is given.

        sign_with: The token to sign with; empty for that of the requests.

        name: The cassette, for messages.

        records: What the API requests is kept.

        find_anchor: Returns the place of a webhook that comes now.

        keep: Records a webhook and its answer; returns whether it is on the cassette.

        change_answer: Returns an answer as the functions of the user have it recorded.
    """

    def __init__(
        self,
        webhooks: tuple[RecordedWebhook, ...],
        playback: Playback,
        redaction: Redaction,
        *,
        app: object,
        sign_with: str,
        name: str,
        records: bool,
        how_to: CommandHints,
        find_anchor: Callable[[], Anchor],
        keep: Callable[[Anchor, Request, Response], bool],
        change_answer: Callable[[Request, Response], Response],
    ) -> None:
        self.drifts: list[WebhookDrift] = []
        self.failures: list[Exception] = []
        self._change_answer = change_answer
        self._talk: Conversation | None = None
        self._recorded = webhooks
        self._is_delivered = [False] * len(webhooks)
        self._delivered: list[RecordedWebhook] = []
        self._playback = playback
        self._keep = keep
        self._redaction = redaction
        self._app = app
        self._sign_with = Secret(sign_with)
        self._name = name
        self._records = records
        self._how_to = how_to
        self._find_anchor = find_anchor
        self._tokens: dict[str, str] = {}
        self._logins = Logins()
        self._jars: dict[str, CookieJar] = {}
        self._kinds: set[str] = set()
        self._deliverer = Deliverer()
        if app is not None:
            self._deliverer.applications.attach(app)
        self._slots: list[_Slot] = []
        self._heard = 0
        self._is_closed = False
        self._simulator: Simulator | None = None
        self._attached: Any = None
        self._live: Any = None
        self._is_token_invented = False
        self._is_delivering = False
        self._lock = Condition()
        renew_lock_in_child(self, Condition)

    # --- what a test sees ----------------------------------------------------------------------

    @property
    def delivered(self) -> tuple[RecordedWebhook, ...]:
        """The webhooks on the cassette that were delivered."""
        return tuple(self._delivered)

    @property
    def count(self) -> int:
        """The number of webhooks that were answered in this session."""
        return len(self._delivered) + self._heard

    def wrap(self, app: object) -> Any:
        """Return *app* as an application that has each request of the API kept."""
        app = self._app if app is None else app
        if app is None:
            msg = "wrap needs the application: cassette.wrap(app)."
            raise UsageError(msg)
        return wrap_application(app, self._hear)

    # --- keeping -------------------------------------------------------------------------------

    def learn(self, request: Request) -> None:
        """Take note of the token that *request* to the API authenticates with."""
        given = request.credentials
        if given is not None and given.auth_token:
            self._tokens.pop(given.account_sid, None)  # so that the newest is the last
            self._tokens[given.account_sid] = given.auth_token
        if b"%40" in request.body or b"@" in request.body:
            for _, value in request.form:
                self._logins.learn(value)

    def follow(self, simulator: Simulator) -> None:
        """Keep the webhooks of *simulator*, from which the cassette is recorded."""
        if self._live is not None:
            return
        self._simulator = simulator
        if self._app is not None and not _has_applications(simulator):
            simulator.attach(self._app)
            self._attached = simulator._live.deliverer.applications
        if (live := simulator._live) is not None:
            self._live = live
            live.deliverer.listeners.append(self._hear_request)

    def _hear(
        self, build: Callable[[], Request | None]
    ) -> Callable[[Response | None], None] | None:
        if not self._records or self._is_closed:
            return None
        request = build()
        if request is None or not is_of_api(request):
            return None
        return self._hear_request(self._find_public(request))

    def _hear_request(self, request: Request) -> Answered:
        with self._lock:
            slot = _Slot(self._find_anchor(), request)
            self._slots.append(slot)

        def answered(response: Response | None) -> None:
            with self._lock:
                slot.response, slot.is_done = response, True
                # In the order in which they came, whichever is answered first.
                while self._slots and self._slots[0].is_done:
                    self._keep_answered(self._slots.pop(0))
                self._lock.notify_all()

        return answered

    def _keep_answered(self, slot: _Slot) -> None:
        if slot.response is None or self._is_closed:
            return
        try:
            if self._keep(slot.anchor, slot.request, slot.response):
                self._heard += 1
        except Exception as error:  # of the user's, and not of the application that is answered
            self.failures.append(error)

    def _find_public(self, request: Request) -> Request:
        """Return *request* by the URL that it was signed for, as far as that can be found out."""
        signature = request.headers.get(SIGNATURE)
        if signature is None:
            return request
        form = request.form if request.method == "POST" else None
        rest = request.url.partition("://")[2]
        for token in reversed(list(self._tokens.values())):
            for url in (request.url, f"https://{rest}", f"http://{rest}"):
                if is_signed(url, form, token, signature):
                    return Request(request.method, url, request.headers, request.body)
        return request

    # --- delivering ----------------------------------------------------------------------------

    def settle(self, count: int | None = None, *, is_last: bool = False) -> None:
        """
        Deliver what is due; do nothing inside a delivery.

        Args:
            count: Stop when so many were answered; None for all.

            is_last: Wait for another thread that delivers, and refuse to leave anything.
        """
        if self._find_due(count) is None:
            return
        if self._needs_loop():
            if is_last:
                raise UsageError(_explain_loop())
            return
        with self._turn(waits=is_last) as is_ours:
            while is_ours and (index := self._take(count)) is not None:
                webhook, request, token = self._build(self._recorded[index])
                outcome = self._deliverer.send(webhook, request, token)
                if (again := self._answer_challenge(index, request, outcome)) is not None:
                    request = again
                    outcome = self._deliverer.send(webhook, request, token)
                self._finish(index, webhook, request, outcome)

    async def settle_async(self, count: int | None = None) -> None:
        """As *settle*, in the running loop."""
        with self._turn(waits=False) as is_ours:
            while is_ours and (index := self._take(count)) is not None:
                webhook, request, token = self._build(self._recorded[index])
                outcome = await self._deliverer.send_async(webhook, request, token)
                if (again := self._answer_challenge(index, request, outcome)) is not None:
                    request = again
                    outcome = await self._deliverer.send_async(webhook, request, token)
                self._finish(index, webhook, request, outcome)

    def wait(self, count: int, timeout: float) -> None:
        """Wait until this many webhooks were answered."""
        self._check_wait(count, timeout)
        self.settle(count, is_last=True)
        if self._simulator is not None:
            while self.count < count and self._simulator.clock.step(_DAY):
                pass
        elif self._records:
            end = monotonic() + timeout
            with self._lock:
                while self.count < count and (left := end - monotonic()) > 0:
                    self._lock.wait(left)
        self._end_wait(count, timeout)

    async def wait_async(self, count: int, timeout: float) -> None:
        """As *wait*, in the running loop."""
        self._check_wait(count, timeout)
        await self.settle_async(count)
        if self._simulator is not None and self._live is not None:
            while self.count < count and await self._live.step_async():
                pass
        elif self._records:
            end = monotonic() + timeout
            while self.count < count and monotonic() < end:
                await asyncio.sleep(0.01)
        self._end_wait(count, timeout)

    def close(self) -> None:
        """Keep nothing more, and end what was kept running for the application."""
        with self._lock:
            # Those that were answered while one that came before them was not.
            for slot in self._slots:
                self._keep_answered(slot)
            self._slots.clear()
            self._is_closed = True
        if self._live is not None:
            self._live.deliverer.listeners.remove(self._hear_request)
            self._live = None
        if self._attached is not None:
            self._attached.rest()
            self._attached = None
        self._deliverer.close()

    async def close_async(self) -> None:
        """Deliver what is left in the running loop, and end what runs there."""
        await self.settle_async()
        await self._deliverer.close_async()

    def _check_wait(self, count: object, timeout: object) -> None:
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            msg = f"wait_for_webhooks takes a number from 1, not {count!r}."
            raise UsageError(msg)
        if not is_number(timeout) or not 0 <= timeout <= _DAY:
            msg = f"timeout is a number of seconds, up to a day, not {timeout!r}."
            raise UsageError(msg)
        if self._app is None and not self._records:
            msg = (
                f"{self._name} is replayed, and there is no application to deliver webhooks to: "
                "use_cassette(path, app=app)."
            )
            raise UsageError(msg)

    def _end_wait(self, count: int, timeout: float) -> None:
        self.raise_drift()
        if self.count < count:
            raise UsageError(self._explain_wait(count, timeout))

    def raise_drift(self) -> None:
        """
        Raise the first drift that was not raised yet.

        Raises:
            WebhookDrift: There is one.

            Exception: A function of the user raised it, and so a webhook is not recorded.
        """
        failures, self.failures = self.failures, []
        if failures:
            raise failures[0]
        drifts, self.drifts = self.drifts, []
        if drifts:
            if more := len(drifts) - 1:
                drifts[0].add_note(f"{more} more of its answers differ from the recorded ones.")
            raise drifts[0]

    def _needs_loop(self) -> bool:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        if self._app is None:
            return False
        return self._deliverer.applications.find("https://any.example/").transport.needs_no_loop

    @contextmanager
    def _turn(self, *, waits: bool) -> Iterator[bool]:
        """Deliver in this block, one at a time; False if another delivery is in progress."""
        with self._lock:
            if waits:
                self._lock.wait_for(lambda: not self._is_delivering, _LONGEST_WAIT_SECONDS)
            is_ours = not self._is_delivering
            self._is_delivering = True
        try:
            yield is_ours
        finally:
            if is_ours:
                with self._lock:
                    self._is_delivering = False
                    self._lock.notify_all()

    def _take(self, count: int | None) -> int | None:
        """Take the index of the next webhook that is due; None if none is."""
        index = self._find_due(count)
        if index is not None:
            self._is_delivered[index] = True
        return index

    def _find_due(self, count: int | None) -> int | None:
        if self._app is None or (count is not None and self.count >= count):
            return None
        for index, webhook in enumerate(self._recorded):
            is_reached = not webhook.after or self._playback.played[webhook.after - 1]
            if is_reached and not self._is_delivered[index]:
                return index
        return None

    def _build(self, recorded: RecordedWebhook) -> tuple[Webhook, Request, Secret]:
        """Return a webhook, its request with a new signature and cookies, and the token."""
        request = recorded.request
        params = read_params(request)
        account = params.get("AccountSid", "")
        call = params.get("CallSid", "")
        kind = find_webhook_kind(params, is_first=call not in self._kinds) or WEBHOOKS["media"]
        self._kinds.add(call)
        conversation = self._find_conversation(params)
        hook = Webhook(
            kind, request.url, request.method, request.form or request.query, account, conversation
        )
        form = request.form if request.method == "POST" else None
        token = Secret(self._find_token(account))
        signature = sign(request.url, form, token)
        pairs = [pair for pair in request.headers.pairs if pair[0].lower() not in _MADE]
        pairs.append((SIGNATURE, signature))
        if header := self._logins.build_header(request):
            pairs.append(("Authorization", header))
        jar = self._jars.setdefault(conversation.key, CookieJar())
        if cookies := jar.build_header(request.url, datetime.now(UTC)):
            pairs.append(("Cookie", cookies))
        return hook, Request(request.method, request.url, Headers(pairs), request.body), token

    def _answer_challenge(self, index: int, request: Request, outcome: Outcome) -> Request | None:
        return self._logins.answer_challenge(self._recorded[index], request, outcome.response)

    def _find_conversation(self, params: dict[str, str]) -> Conversation:
        """Return the call, or the pair of numbers; that of the webhook before, for audio."""
        found = _find_conversation(params)
        if found is not None:
            self._talk = found
        return found or self._talk or Conversation.of_numbers("", "")

    def _find_token(self, account: str) -> str:
        """Return the token to sign with; an invented one where nothing was requested yet."""
        newest = next(reversed(self._tokens.values()), "")
        token = self._sign_with or self._tokens.get(account) or newest or os.environ.get(_TOKEN)
        self._is_token_invented = not token
        return token or _INVENTED_TOKEN

    def _finish(self, index: int, webhook: Webhook, request: Request, outcome: Outcome) -> None:
        """Compare the answer with the recorded one."""
        recorded = self._recorded[index]
        self._delivered.append(recorded)
        if (tracer := get_tracer()) is not None:
            tracer.add(_build_delivery(webhook, request, outcome))
        answered = outcome.response
        if answered is not None:
            cookies = answered.headers.get_all("set-cookie")
            jar = self._jars[webhook.conversation.key]
            jar.store(request.url, cookies, datetime.now(UTC))
            answered = self._find_comparable(recorded, answered)
            if is_same_answer(recorded.response, answered):
                return
        self.drifts.append(self._build_drift(index, request, answered, outcome))

    def _find_comparable(self, recorded: RecordedWebhook, answered: Response) -> Response:
        """Return *answered* as it would be on the cassette."""
        answered = self._change_answer(recorded.request, answered)
        clean = self._redaction.secrets.response(answered)
        if is_same_answer(recorded.response, clean):
            return clean
        # What was recorded has pseudonyms, and the application may have real numbers of its own.
        return self._redaction.pseudonymize(Interaction(recorded.request, clean)).response

    # --- messages ------------------------------------------------------------------------------

    def _build_drift(
        self, index: int, request: Request, answered: Response | None, outcome: Outcome
    ) -> WebhookDrift:
        recorded = self._recorded[index].response
        asked = f"a recorded {request.method} {request.shown_url.partition('?')[0]}"
        diff = "" if answered is None else diff_answers(recorded, answered)
        if answered is None:
            came = f"gives no answer to {asked}: {type(outcome.failure).__name__}."
        elif answered.status != recorded.status:
            came = f"answers {asked} with {answered.status}, not {recorded.status}."
        else:
            came = f"answers {asked} otherwise."
        facts = [("webhook", f"{index + 1} of {len(self._recorded)} in {self._name}")]
        facts += [(name, value) for name, value in read_params(request).items() if name in _TOLD]
        if outcome.exception is not None:
            facts.append(("raised", type(outcome.exception).__name__))
        facts += [("hint", hint) for hint in outcome.hints]
        remedies = [
            Remedy(
                "The application is meant to answer so: record again.",
                self._how_to.record("rewrite"),
            ),
            Remedy("Or the change broke it: mend the application."),
        ]
        if self._is_token_invented:
            facts.append(("signed with", "an invented token, as nothing was requested yet"))
            remedies.insert(
                0,
                Remedy(
                    f"It checks signatures: give the token, here or as {_TOKEN}.",
                    self._how_to.set("sign_with=AUTH_TOKEN"),
                ),
            )
        error = WebhookDrift(
            Explanation(
                headline=f"the application {came}",
                facts=tuple(facts),
                detail="\n".join(f"    {line}" for line in diff.splitlines()),
                remedies=tuple(remedies),
                anchor="webhook-drift",
            )
        )
        error.request, error.recorded, error.answered = request, recorded, answered
        error.diff = diff
        error.__cause__ = outcome.exception
        return error

    def _explain_wait(self, count: int, timeout: float) -> Explanation:
        remedies: tuple[Remedy, ...]
        if not self._records:
            total = len(self._recorded)
            headline = (
                f"{self.count} webhooks were delivered, not {count}: {self._name} has {total}."
            )
            remedies = (
                Remedy("Those that follow a request are due when it was made; make it first."),
                Remedy("Or record again.", self._how_to.record("rewrite")),
            )
        elif self._simulator is not None:
            headline = f"{self.count} webhooks were sent, not {count}, and nothing more is due."
            remedies = (Remedy("Attach the application.", "use_cassette(path, app=app)"),)
        else:
            headline = f"{self.count} webhooks came within {timeout:g} seconds, not {count}."
            remedies = (
                Remedy("Serve the wrapped application at the public URL.", "cassette.wrap(app)"),
                Remedy("Or give them more time.", "wait_for_webhooks(count, timeout=300)"),
            )
        return Explanation(headline=headline, remedies=remedies, anchor="usage-error")


_TOLD = ("CallSid", "SmsSid", "CallStatus", "DialStatus", "Digits", "SmsStatus")


class _Slot:
    """A webhook that is being answered."""

    def __init__(self, anchor: Anchor, request: Request) -> None:
        self.anchor = anchor
        self.request = request
        self.response: Response | None = None
        self.is_done = False


def _build_delivery(webhook: Webhook, request: Request, outcome: Outcome) -> Delivery:
    response = outcome.response
    is_used = response is not None and 200 <= response.status < 300
    content = Content.AUDIO if webhook.kind.name == "media" else Content.TWIML
    return Delivery(
        webhook,
        (WebhookExchange(request, outcome),),
        request.url,
        response if is_used else None,
        content if is_used else None,
    )


def _has_applications(simulator: Simulator) -> bool:
    return simulator._live is not None and bool(simulator._live.deliverer.applications)


def _find_conversation(params: dict[str, str]) -> Conversation | None:
    if "CallSid" in params:
        return Conversation.of_call(params["CallSid"])
    if "From" in params or "To" in params:
        return Conversation.of_numbers(params.get("From", ""), params.get("To", ""))
    return None


def _explain_loop() -> Explanation:
    return Explanation(
        headline="webhooks are due to an ASGI application, and an event loop runs here that it "
        "needs.",
        remedies=(
            Remedy("Deliver them in this loop.", "await cassette.wait_for_webhooks_async()"),
            Remedy("Or have the end of the block do it.", "async with use_cassette(...):"),
        ),
        anchor="usage-error",
    )
