"""Recording from a simulator: what answers the requests that would have been sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from threading import Lock
from typing import Any

from twreplay._cassette import SimulatedBy
from twreplay._http import Interaction, Reply, Request
from twreplay._inference import continue_recording
from twreplay._interception import opened_since
from twreplay._ledger import Ledger
from twreplay._sessions.simulator import SimulationSession
from twreplay._simulator import Simulator
from twreplay._suggestion import check_choice
from twreplay.errors import UsageError

SOURCES = ("api", "simulator")


def check_source(given: object) -> Simulator | str | None:
    """
    Check the keyword *source*; None stands for the API.

    Raises:
        UsageError: It is neither a simulator nor the name of a source.
    """
    if given is None or isinstance(given, Simulator):
        return given
    if not isinstance(given, str):
        msg = f'source is a Simulator, "simulator" or "api", not {type(given).__name__}.'
        raise UsageError(msg)
    check_choice("source", "value", given, SOURCES)
    return None if given == "api" else given


class SimulatorSource:
    """
    Answers the requests of a session that records.

    Args:
        chosen: The simulator; ``simulator`` for that of the simulation which is open around the
            session, or a new one.

        options: The keywords of a new one. Without ``account_sid`` it takes the account of the
            first request, so that code with credentials of its own need not change.

        recorded: The content of the cassette, which a new one goes on from.

        ledger: The run; its tests that make one cassette together share a new simulator, so that
            no Sid is given twice. A test that records it once more gets a new one.

        name: The cassette, as *ledger* names it.
    """

    def __init__(
        self,
        chosen: Simulator | str,
        options: Mapping[str, Any],
        *,
        recorded: Sequence[Interaction] = (),
        ledger: Ledger | None = None,
        name: str = "",
    ) -> None:
        self._options = dict(options)
        self._recorded = recorded
        self._ledger = ledger
        self._name = name
        self._around = find_simulation(chosen if isinstance(chosen, Simulator) else None)
        self._simulator = chosen if isinstance(chosen, Simulator) else None
        if self._simulator is None and self._around is not None:
            self._simulator = self._around.simulator
        self._lock = Lock()

    def answer(
        self, request: Request, follow: Callable[[Simulator], None]
    ) -> tuple[Reply, SimulatedBy]:
        """
        Answer *request*, and tell which simulator did.

        Args:
            follow: Is given the simulator before it answers.
        """
        with self._lock:
            if self._simulator is None:
                self._simulator = self._share(request)
            simulator = self._simulator
            if self._around is not None:
                self._around.note_recorded(request)
        follow(simulator)
        by = SimulatedBy(
            profile=simulator.profile, seed=str(simulator.seed), version=version("twreplay")
        )
        return simulator.reply(request), by

    @property
    def may_be_ordered(self) -> bool:
        """
        True if nothing of the user's runs while the simulator answers.

        A rule or an application may wait for another thread's request.
        """
        simulator = self._simulator
        return simulator is None or (not simulator.rules and simulator._live is None)

    def _share(self, request: Request) -> Simulator:
        """Take the simulator that another test of the run recorded from, or make one."""
        if self._ledger is None:
            return self._make(request)
        test = self._ledger.test
        known, tests = self._ledger.worlds.get(self._name, (None, set[str]()))
        if isinstance(known, Simulator) and test not in tests:
            tests.add(test)
            return known
        made = self._make(request)
        self._ledger.worlds[self._name] = made, {test}
        return made

    def _make(self, request: Request) -> Simulator:
        """Make a simulator: a new one, or one in the state that the recording implies."""
        if not self._recorded:
            return Simulator(**(_take_account(request) | self._options))
        return continue_recording(self._recorded, self._options.get("profile"))


def find_simulation(simulator: Simulator | None = None) -> SimulationSession | None:
    """
    Find the innermost simulation that is open here; None without one.

    Args:
        simulator: The simulator that it must have.
    """
    for handler in opened_since(None):
        session = getattr(handler, "handler", handler)
        if isinstance(session, SimulationSession) and simulator in (None, session.simulator):
            return session
    return None


def _take_account(request: Request) -> dict[str, Any]:
    given = request.credentials
    if given is None or not (given.account_sid.startswith("AC") and given.account_sid.isalnum()):
        return {}
    token = given.auth_token
    if not (token and token.isprintable()):
        return {"account_sid": given.account_sid}
    return {"account_sid": given.account_sid, "auth_token": token}
