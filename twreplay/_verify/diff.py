"""Compares one recording with another, by operation."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from twreplay._cassette import RecordedWebhook
from twreplay._http import Interaction, Request, Response, encode_basic
from twreplay._inference import ParsedInteraction, parse_interaction
from twreplay._matching import FieldDifference as Asked
from twreplay._matching import Matching
from twreplay._matching import find_differences as asked_differences
from twreplay._twiml import describe_answer, is_same_answer
from twreplay._verify.comparing import find_mismatches
from twreplay._verify.finding import Aspect, Mismatch
from twreplay._verify.tolerance import build_server_tolerance, match_created_sids

_MATCHING = Matching.from_options(None)
_SID = re.compile(r"\b([A-Z]{2})[0-9a-f]{32}\b")


class Kind(StrEnum):
    """Kind of change of an interaction."""

    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One interaction of two recordings, or of one of them.

    Attributes:
        kind: The kind of change.

        request: The request in the older recording; in the newer one if it was added.

        status: The status in that recording.

        before, after: Its number in each recording, from 1; None where it is not.

        requested: The differences in the request.

        answered: The differences in the response.

        is_webhook: It is a webhook, counted on its own.
    """

    kind: Kind
    request: Request
    status: int
    before: int | None = None
    after: int | None = None
    requested: tuple[Asked, ...] = ()
    answered: tuple[Mismatch, ...] = ()
    is_webhook: bool = False


def compare_webhooks(
    older: Sequence[RecordedWebhook], newer: Sequence[RecordedWebhook]
) -> list[Change]:
    """
    Compare webhooks, by what is requested and in their order; return a change for each of both.

    Sids and dates may differ, and so may whitespace in TwiML that says nothing.
    """
    waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for number, new in enumerate(newer, 1):
        waiting[_build_webhook_key(new.request)].append(number)
    found: list[Change] = []
    for number, old in enumerate(older, 1):
        queue = waiting[_build_webhook_key(old.request)]
        if queue:
            after = queue.popleft()
            found.append(_build_webhook_change(number, after, old, newer[after - 1]))
        else:
            found.append(_build_unpaired(Kind.REMOVED, number, old.interaction, is_webhook=True))
    left = sorted(number for queue in waiting.values() for number in queue)
    added = [
        _build_unpaired(Kind.ADDED, number, newer[number - 1].interaction, is_webhook=True)
        for number in left
    ]
    return [*found, *added]


def _build_webhook_key(request: Request) -> Hashable:
    return request.method, request.url.partition("?")[0]


def _build_webhook_change(
    before: int, after: int, old: RecordedWebhook, new: RecordedWebhook
) -> Change:
    asked = asked_differences(_without_sids(old.request), _without_sids(new.request), _MATCHING)
    answered: tuple[Mismatch, ...] = ()
    if not is_same_answer(old.response, new.response):
        lines = [describe_answer(response) for response in (old.response, new.response)]
        told = [[one for one in mine if one not in theirs] for mine, theirs in (lines, lines[::-1])]
        shown = ["; ".join(line.strip() for line in mine) or "none" for mine in told]
        answered = (Mismatch(Aspect.VALUE, "answer", *shown),)
    return Change(
        kind=Kind.CHANGED if asked or answered else Kind.SAME,
        request=old.request,
        status=old.response.status,
        before=before,
        after=after,
        requested=asked,
        answered=answered,
        is_webhook=True,
    )


def _without_sids(request: Request) -> Request:
    url = _SID.sub(r"\1", request.url)
    body = _SID.sub(r"\1", request.body.decode("utf-8", "surrogateescape"))
    headers = request.headers.without("authorization")
    return Request(request.method, url, headers, body.encode("utf-8", "surrogateescape"))


def compare(older: Sequence[Interaction], newer: Sequence[Interaction]) -> list[Change]:
    """
    Compare *newer* with *older*; return a change for each interaction of both.

    Dates, and Sids that the server gave, may differ: those of *older* stand for those of *newer*
    from where something is made.
    """
    known = _map_accounts(older, newer)
    left, right = dict(enumerate(older, 1)), dict(enumerate(newer, 1))
    found: list[Change] = []
    for alike in (_build_full_key, _build_operation_key):
        found += _match_pairs(left, right, known, alike)
    found += [_build_unpaired(Kind.REMOVED, number, each) for number, each in left.items()]
    found += [_build_unpaired(Kind.ADDED, number, each) for number, each in right.items()]
    return sorted(found, key=lambda change: (change.before or change.after or 0, not change.before))


def _match_pairs(
    left: dict[int, Interaction],
    right: dict[int, Interaction],
    known: dict[str, str],
    alike: Callable[[Request], Hashable],
) -> list[Change]:
    """Pair interactions whose *alike* keys are equal; remove them from *left* and *right*."""
    waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for number, new in right.items():
        waiting[alike(new.request)].append(number)
    changes = []
    for before, old in list(left.items()):
        translated = _translate(old, known)
        queue = waiting[alike(translated.request)]
        if queue:
            after = queue.popleft()
            new = right.pop(after)
            del left[before]
            changes.append(_build_change(before, after, translated, new))
            _learn(known, parse_interaction(old), parse_interaction(new))
    return changes


def _build_full_key(request: Request) -> Hashable:
    return _MATCHING.build_key(request), _MATCHING.get_identity(request)


def _build_operation_key(request: Request) -> Hashable:
    return request.effective_method, request.path


def _build_change(before: int, after: int, old: Interaction, new: Interaction) -> Change:
    asked = asked_differences(old.request, new.request, _MATCHING)
    seen, now = parse_interaction(old), parse_interaction(new)
    same = build_server_tolerance(seen)
    answered = tuple(
        find_mismatches(old.response, new.response, (seen.document, now.document), same)
    )
    if not answered and (seen.document is None or now.document is None):
        answered = _compare_bodies(seen, now)
    return Change(
        kind=Kind.CHANGED if asked or answered else Kind.SAME,
        request=old.request,
        status=old.response.status,
        before=before,
        after=after,
        requested=asked,
        answered=answered,
    )


def _compare_bodies(seen: ParsedInteraction, now: ParsedInteraction) -> tuple[Mismatch, ...]:
    """Compare bodies that are not documents: audio, or unreadable text."""
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
    return (Mismatch(Aspect.FORMAT, "body", *told),)


def _build_unpaired(
    kind: Kind, number: int, interaction: Interaction, *, is_webhook: bool = False
) -> Change:
    return Change(
        is_webhook=is_webhook,
        kind=kind,
        request=interaction.request,
        status=interaction.response.status,
        before=number if kind is Kind.REMOVED else None,
        after=number if kind is Kind.ADDED else None,
    )


def _map_accounts(older: Sequence[Interaction], newer: Sequence[Interaction]) -> dict[str, str]:
    """Map the account of *older* to that of *newer*; empty if they are the same."""
    before, after = _find_account(older), _find_account(newer)
    return {before: after} if before and after and before != after else {}


def _find_account(interactions: Sequence[Interaction]) -> str:
    given = (each.request.credentials for each in interactions)
    return next((credentials.account_sid for credentials in given if credentials), "")


def _translate(interaction: Interaction, known: Mapping[str, str]) -> Interaction:
    """Return *interaction* with the Sids of the newer recording."""
    if not known:
        return interaction
    request, response = interaction.request, interaction.response
    return Interaction(
        Request(
            request.method,
            _translate_text(request.url, known),
            [
                (name, _translate_header(name, value, request, known))
                for name, value in request.headers.pairs
            ],
            _translate_bytes(request.body, known),
        ),
        Response(
            response.status,
            [(name, _translate_text(value, known)) for name, value in response.headers.pairs],
            _translate_bytes(response.body, known),
            response.reason,
        ),
    )


def _translate_header(name: str, value: str, request: Request, known: Mapping[str, str]) -> str:
    given = request.credentials
    if name.lower() == "authorization" and given is not None:
        # Other recorders keep them encoded.
        return encode_basic(_translate_text(given.account_sid, known), given.auth_token)
    return _translate_text(value, known)


def _translate_text(text: str, known: Mapping[str, str]) -> str:
    for old, new in known.items():
        text = text.replace(old, new)
    return text


def _translate_bytes(body: bytes, known: Mapping[str, str]) -> bytes:
    for old, new in known.items():
        body = body.replace(old.encode(), new.encode())
    return body


def _learn(known: dict[str, str], seen: ParsedInteraction, now: ParsedInteraction) -> None:
    renamed = match_created_sids(seen, now)
    if renamed is not None and renamed[0] != renamed[1]:
        known.update([renamed])
