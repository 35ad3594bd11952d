"""The verbs as coroutines: the application runs in the running event loop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from twreplay._live.phones import Phone, PhoneCall, check_seconds, is_waiting_for_person
from twreplay._simulator import live_parts as world_parts
from twreplay._suggestion import explain_each_misuse

if TYPE_CHECKING:
    from twreplay._delivery import Delivery
    from twreplay._live.live import Live
    from twreplay._simulator import Instance


@explain_each_misuse
class AsyncVerbs:
    """``twilio.aio``: as the verbs of ``twilio``, to be awaited."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def phone(self, number: str) -> AsyncPhone:
        """Return the phone of the person with *number*."""
        return AsyncPhone(self._live, self._live.find_phone(number))

    async def advance(self, seconds: float) -> None:
        """Move time forward, and deliver what is due in the running loop."""
        await self._live.advance_async(seconds)

    async def step(self) -> bool:
        """Process the next event, within a day; return whether there was one."""
        return await self._live.step_async()

    async def settle(self) -> None:
        """Deliver what is due in the running loop."""
        await self._live.settle_async()

    async def answer(self, call: Instance, *, answered_by: str = "human") -> Instance:
        """Answer *call* now."""
        with self._live.deferred():
            self._live.simulator.answer(call, answered_by=answered_by)
        await self._live.settle_async()
        return call

    async def hang_up(self, call: Instance) -> Instance:
        """End *call* now."""
        with self._live.deferred():
            self._live.simulator.hang_up(call)
        await self._live.settle_async()
        return call

    async def complete(self, instance: Instance, **properties: Any) -> Instance:
        """Complete a transcription, a message, a conference or a call now."""
        with self._live.deferred():
            self._live.simulator.complete(instance, **properties)
        await self._live.settle_async()
        return instance

    async def change(self, instance: Instance, **properties: Any) -> Instance:
        """Set properties of *instance* now."""
        with self._live.deferred():
            self._live.simulator.change(instance, **properties)
        await self._live.settle_async()
        return instance

    async def remove(self, instance: Instance) -> None:
        """Take *instance* out of the world."""
        with self._live.deferred():
            self._live.simulator.remove(instance)
        await self._live.settle_async()

    @property
    def is_due(self) -> bool:
        """True if a webhook waits to be delivered."""
        return self._live.is_due

    def drop_due(self) -> None:
        """Forget the webhooks that are due."""
        self._live.drop_due()

    def is_busy(self, key: str) -> bool:
        """Return whether a webhook of one conversation is due, or being delivered."""
        return self._live.is_busy(key)

    def deferred(self) -> AbstractContextManager[None]:
        """Deliver nothing inside a block: what is due stays due, for *settle*."""
        return self._live.deferred()

    def watch(self, on_delivery: Callable[[Delivery], None], limit: int) -> None:
        """Call *on_delivery* with each delivery, and keep the newest *limit* in ``webhooks``."""

        def keep(delivery: Delivery) -> None:
            del self._live.webhooks[:-limit]
            on_delivery(delivery)

        self._live.on_delivery = keep

    @property
    def webhook_rules(self) -> tuple[Any, ...]:
        """The rules for webhooks, the newest first."""
        return tuple(self._live.rules)


@explain_each_misuse
class AsyncPhone:
    """A phone whose verbs are coroutines; all else is as of `Phone`."""

    def __init__(self, live: Live, phone: Phone) -> None:
        self._live = live
        self._phone = phone

    def __getattr__(self, name: str) -> Any:
        return getattr(self._phone, name)

    @property
    def call(self) -> AsyncCall | None:
        """The call at the ear now; None if there is none."""
        call = self._phone.call
        return None if call is None else AsyncCall(self._live, call)

    async def dial(self, number: str) -> AsyncCall:
        """Call *number*, a number of the account."""
        with self._live.deferred():
            call = self._phone.dial(number)
        await self._live.settle_async()
        return AsyncCall(self._live, call)

    async def text(self, number: str, body: str) -> AsyncPhone:
        """Write *body* to *number*, and let the application answer."""
        with self._live.deferred():
            self._live.simulator.receive_sms(To=number, From=self._phone.number, Body=body)
        await self._live.settle_async()
        await self._live.advance_async(world_parts.USUAL_SMS.after)
        return self

    async def reply(self, body: str) -> AsyncPhone:
        """Answer the newest message."""
        self._phone.check_inbox()
        return await self.text(self._phone.inbox[-1].From, body)

    async def expect_text(self, *words: str) -> AsyncPhone:
        """Advance time until a message that was not expected yet has all *words*, in any case."""
        await self._live.settle_async()
        while self._phone.find_text(words) is None and await self._live.step_async():
            pass
        with self._live.deferred():
            self._phone.take_text(words)
        return self

    async def pick_up(self) -> AsyncCall:
        """Advance time until the phone rings, and answer."""
        await self._await_ring()
        with self._live.deferred():
            call = self._phone.pick_up()
        await self._live.settle_async()
        return AsyncCall(self._live, call)

    async def busy(self) -> Instance:
        """Advance time until the phone rings, and be busy; return what let it ring."""
        return await self._refuse("busy")

    async def ignore(self) -> Instance:
        """Advance time until the phone rings, and rings no more; return what let it ring."""
        return await self._refuse("no-answer")

    async def _refuse(self, ends: str) -> Instance:
        await self._await_ring()
        with self._live.deferred():
            ringing = self._phone.check_ringing()
            self._phone.begin_refusal(ringing, ends)
        await self._live.settle_async()
        while not self._phone.has_stopped(ringing) and await self._live.step_async():
            pass
        return ringing

    async def _await_ring(self) -> None:
        await self._live.settle_async()
        while self._phone.ringing is None and await self._live.step_async():
            pass


@explain_each_misuse
class AsyncCall:
    """A call whose verbs are coroutines; all else is as of `PhoneCall`."""

    def __init__(self, live: Live, call: PhoneCall) -> None:
        self._live = live
        self._call = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    async def press(self, digits: str) -> AsyncCall:
        """Press keys, one after the other."""
        await self._live.settle_async()
        with self._live.deferred():
            self._call.press(digits)
        await self._live.settle_async()
        return self

    async def wait(self, seconds: float | None = None) -> AsyncCall:
        """Advance by *seconds*; None until somebody must act, or the call is over."""
        check_seconds("wait", seconds)
        if seconds is not None:
            await self._live.advance_async(seconds)
            return self
        await self._live.settle_async()
        while not is_waiting_for_person(self._call) and await self._live.step_async():
            pass
        return self

    async def speak(self, text: str = "", seconds: float | None = None) -> AsyncCall:
        """Speak, and let the time that it takes pass."""
        await self._live.settle_async()
        while self._call.is_before_beep and await self._live.step_async():
            pass
        with self._live.deferred():
            lasts = self._call.begin_speech(text, seconds)
        return await self.wait(lasts)

    async def expect(self, *words: str) -> AsyncCall:
        """Advance time until all *words* were heard, in any case."""
        await self._live.settle_async()
        while not (self._call.has_heard(words) or self._call.is_over):
            if not await self._live.step_async():
                break
        self._call.check_heard(words)
        return self

    async def hang_up(self) -> AsyncCall:
        """Hang up; nothing happens if the call is over."""
        await self._live.settle_async()
        with self._live.deferred():
            self._call.hang_up()
        await self._live.settle_async()
        return self
