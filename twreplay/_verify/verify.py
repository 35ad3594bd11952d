"""Asks the rules what was recorded, from the state that the recording implies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twreplay._address import is_api
from twreplay._api import PROFILES
from twreplay._http import Interaction, Response
from twreplay._inference import Document, ImpliedState, Sighting, Unreadable, read, sighting
from twreplay._simulator import Entry
from twreplay._verify.attribution import finding
from twreplay._verify.comparing import differences
from twreplay._verify.finding import Aspect, Checked, Difference, Finding
from twreplay._verify.shape_errors import misshapen
from twreplay._verify.tolerance import only_server_knows, same_for

EITHER = "either"
PROFILE_CHOICES = (EITHER, *PROFILES)

# The API may be out of order, send a client elsewhere, or find its copy current, at any time.
_AT_ANY_TIME = frozenset({302, 304, 500})


def verified(interactions: Sequence[Interaction], profile: str = EITHER) -> list[Checked]:
    """
    Hold each of *interactions* against the rules.

    Args:
        profile: ``documented`` or ``observed``; with ``either`` a recording is right if it
            agrees with one of them.
    """
    wanted = [i for i in interactions if is_api(i.request)]
    columns = PROFILES if profile == EITHER else (profile,)
    found = {name: _findings(wanted, name) for name in columns}
    checked: list[Checked] = []
    place = 0
    for number, interaction in enumerate(interactions, 1):
        request, status = interaction.request, interaction.response.status
        if not is_api(request):
            skipped = "not a request to this version of the API"
            checked.append(Checked(number=number, request=request, status=status, skipped=skipped))
            continue
        findings, only = _closest({name: found[name][place] for name in columns})
        place += 1
        checked.append(
            Checked(number=number, request=request, status=status, findings=findings, only=only)
        )
    return checked


def compared_with(interaction: Interaction, live: Response) -> tuple[Difference, ...]:
    """What was recorded otherwise than it is answered now, values aside that the server gives."""
    seen, now = sighting(interaction), sighting(Interaction(interaction.request, live))
    if seen.unreadable and seen.unreadable != now.unreadable:
        return (Difference(Aspect.FORMAT, "body", seen.unreadable, _kind(seen)),)
    same = only_server_knows(seen)
    documents = seen.document, now.document
    return tuple(differences(seen.response, live, documents, same, elsewhere=True))


def _findings(interactions: Sequence[Interaction], profile: str) -> list[tuple[Finding, ...]]:
    state = ImpliedState(interactions, profile=profile, undocumented="ignore")
    found: list[tuple[Finding, ...]] = []
    for index, seen in enumerate(state.sightings):
        entry = state.ask(index)
        # How long things take is question 45: only the recording tells what became of them.
        state.simulator.clock.forget()
        found.append(
            tuple(finding(difference, seen, entry) for difference in _differences(seen, entry))
        )
        state.settle(index)
    return found


def _differences(seen: Sighting, entry: Entry) -> Iterator[Difference]:
    if seen.response.status in _AT_ANY_TIME:
        return
    assert entry.response is not None
    told: set[str] = set()
    if seen.unreadable and seen.response.status == entry.response.status:
        yield Difference(Aspect.FORMAT, "body", seen.unreadable, _kind(seen))
    if seen.succeeded and seen.resource is not None and entry.response.status < 400:
        for difference in misshapen(seen.resource, seen):
            told.add(difference.where)
            yield difference
    expected = None if seen.is_media else _read(entry.response, seen.extension)
    documents = seen.document, expected
    for difference in differences(seen.response, entry.response, documents, same_for(seen)):
        if difference.where not in told:
            yield difference


def _read(response: Response, extension: str) -> Document | None:
    try:
        return read(response.body, extension or "xml")
    except Unreadable:
        return None


def _kind(seen: Sighting) -> str:
    return {"json": "JSON", "csv": "CSV", "html": "HTML"}.get(seen.extension, "XML")


def _closest(by_profile: dict[str, tuple[Finding, ...]]) -> tuple[tuple[Finding, ...], str]:
    """The findings of the profile that the recording agrees with best, and which if only one."""
    if len(by_profile) == 1:
        return next(iter(by_profile.values())), ""
    drift = {name: sum(f.is_drift for f in findings) for name, findings in by_profile.items()}
    best = min(by_profile, key=lambda name: _distance(by_profile[name]))
    if not drift[best]:
        return by_profile[best], "" if not any(drift.values()) else best
    other = next(findings for name, findings in by_profile.items() if name != best)
    theirs = {(f.difference.aspect, f.difference.where) for f in other}
    return tuple(
        f if (f.difference.aspect, f.difference.where) in theirs else _only(f, best)
        for f in by_profile[best]
    ), ""


def _distance(findings: tuple[Finding, ...]) -> tuple[int, bool, int]:
    """How far a recording is from a profile: the wrong status weighs more than an element."""
    drift = [found.difference.aspect for found in findings if found.is_drift]
    return len(drift), Aspect.STATUS in drift, len(findings)


def _only(found: Finding, profile: str) -> Finding:
    return Finding(
        difference=found.difference,
        rule=found.rule,
        source=found.source,
        grade=found.grade,
        question=found.question,
        only=profile,
    )
