"""The face of calls that live: applications that are attached, and people with phones."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from twreplay._suggestion import explain_each_misuse

if TYPE_CHECKING:
    from twreplay._delivery import Delivery
    from twreplay._live import AsyncVerbs, Live, Phone, WebhookRule
    from twreplay._simulator.state.world import World
    from twreplay.errors import UnreadNotifications


@explain_each_misuse
class LiveFace:
    """What a test attaches, dials and hears. Loaded with the first application or phone."""

    if TYPE_CHECKING:
        # Any: the package is above this one, and is loaded late.
        _live: Any
        _unexpected: str

        @property
        def _world(self) -> World: ...

    def attach(
        self,
        app: object,
        base_url: str | None = None,
        *,
        raise_errors: bool = True,
        seen_as: str | None = None,
        fetch_audio: bool = False,
    ) -> None:
        """
        Attach an application: calls and messages fetch its TwiML, and run it.

        Args:
            app: A WSGI or ASGI application, or the base URL of a server that runs.

            base_url: The public base of its URLs; None for every URL that no other base matches.

            raise_errors: Let an exception inside the application come out of the verb that let
                time pass. Otherwise it is a 500, as the API would see it.

            seen_as: The scheme, host and port at which requests arrive behind a proxy that ends
                TLS.

            fetch_audio: Request the audio of ``<Play>`` below *base_url* as well: what is missing
                or no audio is logged, and a WAV file lasts as long as it is. Otherwise audio is
                taken to be there, and to last five seconds.

        Raises:
            UsageError: One of the arguments is something else.
        """
        self._open_live().attach(
            app, base_url, raise_errors=raise_errors, seen_as=seen_as, fetch_audio=fetch_audio
        )

    @property
    def webhooks(self) -> tuple[Delivery, ...]:
        """Each request that was made to an application, oldest first, with what came of it."""
        return () if self._live is None else tuple(self._live.webhooks)

    def phone(self, number: str) -> Phone:
        """
        Return the phone of the person with *number*.

        Raises:
            UsageError: *number* is no phone number.
        """
        return self._open_live().find_phone(number)

    @property
    def aio(self) -> AsyncVerbs:
        """The verbs as coroutines, for an ASGI application in the running event loop."""
        verbs: AsyncVerbs = import_module("twreplay._live").AsyncVerbs(self._open_live())
        return verbs

    def when_calling(self, path: str, *, times: int | None = None, **fields: str) -> WebhookRule:
        """
        Begin a rule for webhooks: ``when_calling("/voice").fail(503)``.

        Args:
            path: The path of the URL; ``*`` stands for anything.

            times: How many webhooks it is for; None for all.

            fields: What parameters of the webhook must be, by name.

        Raises:
            UsageError: *path* is no path, or *times* is below 1.
        """
        return self._open_live().add_rule(path, times, fields)

    def expect_nothing_more(self) -> None:
        """
        Check that no call goes on, and nobody got a call or a message that no phone was asked for.

        Raises:
            AssertionError: Somebody has; the message names them.
        """
        if self._live is not None:
            self._live.expect_nothing_more()

    def check_unexpected(self) -> None:
        """
        As *expect_nothing_more*, with ``unexpected="fail"``.

        Raises:
            AssertionError: Somebody got more than the test looked at.
        """
        if self._live is not None and self._unexpected == "fail":
            self._live.expect_nothing_more()

    def unread_notifications(self) -> UnreadNotifications | None:
        """Return an error for unread errors of attached applications, or None."""
        found: UnreadNotifications | None = None
        if self._live is not None:
            found = self._live.build_unread_error()
        return found

    def transcripts(self) -> str:
        """Return the transcript of each call that ran, oldest first; empty if none did."""
        return "" if self._live is None else str(self._live.transcripts())

    def _open_live(self) -> Live:
        if self._live is None:
            # By name: the layers above know this one, and not the other way round.
            self._live = import_module("twreplay._live").Live(self)
            self._live.enliven(self._world)
        live: Live = self._live
        return live

    def _enliven(self, world: World) -> None:
        """Let the attached applications answer for *world*."""
        if self._live is not None:
            self._live.enliven(world)

    def _settle(self) -> None:
        if self._live is not None:
            self._live.settle()

    def _lives(self) -> bool:
        """Return whether something runs, or ran, or is due, or is remembered of what ran."""
        if self._live is None:
            return False
        is_under_way = self._world.runs or self._world.arrivals or self._live.is_due
        return bool(is_under_way or self._live.has_memory)

    def _forget_what_lives(self) -> None:
        """Forget what is due and remembered beside the world: the world is another one."""
        if self._live is not None:
            self._live.rewind(import_module("twreplay._live").NOTHING)

    def _keep_what_lives(self) -> Callable[[], None]:
        """Return what restores what lives beside the world, once the world is restored."""
        mark = None if self._live is None else self._live.mark()

        def restore() -> None:
            if mark is None:
                self._forget_what_lives()
            else:
                self._live.rewind(mark)

        return restore

    def _keep_due(self) -> Callable[[], None]:
        """As *_keep_what_lives*, while no webhook is delivered."""
        if self._live is None:
            return _do_nothing
        mark = self._live.mark_due()
        return lambda: self._live.rewind_due(mark)


def _do_nothing() -> None:
    pass


def rest_applications(face: LiveFace) -> None:
    """End what the attached applications keep between their requests: loops and lifespans."""
    if face._live is not None:
        face._live.deliverer.applications.rest()


async def rest_applications_async(face: LiveFace) -> None:
    """As *rest_applications*, for those that run in the running loop."""
    if face._live is not None:
        await face._live.deliverer.applications.rest_async()
