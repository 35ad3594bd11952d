"""A simulator that begins with nothing but what it is told of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Unpack

from twreplay._http import Credentials, Reply, Request
from twreplay._simulator import Entry, Simulator, SimulatorOptions, UserRule
from twreplay._simulator.state.identifiers import Identifiers
from twreplay._simulator.state.world import Account, World

_LATEST = 253402000000


class Foretold(Identifiers):
    """Identifiers of which the next is known, because it was recorded."""

    next_sid = ""

    def sid(self, prefix: str) -> str:
        """The identifier that was recorded, once; after that a new one."""
        if not self.next_sid or not self.next_sid.startswith(prefix):
            return super().sid(prefix)
        known, self.next_sid = self.next_sid, ""
        return known


class ImpliedSimulator(Simulator):
    """
    The simulator behind a cassette.

    Any token goes with a known account: a cassette holds none. A world of which nothing is known
    takes the first account that it hears of.
    """

    def __init__(self, **options: Unpack[SimulatorOptions]) -> None:
        super().__init__(**options)
        self.refused: frozenset[Credentials] = frozenset()

    def __repr__(self) -> str:
        return f"<Simulator {self.profile}, implied by a cassette>"

    @property
    def world(self) -> World:
        """The state, for who infers it."""
        return self._world

    def reply(self, request: Request, ahead: UserRule | None = None) -> Reply:
        """Answer *request*; its credentials are good if the account is known."""
        with self._lock:
            given = request.credentials
            if given is not None and given not in self.refused:
                self._believe(given)
            return super().reply(request, ahead)

    def _believe(self, given: Credentials) -> None:
        accounts = self.world.accounts
        if not accounts and given.account_sid.startswith("AC"):
            self.world.know(given.account_sid)
        if given.account_sid in accounts:
            account = accounts[given.account_sid].instance
            if account.AuthToken != given.auth_token:
                self.world.patch(account, {"AuthToken": given.auth_token})

    @contextmanager
    def refusing(self, given: Credentials) -> Iterator[None]:
        """Refuse *given* for the length of a block."""
        self.refused = frozenset({given})
        try:
            yield
        finally:
            self.refused = frozenset()

    def aside(self, request: Request) -> Entry:
        """How *request* is answered, with its effect, but not as one that somebody made."""
        with self._lock:
            warns, self._undocumented = self._undocumented, "ignore"
            try:
                self.reply(request)
            finally:
                self._undocumented = warns
            return self._journal.pop()

    def moved_to(self, seconds: int) -> None:
        """Let it be *seconds*, or later if it is; what is due until then happens."""
        clock = self.world.clock
        if clock.seconds < seconds < _LATEST:
            clock.advance(seconds=seconds - clock.seconds)

    @property
    def _first(self) -> Account:
        if not self.world.accounts:
            self.world.know(Identifiers(self._seed).sid("AC"))
        return next(self.world.each_account())

    def _make_world(self) -> None:
        self._made = self._new_world(Foretold(self._seed))


def moment(seconds: int) -> datetime:
    """*seconds* as the time that a simulator begins at."""
    return datetime.fromtimestamp(min(max(seconds, 0), _LATEST), UTC)
