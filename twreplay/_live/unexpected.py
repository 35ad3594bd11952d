"""What happened to people and in the log that no test took note of."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from twreplay._display import visible_line
from twreplay._explanation import Explanation, Remedy
from twreplay._live.runs import Run
from twreplay._simulator import Instance
from twreplay._simulator import live_parts as world_parts
from twreplay.errors import UnreadNotifications


def list_unexpected(
    runs: Sequence[Run],
    calls: Sequence[Instance],
    messages: Sequence[Instance],
    noticed: Collection[str],
) -> list[str]:
    """
    List calls that go on, and calls and messages to people that no phone was asked for.

    Args:
        noticed: The Sids of what a phone was asked for.
    """
    going = {run.call_sid: run for run in runs if not (run.is_over or run.state.is_over)}
    lines = [
        f"the call {sid} still goes on:\n" + "\n".join(f"    {line}" for line in run.lines)
        for sid, run in going.items()
    ]
    for call in calls:
        is_leg = world_parts.is_set(call, "segment")
        sid = call.CallSegmentSid if is_leg else call.Sid
        is_outbound = is_leg or call.Flags == "2"
        if is_outbound and not {sid, call.Sid} & going.keys() and sid not in noticed:
            lines.append(f"a call from {call.Caller} to {call.Called} (Status {call.Status})")
    for message in messages:
        if message.Flags != "1" and message.Sid not in noticed:
            text = f"a message to {message.To}: {message.Body}"
            lines.append(visible_line(text))
    return lines


def build_unread_error(unread: Sequence[Instance]) -> UnreadNotifications | None:
    """Return an error for unread notifications of errors, or None."""
    if not unread:
        return None
    were = "notification was" if len(unread) == 1 else "notifications were"
    lines = [
        visible_line(f"  {one.ErrorCode}: {one.MessageText} ({one.RequestURL or one.CallSid})")
        for one in unread
    ]
    explain = f"twreplay explain {unread[0].ErrorCode}"
    error = UnreadNotifications(
        Explanation(
            headline=f"{len(unread)} {were} logged, and the test did not look at the log.",
            detail="\n".join(lines),
            remedies=(
                Remedy("The application is wrong: see why.", explain),
                Remedy("It is meant to fail: say so.", "assert twilio.notifications"),
            ),
            anchor="unread-notifications",
        )
    )
    error.codes = tuple(int(one.ErrorCode) for one in unread)
    return error
