"""Lists: filters and pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlencode

from twreplay._api import NUMBER_OR_SHORT_CODE, VERSION, Counters, Filter, FilterBy, Q, clean_text
from twreplay._http import Pairs
from twreplay._simulator.checks.context import Many, ValidRequest
from twreplay._simulator.state.clock import find_midnight, find_next_midnight
from twreplay._simulator.state.instance import Instance, get_value
from twreplay._simulator.state.store import EVER, Range, Wanted

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 1000

_PAGING = frozenset({"num", "page", "Page"})
_CONDITION = re.compile(r"([A-Za-z]+)([<>]?)(.*)", re.ASCII | re.DOTALL)
_DIGITS = re.compile(r"[0-9*]+", re.ASCII)

# Longer numbers are always out of range; they are not passed to int().
_LONGEST_NUMBER = 9


class _Narrowing:
    """The conditions in the query of a list."""

    def __init__(self) -> None:
        self.values: list[Wanted] = []
        self.ranges: dict[str, Range] = {}
        self.patterns: list[tuple[str, re.Pattern[str]]] = []
        self.nothing = False

    def limit_range(self, name: str, low: float, high: float) -> None:
        before = self.ranges.get(name, EVER)
        self.ranges[name] = (max(before[0], low), min(before[1], high))

    def build_filter(self) -> Callable[[Instance], bool] | None:
        patterns = self.patterns
        if not patterns:
            return None
        return lambda instance: all(p.search(get_value(instance, name)) for name, p in patterns)


def list_page(request: ValidRequest) -> Many:
    """Return the page of the list that the query selects."""
    resource, endpoint, account = request.resource, request.endpoint, request.account
    narrowing = _Narrowing()
    scope = [(n, v) for n, v in request.variables.items() if n != "AccountSid"]
    narrowing.values += [*scope, *endpoint.fixed]
    if request.http.query:
        _apply_query(request, narrowing)
    store = account.stores[resource.name]
    found = (
        ()
        if narrowing.nothing
        else store.select(narrowing.values, narrowing.ranges, narrowing.build_filter())
    )
    size = _read_page_size(request)
    page = _read_page(request)
    newer, older = request.context.world.unseen_counts
    total = newer + len(found) + older
    if page and page * size >= total:
        request.rests_on(Q.PAGING_OUT_OF_RANGE)
    # The newest are at the end.
    end = max(total - page * size - older, 0)
    chunk = found[max(end - size, 0) : end]
    instances = tuple([order[2] for order in reversed(chunk)])
    if not total:
        request.mentions(Q.EMPTY_COUNTERS)
    http = request.http
    counters = _build_counters(http.path, http.query, page, size, total, len(instances))
    return Many(resource, counters, instances)


def _apply_query(request: ValidRequest, narrowing: _Narrowing) -> None:
    filters = {f.name: f for f in request.resource.filters}
    query: dict[str, str] = {}
    for name, value in request.http.query:
        if name in query:
            request.rests_on(Q.REPEATED_PARAMETER)
        query[name] = value
    if query.get("page") and query.get("Page"):
        request.rests_on(Q.PAGE_TWICE)
    for name, value in query.items():
        if name not in _PAGING:
            _apply_condition(request, narrowing, filters, clean_text(name), clean_text(value))


def _apply_condition(
    request: ValidRequest,
    narrowing: _Narrowing,
    filters: dict[str, Filter],
    name: str,
    value: str,
) -> None:
    if name == "_method":
        return
    match = _CONDITION.match(name)
    word, operator, rest = match.groups() if match else (name, "", "")
    known = filters.get(word)
    if known is None or (operator and known.by is not FilterBy.DATE) or (rest and not operator):
        # Empty parameters are absent, known or not.
        if value or operator:
            request.rests_on(Q.UNKNOWN_FILTER)
            request.context.ignored.append(name)
        elif name != "_method":
            request.mentions(Q.EMPTY_VALUE)
        return
    if not (value or rest):
        request.mentions(Q.EMPTY_VALUE)
        return
    if request.endpoint.silent_on_filters:
        request.rests_on(Q.UNNAMED_FILTER)
    if known.by is FilterBy.DATE:
        _note_operator(request, known, operator, rest, value)
        _apply_day(request, narrowing, word, operator, rest, value)
    else:
        _apply_value(request, narrowing, known, value)


def _note_operator(
    request: ValidRequest, known: Filter, operator: str, rest: str, value: str
) -> None:
    """Keep that a date is compared by an operator that the page does not name."""
    request.mentions(Q.TIME_ZONE)
    # ">=" arrives as the name with ">" and a value; percent-encoded whole it is in the rest.
    is_strict = bool(operator) and not value and not rest.startswith("=")
    if is_strict and not (operator == "<" and known.before):
        request.rests_on(Q.UNNAMED_FILTER)


def _apply_value(request: ValidRequest, narrowing: _Narrowing, known: Filter, value: str) -> None:
    if known.name == "Flags":
        request.rests_on(Q.FLAGS_FILTER)
    if known.by is FilterBy.PHONE_NUMBER:
        number = NUMBER_OR_SHORT_CODE.read(value)
        if number != value:
            request.rests_on(Q.INVALID_FILTER if number is None else Q.UNKNOWN_FILTER)
        narrowing.values.append((known.name, number or value))
        return
    if known.by is FilterBy.DIGITS:
        if _DIGITS.fullmatch(value) is None:
            request.rests_on(Q.INVALID_FILTER)
            narrowing.nothing = True
            return
        # Five or six digits are a whole code; fewer may stand anywhere in one.
        whole = len(value) >= 5 and "*" not in value
        pattern = value.replace("*", r"\d")
        narrowing.patterns.append((known.name, re.compile(f"^{pattern}$" if whole else pattern)))
        return
    if known.values and value not in known.values:
        request.rests_on(Q.INVALID_FILTER)
        request.context.ignored.append(known.name)
    elif known.named and value not in known.named:
        request.rests_on(Q.UNNAMED_FILTER)
    narrowing.values.append((known.name, value))


def _apply_day(
    request: ValidRequest,
    narrowing: _Narrowing,
    name: str,
    operator: str,
    rest: str,
    value: str,
) -> None:
    """Apply a date filter. Source: filter tables; Notifications page, samples."""
    if rest.startswith("="):
        # The operator was encoded whole: StartTime%3E%3D2009-07-06.
        rest, value = "", rest[1:]
    day = rest or value
    if not day:
        return
    start = find_midnight(day)
    if start is None:
        request.rests_on(Q.INVALID_FILTER)
        request.context.ignored.append(name)
    elif operator == ">":
        # ">=" arrives as the name with ">" and a value; without "=" it is strictly after.
        narrowing.limit_range(name, start if value else start + 1, EVER[1])
    elif operator == "<":
        # "At or before midnight" leaves the day itself out, but for its first second.
        narrowing.limit_range(name, EVER[0], start + 1 if value else start)
    else:
        narrowing.limit_range(name, start, find_next_midnight(start))


def _find_last(query: Pairs, *names: str) -> str | None:
    found = [value for name, value in query if name in names]
    return found[-1] if found else None


def _parse_whole(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        return None
    return int(text)


def _read_page_size(request: ValidRequest) -> int:
    text = _find_last(request.http.query, "num")
    if not text:
        return DEFAULT_PAGE_SIZE
    size = _parse_whole(text)
    if size is None and text.isascii() and text.isdigit():
        size = LARGEST_PAGE_SIZE + 1
    if not size:
        request.rests_on(Q.PAGING_OUT_OF_RANGE)
        return DEFAULT_PAGE_SIZE
    if size > LARGEST_PAGE_SIZE:
        request.rests_on(Q.PAGING_OUT_OF_RANGE)
    return min(size, LARGEST_PAGE_SIZE)


def _read_page(request: ValidRequest) -> int:
    text = _find_last(request.http.query, "page", "Page")
    if not text:
        return 0
    page = _parse_whole(text)
    if page is None:
        request.rests_on(Q.PAGING_OUT_OF_RANGE)
        return 10**_LONGEST_NUMBER if text.isascii() and text.isdigit() else 0
    return page


# Cached: a suite requests the same few pages again and again, and five URIs take 15 µs.
@lru_cache(maxsize=1024)
def _build_counters(
    path: str, sent: Pairs, page: int, size: int, total: int, shown: int
) -> Counters:
    """Build the paging attributes, in the order in which the response page names them."""
    pages = -(-total // size)
    start = page * size if shown else 0
    end = start + shown - 1 if shown else 0
    query = [(n, v) for n, v in sent if n not in _PAGING]
    own = [(n, v) for n, v in sent if n != "_method"]

    def uri(wanted: int) -> str:
        if not 0 <= wanted < pages:
            return ""
        return _build_uri(path, (*query, ("num", str(size)), ("page", str(wanted))))

    return (
        ("page", str(page)),
        ("numpages", str(pages)),
        ("pagesize", str(size)),
        ("total", str(total)),
        ("start", str(start)),
        ("end", str(end)),
        ("uri", _build_uri(path, tuple(own))),
        ("firstpageuri", uri(0)),
        ("nextpageuri", uri(page + 1)),
        ("previouspageuri", uri(page - 1)),
        ("lastpageuri", uri(pages - 1)),
    )


def _build_uri(path: str, query: Pairs) -> str:
    assert path.startswith(f"/{VERSION}")
    pairs = [(clean_text(name), clean_text(value)) for name, value in query]
    return f"{clean_text(path)}?{urlencode(pairs)}" if pairs else clean_text(path)
