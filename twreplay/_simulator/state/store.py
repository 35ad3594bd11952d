"""One account, and its instances of each resource, kept sorted and indexed."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TypeAlias, overload

from twreplay._api import RESOURCES, FilterBy, Hidden, Resource
from twreplay._simulator.state.instance import (
    Instance,
    get_change,
    get_hidden,
    get_times,
    get_values,
    is_set,
    set_change,
)

_BY_NAME = {resource.name: resource for resource in RESOURCES}

Wanted: TypeAlias = tuple[str, Hidden]
"""The name of a property or hidden attribute, and what it must be."""

SortKey: TypeAlias = tuple[float, int, Instance]
"""
What instances sort by: a time, and the number of the change that placed them within it.

An instance keeps the number only: with the whole key it would be in a cycle with it, and stay until
garbage is collected.
"""

Range: TypeAlias = tuple[float, float]
"""A start and an exclusive end, in Unix seconds."""

# Up to this many instances, looking at each is as fast as an index. Most tests have three in all,
# in as many stores: to index them took 12 µs and 40 objects, which the collector of garbage has to
# look at.
_FEW = 8

# Up to this many results, sorting them is faster than a walk from the newest on.
_MANY = 500

EVER: Range = (-math.inf, math.inf)


@cache
def _list_indexes(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the properties to index: exact values, and dates."""
    resource = next(r for r in RESOURCES if r.name == name)
    dates = tuple(f.name for f in resource.filters if f.by is FilterBy.DATE)
    return tuple(sorted(resource.indexed)), dates


class Stores(dict[str, "Store"]):
    """The stores of one account, by resource name; each is created on first use."""

    def __missing__(self, name: str) -> Store:
        store = self[name] = Store(_BY_NAME[name])
        return store


class Store:
    """
    Indexed instances of one resource.

    A page of an unfiltered list, or of one that a single exact filter narrows, costs the same
    however many instances there are.
    """

    def __init__(self, resource: Resource) -> None:
        self._sorted_by = resource.sorted_by
        self._indexed, self._dates = _list_indexes(resource.name)
        self._all: list[SortKey] = []
        # By value and by date; made when there are more than a few.
        self._index: tuple[dict[Wanted, list[SortKey]], dict[str, list[SortKey]]] | None = None

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Instance]:
        for order in self._all:
            yield order[2]

    def iterate_newest(self) -> Iterator[Instance]:
        """Yield the instances, in the order of lists."""
        for order in reversed(self._all):
            yield order[2]

    def list_newest(self, count: int) -> list[Instance]:
        """Return the *count* instances that lists begin with."""
        return [order[2] for order in self._all[: -count - 1 : -1]]

    def add(self, instance: Instance, touched: int) -> None:
        """Add *instance*; *touched* grows with each change in the world."""
        before = get_change(instance)
        if before is None or self._sorted_by != "DateCreated":
            set_change(instance, touched)
        order = self._build_sort_key(instance)
        _insert(self._all, order)
        if self._index is not None:
            self._add_to_index(order)
        elif len(self._all) > _FEW:
            self._index = {}, {name: [] for name in self._dates}
            for each in self._all:
                self._add_to_index(each)

    def _build_sort_key(self, instance: Instance) -> SortKey:
        number = get_change(instance)
        assert number is not None
        # Instances without the date, such as a message that was not sent, sort as the newest.
        return get_times(instance).get(self._sorted_by, math.inf), number, instance

    def _add_to_index(self, order: SortKey) -> None:
        assert self._index is not None
        by_value, by_date = self._index
        _, touched, instance = order
        for key in self._build_keys(instance):
            if (orders := by_value.get(key)) is None:
                by_value[key] = [order]
            else:
                _insert(orders, order)
        times = get_times(instance)
        for name in self._dates:
            if name in times:
                same = order if name == self._sorted_by else (times[name], touched, instance)
                _insert(by_date[name], same)

    def discard(self, instance: Instance) -> None:
        """Remove *instance*, which must not have changed since it was added."""
        order = self._build_sort_key(instance)
        _drop(self._all, order)
        if self._index is None:
            return
        by_value, by_date = self._index
        for key in self._build_keys(instance):
            orders = by_value[key]
            _drop(orders, order)
            if not orders:
                del by_value[key]
        times = get_times(instance)
        for name in self._dates:
            if name in times:
                _drop(by_date[name], (times[name], order[1], instance))

    def find(self, values: Iterable[Wanted]) -> Instance | None:
        """Return an instance that has all these *values*; None if no instance has them."""
        candidates: Sequence[SortKey] = self._all
        if not candidates:
            return None
        wanted = tuple(values)
        if self._index is not None:
            for key in wanted:
                if key[0] in self._indexed:
                    narrower = self._index[0].get(key, ())
                    if len(narrower) <= len(candidates):
                        candidates = narrower
        for order in reversed(candidates):
            instance = order[2]
            texts, hidden = get_values(instance), get_hidden(instance)
            for name, value in wanted:
                text = texts.get(name)
                if (hidden.get(name, "") if text is None else text) != value:
                    break
            else:
                return instance
        return None

    def select(
        self,
        values: Sequence[Wanted] = (),
        ranges: Mapping[str, Range] | None = None,
        keep: Callable[[Instance], bool] | None = None,
    ) -> Sequence[SortKey]:
        """
        Return the instances with all these *values* and dates, the oldest first.

        Args:
            values: Indexed properties and what they must be.

            ranges: Date properties and when they must lie.

            keep: A condition for which there is no index.
        """
        chosen: Sequence[SortKey] = self._all
        if self._index is None:
            return self._select_of_few(values, ranges or {}, keep)
        by_value, by_date = self._index
        for key in values:
            candidates = by_value.get(key, ())
            if len(candidates) <= len(chosen):
                chosen = candidates
        conditions = dict(ranges or {})
        dated = ""
        for name, (low, high) in conditions.items():
            times = by_date[name]
            start, end = bisect_left(times, (low,)), bisect_left(times, (high,))
            if end - start < len(chosen):
                chosen, dated = times[start:end], name
        if (len(values) < 2 and not conditions and keep is None) or not chosen:
            return chosen
        if dated and not values and keep is None and len(conditions) == 1:
            if dated == self._sorted_by:
                return chosen
            if len(chosen) > _MANY:
                span = conditions[dated]
                return _LazySlice(self._all, len(chosen), lambda i: _is_within(i, dated, span))
        kept = [order for order in chosen if _is_wanted(order[2], values, conditions, keep)]
        if dated and dated != self._sorted_by:
            return sorted(self._build_sort_key(entry[2]) for entry in kept)
        return kept

    def _select_of_few(
        self,
        values: Sequence[Wanted],
        ranges: Mapping[str, Range],
        keep: Callable[[Instance], bool] | None,
    ) -> Sequence[SortKey]:
        if not (values or ranges or keep):
            return self._all
        return [order for order in self._all if _is_wanted(order[2], values, ranges, keep)]

    def _build_keys(self, instance: Instance) -> list[Wanted]:
        values, hidden = get_values(instance), get_hidden(instance)
        return [
            (name, hidden.get(name, "") if (text := values.get(name)) is None else text)
            for name in self._indexed
        ]


class _LazySlice(Sequence[SortKey]):
    """
    The *count* items of *orders* that *keep* accepts, as a sequence.

    Reads only as many items as requested, from the newest on: sorting a large part of a list
    for one page of it would cost more the longer the list is.
    """

    def __init__(
        self, orders: Sequence[SortKey], count: int, keep: Callable[[Instance], bool]
    ) -> None:
        self._orders = orders
        self._count = count
        self._keep = keep

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, wanted: int) -> SortKey: ...
    @overload
    def __getitem__(self, wanted: slice) -> Sequence[SortKey]: ...
    def __getitem__(self, wanted: int | slice) -> SortKey | Sequence[SortKey]:
        if isinstance(wanted, int):
            position = range(self._count)[wanted]
            return self[position : position + 1][0]
        start, end, _ = wanted.indices(self._count)
        newest_first = (order for order in reversed(self._orders) if self._keep(order[2]))
        return list(islice(newest_first, self._count - end, self._count - start))[::-1]


def _value(instance: Instance, name: str) -> Hidden:
    text = get_values(instance).get(name)
    return get_hidden(instance).get(name, "") if text is None else text


def _is_wanted(
    instance: Instance,
    values: Iterable[Wanted],
    ranges: Mapping[str, Range],
    keep: Callable[[Instance], bool] | None,
) -> bool:
    for name, value in values:
        if _value(instance, name) != value:
            return False
    for name, span in ranges.items():
        if not _is_within(instance, name, span):
            return False
    return keep is None or keep(instance)


def _is_within(instance: Instance, name: str, span: Range) -> bool:
    time = get_times(instance).get(name)
    return time is not None and span[0] <= time < span[1]


def _insert(orders: list[SortKey], order: SortKey) -> None:
    # What is new or was just changed is mostly the last: to look costs a third of searching.
    if not orders or orders[-1] < order:
        orders.append(order)
    else:
        insort(orders, order)


def _drop(orders: list[SortKey], order: SortKey) -> None:
    position = bisect_right(orders, order[:2], key=lambda entry: entry[:2]) - 1
    assert orders[position][2] is order[2]
    del orders[position]


SUSPENDED = frozenset({"4", "16", "32"})


@dataclass(eq=False, slots=True)
class Account:
    """One account and everything in it."""

    instance: Instance
    stores: Stores
    deleted: set[str] = field(default_factory=set)

    @property
    def sid(self) -> str:
        # Read five times in each request; as an attribute of the instance it takes 0.3 us longer.
        return get_values(self.instance)["Sid"]

    @property
    def auth_token(self) -> str:
        return get_values(self.instance)["AuthToken"]

    @property
    def is_suspended(self) -> bool:
        return get_values(self.instance)["Status"] in SUSPENDED

    @property
    def is_trial(self) -> bool:
        return is_set(self.instance, "trial")

    @property
    def calls_abroad(self) -> bool:
        return is_set(self.instance, "international")
