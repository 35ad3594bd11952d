"""Restoring a world after a fork."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from twreplay._api import Hidden
from twreplay._simulator.state.instance import (
    Instance,
    get_change,
    get_hidden,
    get_resource,
    get_times,
    get_values,
    rewrite,
    set_change,
)

if TYPE_CHECKING:
    from twreplay._simulator.state.clock import Clock
    from twreplay._simulator.state.identifiers import Identifiers
    from twreplay._simulator.state.store import Account


class Forked(Protocol):
    """The parts of a world that a fork keeps and restores."""

    clock: Clock
    identifiers: Identifiers
    accounts: dict[str, Account]
    outcomes: dict[str, list[Any]]
    stock: dict[str, int]
    for_sale: dict[str, tuple[str, ...]]
    prices: dict[str, str]
    validations: dict[tuple[str, str], str]
    validation_requests: list[Instance]
    unseen_counts: tuple[int, int]
    revision: int
    runs: dict[str, Any]
    arrivals: dict[str, Any]

    def has(self, instance: Instance) -> bool:
        """Return whether *instance* is in the world."""

    def replace_members(self, resource: str, members: dict[int, Instance]) -> None:
        """Set the instances of *resource*."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """One instance before it was changed; *changed* is None for one that is new in the fork."""

    account: Account
    instance: Instance
    values: Mapping[str, str]
    times: Mapping[str, int]
    hidden: Mapping[str, Hidden]
    changed: int | None


class Undo:
    """
    The state of the world at a fork: small parts copied, the rest when it changes.

    10,000 instances cost as much as ten: only what changes is copied.

    Args:
        undo_rest: Restores what is beside the world, such as webhooks that are due.
    """

    def __init__(self, world: Forked, undo_rest: Callable[[], None]) -> None:
        self._world = world
        self._undo_rest = undo_rest
        self._accounts = dict(world.accounts)
        self._outcomes = {of: list(outcomes) for of, outcomes in world.outcomes.items()}
        self._stock = dict(world.stock)
        self._for_sale = dict(world.for_sale)
        self._prices = dict(world.prices)
        self._validations = dict(world.validations)
        self._validation_requests = list(world.validation_requests)
        self._unseen = world.unseen_counts
        self._revision = world.revision
        self._runs = dict(world.runs)
        self._arrivals = dict(world.arrivals)
        self._clock = world.clock.mark()
        self._identifiers = world.identifiers.save()
        self._members: dict[str, dict[int, Instance]] = {}
        self._kept: dict[int, _Kept] = {}
        self._deleted: list[tuple[Account, str]] = []

    def note_members(self, resource: str, members: dict[int, Instance]) -> None:
        """Keep the instances of *resource*, before the first is added or removed."""
        if resource not in self._members:
            self._members[resource] = dict(members)

    def note_new(self, account: Account, instance: Instance) -> None:
        """Record that *instance* did not exist."""
        self._kept[id(instance)] = _Kept(account, instance, {}, {}, {}, None)

    def note_changed(self, account: Account, instance: Instance) -> None:
        """Keep the values of *instance*, before its first change."""
        if id(instance) not in self._kept:
            self._kept[id(instance)] = _Kept(
                account,
                instance,
                dict(get_values(instance)),
                dict(get_times(instance)),
                dict(get_hidden(instance)),
                get_change(instance),
            )

    def note_deleted(self, account: Account, sid: str) -> None:
        """Record that *sid* was not deleted yet."""
        self._deleted.append((account, sid))

    def pass_on(self, outer: Undo) -> None:
        """Make the changes of this fork changes of the fork around it."""
        for name, members in self._members.items():
            outer.note_members(name, members)
        for key, kept in self._kept.items():
            outer._kept.setdefault(key, kept)
        outer._deleted += self._deleted

    def roll_back(self) -> None:
        """Restore the world."""
        world = self._world
        for account, sid in self._deleted:
            account.deleted.discard(sid)
        for kept in self._kept.values():
            self._restore(kept)
        for name, members in self._members.items():
            world.replace_members(name, members)
        world.accounts = self._accounts
        world.outcomes = self._outcomes
        world.stock = self._stock
        world.for_sale = self._for_sale
        world.prices = self._prices
        world.validations = self._validations
        world.validation_requests = self._validation_requests
        world.unseen_counts = self._unseen
        world.revision = self._revision
        world.runs = self._runs
        world.arrivals = self._arrivals
        world.clock.rewind(self._clock)
        world.identifiers.load(self._identifiers)
        self._undo_rest()

    def _restore(self, kept: _Kept) -> None:
        resource = get_resource(kept.instance)
        store = kept.account.stores[resource.name]
        if self._world.has(kept.instance):
            store.discard(kept.instance)
        if kept.changed is not None:
            rewrite(kept.instance, kept.values, kept.times, kept.hidden)
            # The store would keep the place that the fork gave it.
            set_change(kept.instance, None)
            store.add(kept.instance, kept.changed)
