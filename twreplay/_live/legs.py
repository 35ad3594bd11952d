"""The legs of ``<Dial>``: phones that ring, hear a whisper, and talk with the caller."""

from __future__ import annotations

from dataclasses import replace

from twreplay._api import RESOURCES
from twreplay._live.runs import Leg, LegStatus, Run, Sound
from twreplay._live.stage import GOES_ON, Stage
from twreplay._simulator import Account, Due, Instance, Step
from twreplay._simulator import live_parts as world_parts
from twreplay._twiml import (
    Connect,
    Context,
    EndLeg,
    Expects,
    Kind,
    LegAnswered,
    LegEnded,
    StartDial,
    StartWhisper,
    State,
    WhisperEnded,
)

DECIDED = "leg decided"
"""The kind of the event at which a leg that nobody drives is answered, refused or hung up."""

_CALL = next(resource for resource in RESOURCES if resource.name == "Call")
_HANGS_UP = "hangs up"


class Legs:
    """
    The legs of calls. A leg is a `Run` by the Sid of its segment.

    One that no test drives is answered, refused and hung up as ``arrange_call`` says.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    # --- what the machine of the call asks for -------------------------------------------------

    def dial(self, sid: str, effect: StartDial) -> None:
        """Ring the phones of all legs."""
        world = self._stage.world
        main = world.runs[sid]
        account = world.accounts[main.account_sid]
        call = self._stage.find_subject(main)
        flags = "5" if call is not None and call.Flags == "1" else "6"
        for index, leg in enumerate(effect.legs):
            segment_sid = world.identifiers.generate_sid("CA")
            values = {
                "Sid": sid,
                "CallSegmentSid": segment_sid,
                "Caller": effect.caller_id,
                "Called": leg.number,
                "Status": "0",
                "Flags": flags,
            }
            world.create(_CALL, account, values, hidden={"segment": True})
            context = Context(
                kind=Kind.WHISPER,
                caller=effect.caller_id,
                called=leg.number,
                is_outbound=True,
                asks_for_audio=self._stage.deliverer.applications.fetch_audio,
            )
            run = Run(
                segment_sid,
                account.sid,
                leg.number,
                State(context),
                world.clock.now,
                leg.url,
                leg.method,
                leg=Leg(sid, index),
            )
            self._stage.save(run)
            self._stage.tell(sid, "twilio", f"dials {leg.number}")
            self._stage.tell(segment_sid, "twilio", f"rings, for {effect.caller_id}")
            self._schedule(account, run)

    def _schedule(self, account: Account, run: Run) -> None:
        world = self._stage.world
        outcome = world_parts.find_call_outcome(world, run.person, account.sid)
        clock = world.clock
        clock.schedule(outcome.after, DECIDED, account.sid, run.sid, ends=outcome.ends)
        if outcome.ends == "completed":
            total = outcome.after + outcome.lasts
            clock.schedule(total, DECIDED, account.sid, run.sid, ends=_HANGS_UP)

    def whisper(self, sid: str, effect: StartWhisper) -> None:
        """Ask for the document that the called party hears before the two are connected."""
        run = self._change(self.find(sid, effect.leg), LegStatus.WHISPERING)
        self._stage.request(run, "whisper", effect.url, effect.method, {})

    def connect(self, sid: str, effect: Connect) -> Run:
        """Connect caller and leg; return the leg."""
        run = self._change(self.find(sid, effect.leg), LegStatus.CONNECTED)
        self._stage.tell(run.sid, "twilio", "connects the caller")
        self._stage.tell(sid, "twilio", f"connects {run.person}")
        connected: Run = self._stage.world.runs[run.sid]
        return connected

    def cut(self, sid: str, effect: EndLeg) -> None:
        """End a leg from the side of the call."""
        run = self.find(sid, effect.leg)
        if run.leg is not None and run.leg.status is not LegStatus.OVER:
            if not run.state.is_hung_up:  # else its whisper has hung up, and told so
                how = "hangs up" if run.leg.is_picked_up else "stops"
                self._stage.tell(run.sid, "twilio", how)
            self._close(run, "no-answer")

    # --- what the person at the leg does -------------------------------------------------------

    def fall_due(self, run: Run, due: Due) -> None:
        """Answer, refuse or hang up a leg that no test drives."""
        ends = due.details["ends"]
        if run.leg is None or run.leg.status is LegStatus.OVER:
            return
        if ends == "completed":
            self.answer(run)
        else:
            self.end(run, ends)

    def answer(self, run: Run, *, by_hand: bool = False) -> None:
        """Answer *run*, which rings; *by_hand* if a test drives it from now on."""
        leg = run.leg
        assert leg is not None
        if by_hand:
            self.hold(run)
        segment = self._stage.find_subject(run)
        if segment is not None:
            now = self._stage.world.clock.seconds
            self._stage.world.update(segment, {"Status": "1"}, {"StartTime": now})
        script: tuple[Step, ...] = ()
        if not by_hand:
            outcome = world_parts.find_call_outcome(self._stage.world, run.person, run.account_sid)
            script = tuple(outcome.script)
        picked_up = replace(leg, is_picked_up=True, by_hand=by_hand)
        self._stage.save(replace(run, leg=picked_up, script=script))
        self._stage.tell(run.sid, "person", "answers")
        self._stage.tell(leg.call, run.person, "answers")
        self._stage.feed_held(leg.call, LegAnswered(leg.index))

    def answer_now(self, run: Run) -> None:
        """Answer *run*, which rings, before its time; it hangs up as ``arrange_call`` says."""
        self.hold(run)
        world = self._stage.world
        lasts = world_parts.find_call_outcome(world, run.person, run.account_sid).lasts
        world.clock.schedule(lasts, DECIDED, run.account_sid, run.sid, ends=_HANGS_UP)
        self.answer(run)

    def hold(self, run: Run) -> None:
        """Cancel what would happen to *run* by itself."""
        self._stage.world.clock.cancel(run.account_sid, run.sid, {DECIDED, GOES_ON})

    def end(self, run: Run, ends: str) -> None:
        """End *run* from the side of the person: ``busy``, ``no-answer``, ``failed`` ..."""
        leg = run.leg
        assert leg is not None
        self._stage.tell(leg.call, run.person, ends)
        self._stage.tell(run.sid, "person", ends)
        self._close(run, ends)
        status = "no-answer" if ends == _HANGS_UP else ends
        self._stage.feed_held(leg.call, LegEnded(leg.index, status))

    def hang_up(self, run: Run) -> None:
        """Hang up the phone of *run*."""
        self.finish(run, "")

    def finish(self, run: Run, ends: str) -> None:
        """End *run*, if it is not over, from the side of the person; without *ends* it hangs up."""
        if run.leg is not None and run.leg.status is not LegStatus.OVER:
            self.end(run, ends or _HANGS_UP)

    def finish_whisper(self, sid: str, *, declined: bool) -> None:
        """Go on with the call when the whisper of the leg *sid* is over."""
        leg = self._stage.world.runs[sid].leg
        if leg is not None and leg.status is LegStatus.WHISPERING:
            self._stage.feed_held(leg.call, WhisperEnded(leg.index, declined))

    # --- what both sides hear ------------------------------------------------------------------

    def is_in_hands(self, run: Run) -> bool:
        """Return whether *run* is connected, and a test drives the leg."""
        leg = run.leg
        if leg is None and run.state.expects is Expects.CONNECTED:
            leg = next((one.leg for one in self.list_listeners(run)), None)
        return leg is not None and leg.status is LegStatus.CONNECTED and leg.by_hand

    def list_listeners(self, run: Run) -> list[Run]:
        """List who hears what the person of *run* says: the other side, or the conference."""
        world = self._stage.world
        if run.leg is not None:
            talks = run.leg.status is LegStatus.CONNECTED
            return [world.runs[run.leg.call]] if talks else []
        if run.state.expects is Expects.CONNECTED:
            legs = [one for one in world.runs.values() if one.leg and one.leg.call == run.sid]
            return [one for one in legs if one.leg.status is LegStatus.CONNECTED]
        if run.state.expects is Expects.CONFERENCE:
            account = world.accounts[run.account_sid]
            others = world_parts.list_listeners(account, run.sid)
            return [world.runs[sid] for sid in others if sid in world.runs]
        return []

    def carry(self, run: Run, text: str, seconds: float) -> None:
        """Carry what the person of *run* says to the other side."""
        for listener in self.list_listeners(run):
            start = self._stage.find_second(listener)
            sound = Sound("voice", text, "", "", "", 1, start, seconds)
            self._stage.save(replace(listener, heard=(*listener.heard, sound)))
            said = f"says: {text}" if text else f"speaks {seconds:g} s"
            self._stage.tell(listener.sid, run.person, said)

    # --- helpers -------------------------------------------------------------------------------

    def find(self, sid: str, index: int) -> Run:
        """Return the leg of a call with this index, of the newest ``<Dial>``."""
        runs: list[Run] = list(self._stage.world.runs.values())
        # The newest: a call may dial again.
        return next(
            run
            for run in reversed(runs)
            if run.leg is not None and run.leg.call == sid and run.leg.index == index
        )

    def _change(self, run: Run, status: LegStatus) -> Run:
        # As it is now: a line may have come to its transcript since *run* was looked up.
        latest: Run = self._stage.world.runs[run.sid]
        assert latest.leg is not None
        changed = replace(latest, leg=replace(latest.leg, status=status))
        self._stage.save(changed)
        return changed

    def _close(self, run: Run, ends: str) -> None:
        self._change(run, LegStatus.OVER)
        self.hold(run)
        segment = self._stage.find_subject(run)
        if segment is not None:
            self._end_segment(segment, ends)

    def _end_segment(self, segment: Instance, ends: str) -> None:
        world, now = self._stage.world, self._stage.world.clock.seconds
        if segment.Status == "1":
            begun = world_parts.get_times(segment).get("StartTime", now)
            values = {"Status": "2", "Duration": str(now - begun)}
            world.update(segment, values, {"EndTime": now})
        elif segment.Status == "0":
            status = {"busy": "3", "failed": "4"}.get(ends, "5")
            world.update(segment, {"Status": status}, {"StartTime": now})
