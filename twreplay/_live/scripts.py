"""People who are not driven by hand: what ``arrange_call(script=...)`` has them do."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from twreplay._live.phones import PhoneStage
from twreplay._live.runs import LegStatus, Run
from twreplay._simulator import Step
from twreplay._twiml import Pressed, Spoke

STEP: Final = "person acts"
"""The kind of the event at which a person does what comes next in the script."""

_SAYS = "say "


def plan_step(stage: PhoneStage, run: Run) -> None:
    """
    Schedule the first step of the script of *run*, if its time has come.

    Keys wait until the prompts of a ``<Gather>`` are over, a recording has begun, or somebody is at
    the other end; so does what is said.
    """
    if not run.script or run.has_step_due or run.is_over:
        return
    first = run.script[0]
    if isinstance(first, str) and first != "hang up" and not _can_act(run):
        return
    seconds = 0.0 if isinstance(first, str) else float(first)
    stage.world.clock.schedule(seconds, STEP, run.account_sid, run.sid)
    stage.save(replace(run, has_step_due=True))


def _can_act(run: Run) -> bool:
    if run.leg is not None and run.leg.status is LegStatus.CONNECTED:
        return True
    return run.state.is_listening


def act(stage: PhoneStage, run: Run) -> None:
    """Let the person of *run* do the first step of the script."""
    first, *rest = run.script
    script: tuple[Step, ...] = tuple(rest)
    if isinstance(first, str) and first.startswith(_SAYS):
        text = first.removeprefix(_SAYS)
        seconds = run.state.context.durations.measure_speech(text)
        stage.save(replace(run, script=(seconds, *script), has_step_due=False))
        stage.tell(run.sid, "person", f"speaks: {text}")
        stage.feed_held(run.sid, Spoke(seconds, text))
        stage.legs.carry(stage.world.runs[run.sid], text, seconds)
        return
    stage.save(replace(run, script=script, has_step_due=False))
    if first == "hang up":
        stage.hang_up_held(run.sid)
    elif isinstance(first, str):
        stage.tell(run.sid, "person", f"presses {first}")
        stage.feed_held(run.sid, Pressed(first))
    else:
        plan_step(stage, stage.world.runs[run.sid])
