"""A simulator whose initial state is inferred."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Unpack

from twreplay._http import Credentials, Reply, Request
from twreplay._simulator import Entry, Simulator, SimulatorOptions, UserRule
from twreplay._simulator.state.identifiers import Identifiers
from twreplay._simulator.state.store import Account
from twreplay._simulator.state.world import World

_LATEST = 253402000000


class RecordedIdentifiers(Identifiers):
    """A generator of identifiers that gives a recorded one first."""

    next_sid = ""

    def generate_sid(self, prefix: str) -> str:
        """Return the recorded identifier, once; after that a new one."""
        if not self.next_sid or not self.next_sid.startswith(prefix):
            return super().generate_sid(prefix)
        known, self.next_sid = self.next_sid, ""
        return known


class InferredSimulator(Simulator):
    """
    The simulator behind a cassette.

    Any token is accepted for a known account: a cassette holds none. A world without accounts
    takes the first account that a request names.
    """

    def __init__(self, **options: Unpack[SimulatorOptions]) -> None:
        super().__init__(**options)
        self.refused: frozenset[Credentials] = frozenset()

    def __repr__(self) -> str:
        return f"<Simulator {self.profile}, implied by a cassette>"

    @property
    def world(self) -> World:
        """The state, for the inference."""
        return self._world

    def reply(self, request: Request, ahead: UserRule | None = None) -> Reply:
        """Answer *request*; its credentials are accepted if the account is known."""
        with self._lock:
            given = request.credentials
            if given is not None and given not in self.refused:
                self._accept_credentials(given)
            return super().reply(request, ahead)

    def _accept_credentials(self, given: Credentials) -> None:
        accounts = self.world.accounts
        if not accounts and given.account_sid.startswith("AC"):
            self.world.ensure_account(given.account_sid)
        if given.account_sid in accounts:
            account = accounts[given.account_sid].instance
            if account.AuthToken != given.auth_token:
                self.world.patch(account, {"AuthToken": given.auth_token})

    @contextmanager
    def refuse(self, given: Credentials) -> Iterator[None]:
        """Refuse *given* for the length of a block."""
        self.refused = frozenset({given})
        try:
            yield
        finally:
            self.refused = frozenset()

    def handle_unjournaled(self, request: Request) -> Entry:
        """Answer *request*, with its effect, without adding it to the journal."""
        with self._lock:
            warns, self._undocumented = self._undocumented, "ignore"
            try:
                self.reply(request)
            finally:
                self._undocumented = warns
            return self._journal.pop()

    def advance_to(self, seconds: int) -> None:
        """Advance the clock to *seconds*, unless it is later already."""
        clock = self.world.clock
        if clock.seconds < seconds < _LATEST:
            clock.advance(seconds=seconds - clock.seconds)

    @property
    def _first(self) -> Account:
        if not self.world.accounts:
            self.world.ensure_account(Identifiers(self._seed).generate_sid("AC"))
        return next(self.world.iterate_accounts())

    def _make_world(self) -> None:
        self._made = self._new_world(RecordedIdentifiers(self._seed))


def convert_to_datetime(seconds: int) -> datetime:
    """Convert *seconds* to the start time of a simulator."""
    return datetime.fromtimestamp(min(max(seconds, 0), _LATEST), UTC)
