"""How far a request was from being answered: differences, and the smallest of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from twreplay._http import Pairs, Request
from twreplay._matching.matchers import UNKNOWN, Matching

# How much a difference in a part weighs when the nearest recording is looked for. Another
# operation is further away than any number of fields that differ in the same one.
_WEIGHTS: Mapping[str, int] = MappingProxyType(
    {"host": 1000, "path": 100, "method": 60, "scheme": 20, "port": 20, "credentials": 5}
)


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One thing that differs.

    Attributes:
        part: What is compared: ``method``, ``path``, ``form`` …

        name: The field's name where *part* has fields; empty otherwise.

        recorded: What the recording has; None where it is absent.

        sent: What the request has; None where it is absent.
    """

    part: str
    name: str
    recorded: str | None
    sent: str | None

    @property
    def label(self) -> str:
        """``form.To``, or the part alone."""
        return f"{self.part}.{self.name}" if self.name else self.part


def differences(
    recorded: Request, sent: Request, matching: Matching, *, foreign: bool = False
) -> tuple[Difference, ...]:
    """
    Everything that counts and differs, in the order of the parts; empty if they match.

    Args:
        foreign: The recording does not tell whether the request carried credentials.
    """
    found: list[Difference] = []
    for part in matching.parts:
        if part == "credentials" and foreign and recorded.credentials is None:
            continue
        left, right = matching.value(part, recorded), matching.value(part, sent)
        if left == right:
            continue
        if isinstance(left, tuple) and isinstance(right, tuple):
            found += _fields(part, left, right)
        elif part == "form" and (isinstance(left, tuple) or isinstance(right, tuple)):
            found += _fields(part, _as_pairs(left), _as_pairs(right))
        else:
            found.append(Difference(part, "", _text(left), _text(right)))
    return tuple(found)


def nearest(
    recorded: Iterable[Request], sent: Request, matching: Matching, *, foreign: bool = False
) -> tuple[int, tuple[Difference, ...]] | None:
    """
    The place of the recording that differs least from *sent*, and how it differs.

    None if nothing is near: every recording is for another operation. Looks at all of them,
    so it is for explaining a miss, not for finding a match.
    """
    best: tuple[int, int, tuple[Difference, ...]] | None = None
    for index, request in enumerate(recorded):
        found = differences(request, sent, matching, foreign=foreign)
        weight = sum(_WEIGHTS.get(difference.part, 1) for difference in found)
        if best is None or weight < best[0]:
            best = (weight, index, found)
    if best is None or {"method", "path", "host"} <= {d.part for d in best[2]}:
        return None
    return best[1:]


def _fields(part: str, recorded: Pairs, sent: Pairs) -> list[Difference]:
    """Pair fields of the same name in order; what is left over was absent on one side."""
    left, right = Counter(recorded), Counter(sent)
    found = []
    for name in dict.fromkeys(name for name, _ in (*recorded, *sent)):
        missing = [value for other, value in (left - right).elements() if other == name]
        extra = [value for other, value in (right - left).elements() if other == name]
        for index in range(max(len(missing), len(extra))):
            found.append(
                Difference(
                    part,
                    name,
                    missing[index] if index < len(missing) else None,
                    extra[index] if index < len(extra) else None,
                )
            )
    return found


def _as_pairs(value: object) -> Pairs:
    if isinstance(value, tuple):
        return value
    return (("(body)", _text(value) or ""),) if value else ()


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace") if value else "(empty)"
    if value is None:
        return None
    return UNKNOWN if value == UNKNOWN else str(value)
