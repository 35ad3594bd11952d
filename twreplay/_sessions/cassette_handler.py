"""Answers the requests of a cassette's session: from the cassette, a fallback, or the API."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from twreplay._address import check_version
from twreplay._cassette import (
    SIMULATED,
    Cassette,
    CommandHints,
    FallbackHandler,
    MatchContext,
    Playback,
    Recorder,
    Recording,
    RecordMode,
    Redaction,
    build_interrupted_error,
    build_unmatched_error,
    build_unused_error,
    reraise_at_exit,
)
from twreplay._fork import renew_lock_in_child
from twreplay._http import Reply, Request, Response
from twreplay._sessions.cassette_options import CassetteSettings
from twreplay.errors import (
    RecordingInterrupted,
    UnmatchedRequest,
    UnusedInteractions,
    UsageError,
)
from twreplay.faults import TruncatedBody

if TYPE_CHECKING:
    from twreplay._sessions.source import SimulatorSource


class CassetteHandler:
    """
    The handler of one cassette: plays what is on it, and has recorded what is not.

    Several threads may send requests; each request takes one interaction.

    Attributes:
        hosts: The hosts whose requests it takes.

        records: True if a request that is not on the cassette is sent and recorded.

        sends: True if the API answers what is recorded.

        rewrites: True if what is recorded takes the place of all that was on the cassette.

        replays_simulation: True if what is on the cassette was recorded from a simulator.

        asked_to_rewrite: True if the user chose that, and not *on_expiry*.

    Args:
        loaded: The content of the file; None if there is none.

        mode: The record mode, which need not be that of *settings*: a cassette may have expired.

        unfinished: Several sessions make the cassette, so that ``once`` still records.

        source: Answers what is recorded; by default the API.
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
        self.replays_simulation = self._origin == SIMULATED
        # What is added to a simulated cassette comes from a simulator too.
        simulates = self.replays_simulation or source is not None
        self._how_to = replace(how_to, record=how_to.simulate) if simulates else how_to
        self.sends = self.records and source is None
        self.redaction = redaction or Redaction(loaded)
        self.recorder = Recorder(content, self.redaction, matching, mode)
        self.playback = Playback(
            () if self.rewrites else content.interactions,
            self.redaction,
            matching,
            hosts=settings.hosts,
            replays=mode.replays(),
            allow_repeats=settings.allow_playback_repeats,
            foreign=content.foreign,
        )
        self.cassette = Cassette(
            name, self.playback, self.recorder, records=self.records, fallback=fallback
        )
        self._lock = Lock()
        renew_lock_in_child(self, Lock)

    def answer(self, request: Request, call_site: str) -> Reply | None:
        """
        Answer *request* from the cassette; None if it is to be sent and recorded.

        Raises:
            NotSimulated: The request goes to another part of the host than this API version.

            UnmatchedRequest: No interaction answers it, and it may neither be recorded nor
                simulated.
        """
        check_version(request, call_site)
        with self._lock:
            self.redaction.secrets.learn_request(request)
            index = self.playback.take(request)
            if index is not None:
                if self._fallback is not None:
                    self._fallback.advance(index)
                return Reply(self.playback.interactions[index].response)
            if self.records:
                self._refuse_mixture()
                if self._source is None:
                    return None
            else:
                sent = self.redaction.redact_request(request)
                if self._fallback is not None:
                    return self._fallback.answer(sent)
                raise self._note_miss(sent, call_site)
        return self._record_simulated(request)

    def _record_simulated(self, request: Request) -> Reply:
        """Have the source answer *request*, and record it as a response of the API."""
        assert self._source is not None
        # Without the lock: a rule of the user's own may wait for another thread's request.
        reply, by = self._source.answer(request)
        with self._lock:
            self.recorder.simulated_by = by
            if reply.response is not None:
                self.recorder.record(request, reply.response)
            elif isinstance(reply.failure, TruncatedBody):
                self.recorder.interrupt(request, "the simulator broke the response off")
        return reply

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

    def _note_miss(self, sent: Request, call_site: str) -> UnmatchedRequest:
        """Note that nothing answers *sent*, redacted already, and build the error for it."""
        context = MatchContext(
            cassette=self._name,
            mode=self._mode.value,
            matching=self._matching,
            interactions=self.playback.interactions,
            played=self.playback.played,
            foreign=self._foreign,
            how_to=self._how_to,
        )
        error = build_unmatched_error(sent, call_site, context)
        self.playback.misses.append(error)
        return error

    def record(self, request: Request, response: Response) -> None:
        """Keep a response of the API."""
        with self._lock:
            self.recorder.record(request, response)

    def interrupted(self, request: Request, problem: str) -> None:
        """Note that the response to *request* broke off; none of it is kept."""
        with self._lock:
            self.recorder.interrupt(request, problem)

    def count_requests(self) -> int:
        """Count the requests that were answered, recorded or refused."""
        cassette = self.cassette
        missed = len(cassette.unmatched) + len(cassette.simulated)
        return cassette.play_count + len(self.recorder) + missed

    def find_leak(self, text: str) -> str | None:
        """Return the place in *text* of a secret of this session, or None."""
        return self.redaction.secrets.find_leak(text)

    def build_unmatched_error(self, *, allow_unused: bool = False) -> UnmatchedRequest | None:
        """
        Build the error of the first unanswered request, to raise at the end; None without one.

        It also lists unused interactions: often both have the same cause.
        """
        misses = self.playback.misses
        if not misses:
            return None
        left = () if allow_unused or self.records else self.cassette.unused
        return reraise_at_exit(misses[0], len(misses), left)

    def build_unused_error(self) -> UnusedInteractions | None:
        """Build the error for interactions that were never played; None without any."""
        left = self.cassette.unused
        if not left or self.records:
            return None
        total, simulated = len(self.playback.interactions), len(self.cassette.simulated)
        return build_unused_error(left, total, self._name, self._how_to, simulated=simulated)

    def build_interrupted_error(self) -> RecordingInterrupted | None:
        """Build the error for a response that broke off and was not requested again, or None."""
        interruption = self.recorder.interruption
        if interruption is None:
            return None
        return build_interrupted_error(*interruption, self._name, self._how_to)
