"""Answers the requests of a cassette's session: from the cassette, a fallback, or the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING

from twreplay._address import check_version
from twreplay._call_site import CallSite
from twreplay._cassette import (
    SIMULATED,
    Anchor,
    Cassette,
    CommandHints,
    FallbackHandler,
    MatchContext,
    Playback,
    Recorder,
    Recording,
    RecordMode,
    Redaction,
    SearchedCassette,
    build_interrupted_error,
    build_not_recorded_error,
    build_unmatched_error,
    build_unused_error,
    find_false_coding,
    find_section,
    format_operation,
    plain,
    reraise_at_exit,
)
from twreplay._fork import renew_lock_in_child
from twreplay._http import Headers, Interaction, Reply, Request, Response
from twreplay._interception import Handler, is_open
from twreplay._sessions.cassette_options import CassetteSettings
from twreplay._sessions.shared import SharedPlayback
from twreplay.errors import (
    CassetteNotFound,
    RecordingInterrupted,
    UnmatchedRequest,
    UnusedInteractions,
    UsageError,
)
from twreplay.faults import TruncatedBody

if TYPE_CHECKING:
    from twreplay._sessions.source import SimulatorSource
    from twreplay._sessions.two_way import WebhookTraffic
    from twreplay._simulator import Simulator


class CassetteHandler:
    """
    The handler of one cassette: plays what is on it, and has recorded what is not.

    Several threads may send requests; each request takes one interaction.

    Attributes:
        hosts: The hosts whose requests it takes.

        records: True if a request that is not on the cassette is sent and recorded.

        sends: True if the API answers what is recorded.

        rewrites: True if what is recorded takes the place of all that was on the cassette.

        asked_to_rewrite: True if the user chose that, and not *on_expiry*.

        was_missing: What was raised as there is no file; None if it was not.

        shared: The shared cassettes; None without any.

    Args:
        loaded: The content of the file; None if there is none.

        mode: The record mode, which need not be that of *settings*: a cassette may have expired.

        unfinished: Several sessions make the cassette, so that ``once`` still records.

        source: Answers what is recorded; by default the API.

        around: The sessions around this one, innermost first. What passes this one by goes to the
            first of them that is open and takes its host, or else to the network.

        missing: Raised for a request that nothing answers, as there is no file.

        shared: Answers what the cassette does not; None without shared cassettes.

        section: The test that records; empty if the file is not to say it.
    """

    def __init__(
        self,
        loaded: Recording | None,
        settings: CassetteSettings,
        *,
        name: str,
        mode: RecordMode,
        how_to: CommandHints,
        redaction: Redaction | None = None,
        fallback: FallbackHandler | None = None,
        unfinished: bool = False,
        source: SimulatorSource | None = None,
        around: tuple[Handler, ...] = (),
        missing: CassetteNotFound | None = None,
        shared: SharedPlayback | None = None,
        section: str = "",
    ) -> None:
        content = loaded or Recording()
        matching = settings.matching
        self.hosts = settings.hosts
        self.records = mode.records(exists=loaded is not None and not unfinished)
        self.rewrites = mode is RecordMode.REWRITE
        self.asked_to_rewrite = settings.record_mode is RecordMode.REWRITE
        self._name = name
        self._mode = mode
        self._matching = matching
        self._record_anew = how_to.record if source is None else how_to.simulate
        self._foreign = content.foreign
        self._fallback = fallback
        self._source = source
        self._origin = content.origin if loaded is not None and not self.rewrites else ""
        self._replays_simulation = self._origin == SIMULATED
        # What is added to a simulated cassette comes from a simulator too.
        simulates = self._replays_simulation or source is not None
        self._hints, self._simulates = how_to, simulates
        self._hooks = settings.hooks
        self._around, self._missing, self.shared = around, missing, shared
        self.was_missing: CassetteNotFound | None = None
        self.sends = (self.records and source is None) or settings.hooks.may_pass
        self.redaction = redaction or Redaction(loaded)
        self.recorder = Recorder(content, self.redaction, matching, mode, section)
        self.playback = self._build_playback(content, settings)
        self._anchor = Anchor()
        self._settings = settings
        self._webhooks = () if self.rewrites else content.webhooks
        self.traffic: WebhookTraffic | None = None
        self._recorded_at = content.recorded_at
        # One thread may come again: a matcher of the user's own that sends a request is told so.
        self._lock = RLock()
        renew_lock_in_child(self, RLock)
        self._order = RLock()
        self._in_flight: dict[int, Request] = {}
        if settings.app is not None:
            self.open_traffic()

    def _build_playback(self, content: Recording, settings: CassetteSettings) -> Playback:
        return Playback(
            () if self.rewrites else content.interactions,
            self.redaction,
            settings.matching,
            hosts=settings.hosts,
            replays=self._mode.replays(),
            allow_repeats=settings.allow_playback_repeats,
            foreign=content.foreign,
            ordered=settings.ordered,
            section=find_section(self.recorder.section, content.interactions),
        )

    def show(self) -> Cassette:
        """
        Return the cassette as a test sees it: a new view at each call, which the handler forgets.

        It holds the handler; a handler that held it would stay until garbage is collected, with
        every interaction.
        """
        return Cassette(
            self._name,
            self.playback,
            self.recorder,
            records=self.records,
            fallback=self._fallback,
            webhooks=self._webhooks,
            traffic=self.open_traffic,
            recorded_at=self._recorded_at,
            shared=self.shared.cassettes if self.shared is not None else (),
        )

    def open_traffic(self) -> WebhookTraffic:
        """Return what keeps webhooks and delivers them; made when it is first asked for."""
        if self.traffic is None:
            from twreplay._sessions.two_way import WebhookTraffic  # late: most cassettes have none

            self.traffic = WebhookTraffic(
                self._webhooks if self._mode.replays() else (),
                self.playback,
                self.redaction,
                app=self._settings.app,
                sign_with=self._settings.sign_with or "",
                name=self._name,
                records=self.records,
                how_to=self._how_to,
                find_anchor=lambda: self._anchor,
                keep=self._keep_webhook,
                change_answer=self._change_answer,
            )
        return self.traffic

    def _keep_webhook(self, anchor: Anchor, request: Request, response: Response) -> bool:
        """Record a webhook as the hooks want it; return False if they leave it out."""
        if self._hooks.changes:
            with self._lock:
                self.redaction.learn(Interaction(request, response))
            changed = self._hooks.change_webhook(request, plain(response))
            if changed is None:
                return False
            request, response = changed[0], _fit_length(changed[1])
        with self._lock:
            self.recorder.record_webhook(anchor, request, response)
        return True

    def _change_answer(self, request: Request, response: Response) -> Response:
        """Return the answer to a webhook as the hooks want it on the cassette."""
        if not self._hooks.responses:
            return response
        changed = self._hooks.change_response(request, plain(response))
        return response if changed is None else _fit_length(changed)

    @property
    def _how_to(self) -> CommandHints:
        hints = self._hints
        return replace(hints, record=hints.simulate) if self._simulates else hints

    def answer(self, request: Request, call_site: CallSite) -> Reply | None:
        """
        Answer *request* from the cassette; None if it is to be sent and recorded.

        Raises:
            NotSimulated: The request goes to another part of the host than this API version.

            UnmatchedRequest: No interaction answers it, and it may neither be recorded nor
                simulated.

            CassetteNotFound: There is no file.
        """
        check_version(request, call_site)
        if self.traffic is not None:
            self.traffic.learn(request)
            self.traffic.settle()
        asked = self._hooks.change_request(request)
        if asked is None:
            around = self._find_around(request)
            return around.answer(request, call_site) if around is not None else None
        with self._lock:
            self.redaction.secrets.learn_request(request)
            index = self.playback.take(asked)
            if index is not None:
                self._anchor = Anchor(index)
                if self._fallback is not None:
                    self._fallback.advance(index + len(self.shared or ()))
                return Reply(self.playback.interactions[index].response)
            if self.shared is not None and (index := self.shared.take(asked)) is not None:
                if self._fallback is not None:
                    self._fallback.advance(index)
                return Reply(self.shared.interactions[index].response)
            if self.records:
                self._refuse_mixture()
                if self._source is None:
                    return None
            else:
                sent = self.redaction.redact_request(asked)
                if self._missing is not None:
                    self.was_missing = self._build_missing_error(self._missing, sent)
                    raise self.was_missing.with_traceback(None)
                if self._fallback is not None:
                    return self._fallback.answer(sent)
                raise self._note_miss(sent, call_site)
        # What two threads send is recorded in the order in which it is answered.
        is_ordered = self._source.may_be_ordered and not self._hooks.changes
        with self._order if is_ordered else nullcontext():
            return self._record_simulated(asked, request)

    def describe_answer(self, reply: Reply) -> tuple[str, str]:
        """Return how *reply* came about, and from where, for the report of a run."""
        interactions = self.playback.interactions
        for index in (n for n, played in enumerate(self.playback.played) if played):
            if interactions[index].response is reply.response:
                return "replayed", f"interaction {index + 1} of {self._name}"
        if self.shared is not None and (place := self.shared.find_place(reply.response)):
            return "replayed", f"{place}, which is shared"
        if self._source is not None:
            return "recorded", f"the simulator, into {self._name}"
        return "simulated", f"the rules of the API, as {self._name} has no such interaction"

    def _record_simulated(self, asked: Request, request: Request) -> Reply:
        """Record the answer of the source to *request*, which the hooks made *asked* of."""
        assert self._source is not None
        # Without the lock: a rule of the user's own may wait for another thread's request.
        reply, by = self._source.answer(request, self._follow_simulator)
        with self._lock:
            self.recorder.simulated_by = by
        if reply.response is not None:
            kept = self._keep(asked, request, reply.response)
            if reply.delay_seconds and kept is not None:
                return replace(reply, on_lost=lambda: self._withdraw(kept))
        elif isinstance(reply.failure, TruncatedBody):
            with self._lock:
                self.recorder.interrupt(request, "the simulator broke the response off")
        return reply

    def _withdraw(self, kept: Interaction) -> None:
        """Take *kept* out of the recording: the client had given up before it came."""
        with self._lock:
            place = self.recorder.withdraw(kept)
            if place is not None:
                self._anchor = self._anchor.pass_over(place)

    def _follow_simulator(self, simulator: Simulator) -> None:
        """Keep the webhooks of *simulator*, if it has or gets an application."""
        if self._settings.app is not None or simulator._live is not None:
            self.open_traffic().follow(simulator)

    def _refuse_mixture(self) -> None:
        """
        See to it that a cassette holds answers of one origin.

        Raises:
            UsageError: It holds answers of the API and the simulator is to add one, or the other
                way around. Nothing was sent.
        """
        is_simulated = self._source is not None
        if not self._origin or (self._origin == SIMULATED) == is_simulated:
            return
        if not is_simulated or len(self.playback.interactions):
            there, new = ("API", "simulator") if is_simulated else ("simulator", "API")
            raise UsageError(
                f"{self._name} was recorded from the {there}, so nothing is added to it from the "
                f"{new}. Record all of it again: {self._record_anew('rewrite')}"
            )

    @property
    def has_played_simulation(self) -> bool:
        """True if an answer was played that was recorded from a simulator."""
        if self.shared is not None and self.shared.plays_simulation:
            return True
        return self._replays_simulation and any(self.playback.played)

    def _build_missing_error(self, missing: CassetteNotFound, sent: Request) -> CassetteNotFound:
        """Build the error for *sent*, redacted already: there is no file that could answer it."""
        if self.shared is None:
            return missing
        names = ", ".join(file.name for file in self.shared.files)
        fact = ("shared", f"{names}, without an answer to {format_operation(sent)}")
        said = missing.explanation
        error = CassetteNotFound(replace(said, facts=(*said.facts, fact)))
        error.path = missing.path
        return error

    def _note_miss(self, sent: Request, call_site: CallSite) -> UnmatchedRequest:
        """Note that nothing answers *sent*, redacted already, and build the error for it."""
        context = MatchContext(
            own=SearchedCassette(
                name=self._name,
                interactions=self.playback.interactions,
                played=self.playback.played,
                foreign=self._foreign,
            ),
            mode=self._mode.value,
            matching=self._matching,
            how_to=self._how_to,
            next_in_order=self.playback.next_in_order,
            section=self._played_section,
            shared=self.shared.describe() if self.shared is not None else (),
        )
        error = build_unmatched_error(sent, call_site(), context)
        self.playback.misses.append(error)
        return error

    def sent(self, request: Request) -> None:
        """Note that *request* goes out now, so that the end shows whether it has a response."""
        # By identity: a value may be sent twice at once. The request is held, so the number is its.
        self._in_flight[id(request)] = request

    def not_sent(self, request: Request) -> None:
        """Note that *request* did not go out after all."""
        self._in_flight.pop(id(request), None)

    def give_up_in_flight(self) -> None:
        """Note that nothing more comes for what is still in flight: the session closes."""
        for request in list(self._in_flight.values()):
            self.interrupted(request, "still in flight when the session closed")

    def record(self, request: Request, response: Response) -> None:
        """Keep a response of the API, unless it passes or is left out."""
        self._in_flight.pop(id(request), None)
        with self._noting_failure(request, "before_record_request"):
            asked = self._hooks.change_request(request)
        if asked is not None:
            self._keep(asked, request, response)
        elif (around := self._find_around(request)) is not None:
            around.record(request, response)

    def _find_around(self, request: Request) -> Handler | None:
        """Find the nearest session around this one that is open and takes *request*."""
        for handler in self._around:
            if request.host in handler.hosts and is_open(handler):
                return handler
        return None

    def _keep(self, asked: Request, request: Request, response: Response) -> Interaction | None:
        """
        Record *response* as the hooks want it.

        Without the lock while a hook runs, which may send a request or wait for another thread's.

        Args:
            asked: *request* as the hooks want it.

        Returns:
            What is recorded; None if the response is left out.
        """
        if self._hooks.is_skipped(response.status, is_simulated=self._source is not None):
            with self._lock:
                self.recorder.skip(asked, response.status)
            return None
        if (coding := find_false_coding(response)) is not None:
            problem = f"its body is text and not the {coding} that it says it is"
            with self._lock:
                self.recorder.interrupt(asked, f"{problem}, which a cassette cannot repeat")
            return None
        if self._hooks.responses:
            with self._lock:
                self.redaction.secrets.learn_request(request)
                self.redaction.secrets.learn_response(response)
            with self._noting_failure(asked, "before_record_response"):
                changed = self._hooks.change_response(asked, plain(response))
            if changed is None:
                return None
            response = _fit_length(changed)
        with self._lock:
            kept = self.recorder.record(asked, response)
            self._anchor = Anchor(len(self.recorder) - 1, is_fresh=True)
        return kept

    @contextmanager
    def _noting_failure(self, request: Request, hook: str) -> Iterator[None]:
        """
        Note that the response to *request* is not recorded, as the hook fails.

        The code under test may catch that, and a recording without the response looks whole.
        """
        try:
            yield
        except BaseException as error:
            # Without its text, in which may be what the hook was to take out.
            problem = f"{hook} raised {type(error).__name__} for it"
            with self._lock:
                self.recorder.interrupt(request, problem)
            raise

    def interrupted(self, request: Request, problem: str) -> None:
        """Note that no whole response to *request* came; none of it is kept."""
        self._in_flight.pop(id(request), None)
        asked = self._hooks.change_request(request)
        if asked is not None:
            with self._lock:
                self.recorder.interrupt(asked, problem)
        elif (around := self._find_around(request)) is not None:
            around.interrupted(request, problem)

    def count_requests(self) -> int:
        """Count the requests that were answered, recorded or refused."""
        cassette = self.show()
        missed = len(cassette.unmatched) + len(cassette.simulated)
        of_shared = self.shared.play_count if self.shared is not None else 0
        return cassette.play_count + of_shared + len(self.recorder) + missed

    def find_leak(self, text: str) -> str | None:
        """Return the place in *text* of a secret of this session, or None."""
        return self.redaction.secrets.find_leak(text)

    def list_left_over(self) -> tuple[Interaction, ...]:
        """
        Return the interactions that should have been played, and were not.

        Of a cassette that several tests recorded into, a test has to play its own section; all of
        it, if it has none there, as after it was renamed.
        """
        if self.records:
            return ()
        left = self.show().unused
        own = self._list_own_section() if left else []
        if not own:
            return left
        return tuple(one for one in left if one.recorded_by == own[0].recorded_by)

    @property
    def _played_section(self) -> str:
        return find_section(self.recorder.section, self.playback.interactions)

    def _list_own_section(self) -> list[Interaction]:
        section = self._played_section
        return [one for one in self.playback.interactions if section and one.recorded_by == section]

    def build_unmatched_error(self, *, allow_unused: bool = False) -> UnmatchedRequest | None:
        """
        Build the error of the first unanswered request, to raise at the end; None without one.

        It also lists unused interactions: often both have the same cause.
        """
        misses = self.playback.misses
        if not misses:
            return None
        left = () if allow_unused else self.list_left_over()
        return reraise_at_exit(misses[0], len(misses), left)

    def build_unused_error(self) -> UnusedInteractions | None:
        """Build the error for interactions that were never played; None without any."""
        left = self.list_left_over()
        if not left:
            return None
        return build_unused_error(
            left,
            len(self._list_own_section() or self.playback.interactions),
            self._name,
            self._how_to,
            simulated=len(self.show().simulated),
            section=self._played_section,
        )

    def build_interrupted_error(self) -> RecordingInterrupted | None:
        """Build the error for a response that broke off and was not requested again, or None."""
        interruption, missing = self.recorder.interruption, self.recorder.missing
        if interruption is None and missing is not None:
            return build_not_recorded_error(*missing, self._name, self._how_to)
        if interruption is None:
            return None
        return build_interrupted_error(*interruption, self._name, self._how_to)


def _fit_length(response: Response) -> Response:
    """Return *response* with the length of its body where it has one."""
    given, length = response.headers.get("content-length"), str(len(response.body))
    if given is None or given == length:
        return response
    pairs = [
        (name, length if name.lower() == "content-length" else value)
        for name, value in response.headers.pairs
    ]
    return Response(response.status, Headers(pairs), response.body, response.reason)
