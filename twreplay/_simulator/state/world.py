"""The state of a simulated world: accounts, their instances, and scripted outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeAlias

from twreplay._api import (
    RESOURCES,
    Hidden,
    Profile,
    Property,
    Resource,
    WireFormat,
    clean_text,
)
from twreplay._simulator.state.clock import Clock, Due, format_gmt_date, format_wire_date
from twreplay._simulator.state.identifiers import Identifiers
from twreplay._simulator.state.instance import (
    Instance,
    alter,
    get_change,
    get_resource,
    get_values,
    rewrite,
)
from twreplay._simulator.state.store import SUSPENDED, Account, Stores
from twreplay._simulator.state.undo import Undo

_FORMAT_DATE: Mapping[WireFormat, Callable[[int], str]] = {
    WireFormat.DATE: format_wire_date,
    WireFormat.GMT_DATE: format_gmt_date,
    WireFormat.UNIX_DATE: str,
}
STATUS_TEXT: Mapping[str, str] = {"1": "Inactive", "2": "Active"} | dict.fromkeys(
    sorted(SUSPENDED), "Suspended"
)

USUAL_PRICES: Mapping[str, str] = {
    "call": "-0.03000",
    "sms": "-0.03000",
    "transcription": "-0.03000",
}
"""The price of a minute begun, of a message and of a transcription, in US dollars."""


Step: TypeAlias = str | float
"""A step of a script: keys, ``say ...``, ``hang up``, or seconds to wait."""


@dataclass(frozen=True, slots=True)
class ScriptedOutcome:
    """
    Scripted outcome of calls, messages, validations or transcriptions.

    Attributes:
        number: The number that they are to, or the Sid that they are of; empty for all.

        ends: How they end.

        after: Seconds until they do, or until a call is answered.

        lasts: Seconds from then until a call is over.

        account_sid: The account that they are in; empty for all.

        answered_by: ``human`` or ``machine``, for a call.

        text: The code to key in of a validation, or what a transcription says.

        script: What the person does who answers a call: keys, ``say ...``, ``hang up``, or seconds
            to wait.
    """

    number: str
    ends: str
    after: float
    lasts: float = 0
    account_sid: str = ""
    answered_by: str = "human"
    text: str = ""
    script: tuple[Step, ...] = ()


@dataclass(slots=True)
class Attempt:
    """Changes to the world that are undone unless they are kept."""

    is_given_up: bool

    def keep(self) -> None:
        """Keep the changes."""
        self.is_given_up = False


@cache
def _select_shown(profile: Profile) -> Mapping[tuple[str, bool], tuple[Property, ...]]:
    """Return the properties that *profile* shows, by resource, alone and listed."""
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
def _build_blanks(profile: Profile) -> Mapping[str, dict[str, str]]:
    """Return the empty values of each resource, to copy for a new instance."""
    return {
        resource.name: {
            prop.name: ""
            for prop in _select_shown(profile)[resource.name, False]
            if prop.wire_format is not WireFormat.PARTS
        }
        for resource in RESOURCES
    }


def _clean(values: Mapping[str, str]) -> Mapping[str, str]:
    """Return *values* as XML can hold them: what an application answers may be any bytes."""
    for value in values.values():
        if not (value.isascii() and value.isprintable()):
            return {name: clean_text(text) for name, text in values.items()}
    return values


class LiveCalls(Protocol):
    """What runs calls and messages whose application is attached. Called with the lock held."""

    def begin_call(self, account: Account, call: Instance, answered_by: str) -> bool:
        """Run *call*, which was answered; return whether an application is to answer for it."""

    def end_call(self, account: Account, call: Instance) -> None:
        """Take note that *call* is over, or was never connected."""

    def answer_leg(self, leg: Instance) -> None:
        """Take note that *leg*, a segment of a call that rang, is answered."""

    def end_leg(self, leg: Instance) -> None:
        """Take note that *leg*, a segment of a call, is over."""

    def is_running(self, sid: str) -> bool:
        """Return whether a call runs, which is not over."""

    def forget(self, account: Account, subject: Instance) -> None:
        """Let nothing go on of *subject*, which is taken out of the world."""

    def begin_script(self, account: Account, call: Instance) -> None:
        """Let the person who answered *call* do what ``arrange_call`` says."""

    def redirect_call(self, account: Account, call: Instance) -> None:
        """Send *call* to another document."""

    def leave_conference(self, account: Account, call_sid: str) -> None:
        """Let a call go on that was put out of a conference, or whose conference is over."""

    def beep(self, account: Account, left: str, heard_by: list[str]) -> None:
        """Let the calls *heard_by* hear that the call *left* is out of their conference."""

    def begin_message(self, account: Account, message: Instance) -> None:
        """Run the answer to *message*, which came in."""

    def end_message(self, account: Account, message: Instance) -> None:
        """Take note that *message* was sent, or failed."""

    def end_transcription(self, account: Account, transcription: Instance) -> None:
        """Take note that *transcription* is over."""


class World:
    """
    The state that requests and the clock change.

    Attributes:
        outcomes: The scripted outcomes, by what they are of; the last that fits holds.

        for_sale: The numbers that are sold next, in this order, by area code.

        prices: What is charged, as ``Price`` shows it.

        validations: The names under which numbers are to be validated, by account and number.

        revision: The number of changes so far.

        live: Runs calls and messages, where an application is attached; None otherwise.

        on_other_due: Called with an event that is none of the world's own: a call that somebody has
            at the ear goes on. None while no phone was asked for, and no application is attached.

        runs: The calls and messages that run, by Sid: frozen values.

        arrivals: The answers of applications that take virtual time, by number: frozen values.

        unseen_counts: Count of list items outside the inferred page, as (newer, older): an inferred
            world may know only one page of a list.
    """

    def __init__(self, profile: Profile, clock: Clock, identifiers: Identifiers) -> None:
        self.profile = profile
        self.clock = clock
        self.identifiers = identifiers
        self.accounts: dict[str, Account] = {}
        self.outcomes: dict[str, list[ScriptedOutcome]] = {
            "call": [],
            "sms": [],
            "validation": [],
            "transcription": [],
        }
        self.stock: dict[str, int] = {}
        self.for_sale: dict[str, tuple[str, ...]] = {}
        self.prices: dict[str, str] = dict(USUAL_PRICES)
        self.validation_requests: list[Instance] = []
        self.validations: dict[tuple[str, str], str] = {}
        self._created: defaultdict[str, dict[int, Instance]] = defaultdict(dict)
        self.unseen_counts = (0, 0)
        self.revision = 0
        self.live: LiveCalls | None = None
        self.on_other_due: Callable[[Account, Due], None] | None = None
        self.runs: dict[str, Any] = {}
        self.arrivals: dict[str, Any] = {}
        self._undo: Undo | None = None
        self._shown = _select_shown(profile)
        self._blank = _build_blanks(profile)

    def list_instances(self, resource: Resource) -> tuple[Instance, ...]:
        """Return every instance of *resource*, in order of creation."""
        return tuple(self._created[resource.name].values())

    def list_properties(self, resource: Resource) -> frozenset[str]:
        """Return the names of the properties that each instance of *resource* has here."""
        return frozenset(self._blank[resource.name])

    def has(self, instance: Instance) -> bool:
        """Return whether *instance* is in the world."""
        return id(instance) in self._created[get_resource(instance).name]

    def replace_members(self, resource: str, members: dict[int, Instance]) -> None:
        """Set the instances of *resource*, in this order; stores stay unchanged."""
        self._created[resource] = members

    def list_shown(self, resource: Resource, *, listed: bool) -> tuple[Property, ...]:
        """Return the properties of *resource* that the profile shows, in wire order."""
        return self._shown[resource.name, listed]

    def create(
        self,
        resource: Resource,
        account: Account | None,
        values: Mapping[str, str],
        times: Mapping[str, int] | None = None,
        hidden: Mapping[str, Hidden] | None = None,
    ) -> Instance:
        """Create an instance; properties that are not given get their defaults."""
        now = self.clock.seconds
        known = {"DateCreated": now, "DateUpdated": now, **(times or {})}
        texts = self._blank[resource.name].copy()
        for name, value in _clean(values).items():
            if name in texts:
                texts[name] = value
        if "Sid" in texts and not texts["Sid"]:
            texts["Sid"] = self.identifiers.generate_sid(resource.sid_prefix)
        if account is not None and "AccountSid" in texts:
            texts["AccountSid"] = account.sid
        texts, stamps = _add_dates(resource, texts, known)
        attributes = {**resource.hidden, **(hidden or {})}
        instance = Instance(resource, texts, stamps, attributes)
        if resource.name == "Account":
            texts["StatusText"] = texts["StatusText"] or STATUS_TEXT.get(texts["Status"], "")
            if "Type" in texts:
                texts["Type"] = texts["Type"] or ("Trial" if attributes["trial"] else "Full")
            account = self.open_account(instance)
        if account is not None:
            self._enter(account, instance)
        return instance

    def ensure_account(self, sid: str) -> Account:
        """Return the account *sid*; create it, with nothing but its Sid, if it is missing."""
        if sid not in self.accounts:
            resource = next(r for r in RESOURCES if r.name == "Account")
            empty = dict.fromkeys((prop.name for prop in resource.properties), "")
            values = empty | {"Sid": sid, "Status": "2", "StatusText": "Active"}
            instance = Instance(resource, values, {}, dict(resource.hidden))
            self._enter(self.open_account(instance), instance)
        return self.accounts[sid]

    def put(
        self,
        resource: Resource,
        account: Account,
        texts: Mapping[str, str],
        times: Mapping[str, int],
        hidden: Mapping[str, Hidden],
        instance: Instance | None = None,
    ) -> Instance:
        """
        Put an observed instance into the world: no value or date is derived.

        Args:
            instance: The observed instance, if it exists already.
        """
        is_new = instance is None
        if instance is None:
            empty = self._blank[resource.name].copy()
            instance = Instance(resource, empty, {}, dict(resource.hidden))
        else:
            self._leave(account, instance)
        known = get_values(instance)
        values = {name: text for name, text in texts.items() if name in known}
        alter(instance, values, times, hidden)
        self._enter(account, instance, is_new=is_new)
        return instance

    def update(
        self,
        instance: Instance,
        values: Mapping[str, str] | None = None,
        times: Mapping[str, int] | None = None,
        hidden: Mapping[str, Hidden] | None = None,
    ) -> None:
        """Update *instance* and its DateUpdated."""
        account = self._find_account(instance)
        known = {"DateUpdated": self.clock.seconds} | dict(times or {})
        texts, stamps = _add_dates(get_resource(instance), dict(_clean(values or {})), known)
        self._leave(account, instance)
        alter(instance, texts, stamps, hidden or {})
        self._enter(account, instance, is_new=False)

    def replace(
        self,
        instance: Instance,
        values: Mapping[str, str],
        times: Mapping[str, int],
        hidden: Mapping[str, Hidden],
    ) -> None:
        """Replace all that *instance* holds; a date that *times* has not is empty."""
        account = self._find_account(instance)
        known = self._blank[get_resource(instance).name]
        texts = known | {name: text for name, text in values.items() if name in known}
        texts, stamps = _add_dates(get_resource(instance), texts, times)
        self._leave(account, instance)
        rewrite(instance, texts, stamps, hidden)
        self._enter(account, instance, is_new=False)

    def remove_account(self, account: Account) -> None:
        """Delete *account* and all that is in it."""
        for name in [name for name in account.stores if name != "Account"]:
            for instance in list(account.stores[name]):
                self.forget(instance)
        self._leave(account, account.instance)
        if self._undo is not None:
            self._undo.note_members("Account", self._created["Account"])
        del self._created["Account"][id(account.instance)]
        del self.accounts[account.sid]

    def patch(self, instance: Instance, values: Mapping[str, str]) -> None:
        """Set *values* of *instance*, which keeps its place in lists and its dates."""
        account = self._find_account(instance)
        number = get_change(instance)
        assert number is not None
        self._leave(account, instance)
        alter(instance, values, {}, {})
        account.stores[get_resource(instance).name].add(instance, number)

    @contextmanager
    def override(self, instance: Instance, **values: str) -> Iterator[None]:
        """Patch *instance* for the length of a block."""
        before = {name: get_values(instance)[name] for name in values}
        self.patch(instance, values)
        try:
            yield
        finally:
            self.patch(instance, before)

    def delete(self, instance: Instance) -> None:
        """Delete *instance*; its Sid counts as deleted from here on."""
        self.forget(instance)
        sid = get_values(instance).get("Sid") or instance.CallSid
        account = self.accounts[instance.AccountSid]
        if self._undo is not None and sid not in account.deleted:
            self._undo.note_deleted(account, sid)
        account.deleted.add(sid)

    def forget(self, instance: Instance) -> None:
        """Delete *instance* without recording a deletion."""
        resource = get_resource(instance)
        if resource.name == "Account":
            del self.accounts[instance.Sid]
            return
        self._leave(self.accounts[instance.AccountSid], instance)
        if self._undo is not None:
            self._undo.note_members(resource.name, self._created[resource.name])
        del self._created[resource.name][id(instance)]

    def place(self, instance: Instance, changed: int) -> None:
        """Add *instance* as of change number *changed*; for filling a new world."""
        name = get_resource(instance).name
        self._created[name][id(instance)] = instance
        self._find_account(instance).stores[name].add(instance, changed)

    def begin_validation(self, account: Account, request: Instance, name: str) -> None:
        """Record that the number of *request* is being validated for *account*, as *name*."""
        self.validation_requests.append(request)
        self.validations[account.sid, request.PhoneNumber] = name

    def end_validation(self, account: Account, number: str) -> None:
        """Remove the pending validation of *number* for *account*."""
        self.validations.pop((account.sid, number), None)

    @contextmanager
    def fork(self, undo_rest: Callable[[], None]) -> Iterator[None]:
        """
        Undo all changes to the world, and what *undo_rest* restores, at the end of a block.

        Costs what is changed, not what is there: each instance is kept as it is before its first
        change. Instances stay the same objects.
        """
        outer = self._undo
        undo = self._undo = Undo(self, undo_rest)
        try:
            yield
        finally:
            # Rolling back is not recorded, neither here nor in the outer fork.
            self._undo = None
            undo.roll_back()
            self._undo = outer

    @contextmanager
    def attempt(self, undo_rest: Callable[[], None]) -> Iterator[Attempt]:
        """
        Undo all changes, as *fork* does, at the end of a block that gives up or raises.

        Costs 10 µs, and what is changed.
        """
        outer = self._undo
        undo = self._undo = Undo(self, undo_rest)
        attempt = Attempt(is_given_up=True)
        try:
            yield attempt
        finally:
            self._undo = None
            if attempt.is_given_up:
                undo.roll_back()
            elif outer is not None:
                undo.pass_on(outer)
            self._undo = outer

    def _find_account(self, instance: Instance) -> Account:
        is_account = get_resource(instance).name == "Account"
        return self.accounts[get_values(instance)["Sid" if is_account else "AccountSid"]]

    def open_account(self, instance: Instance) -> Account:
        """Return the new, empty account that *instance* describes."""
        account = self.accounts[instance.Sid] = Account(instance, Stores())
        return account

    def _enter(self, account: Account, instance: Instance, *, is_new: bool = True) -> None:
        """Add *instance* to its store, as the last one changed."""
        name = get_resource(instance).name
        if is_new:
            if self._undo is not None:
                self._undo.note_members(name, self._created[name])
                self._undo.note_new(account, instance)
            self._created[name][id(instance)] = instance
        self.revision += 1
        account.stores[name].add(instance, self.revision)

    def _leave(self, account: Account, instance: Instance) -> None:
        """Remove *instance* from its store."""
        if self._undo is not None:
            self._undo.note_changed(account, instance)
        account.stores[get_resource(instance).name].discard(instance)

    def find_outcome(
        self, of: str, number: str, account_sid: str, usual: ScriptedOutcome
    ) -> ScriptedOutcome:
        """Return the latest scripted outcome for *number*; *usual* if there is none."""
        for outcome in reversed(self.outcomes[of]):
            if outcome.number in ("", number) and outcome.account_sid in ("", account_sid):
                return outcome
        return usual

    def find_owned(self, account: Account, resource: str, **values: Hidden) -> Instance | None:
        """Return an instance in *account* with these *values*; None if there is none."""
        return account.stores[resource].find(values.items())

    def iterate_accounts(self) -> Iterator[Account]:
        """Yield the accounts, in order of creation."""
        yield from self.accounts.values()


def _add_dates(
    resource: Resource, texts: dict[str, str], times: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, int]]:
    """Return *texts* with *times* as the resource shows them, and those of its properties."""
    stamps: dict[str, int] = {}
    find_property = resource.find_property
    for name, seconds in times.items():
        if (prop := find_property(name)) is not None:
            stamps[name] = seconds
            texts[name] = _FORMAT_DATE[prop.wire_format](seconds)
    return texts, stamps
