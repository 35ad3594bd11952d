"""Conferences: who enters, who hears the wait document, and the beep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from twreplay._api import Q
from twreplay._live.runs import Run, Sound
from twreplay._live.stage import GOES_ON, Stage
from twreplay._simulator import Account, Instance
from twreplay._simulator import live_parts as world_parts
from twreplay._twiml import VERBS, Context, Heard, JoinConference, Kind, State

_BEEP = 1.0


class Rooms:
    """
    The conferences in which calls are.

    Who waits for one to begin hears a document, which is a `Run` beside that of the call.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def join(self, sid: str, effect: JoinConference) -> None:
        """Let a call enter a conference: it begins, or the call hears the wait document."""
        world = self._stage.world
        run: Run = world.runs[sid]
        account = world.accounts[run.account_sid]
        self._stage.tell(sid, "person", f"enters the conference {effect.name}")
        world_parts.join_conference(
            world,
            account,
            sid,
            effect.name,
            muted=effect.muted,
            beep=effect.beep,
            start_on_enter=effect.start_on_enter,
            end_on_exit=effect.end_on_exit,
        )
        present = world_parts.list_participants(account, sid)
        if self._find_room(account, sid).Status == "0":
            self._begin_wait(run, effect)
            return
        for other in present:
            self.end_wait(other)
        if effect.beep:
            self.beep(f"{run.person} enters", present)

    def end_wait(self, sid: str) -> None:
        """End the wait document that a call hears; do nothing if it hears none."""
        runs = self._stage.world.runs
        waiting: Run | None = runs.pop(_name_wait(sid), None)
        if waiting is None:
            return
        self._stage.world.clock.cancel(waiting.account_sid, waiting.sid, {GOES_ON})
        run: Run | None = runs.get(sid)
        if run is not None and run.heard:
            last, now = run.heard[-1], self._stage.find_second(run)
            if last.kind in ("say", "play", "pause") and last.start + last.seconds > now:
                cut = replace(last, seconds=now - last.start, is_cut_off=True)
                self._stage.save(replace(run, heard=(*run.heard[:-1], cut)))

    def find_listener(self, run: Run, effect: Heard) -> tuple[Run, Heard]:
        """Return who hears a sound of *run*, and the sound at that call's second."""
        if not run.waits_for:
            return run, effect
        listener: Run = self._stage.world.runs[run.waits_for]
        elapsed = (run.began - listener.began).total_seconds()
        return listener, replace(effect, start=effect.start + elapsed)

    def _begin_wait(self, run: Run, effect: JoinConference) -> None:
        if not effect.wait_url or (effect.wait_url == _HOLD_MUSIC and not self._has_music()):
            return
        caller = run.state.context
        context = Context(
            kind=Kind.WAIT,
            caller=caller.caller,
            called=caller.called,
            is_outbound=caller.is_outbound,
            asks_for_audio=caller.asks_for_audio,
        )
        waiting = Run(
            _name_wait(run.sid),
            run.account_sid,
            run.person,
            State(context),
            self._stage.world.clock.now,
            effect.wait_url,
            effect.wait_method,
            waits_for=run.sid,
        )
        self._stage.save(waiting)
        url, method = effect.wait_url, effect.wait_method
        self._stage.request(waiting, "conference-wait", url, method, {})

    def _has_music(self) -> bool:
        """Return whether a test attached the host of the vendor's music, which is the default."""
        applications = self._stage.deliverer.applications
        return applications.covers(_HOLD_MUSIC) and applications.find(_HOLD_MUSIC).base is not None

    def beep(self, why: str, heard_by: Iterable[str]) -> None:
        """Let the calls *heard_by* hear a beep, and tell each who heard it."""
        runs: dict[str, Run] = self._stage.world.runs
        listeners = [runs[sid] for sid in heard_by if sid in runs]
        people = ", ".join(listener.person for listener in listeners)
        for listener in listeners:
            start = self._stage.find_second(listener)
            sound = Sound("beep", "", "", "", "", 1, start, _BEEP)
            questions = listener.questions | {int(Q.CONFERENCE_BEEP)}
            heard = (*listener.heard, sound)
            self._stage.save(replace(listener, heard=heard, questions=questions))
            self._stage.tell(listener.sid, "twilio", f"beeps: {why}; heard by {people}")

    def _find_room(self, account: Account, sid: str) -> Instance:
        mine = next(one for one in account.stores["Participant"] if one.CallSid == sid)
        room = self._stage.world.find_owned(account, "Conference", Sid=mine.ConferenceSid)
        assert room is not None
        return room


_HOLD_MUSIC = next(
    str(attribute.default)
    for attribute in VERBS["Conference"].attributes
    if attribute.name == "waitUrl"
)


def _name_wait(sid: str) -> str:
    return f"{sid} waits"
