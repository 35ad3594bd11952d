"""Checks recordings against the rules, in the state that they imply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twreplay._address import is_this_version
from twreplay._api import PROFILES
from twreplay._http import Interaction, Response
from twreplay._inference import (
    Document,
    InferredState,
    ParsedInteraction,
    Unreadable,
    parse_interaction,
    read,
)
from twreplay._simulator import Entry
from twreplay._verify.attribution import build_finding
from twreplay._verify.comparing import find_mismatches
from twreplay._verify.finding import Aspect, Checked, Finding, Mismatch
from twreplay._verify.shape_errors import find_shape_errors
from twreplay._verify.tolerance import build_server_tolerance, build_tolerance

EITHER = "either"
PROFILE_CHOICES = (EITHER, *PROFILES)

# The API may redirect, answer 304, or be out of order at any time.
_AT_ANY_TIME = frozenset({302, 304, 500})


def verify_interactions(
    interactions: Sequence[Interaction], profile: str = EITHER
) -> list[Checked]:
    """
    Check each of *interactions* against the rules.

    Args:
        profile: ``documented`` or ``observed``; with ``either`` a recording is right if it
            agrees with one of them.
    """
    wanted = [i for i in interactions if is_this_version(i.request)]
    columns = PROFILES if profile == EITHER else (profile,)
    found = {name: _collect_findings(wanted, name) for name in columns}
    checked: list[Checked] = []
    place = 0
    for number, interaction in enumerate(interactions, 1):
        request, status = interaction.request, interaction.response.status
        if not is_this_version(request):
            skipped = "not a request to this version of the API"
            checked.append(Checked(number=number, request=request, status=status, skipped=skipped))
            continue
        findings, only = _select_closest({name: found[name][place] for name in columns})
        place += 1
        checked.append(
            Checked(number=number, request=request, status=status, findings=findings, only=only)
        )
    return checked


def compare_with_live(interaction: Interaction, live: Response) -> tuple[Mismatch, ...]:
    """Return how *interaction* differs from *live*, except in values that the server gives."""
    seen, now = (
        parse_interaction(interaction),
        parse_interaction(Interaction(interaction.request, live)),
    )
    if seen.unreadable and seen.unreadable != now.unreadable:
        return (Mismatch(Aspect.FORMAT, "body", seen.unreadable, _name_format(seen)),)
    same = build_server_tolerance(seen)
    documents = seen.document, now.document
    return tuple(find_mismatches(seen.response, live, documents, same, elsewhere=True))


def _collect_findings(
    interactions: Sequence[Interaction], profile: str
) -> list[tuple[Finding, ...]]:
    state = InferredState(interactions, profile=profile, undocumented="ignore")
    found: list[tuple[Finding, ...]] = []
    for index, seen in enumerate(state.parsed):
        entry = state.run_checks(index)
        # Durations are question 45: only the recording shows the later states.
        state.simulator.clock.forget()
        found.append(
            tuple(
                build_finding(difference, seen, entry)
                for difference in _compare_with_entry(seen, entry)
            )
        )
        state.commit(index)
    return found


def _compare_with_entry(seen: ParsedInteraction, entry: Entry) -> Iterator[Mismatch]:
    if seen.response.status in _AT_ANY_TIME:
        return
    assert entry.response is not None
    told: set[str] = set()
    if seen.unreadable and seen.response.status == entry.response.status:
        yield Mismatch(Aspect.FORMAT, "body", seen.unreadable, _name_format(seen))
    if seen.succeeded and seen.resource is not None and entry.response.status < 400:
        for difference in find_shape_errors(seen.resource, seen):
            told.add(difference.where)
            yield difference
    expected = None if seen.is_media else _read(entry.response, seen.extension)
    documents = seen.document, expected
    for difference in find_mismatches(
        seen.response, entry.response, documents, build_tolerance(seen)
    ):
        if difference.where not in told:
            yield difference


def _read(response: Response, extension: str) -> Document | None:
    try:
        return read(response.body, extension or "xml")
    except Unreadable:
        return None


def _name_format(seen: ParsedInteraction) -> str:
    return {"json": "JSON", "csv": "CSV", "html": "HTML"}.get(seen.extension, "XML")


def _select_closest(by_profile: dict[str, tuple[Finding, ...]]) -> tuple[tuple[Finding, ...], str]:
    """Return the findings of the closest profile, and its name if only that one agrees."""
    if len(by_profile) == 1:
        return next(iter(by_profile.values())), ""
    drift = {name: sum(f.is_drift for f in findings) for name, findings in by_profile.items()}
    best = min(by_profile, key=lambda name: _measure_distance(by_profile[name]))
    if not drift[best]:
        return by_profile[best], "" if not any(drift.values()) else best
    other = next(findings for name, findings in by_profile.items() if name != best)
    theirs = {(f.difference.aspect, f.difference.where) for f in other}
    return tuple(
        f if (f.difference.aspect, f.difference.where) in theirs else _mark_profile(f, best)
        for f in by_profile[best]
    ), ""


def _measure_distance(findings: tuple[Finding, ...]) -> tuple[int, bool, int]:
    """Return a sort key: the drift of a recording from a profile, wrong statuses before others."""
    drift = [found.difference.aspect for found in findings if found.is_drift]
    return len(drift), Aspect.STATUS in drift, len(findings)


def _mark_profile(found: Finding, profile: str) -> Finding:
    return Finding(
        difference=found.difference,
        rule=found.rule,
        source=found.source,
        grade=found.grade,
        question=found.question,
        only=profile,
    )
