"""Compares one recording with another, by operation."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from twreplay._http import Interaction, Request, Response, basic
from twreplay._inference import Sighting, sighting
from twreplay._matching import Difference as Asked
from twreplay._matching import Matching
from twreplay._matching import differences as asked_differences
from twreplay._verify.comparing import differences
from twreplay._verify.finding import Aspect, Difference
from twreplay._verify.tolerance import made_as, only_server_knows

_MATCHING = Matching.of(None)


class Kind(StrEnum):
    """What became of an interaction."""

    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One interaction of two recordings, or of one of them.

    Attributes:
        kind: What became of it.

        request: As the older recording has it, or as the newer has what was added.

        status: The status in that recording.

        before, after: Its number in each recording, from 1; None where it is not.

        asked: What is sent otherwise.

        answered: What is answered otherwise.
    """

    kind: Kind
    request: Request
    status: int
    before: int | None = None
    after: int | None = None
    asked: tuple[Asked, ...] = ()
    answered: tuple[Difference, ...] = ()


def between(older: Sequence[Interaction], newer: Sequence[Interaction]) -> list[Change]:
    """
    What *newer* has otherwise than *older*, an item for each interaction of both.

    Dates, and Sids that the server gave, may differ: those of *older* stand for those of *newer*
    from where something is made.
    """
    known = _accounts(older, newer)
    left, right = dict(enumerate(older, 1)), dict(enumerate(newer, 1))
    found: list[Change] = []
    for alike in (_whole, _operation):
        found += _paired(left, right, known, alike)
    found += [_alone(Kind.REMOVED, number, each) for number, each in left.items()]
    found += [_alone(Kind.ADDED, number, each) for number, each in right.items()]
    return sorted(found, key=lambda change: (change.before or change.after or 0, not change.before))


def _paired(
    left: dict[int, Interaction],
    right: dict[int, Interaction],
    known: dict[str, str],
    alike: Callable[[Request], Hashable],
) -> list[Change]:
    """A change for each pair whose requests are *alike*; both are taken from where they are."""
    waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for number, new in right.items():
        waiting[alike(new.request)].append(number)
    changes = []
    for before, old in list(left.items()):
        translated = _translated(old, known)
        queue = waiting[alike(translated.request)]
        if queue:
            after = queue.popleft()
            new = right.pop(after)
            del left[before]
            changes.append(_change(before, after, translated, new))
            _learn(known, sighting(old), sighting(new))
    return changes


def _whole(request: Request) -> Hashable:
    return _MATCHING.key(request), _MATCHING.identity(request)


def _operation(request: Request) -> Hashable:
    return request.effective_method, request.path


def _change(before: int, after: int, old: Interaction, new: Interaction) -> Change:
    asked = asked_differences(old.request, new.request, _MATCHING)
    seen, now = sighting(old), sighting(new)
    same = only_server_knows(seen)
    answered = tuple(differences(old.response, new.response, (seen.document, now.document), same))
    if not answered and (seen.document is None or now.document is None):
        answered = _bodies(seen, now)
    return Change(
        kind=Kind.CHANGED if asked or answered else Kind.SAME,
        request=old.request,
        status=old.response.status,
        before=before,
        after=after,
        asked=asked,
        answered=answered,
    )


def _bodies(seen: Sighting, now: Sighting) -> tuple[Difference, ...]:
    """What differs in bodies that are no documents: audio, and what cannot be read."""
    before, after = seen.response.body, now.response.body
    if before == after:
        return ()
    told = [
        sight.unreadable or f"{len(sight.response.body)} bytes"
        if sight.document is None
        else sight.document.holds.value
        for sight in (seen, now)
    ]
    if told[0] == told[1]:
        told[1] += ", others"
    return (Difference(Aspect.FORMAT, "body", *told),)


def _alone(kind: Kind, number: int, interaction: Interaction) -> Change:
    return Change(
        kind=kind,
        request=interaction.request,
        status=interaction.response.status,
        before=number if kind is Kind.REMOVED else None,
        after=number if kind is Kind.ADDED else None,
    )


def _accounts(older: Sequence[Interaction], newer: Sequence[Interaction]) -> dict[str, str]:
    """The account of *older* and the one that stands for it; empty if they are the same."""
    before, after = _account(older), _account(newer)
    return {before: after} if before and after and before != after else {}


def _account(interactions: Sequence[Interaction]) -> str:
    given = (each.request.credentials for each in interactions)
    return next((credentials.account_sid for credentials in given if credentials), "")


def _translated(interaction: Interaction, known: Mapping[str, str]) -> Interaction:
    """*interaction* with the Sids that the newer recording has."""
    if not known:
        return interaction
    request, response = interaction.request, interaction.response
    return Interaction(
        Request(
            request.method,
            _text(request.url, known),
            [(name, _header(name, value, request, known)) for name, value in request.headers.pairs],
            _bytes(request.body, known),
        ),
        Response(
            response.status,
            [(name, _text(value, known)) for name, value in response.headers.pairs],
            _bytes(response.body, known),
            response.reason,
        ),
    )


def _header(name: str, value: str, request: Request, known: Mapping[str, str]) -> str:
    given = request.credentials
    if name.lower() == "authorization" and given is not None:
        # Other recorders keep them encoded.
        return basic(_text(given.account_sid, known), given.auth_token)
    return _text(value, known)


def _text(text: str, known: Mapping[str, str]) -> str:
    for old, new in known.items():
        text = text.replace(old, new)
    return text


def _bytes(body: bytes, known: Mapping[str, str]) -> bytes:
    for old, new in known.items():
        body = body.replace(old.encode(), new.encode())
    return body


def _learn(known: dict[str, str], seen: Sighting, now: Sighting) -> None:
    renamed = made_as(seen, now)
    if renamed is not None and renamed[0] != renamed[1]:
        known.update([renamed])
