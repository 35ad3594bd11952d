"""Explains why no interaction answered a request. Decides nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from twreplay._cassette.remedies import CommandHints
from twreplay._display import shown_url, visible_line, without_secrets
from twreplay._explanation import Explanation, Remedy, join_words, shorten
from twreplay._http import Interaction, Request
from twreplay._matching import FieldDifference, Matching, find_nearest, weigh_differences
from twreplay.errors import (
    MissReason,
    RecordingInterrupted,
    UnmatchedRequest,
    UnusedInteractions,
)

_SID = re.compile(r"\b([A-Z]{2}[0-9a-zA-Z]{2})[0-9a-zA-Z]{26}([0-9a-zA-Z]{4})\b")
_MODE_NOTES = {
    "none": " (nothing new is recorded)",
    "once": " (the cassette exists, so nothing new is recorded)",
}
_VALUE_WIDTH = 30
_MOST_ROWS = 14
_MOST_TESTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedCassette:
    """A cassette in which a request was looked for."""

    name: str
    interactions: Sequence[Interaction]
    played: Sequence[int]
    foreign: bool

    def describe(self) -> str:
        """Say how much there is on it, and how much of it was played."""
        return f"{len(self.interactions)} recorded, {sum(map(bool, self.played))} played"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchContext:
    """State of the cassettes when a request was not matched: the session's own, those it shares."""

    own: SearchedCassette
    mode: str
    matching: Matching
    how_to: CommandHints
    next_in_order: int | None = None
    section: str = ""
    shared: tuple[SearchedCassette, ...] = ()

    @property
    def searched(self) -> tuple[SearchedCassette, ...]:
        """All cassettes, in the order in which they were asked."""
        return (self.own, *self.shared)

    @property
    def total(self) -> int:
        """The number of interactions on all of them."""
        return sum(len(each.interactions) for each in self.searched)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nearest:
    """The recording that is nearest to a request, and what differs; nothing if it was played."""

    cassette: SearchedCassette
    index: int
    differences: tuple[FieldDifference, ...]

    @property
    def interaction(self) -> Interaction:
        return self.cassette.interactions[self.index]

    def describe_place(self, around: MatchContext) -> str:
        of = f" in {self.cassette.name}" if around.shared else ""
        test = self.interaction.recorded_by
        by = f", recorded by {visible_line(test)}" if test not in ("", around.section) else ""
        return f"interaction {self.index + 1} of {len(self.cassette.interactions)}{of}{by}"


def format_operation(request: Request) -> str:
    """Format method and path on one line, identifiers shortened."""
    path = _SID.sub(r"\1…\2", shown_url(request.path.replace("?", "%3F").replace("#", "%23")))
    return f"{visible_line(request.effective_method)} {path}"


def _tell_apart(requests: Sequence[Request]) -> list[str]:
    """Format each of *requests* on one line, with what differs from those of the same operation."""
    operations = [format_operation(request) for request in requests]
    fields = [Counter(_list_fields(request)) for request in requests]
    common: dict[str, Counter[str]] = {}
    for operation, own in zip(operations, fields, strict=True):
        common[operation] = common[operation] & own if operation in common else own
    lines = []
    for operation, own in zip(operations, fields, strict=True):
        differing = [*(own - common[operation]).elements()]
        cut = ", …" if len(differing) > _MOST_DIFFERENCES else ""
        apart = ", ".join(differing[:_MOST_DIFFERENCES]) + cut
        lines.append(f"{operation}  {apart}" if apart else operation)
    return lines


_MOST_DIFFERENCES = 3
_LONGEST_VALUE = 40


def _list_fields(request: Request) -> list[str]:
    """List the fields of the query and of the form as text, shortened, without secrets."""
    listed = []
    for part, pairs in (("query", request.query), ("form", request.form)):
        for name, value in pairs:
            shown = visible_line(without_secrets(f"{name}={value}"))
            cut = shown[:_LONGEST_VALUE] + "…" if len(shown) > _LONGEST_VALUE else shown
            listed.append(f"{part}.{cut}")
    return listed


def build_unmatched_error(sent: Request, call_site: str, around: MatchContext) -> UnmatchedRequest:
    """Build the error for *sent*, which must be redacted already."""
    found = _find_nearest(sent, around)
    reason, headline, detail = _describe_miss(found, sent, around)
    place: tuple[str, ...] = (format_operation(sent),)
    if call_site:
        place += (f"sent by {call_site}",)
    explanation = Explanation(
        headline=headline,
        place=place,
        facts=(
            ("cassette", around.own.name),
            (
                "record mode",
                around.mode + _MODE_NOTES.get(around.mode, ""),
            ),
            ("matched on", ", ".join(around.matching.names)),
            ("interactions", around.own.describe()),
            *(("shared", f"{each.name}, {each.describe()}") for each in around.shared),
        ),
        detail=detail,
        remedies=_build_remedies(reason, found.differences if found else (), around.how_to),
        anchor="unmatched-request",
    )
    error = UnmatchedRequest(explanation)
    error.request = sent
    error.reason = reason
    error.nearest = found.interaction if found else None
    error.differences = tuple(d.label for d in found.differences) if found else ()
    return error


def reraise_at_exit(
    first: UnmatchedRequest, count: int, left: tuple[Interaction, ...] = ()
) -> UnmatchedRequest:
    """
    Build *first* again, for the end of a block whose code caught it.

    Args:
        left: What was never asked for.
    """
    said = first.explanation
    more: tuple[tuple[str, str], ...] = ()
    if count > 1:
        more = (("unanswered", f"{count} requests; this is the first"),)
    for interaction in left[:4]:
        more += (("never asked", format_operation(interaction.request)),)
    if len(left) > 4:
        more += (("", f"… and {len(left) - 4} more"),)
    error = UnmatchedRequest(
        Explanation(
            headline=f"{said.headline.rstrip('.')}; the code under test caught the error.",
            place=said.place,
            facts=(*said.facts, *more),
            detail=said.detail,
            remedies=said.remedies,
            anchor=said.anchor,
        )
    )
    error.__dict__.update({k: v for k, v in first.__dict__.items() if k != "explanation"})
    return error


def build_unused_error(
    left: tuple[Interaction, ...],
    total: int,
    cassette: str,
    how_to: CommandHints,
    *,
    simulated: int = 0,
    section: str = "",
) -> UnusedInteractions:
    """
    The error for a block that ended well and left *left* on the cassette unplayed.

    Args:
        section: The test that ran.
    """
    beside = (("simulated", f"{_count_requests(simulated)} not on it"),) if simulated else ()
    shown = tuple(_tell_apart([interaction.request for interaction in left])[:8])
    rest = (f"… and {len(left) - 8} more",) if len(left) > 8 else ()
    error = UnusedInteractions(
        Explanation(
            headline=f"{len(left)} of {total} recorded interactions "
            f"{'was' if len(left) == 1 else 'were'} never asked for.",
            place=(*shown, *rest),
            facts=(
                ("cassette", cassette),
                *beside,
                *_count_by_test(left, section),
                ("order", "any, but for equal requests: those are answered as they were recorded"),
                ("repeats", "each interaction answers once, if allow_playback_repeats is not set"),
            ),
            remedies=(
                Remedy("The code rightly sends less now: record again.", how_to.record("rewrite")),
                Remedy(
                    "This test plays only a part of the cassette.", how_to.set("allow_unused=True")
                ),
                Remedy("Neither: the code under test did not send what it should have."),
            ),
            anchor="unused-interactions",
        )
    )
    error.unused = left
    return error


def _count_by_test(left: Sequence[Interaction], section: str) -> Iterator[tuple[str, str]]:
    """Count what other tests have recorded, where the file says it."""
    counts = Counter(each.recorded_by for each in left if each.recorded_by not in ("", section))
    name = "recorded by"
    for test, count in counts.most_common(_MOST_TESTS):
        yield name, f"{visible_line(test)} ({count})"
        name = ""
    if len(counts) > _MOST_TESTS:
        yield "", f"… and {len(counts) - _MOST_TESTS} more tests"


def build_interrupted_error(
    request: Request, problem: str, cassette: str, how_to: CommandHints
) -> RecordingInterrupted:
    """Build the error for the response to *request*, redacted already, that broke off."""
    error = RecordingInterrupted(
        Explanation(
            headline="a request went out and no whole response was kept, "
            "so the recording was not saved.",
            place=(format_operation(request), problem),
            facts=(("cassette", f"{cassette}, left as it was"),),
            remedies=(
                Remedy("Record again.", how_to.record("rewrite")),
                Remedy(
                    "The test is about the failure: record it from the simulator, with a rule "
                    "that fails.",
                    how_to.simulate("rewrite"),
                ),
            ),
            anchor="recording-interrupted",
        )
    )
    error.request = request
    return error


def build_not_recorded_error(
    request: Request, status: int, cassette: str, how_to: CommandHints
) -> RecordingInterrupted:
    """Build the error for *request*, redacted already, of which only a refused status came."""
    error = RecordingInterrupted(
        Explanation(
            headline=f"a response with {status} is not recorded, and no other one came, so the "
            "recording was not saved.",
            place=(format_operation(request),),
            facts=(("cassette", f"{cassette}, left as it was"),),
            remedies=(
                Remedy("It was the moment's: record again later.", how_to.record("rewrite")),
                Remedy(
                    "The test is about it: record all statuses.", how_to.set("skip_statuses=()")
                ),
                Remedy(
                    "Or record it from the simulator, with a rule that fails.",
                    how_to.simulate("rewrite"),
                ),
            ),
            anchor="recording-interrupted",
        )
    )
    error.request = request
    return error


def _count_requests(count: int) -> str:
    return f"{count} request that is" if count == 1 else f"{count} requests that are"


def _find_nearest(sent: Request, around: MatchContext) -> _Nearest | None:
    """Find the recording nearest to *sent* on any cassette; of equals, the one asked first."""
    nearest: _Nearest | None = None
    for each in around.searched:
        recorded = [interaction.request for interaction in each.interactions]
        found = find_nearest(recorded, sent, around.matching, foreign=each.foreign)
        if found is not None and (
            nearest is None or weigh_differences(found[1]) < weigh_differences(nearest.differences)
        ):
            nearest = _Nearest(cassette=each, index=found[0], differences=found[1])
    return nearest


def _describe_miss(
    found: _Nearest | None, sent: Request, around: MatchContext
) -> tuple[MissReason, str, str]:
    total = around.total
    if not total:
        return MissReason.EMPTY, "the cassette is empty, so nothing answers this request.", ""
    if found is None or _is_other_operation(found.differences):
        headline = f"no recording answers this request; none of the {total} is for this operation."
        operations = dict.fromkeys(
            format_operation(i.request) for each in around.searched for i in each.interactions
        )
        lines = [f"    {text}" for text in list(operations)[:8]]
        return MissReason.NOTHING_NEAR, headline, "\n".join(["Recorded:", "", *lines])
    index, diffs = found.index, found.differences
    if not diffs and around.next_in_order is not None and around.next_in_order != index:
        return MissReason.OUT_OF_ORDER, *_describe_order(index, around)
    if not diffs:
        headline = "each recording of this request has been played already."
        detail = f"Recorded: {found.describe_place(around)}, and played."
        return MissReason.PLAYED, headline, detail
    labels = tuple(dict.fromkeys(d.label for d in diffs))
    count = "one place" if len(labels) == 1 else f"{len(labels)} places"
    headline = (
        f"no recording answers this request; the nearest differs in {count}, "
        f"{join_words(labels[:4])}."
    )
    return MissReason.DIFFERENT, headline, _render_table(found, sent, around)


def _describe_order(index: int, around: MatchContext) -> tuple[str, str]:
    total, place = len(around.own.interactions), around.next_in_order
    headline = "this request is not the next one that was recorded, and ordered=True demands that."
    if place is None or place >= total:
        return headline, f"Sent:  interaction {index + 1} of {total}.\nNext:  none, all are played."
    due = format_operation(around.own.interactions[place].request)
    return headline, f"Sent:  interaction {index + 1} of {total}.\nNext:  {place + 1}, {due}"


def _is_other_operation(diffs: tuple[FieldDifference, ...]) -> bool:
    parts = {d.part for d in diffs}
    return "path" in parts or "host" in parts or "method" in parts


def _render_table(found: _Nearest, sent: Request, around: MatchContext) -> str:
    diffs = found.differences
    rows: list[tuple[str, str, str, str]] = []
    for part in around.matching.names:
        here = [d for d in diffs if d.part == part]
        if not here:
            continue
        rows += [("!", d.label, *_cut_to_difference(d.recorded, d.sent)) for d in here]
        changed = {d.name for d in here}
        if part in {"query", "form"}:
            same = sent.query if part == "query" else sent.form
            rows += [
                (" ", f"{part}.{name}", *_cut_to_difference(value, value))
                for name, value in same
                if name not in changed
            ]
    rows = rows[:_MOST_ROWS]
    name_width = max(len(row[1]) for row in rows)
    value_width = max(len("recorded"), *(len(row[2]) for row in rows))
    lines = [
        f"Nearest: {found.describe_place(around)}.",
        "",
        f"    {'':<{name_width}}  {'recorded':<{value_width}}  sent",
    ]
    lines += [f"  {m} {n:<{name_width}}  {r:<{value_width}}  {s}" for m, n, r, s in rows]
    return "\n".join(line.rstrip() for line in lines)


def _cut_to_difference(recorded: str | None, sent: str | None) -> tuple[str, str]:
    """Both values, cut so that the place where they part is in sight."""
    left, right = (repr(v)[1:-1] if v is not None else None for v in (recorded, sent))
    start = 0
    if left and right and left != right and max(len(left), len(right)) > _VALUE_WIDTH:
        same = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), 0)
        start = max(0, same - 8)

    def cut(value: str | None) -> str:
        if value is None:
            return "(absent)"
        tail = f"…{value[start:]}" if start else value
        return shorten(tail, _VALUE_WIDTH) or "(empty)"

    return cut(left), cut(right)


def _build_remedies(
    reason: MissReason, diffs: tuple[FieldDifference, ...], how_to: CommandHints
) -> tuple[Remedy, ...]:
    again = Remedy("The change is intended: record again.", how_to.record("rewrite"))
    suspect = Remedy("Neither: the code under test sent what it should not have.")
    if reason is MissReason.PLAYED:
        return (
            Remedy(
                "The code may ask more than once: let it.",
                how_to.set("allow_playback_repeats=True"),
            ),
            again,
            suspect,
        )
    if reason is MissReason.OUT_OF_ORDER:
        return (again, Remedy("The order does not matter.", how_to.set("ordered=False")), suspect)
    if reason is MissReason.DIFFERENT:
        fields = tuple(dict.fromkeys(d.label for d in diffs))
        quoted = ", ".join(f'"{field}"' for field in fields)
        return (
            again,
            Remedy(_leave_out(fields), how_to.set(f"ignore=({quoted},)")),
            suspect,
        )
    if reason is MissReason.EMPTY:
        return (
            Remedy("Record it.", how_to.record("new_episodes")),
            Remedy("Or the code under test sent what it should not have."),
        )
    return (Remedy("Add it to the cassette.", how_to.record("new_episodes")), again, suspect)


def _leave_out(fields: tuple[str, ...]) -> str:
    if fields == ("credentials",):
        return "It does not matter here as whom the request is made: leave that out."
    if len(fields) == 1:
        return f"{fields[0]} is different on every run: leave it out."
    return f"{join_words(fields)} are different on every run: leave them out."
