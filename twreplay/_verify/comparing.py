"""Compares the content of two responses, not the layout of their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from twreplay._explanation import shorten
from twreplay._http import Response
from twreplay._inference import Content, Document, Holds, Row
from twreplay._verify.finding import Aspect, Mismatch

Tolerance: TypeAlias = Callable[[str, str, Content, Content], bool]
"""Tells if two values can both be right, by instance, element, recorded, expected."""

_VALUE_WIDTH = 60
_WITH_CONTENT = frozenset({200, 201, 202})


def find_mismatches(
    recorded: Response,
    expected: Response,
    documents: tuple[Document | None, Document | None],
    same: Tolerance,
    *,
    elsewhere: bool = False,
) -> Iterator[Mismatch]:
    """
    Yield how *recorded* differs from *expected*.

    Args:
        documents: The two bodies, parsed; None for a body that is not a document.

        same: The tolerance for values that only the server knows.

        elsewhere: They are of different times or places: what lists hold, and where things
            are, is another matter.
    """
    ours, theirs = documents
    if recorded.status != expected.status:
        yield Mismatch(
            Aspect.STATUS, "", _describe_status(recorded, ours), _describe_status(expected, theirs)
        )
        if not {recorded.status, expected.status} <= _WITH_CONTENT:
            return
    yield from _compare_headers(recorded, expected, elsewhere=elsewhere)
    if ours is None or theirs is None:
        return
    yield from _compare_documents(ours, theirs, same, elsewhere=elsewhere)


def display(content: Content) -> str:
    """Format a value for a person."""
    if not isinstance(content, str):
        return ", ".join(f"{name} {text}" for name, text in content)
    return shorten(repr(content)[1:-1], _VALUE_WIDTH) if content else "(empty)"


def _describe_status(response: Response, document: Document | None) -> str:
    refusal = document.refusal if document is not None else {}
    code = f" with code {refusal['Code']}" if refusal.get("Code") else ""
    return f"{response.status}{code}"


# --- headers ----------------------------------------------------------------------------------


def _compare_headers(
    recorded: Response, expected: Response, *, elsewhere: bool
) -> Iterator[Mismatch]:
    ours, theirs = _get_media_type(recorded), _get_media_type(expected)
    if ours != theirs and (recorded.body or ours):
        yield _build_header_mismatch("Content-Type", ours, theirs)
    for name in ("Location", "WWW-Authenticate", "Allow"):
        mine, other = recorded.headers.get(name, ""), expected.headers.get(name, "")
        if name == "Allow":
            mine, other = _sort_methods(mine), _sort_methods(other)
        if name == "WWW-Authenticate" and mine and other:
            mine, other = (text.partition(" ")[0].lower() for text in (mine, other))
        if name == "Location":
            mine, other = (text.partition("://")[2] for text in (mine, other))
            if elsewhere and mine and other:
                continue
        if mine != other:
            yield _build_header_mismatch(
                name, recorded.headers.get(name, ""), expected.headers.get(name, "")
            )


def _build_header_mismatch(name: str, ours: str, theirs: str) -> Mismatch:
    return Mismatch(Aspect.HEADER, name, ours or "(absent)", theirs or "none")


def _get_media_type(response: Response) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind if response.body else ""


def _sort_methods(methods: str) -> str:
    return ", ".join(sorted(part.strip().upper() for part in methods.split(",")))


# --- documents --------------------------------------------------------------------------------


def _compare_documents(
    ours: Document, theirs: Document, same: Tolerance, *, elsewhere: bool
) -> Iterator[Mismatch]:
    if ours.holds is not theirs.holds:
        yield Mismatch(Aspect.FORMAT, "body", _describe(ours), _describe(theirs))
        return
    if ours.holds in (Holds.ABSENT, Holds.NOTHING):
        return
    if ours.name != theirs.name:
        yield Mismatch(Aspect.FORMAT, "body", ours.name, theirs.name)
        return
    if theirs.refusal or ours.refusal:
        yield from _compare_refusals(ours, theirs)
        return
    if ours.holds is Holds.ONE:
        yield from compare_rows(ours.name, ours.rows[0], theirs.rows[0], same)
        return
    if not elsewhere:
        yield from _compare_counters(ours.counters, theirs.counters)
        yield from _compare_lists(ours, theirs, same)
    elif ours.rows and theirs.rows:
        name = ours.names[0] if ours.names else "row"
        yield from _compare_elements(name, ours.rows[0], theirs.rows[0])


def _describe(document: Document) -> str:
    return f"{document.holds.value} of {document.name}" if document.name else document.holds.value


def _compare_refusals(ours: Document, theirs: Document) -> Iterator[Mismatch]:
    mine, other = ours.refusal, theirs.refusal
    if mine.get("Code", "") != other.get("Code", ""):
        yield Mismatch(Aspect.CODE, "", mine.get("Code") or "none", other.get("Code") or "none")
        return
    yield from _compare_elements("RestException", tuple(mine.items()), tuple(other.items()))
    for name in ("Status", "MoreInfo"):
        if mine.get(name, "") != other.get(name, "") and name in mine and name in other:
            yield Mismatch(
                Aspect.VALUE, f"RestException.{name}", display(mine[name]), display(other[name])
            )


def _compare_counters(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[Mismatch]:
    for name in dict.fromkeys((*theirs, *ours)):
        mine, other = ours.get(name), theirs.get(name)
        if mine != other:
            yield Mismatch(
                Aspect.COUNTER,
                name,
                "(absent)" if mine is None else display(mine),
                "none" if other is None else display(other),
            )


def _compare_lists(ours: Document, theirs: Document, same: Tolerance) -> Iterator[Mismatch]:
    ours_by, theirs_by = _index_by_identity(ours), _index_by_identity(theirs)
    common = [key for key in ours_by if key in theirs_by]
    for key in ours_by:
        if key not in theirs_by:
            yield Mismatch(Aspect.UNEXPECTED_ROW, key, "listed", "not in this list")
    for key in theirs_by:
        if key not in ours_by:
            yield Mismatch(Aspect.MISSING_ROW, key, "not listed", "listed")
    expected_order = [key for key in theirs_by if key in ours_by]
    if common != expected_order:
        first = next(
            place for place, (a, b) in enumerate(zip(common, expected_order, strict=True)) if a != b
        )
        yield Mismatch(Aspect.ROW_ORDER, f"row {first + 1}", common[first], expected_order[first])
    seen: set[tuple[Aspect, str]] = set()
    for key in common:
        (name, mine), (_, other) = ours_by[key], theirs_by[key]
        for found in compare_rows(name, mine, other, same):
            # Missing and unexpected elements are reported once per list, not per row.
            once = (found.aspect, found.where)
            if found.aspect is Aspect.VALUE or once not in seen:
                seen.add(once)
                where = f"{found.where} of {key}" if found.aspect is Aspect.VALUE else found.where
                yield Mismatch(found.aspect, where, found.recorded, found.expected)


def _index_by_identity(document: Document) -> dict[str, tuple[str, Row]]:
    names = document.names or ("row",) * len(document.rows)
    found: dict[str, tuple[str, Row]] = {}
    for place, (name, row) in enumerate(zip(names, document.rows, strict=True)):
        values = dict(row)
        texts = [values.get(part) for part in ("Sid", "CallSegmentSid")]
        parts = [shorten(text, 12) for text in texts if isinstance(text, str) and text]
        if not parts and isinstance(values.get("CallSid"), str):
            parts = [shorten(str(values["CallSid"]), 12)]
        key = " ".join(parts) or f"row {place + 1}"
        while key in found:
            key += "'"
        found[key] = (name, row)
    return found


# --- elements ---------------------------------------------------------------------------------


def compare_rows(name: str, ours: Row, theirs: Row, same: Tolerance) -> Iterator[Mismatch]:
    """Yield how one instance differs from another."""
    yield from _compare_elements(name, ours, theirs)
    values = dict(theirs)
    for element, mine in ours:
        if element in values and not same(name, element, mine, values[element]):
            yield Mismatch(
                Aspect.VALUE, f"{name}.{element}", display(mine), display(values[element])
            )


def _compare_elements(name: str, ours: Row, theirs: Row) -> Iterator[Mismatch]:
    """Yield elements that are missing, unexpected, or in another order."""
    mine, other = [element for element, _ in ours], [element for element, _ in theirs]
    for element in dict.fromkeys(other):
        if element not in mine:
            yield Mismatch(Aspect.MISSING, f"{name}.{element}", "(absent)", "there")
    for element in dict.fromkeys(mine):
        if element not in other:
            yield Mismatch(Aspect.UNEXPECTED, f"{name}.{element}", "there", "none")
        elif (times := mine.count(element)) != (expected := other.count(element)):
            aspect = Aspect.UNEXPECTED if times > expected else Aspect.MISSING
            yield Mismatch(
                aspect, f"{name}.{element}", _describe_times(times), _describe_times(expected)
            )
    common = [element for element in dict.fromkeys(mine) if element in other]
    wanted = [element for element in dict.fromkeys(other) if element in mine]
    if common != wanted:
        yield _build_order_mismatch(name, common, wanted)


def _describe_times(times: int) -> str:
    return "once" if times == 1 else f"there {times} times"


def _build_order_mismatch(name: str, ours: Sequence[str], theirs: Sequence[str]) -> Mismatch:
    place = next(n for n, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b)
    # Report the element that moved, not its neighbours.
    without = [element for element in ours if element != theirs[place]]
    moved = theirs[place] if without == [e for e in theirs if e != theirs[place]] else ours[place]
    return Mismatch(
        Aspect.ORDER,
        f"{name}.{moved}",
        _describe_place(ours, moved),
        _describe_place(theirs, moved),
    )


def _describe_place(elements: Sequence[str], element: str) -> str:
    place = list(elements).index(element)
    return f"after {elements[place - 1]}" if place else "first"
