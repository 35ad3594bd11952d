"""The state of a simulated world: accounts, what they own, and what was arranged for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from twreplay._api import RESOURCES, Hidden, Profile, Property, Resource, Shape
from twreplay._simulator.state.clock import Clock, wire_date
from twreplay._simulator.state.identifiers import Identifiers
from twreplay._simulator.state.instance import (
    Instance,
    alter,
    is_set,
    order_of,
    resource_of,
    values_of,
)
from twreplay._simulator.state.store import Stores
from twreplay._simulator.state.undo import Undo

SUSPENDED = frozenset({"4", "16", "32"})
_STATUS_TEXT = {"1": "Inactive", "2": "Active"} | dict.fromkeys(SUSPENDED, "Suspended")


@dataclass(eq=False, slots=True)
class Account:
    """One account and everything in it."""

    instance: Instance
    stores: Stores
    deleted: set[str] = field(default_factory=set)

    @property
    def sid(self) -> str:
        return self.instance.Sid

    @property
    def is_suspended(self) -> bool:
        return self.instance.Status in SUSPENDED

    @property
    def is_trial(self) -> bool:
        return is_set(self.instance, "trial")

    @property
    def calls_abroad(self) -> bool:
        return is_set(self.instance, "international")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How calls, messages or validations to a number end; to every number if it is empty."""

    number: str
    ends: str
    after: float
    lasts: float = 0


@cache
def _shown(profile: Profile) -> Mapping[tuple[str, bool], tuple[Property, ...]]:
    """The properties that *profile* shows, by resource, alone and listed."""
    return {
        (resource.name, listed): tuple(
            prop
            for prop in (resource.listed if listed else resource.properties)
            if not prop.only_with or profile[prop.only_with] == "yes"
        )
        for resource in RESOURCES
        for listed in (False, True)
    }


@cache
def _blank(profile: Profile) -> Mapping[str, dict[str, str]]:
    """An instance of each resource before anything is known of it."""
    return {
        resource.name: {
            prop.name: ""
            for prop in _shown(profile)[resource.name, False]
            if prop.shape is not Shape.PARTS
        }
        for resource in RESOURCES
    }


class World:
    """
    Everything that requests and the clock change.

    Attributes:
        validations: The names under which numbers are to be validated, by account and number.

        revision: The number of changes so far.

        beyond: How many instances every list has besides those that are here, newer and older
            ones: what is known of a world may be one page of a list.
    """

    def __init__(self, profile: Profile, clock: Clock, identifiers: Identifiers) -> None:
        self.profile = profile
        self.clock = clock
        self.identifiers = identifiers
        self.accounts: dict[str, Account] = {}
        self.outcomes: dict[str, list[Outcome]] = {"call": [], "sms": [], "validation": []}
        self.stock: dict[str, int] = {}
        self.validation_requests: list[Instance] = []
        self.validations: dict[tuple[str, str], str] = {}
        self._created: defaultdict[str, dict[int, Instance]] = defaultdict(dict)
        self.beyond = (0, 0)
        self.revision = 0
        self._undo: Undo | None = None
        self._shown = _shown(profile)
        self._blank = _blank(profile)

    def instances(self, resource: Resource) -> tuple[Instance, ...]:
        """Every instance of *resource*, in the order in which they came to be."""
        return tuple(self._created[resource.name].values())

    def has(self, instance: Instance) -> bool:
        """Return whether *instance* is in the world."""
        return id(instance) in self._created[resource_of(instance).name]

    def replace_members(self, resource: str, members: dict[int, Instance]) -> None:
        """Have *members*, in this order, be the instances of *resource*; stores stay as is."""
        self._created[resource] = members

    def shown(self, resource: Resource, *, listed: bool) -> tuple[Property, ...]:
        """The properties of *resource* that the profile shows, in wire order."""
        return self._shown[resource.name, listed]

    def create(
        self,
        resource: Resource,
        account: Account | None,
        values: Mapping[str, str],
        times: Mapping[str, int] | None = None,
        hidden: Mapping[str, Hidden] | None = None,
    ) -> Instance:
        """Make an instance; what is not given is as new."""
        now = self.clock.seconds
        known = {"DateCreated": now, "DateUpdated": now} | dict(times or {})
        texts = self._blank[resource.name].copy()
        texts |= {name: value for name, value in values.items() if name in texts}
        if "Sid" in texts and not texts["Sid"]:
            texts["Sid"] = self.identifiers.sid(resource.sid_prefix)
        if account is not None and "AccountSid" in texts:
            texts["AccountSid"] = account.sid
        texts, stamps = _dated(resource, texts, known)
        attributes = dict(resource.hidden) | dict(hidden or {})
        instance = Instance(resource, texts, stamps, attributes)
        if resource.name == "Account":
            texts["StatusText"] = texts["StatusText"] or _STATUS_TEXT.get(texts["Status"], "")
            account = self.open_account(instance)
        if account is not None:
            self._enter(account, instance)
        return instance

    def know(self, sid: str) -> Account:
        """Return the account *sid*, of which nothing else needs to be known."""
        if sid not in self.accounts:
            resource = next(r for r in RESOURCES if r.name == "Account")
            empty = dict.fromkeys((prop.name for prop in resource.properties), "")
            values = empty | {"Sid": sid, "Status": "2", "StatusText": "Active"}
            instance = Instance(resource, values, {}, dict(resource.hidden))
            self._enter(self.open_account(instance), instance)
        return self.accounts[sid]

    def show(
        self,
        resource: Resource,
        account: Account,
        texts: Mapping[str, str],
        times: Mapping[str, int],
        hidden: Mapping[str, Hidden],
        instance: Instance | None = None,
    ) -> Instance:
        """
        Have an instance exactly as it was seen somewhere: nothing is derived, nothing is dated.

        Args:
            instance: The instance that was seen, if it is there already.
        """
        is_new = instance is None
        if instance is None:
            empty = self._blank[resource.name].copy()
            instance = Instance(resource, empty, {}, dict(resource.hidden))
        else:
            self._leave(account, instance)
        known = values_of(instance)
        values = {name: text for name, text in texts.items() if name in known}
        alter(instance, values, times, hidden)
        self._enter(account, instance, is_new=is_new)
        return instance

    def change(
        self,
        instance: Instance,
        values: Mapping[str, str] | None = None,
        times: Mapping[str, int] | None = None,
        hidden: Mapping[str, Hidden] | None = None,
    ) -> None:
        """Change *instance*, which is updated thereby."""
        account = self._account_of(instance)
        known = {"DateUpdated": self.clock.seconds} | dict(times or {})
        texts, stamps = _dated(resource_of(instance), dict(values or {}), known)
        self._leave(account, instance)
        alter(instance, texts, stamps, hidden or {})
        self._enter(account, instance, is_new=False)

    def patch(self, instance: Instance, values: Mapping[str, str]) -> None:
        """Set *values* of *instance*, which keeps its place in lists and its dates."""
        account = self._account_of(instance)
        order = order_of(instance)
        assert order is not None
        self._leave(account, instance)
        alter(instance, values, {}, {})
        account.stores[resource_of(instance).name].put(instance, order[1])

    @contextmanager
    def override(self, instance: Instance, **values: str) -> Iterator[None]:
        """Patch *instance* for the length of a block."""
        before = {name: values_of(instance)[name] for name in values}
        self.patch(instance, values)
        try:
            yield
        finally:
            self.patch(instance, before)

    def remove(self, instance: Instance) -> None:
        """Take *instance* out of the world; its Sid counts as deleted from here on."""
        self.forget(instance)
        sid = values_of(instance).get("Sid") or instance.CallSid
        account = self.accounts[instance.AccountSid]
        if self._undo is not None and sid not in account.deleted:
            self._undo.note_deleted(account, sid)
        account.deleted.add(sid)

    def forget(self, instance: Instance) -> None:
        """Take *instance* out of the world as if it had never been there."""
        resource = resource_of(instance)
        if resource.name == "Account":
            del self.accounts[instance.Sid]
            return
        self._leave(self.accounts[instance.AccountSid], instance)
        if self._undo is not None:
            self._undo.note_members(resource.name, self._created[resource.name])
        del self._created[resource.name][id(instance)]

    def place(self, instance: Instance, changed: int) -> None:
        """Put *instance* where it was after change number *changed*; for filling a new world."""
        name = resource_of(instance).name
        self._created[name][id(instance)] = instance
        self._account_of(instance).stores[name].put(instance, changed)

    def begin_validation(self, account: Account, request: Instance, name: str) -> None:
        """Keep that the number of *request* is to be validated for *account*, under *name*."""
        self.validation_requests.append(request)
        self.validations[account.sid, request.PhoneNumber] = name

    def end_validation(self, account: Account, number: str) -> None:
        """Drop that *number* is to be validated for *account*."""
        self.validations.pop((account.sid, number), None)

    @contextmanager
    def fork(self) -> Iterator[None]:
        """
        Let a block change the world for itself: at its end the world is as before.

        Costs what is changed, not what is there: each instance is kept as it is before its first
        change. Instances stay the same objects.
        """
        outer = self._undo
        undo = self._undo = Undo(self)
        try:
            yield
        finally:
            # What rolls back is not noted, neither here nor in the fork around this one.
            self._undo = None
            undo.roll_back()
            self._undo = outer

    def _account_of(self, instance: Instance) -> Account:
        is_account = resource_of(instance).name == "Account"
        return self.accounts[instance.Sid if is_account else instance.AccountSid]

    def open_account(self, instance: Instance) -> Account:
        """Return the account that *instance* describes, with nothing in it yet."""
        account = self.accounts[instance.Sid] = Account(instance, Stores())
        return account

    def _enter(self, account: Account, instance: Instance, *, is_new: bool = True) -> None:
        """Put *instance* into its store, as the one that was changed last."""
        name = resource_of(instance).name
        if is_new:
            if self._undo is not None:
                self._undo.note_members(name, self._created[name])
                self._undo.note_new(account, instance)
            self._created[name][id(instance)] = instance
        self.revision += 1
        account.stores[name].put(instance, self.revision)

    def _leave(self, account: Account, instance: Instance) -> None:
        """Take *instance* out of its store."""
        if self._undo is not None:
            self._undo.note_changed(account, instance)
        account.stores[resource_of(instance).name].take(instance)

    def outcome(self, of: str, number: str, usual: Outcome) -> Outcome:
        """What was arranged for *number*, the latest first; *usual* if nothing was."""
        for outcome in reversed(self.outcomes[of]):
            if outcome.number in ("", number):
                return outcome
        return usual

    def owned(self, account: Account, resource: str, **values: Hidden) -> Instance | None:
        """An instance in *account* that has these *values*."""
        return account.stores[resource].find(values.items())

    def each_account(self) -> Iterator[Account]:
        """The accounts, in the order in which they came to be."""
        yield from self.accounts.values()


def _dated(
    resource: Resource, texts: dict[str, str], times: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, int]]:
    """Return *texts* with *times* as the resource shows them, and those of its properties."""
    stamps: dict[str, int] = {}
    for name, seconds in times.items():
        prop = resource.named(name)
        if prop is None:
            continue
        stamps[name] = seconds
        texts[name] = str(seconds) if prop.shape is Shape.UNIX_DATE else wire_date(seconds)
    return texts, stamps
