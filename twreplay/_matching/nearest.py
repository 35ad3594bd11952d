"""Differences between a request and recorded ones, and the nearest recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from twreplay._http import Pairs, Request
from twreplay._matching.matchers import UNKNOWN, Matching
from twreplay._matching.multipart import Parts

_Fields = Pairs | Parts

# How much a difference in a part weighs when the nearest recording is looked for. Another
# operation is further away than any number of fields that differ in the same one.
_WEIGHTS: Mapping[str, int] = MappingProxyType(
    {"host": 1000, "path": 100, "method": 60, "scheme": 20, "port": 20, "credentials": 5}
)


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """
    One difference between a recorded and a sent request.

    Attributes:
        part: The compared part: ``method``, ``path``, ``form`` …

        name: The field's name where *part* has fields; empty otherwise.

        recorded: The value in the recording; None where it is absent.

        sent: The value in the request; None where it is absent.
    """

    part: str
    name: str
    recorded: str | None
    sent: str | None

    @property
    def label(self) -> str:
        """``form.To``, or the part alone."""
        return f"{self.part}.{self.name}" if self.name else self.part


def find_differences(
    recorded: Request, sent: Request, matching: Matching, *, foreign: bool = False
) -> tuple[FieldDifference, ...]:
    """
    Return all differences in compared parts, in their order; empty if the requests match.

    Args:
        foreign: The recording does not show whether the request carried credentials.
    """
    found: list[FieldDifference] = []
    for part in matching.parts:
        if part == "credentials" and foreign and recorded.credentials is None:
            continue
        left, right = matching.get_value(part, recorded), matching.get_value(part, sent)
        if left == right:
            continue
        if isinstance(left, tuple) and isinstance(right, tuple):
            found += _compare_fields(part, left, right)
        elif part == "form" and (isinstance(left, tuple) or isinstance(right, tuple)):
            found += _compare_fields(part, _convert_to_pairs(left), _convert_to_pairs(right))
        else:
            found.append(FieldDifference(part, "", _format_value(left), _format_value(right)))
    for matcher in matching.own:
        if matcher.key is not None:
            left, right = matcher.key(recorded), matcher.key(sent)
            if left != right:
                values = (_format_value(left), _format_value(right))
                found.append(FieldDifference(matcher.name, "", *values))
        elif not matcher.accepts(sent, recorded):
            found.append(FieldDifference(matcher.name, "", "(recorded)", "(not accepted)"))
    return tuple(found)


def weigh_differences(differences: Iterable[FieldDifference]) -> int:
    """Return how far a recording with these *differences* is away; 0 without any."""
    return sum(_WEIGHTS.get(difference.part, 1) for difference in differences)


def find_nearest(
    recorded: Iterable[Request], sent: Request, matching: Matching, *, foreign: bool = False
) -> tuple[int, tuple[FieldDifference, ...]] | None:
    """
    Return the index of the recording nearest to *sent*, and the differences.

    None if nothing is near: every recording is for another operation. Looks at all of them,
    so it is for explaining a miss, not for finding a match.
    """
    best: tuple[int, int, tuple[FieldDifference, ...]] | None = None
    for index, request in enumerate(recorded):
        found = find_differences(request, sent, matching, foreign=foreign)
        weight = weigh_differences(found)
        if best is None or weight < best[0]:
            best = (weight, index, found)
    if best is None or {"method", "path", "host"} <= {d.part for d in best[2]}:
        return None
    return best[1:]


def _compare_fields(part: str, recorded: _Fields, sent: _Fields) -> list[FieldDifference]:
    """Pair fields of the same name in order; a field without a partner is absent on one side."""
    left, right = Counter(recorded), Counter(sent)
    found = []
    if left == right:
        # Of a multipart body, whose parts have an order.
        orders = [", ".join([f"{n}={value}" for n, value in each]) for each in (recorded, sent)]
        return [FieldDifference(part, "(order)", *orders)]
    for name in dict.fromkeys(name for name, _ in (*recorded, *sent)):
        missing = [str(value) for other, value in (left - right).elements() if other == name]
        extra = [str(value) for other, value in (right - left).elements() if other == name]
        for index in range(max(len(missing), len(extra))):
            found.append(
                FieldDifference(
                    part,
                    name,
                    missing[index] if index < len(missing) else None,
                    extra[index] if index < len(extra) else None,
                )
            )
    return found


def _convert_to_pairs(value: object) -> _Fields:
    if isinstance(value, tuple):
        return value
    return (("(body)", _format_value(value) or ""),) if value else ()


def _format_value(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace") if value else "(empty)"
    if value is None:
        return None
    return UNKNOWN if value == UNKNOWN else str(value)
