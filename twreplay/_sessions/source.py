"""Recording from a simulator: what answers the requests that would have been sent."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from threading import Lock
from typing import Any

from twreplay._cassette import SimulatedBy
from twreplay._http import Reply, Request
from twreplay._interception import opened_since
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
    """

    def __init__(self, chosen: Simulator | str, options: Mapping[str, Any]) -> None:
        self._options = dict(options)
        self._simulator = chosen if isinstance(chosen, Simulator) else _find_enclosing()
        self._lock = Lock()

    def answer(self, request: Request) -> tuple[Reply, SimulatedBy]:
        """Answer *request*, and tell which simulator did."""
        with self._lock:
            if self._simulator is None:
                self._simulator = Simulator(**(_take_account(request) | self._options))
            simulator = self._simulator
        by = SimulatedBy(
            profile=simulator.profile, seed=str(simulator.seed), version=version("twreplay")
        )
        return simulator.reply(request), by


def _find_enclosing() -> Simulator | None:
    for handler in opened_since(None):
        session = getattr(handler, "handler", handler)
        simulator = getattr(session, "simulator", None)
        if isinstance(simulator, Simulator):
            return simulator
    return None


def _take_account(request: Request) -> dict[str, Any]:
    given = request.credentials
    if given is None or not (given.account_sid.startswith("AC") and given.account_sid.isalnum()):
        return {}
    token = given.auth_token
    if not (token and token.isprintable()):
        return {"account_sid": given.account_sid}
    return {"account_sid": given.account_sid, "auth_token": token}
