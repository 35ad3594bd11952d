"""The verbs as coroutines: the application runs in the running event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twreplay._live.phones import Phone, PhoneCall, is_waiting_for_person
from twreplay._simulator import live_parts as world_parts

if TYPE_CHECKING:
    from twreplay._live.live import Live


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
        for key in digits:
            with self._live.deferred():
                self._call.press(key)
            await self._live.settle_async()
        return self

    async def wait(self, seconds: float | None = None) -> AsyncCall:
        """Let *seconds* pass; None until somebody must act, or the call is over."""
        if seconds is not None:
            await self._live.advance_async(seconds)
            return self
        await self._live.settle_async()
        while not is_waiting_for_person(self._call) and await self._live.step_async():
            pass
        return self

    async def hang_up(self) -> AsyncCall:
        """Hang up; nothing happens if the call is over."""
        await self._live.settle_async()
        with self._live.deferred():
            self._call.hang_up()
        await self._live.settle_async()
        return self
