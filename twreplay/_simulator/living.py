"""The face of calls that live: applications that are attached, and people with phones."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twreplay._simulator.state.world import World


class LiveFace:
    """What a test attaches, dials and hears. Loaded with the first application or phone."""

    if TYPE_CHECKING:
        # Any: the package is above this one, and is loaded late.
        _live: Any

        @property
        def _world(self) -> World: ...

    def attach(
        self,
        app: object,
        base_url: str | None = None,
        *,
        raise_errors: bool = True,
        seen_as: str | None = None,
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

        Raises:
            UsageError: One of the arguments is something else.
        """
        self._open_live().attach(app, base_url, raise_errors=raise_errors, seen_as=seen_as)

    @property
    def webhooks(self) -> tuple[Any, ...]:
        """Each request that was made to an application, oldest first, with what came of it."""
        return () if self._live is None else tuple(self._live.webhooks)

    def phone(self, number: str) -> Any:
        """
        Return the phone of the person with *number*.

        Raises:
            UsageError: *number* is no phone number.
        """
        return self._open_live().find_phone(number)

    @property
    def aio(self) -> Any:
        """The verbs as coroutines, for an ASGI application in the running event loop."""
        return import_module("twreplay._live").AsyncVerbs(self._open_live())

    def when_calling(self, path: str, *, times: int | None = None, **fields: str) -> Any:
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
        Check that nobody has a call or an unread message that no phone was asked for.

        Raises:
            AssertionError: Somebody has; the message names them.
        """
        if self._live is not None:
            self._live.expect_nothing_more()

    def transcripts(self) -> str:
        """Return the transcript of each call that ran, oldest first; empty if none did."""
        return "" if self._live is None else str(self._live.transcripts())

    def _open_live(self) -> Any:
        if self._live is None:
            # By name: the layers above know this one, and not the other way round.
            self._live = import_module("twreplay._live").Live(self)
        return self._live

    def _enliven(self, world: World) -> None:
        """Let the attached applications answer for *world*."""
        if self._live is not None:
            self._live.enliven(world)

    def _settle(self) -> None:
        if self._live is not None:
            self._live.settle()
