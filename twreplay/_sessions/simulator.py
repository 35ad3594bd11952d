"""Sessions that answer requests from a simulator."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, cast, overload

from twreplay._address import check_version, parse_hosts
from twreplay._call_site import CallSite
from twreplay._docstring import with_keywords
from twreplay._http import Reply, Request, Response
from twreplay._interception import Handler, activate, deactivate, instrument, is_rehearsal
from twreplay._ledger import Use, current_ledger
from twreplay._options import keep_iterators
from twreplay._sessions.context import Close, SessionContext
from twreplay._sessions.unittest_outcome import has_unittest_failed
from twreplay._simulator import (
    Simulator,
    SimulatorOptions,
    check_options,
    rest_applications,
    rest_applications_async,
)
from twreplay._stats import current_stats
from twreplay._suggestion import explain_misuse
from twreplay.errors import TwreplayError, UsageError

if TYPE_CHECKING:
    from responses import RequestsMock

P = ParamSpec("P")
T = TypeVar("T")


def check_left_over(simulator: Simulator) -> None:
    """
    Check at the end of a test that succeeded that *simulator* holds nothing unread.

    Raises:
        UnusedRules: A user rule was not used.

        UnreadNotifications: An attached application failed, and its notifications were not read.

        AssertionError: A call or message to somebody is left, with ``unexpected="fail"``.
    """
    if not simulator.allow_unused:
        left = simulator.unused_rules() or simulator.unread_notifications()
        if left is not None:
            raise left
    simulator.check_unexpected()


class SimulationSession:
    """One simulator that answers the API's requests while it is open."""

    def __init__(self, simulator: Simulator, hosts: frozenset[str]) -> None:
        self.hosts = hosts
        self.simulator = simulator
        requests = simulator.requests
        self._before = requests.dropped + len(requests)
        self._use: Use | None = None
        self._recorded: list[Request] = []
        self._was_replayed = False
        self._active: Handler | None = None

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> SimulationSession:
        """
        Check the options and build a session with a new simulator.

        Raises:
            UsageError: An unknown keyword or value, naming the nearest valid one.
        """
        simulator = Simulator(**cast("SimulatorOptions", options))
        return cls(simulator, parse_hosts(simulator.hosts))

    def open(self) -> Simulator:
        """Intercept the API's requests from here on."""
        self._active = instrument(self, self.simulator)
        activate(self._active)
        if (ledger := current_ledger()) is not None:
            self._use = ledger.open_use(lambda: len(self.simulator.requests), lambda: None)
        return self.simulator

    def close(self, error: BaseException | None = None, *, failed: bool = False) -> None:
        """
        Stop intercepting, and raise an error for unused rules.

        Args:
            error: The exception of the block; it is not replaced by one that is raised here.

            failed: The block failed, though its exception is not at hand.

        Raises:
            UnusedRules: The block succeeded, and a user rule was not used.

            UnreadNotifications: The block succeeded, an attached application failed, and nobody
                looked at the notifications.

            AssertionError: It succeeded, and left a call or message to somebody that the test did
                not look at, with ``unexpected="fail"``.

            Exception: It succeeded, and the lifespan of an attached application raised this.
        """
        if self._active is not None:
            deactivate(self._active)
        # Mostly the session itself: without the cycle it goes at once, with the simulator and all
        # that it answered. To look for them as garbage took a tenth of a test of three requests.
        self._active = None
        use, self._use = self._use, None
        if use is not None:
            use.ledger.close_use(use)
            # A test failed that used the session, open for more than a block.
            failed = failed or (use.outlived_its_frame and not use.is_good())
        self._update_stats(use.tests if use is not None else ())
        try:
            rest_applications(self.simulator)
        except Exception:
            if error is None and not failed:
                raise
        if error is not None or failed or is_rehearsal() or self._was_replayed:
            return
        try:
            check_left_over(self.simulator)
        except (AssertionError, TwreplayError):
            if not has_unittest_failed():
                raise

    def note_recorded(self, request: Request) -> None:
        """Note that a cassette counts *request*, because the cassette recorded its answer."""
        self._recorded.append(request)

    def note_replayed(self) -> None:
        """Note that a recording of this simulation was replayed, so that no rule was asked."""
        self._was_replayed = True

    def _update_stats(self, tests: Collection[str]) -> None:
        tally = current_stats()
        if tally is None:
            return
        entries = [entry for entry in self.simulator.requests if entry.number > self._before]
        recorded = {id(request) for request in self._recorded}
        counted = [entry for entry in entries if id(entry.request) not in recorded]
        tally.count("simulated", [(entry.request, entry.response) for entry in counted], tests)
        # Once for each session, and so for each test.
        tally.questions.update({met.number for entry in entries for met in entry.rests_on})

    def answer(self, request: Request, call_site: CallSite) -> Reply:
        """Answer *request* from the simulator: nothing is ever sent."""
        check_version(request, call_site)
        return self.simulator.reply(request)

    def sent(self, request: Request) -> None:
        """Never called: no request is let through."""

    def not_sent(self, request: Request) -> None:
        """Never called: no request is let through."""

    def record(self, request: Request, response: Response) -> None:
        """Never called: no request is let through."""

    def interrupted(self, request: Request, problem: str) -> None:
        """Never called: no request is let through."""


class SimulationContext(SessionContext[Simulator]):
    """Context manager and decorator that ``simulate`` returns."""

    parameter = "twilio"

    def __init__(self, options: SimulatorOptions) -> None:
        super().__init__("simulate")
        keep_iterators(cast("dict[str, Any]", options))
        self._options = options
        self._session: SimulationSession | None = None
        # Checked here, so that the error points at the line with the wrong keyword.
        check_options(options)
        parse_hosts(options.get("hosts"))

    def _open(self) -> tuple[Simulator, Close]:
        session = self._session = SimulationSession.from_options(self._options)
        return session.open(), session.close

    async def _finish_async(self) -> None:
        if self._session is not None:
            await rest_applications_async(self._session.simulator)

    def _recreate(self, function: Callable[..., Any], name: str) -> SimulationContext:
        return SimulationContext(self._options)

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts whose requests it takes."""
        return parse_hosts(self._options.get("hosts"))


@overload
def simulate(function: Callable[P, T], /) -> Callable[..., T]: ...
@overload
def simulate(**options: Unpack[SimulatorOptions]) -> SimulationContext: ...
def simulate(
    function: Callable[..., Any] | None = None, /, **options: Unpack[SimulatorOptions]
) -> Any:
    """
    Answer the API's requests from a simulator while a block or a function runs.

    As a decorator it gives each call a new simulator, and passes it as ``twilio`` if the function
    has such a parameter.

    Args:
        options: The keywords of ``SimulatorOptions``.

    Raises:
        UsageError: A keyword or value that does not exist.
    """
    context = SimulationContext(options)
    return context if function is None else context(function)


simulate.__doc__ = with_keywords(simulate.__doc__, SimulatorOptions)


@explain_misuse
def add_to_responses(simulator: Simulator, mock: RequestsMock | None = None) -> None:
    """
    Add *simulator* to a suite that is built on ``responses``.

    Args:
        mock: The ``RequestsMock`` to add it to; by default the one that ``@responses.activate``
            opens. It handles requests to other hosts itself.
    """
    from twreplay._interception import HandlerResponse, default_mock

    if not isinstance(simulator, Simulator):
        msg = f"add_to_responses takes a Simulator, not {type(simulator).__name__}."
        raise UsageError(msg)
    if mock is not None and not hasattr(mock, "add"):
        msg = f"add_to_responses takes a RequestsMock of responses, not {type(mock).__name__}."
        raise UsageError(msg)
    (mock or default_mock).add(
        HandlerResponse(SimulationSession(simulator, parse_hosts(simulator.hosts)))
    )
