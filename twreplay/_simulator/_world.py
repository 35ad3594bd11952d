"""The state of a simulated world: accounts, what they own, and what was arranged for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from twreplay._resources import RESOURCES, Profile, Property, Resource, Shape
from twreplay._simulator._clock import Clock, wire_date
from twreplay._simulator._identifiers import Identifiers
from twreplay._simulator._instance import Instance
from twreplay._simulator._store import Store, Stores

SUSPENDED = frozenset({"4", "16", "32"})
_STATUS_TEXT = {"1": "Inactive", "2": "Active"} | dict.fromkeys(SUSPENDED, "Suspended")


@dataclass(eq=False, slots=True)
class Account:
    """One account and everything in it."""

    instance: Instance
    stores: Stores
    deleted: set[str] = field(default_factory=set)
    validations: dict[str, str] = field(default_factory=dict)

    @property
    def sid(self) -> str:
        return self.instance.Sid

    @property
    def is_suspended(self) -> bool:
        return self.instance.Status in SUSPENDED

    @property
    def is_trial(self) -> bool:
        return bool(self.instance._hidden["trial"] == "true")

    @property
    def calls_abroad(self) -> bool:
        return bool(self.instance._hidden["international"] == "true")


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
        self._created: defaultdict[str, dict[int, Instance]] = defaultdict(dict)
        self.beyond = (0, 0)
        self._touched = 0
        self._shown = _shown(profile)
        self._blank = _blank(profile)

    def instances(self, resource: Resource) -> tuple[Instance, ...]:
        """Every instance of *resource*, in the order in which they came to be."""
        return tuple(self._created[resource.name].values())

    def shown(self, resource: Resource, *, listed: bool) -> tuple[Property, ...]:
        """The properties of *resource* that the profile shows, in wire order."""
        return self._shown[resource.name, listed]

    def create(
        self,
        resource: Resource,
        account: Account | None,
        values: Mapping[str, str],
        times: Mapping[str, int] | None = None,
        hidden: Mapping[str, Any] | None = None,
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
        instance = Instance(resource, texts, {}, dict(resource.hidden) | dict(hidden or {}))
        self._date(instance, known)
        if resource.name == "Account":
            texts["StatusText"] = texts["StatusText"] or _STATUS_TEXT.get(texts["Status"], "")
            account = Account(instance, Stores())
            self.accounts[instance.Sid] = account
        if account is not None:
            self._touched += 1
            self._created[resource.name][id(instance)] = instance
            account.stores[resource.name].put(instance, self._touched)
        return instance

    def know(self, sid: str) -> Account:
        """The account *sid*, of which nothing else needs to be known."""
        if sid not in self.accounts:
            resource = next(r for r in RESOURCES if r.name == "Account")
            empty = dict.fromkeys((prop.name for prop in resource.properties), "")
            values = empty | {"Sid": sid, "Status": "2", "StatusText": "Active"}
            instance = Instance(resource, values, {}, dict(resource.hidden))
            account = self.accounts[sid] = Account(instance, Stores())
            self._created[resource.name][id(instance)] = instance
            self.show(resource, account, {}, {}, {}, instance)
        return self.accounts[sid]

    def show(
        self,
        resource: Resource,
        account: Account,
        texts: Mapping[str, str],
        times: Mapping[str, int],
        hidden: Mapping[str, Any],
        instance: Instance | None = None,
    ) -> Instance:
        """
        Have an instance exactly as it was seen somewhere: nothing is derived, nothing is dated.

        Args:
            instance: The instance that was seen, if it is there already.
        """
        if instance is None:
            empty = self._blank[resource.name].copy()
            instance = Instance(resource, empty, {}, dict(resource.hidden))
            self._created[resource.name][id(instance)] = instance
        elif instance._order is not None:
            account.stores[resource.name].take(instance)
        values = instance._values
        values.update((name, text) for name, text in texts.items() if name in values)
        instance._times.update(times)
        instance._hidden.update(hidden)
        instance._fragments.clear()
        self._touched += 1
        account.stores[resource.name].put(instance, self._touched)
        return instance

    def change(
        self,
        instance: Instance,
        values: Mapping[str, str] | None = None,
        times: Mapping[str, int] | None = None,
        hidden: Mapping[str, Any] | None = None,
    ) -> None:
        """Change *instance*, which is updated thereby."""
        store = self.store_of(instance)
        store.take(instance)
        instance._values.update(values or {})
        instance._hidden.update(hidden or {})
        self._date(instance, {"DateUpdated": self.clock.seconds} | dict(times or {}))
        instance._fragments.clear()
        self._touched += 1
        store.put(instance, self._touched)

    def remove(self, instance: Instance) -> None:
        """Take *instance* out of the world."""
        account = self.accounts[instance.AccountSid]
        self.store_of(instance).take(instance)
        del self._created[instance._resource.name][id(instance)]
        account.deleted.add(instance._values.get("Sid") or instance.CallSid)

    def store_of(self, instance: Instance) -> Store:
        """Where *instance* is kept."""
        resource = instance._resource
        owner = instance.Sid if resource.name == "Account" else instance.AccountSid
        return self.accounts[owner].stores[resource.name]

    def outcome(self, of: str, number: str, usual: Outcome) -> Outcome:
        """What was arranged for *number*, the latest first; *usual* if nothing was."""
        for outcome in reversed(self.outcomes[of]):
            if outcome.number in ("", number):
                return outcome
        return usual

    def owned(self, account: Account, resource: str, **values: str) -> Instance | None:
        """An instance in *account* that has these *values*."""
        return account.stores[resource].find(values.items())

    def each_account(self) -> Iterator[Account]:
        """The accounts, in the order in which they came to be."""
        yield from self.accounts.values()

    def _date(self, instance: Instance, times: Mapping[str, int]) -> None:
        for name, seconds in times.items():
            prop = instance._resource.named(name)
            if prop is None:
                continue
            instance._times[name] = seconds
            unix = prop.shape is Shape.UNIX_DATE
            instance._values[name] = str(seconds) if unix else wire_date(seconds)
