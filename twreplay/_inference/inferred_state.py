"""The state that a cassette implies, after each of its interactions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from twreplay._api import NUMBER_OR_SHORT_CODE, Action, Resource
from twreplay._http import Interaction
from twreplay._inference.beginning import Beginning, find_numbers_used
from twreplay._inference.documents import Row
from twreplay._inference.pages import PAGING, count_unseen, is_complete
from twreplay._inference.parsed_interaction import (
    MAKES,
    REMOVES,
    ParsedInteraction,
    get_texts,
    parse_interaction,
)
from twreplay._inference.rules import apply
from twreplay._inference.simulator import (
    InferredSimulator,
    RecordedIdentifiers,
    convert_to_datetime,
)
from twreplay._inference.state_builder import BY_NAME, Key, StateBuilder, build_key, is_leg
from twreplay._simulator import Entry, Instance
from twreplay._simulator.state.instance import copy_instance, get_values, is_set
from twreplay._simulator.state.store import Account, Store

_UNAUTHORIZED = 401
_SUSPENDED_CODE = "20005"
_SUSPENDED = "4"
_ACTIVE = "2"
_SID_LENGTH = 34

# Filters on properties that never change: such a list still shows every created instance.
_STEADY_FILTERS = PAGING | {"Called", "Caller", "To", "From", "PhoneNumber", "ShortCode"}


class InferredState:
    """
    The state that the API must have had for the recorded outcomes to be possible.

    It holds only what the interactions imply.

    Attributes:
        simulator: The simulator in that state.

        parsed: The interactions, parsed.
    """

    def __init__(
        self,
        interactions: Sequence[Interaction],
        *,
        profile: str = "documented",
        undocumented: str = "warn",
        seed: int | str = 0,
    ) -> None:
        self.parsed = [parse_interaction(interaction) for interaction in interactions]
        first = next((s.seconds for s in self.parsed if s.seconds is not None), None)
        self.simulator = InferredSimulator(
            profile=profile,
            undocumented=undocumented,
            seed=seed,
            now=None if first is None else convert_to_datetime(first),
        )
        self.builder = StateBuilder(self.simulator.world)
        self._made: Instance | None = None
        self._infer_beginning()

    # --- moving on ----------------------------------------------------------------------------

    def advance(self, index: int) -> None:
        """Apply interaction *index*, which was replayed."""
        seen = self.parsed[index]
        if seen.resource is None or not seen.succeeded:
            if seen.seconds is not None:
                self.simulator.advance_to(seen.seconds)
            return
        self.run_checks(index)
        self.commit(index)

    def run_checks(self, index: int) -> Entry:
        """Answer the request of interaction *index* by the simulator, in the state before it."""
        seen = self.parsed[index]
        if seen.seconds is not None:
            self.simulator.advance_to(seen.seconds)
        self._prepare(seen)
        with self._override_credentials(seen), self._override_list(seen, index):
            before = self._find_newest(seen)
            entry = self.simulator.handle_unjournaled(seen.request)
            newest = self._find_newest(seen)
            self._made = newest if newest is not before else None
            return entry

    def commit(self, index: int) -> None:
        """Make the state what interaction *index* showed, regardless of the simulated outcome."""
        seen = self.parsed[index]
        made, self._made = self._made, None
        if seen.action in MAKES and seen.resource is not None:
            self._commit_made(seen, made)
            return
        if seen.resource is None or not seen.succeeded:
            return
        if seen.action in REMOVES:
            self._remove(seen)
            return
        for row in seen.rows:
            self.builder.observe(seen, row, settled=True)

    def _commit_made(self, seen: ParsedInteraction, made: Instance | None) -> None:
        """Make the new instance what was recorded; delete it if none was recorded."""
        row = seen.rows[0] if seen.rows else ()
        sid = dict(row).get("Sid", "")
        if made is not None and made.Sid != (sid or made.Sid if seen.succeeded else ""):
            self.builder.forget(made)
            made = None
        if made is not None and not sid:
            # A recording that was shortened by hand may leave the Sid out.
            row = (("Sid", made.Sid), *row)
        if seen.succeeded and self.builder.observe(seen, row, settled=True) is not None:
            self.builder.made.add(self._build_key(seen, row))

    def _find_newest(self, seen: ParsedInteraction) -> Instance | None:
        if seen.resource is None or seen.action not in MAKES:
            return None
        instances = self.simulator.world.list_instances(seen.resource)
        return instances[-1] if instances else None

    # --- before a request ---------------------------------------------------------------------

    def _prepare(self, seen: ParsedInteraction) -> None:
        knowledge = self.builder
        if seen.succeeded and seen.resource is not None:
            knowledge.assume_parents(seen)
            if seen.action is not Action.LIST and seen.action not in MAKES:
                for row in seen.rows:
                    knowledge.observe(seen, row)
                if seen.action is not Action.START_VALIDATION:
                    knowledge.assume(seen)
        apply(knowledge, seen)
        foretold = self.simulator.world.identifiers
        assert isinstance(foretold, RecordedIdentifiers)
        foretold.next_sid = self._find_next_sid(seen)

    def _find_next_sid(self, seen: ParsedInteraction) -> str:
        """Return the recorded Sid of the instance that *seen* creates; empty if there is none."""
        if seen.action not in MAKES or self._is_there(seen):
            return ""
        sids = [dict(row).get("Sid", "") for row in seen.rows]
        return next((s for s in sids if isinstance(s, str) and len(s) == _SID_LENGTH), "")

    def _is_there(self, seen: ParsedInteraction) -> bool:
        account = self.builder.find_account(seen)
        if account is None or seen.resource is None:
            return False
        return any(
            self.builder.find(seen.resource, account, self._build_key(seen, row)) is not None
            for row in seen.rows
        )

    @contextmanager
    def _override_credentials(self, seen: ParsedInteraction) -> Iterator[None]:
        """Refuse the credentials of *seen* during the request if they were refused."""
        given = seen.request.credentials
        world = self.simulator.world
        account = world.accounts.get(given.account_sid) if given else None
        if given is None or account is None or seen.response.status != _UNAUTHORIZED:
            yield
            return
        if seen.get_code() == _SUSPENDED_CODE:
            with world.override(account.instance, Status=_SUSPENDED):
                yield
            return
        if seen.account_sid != given.account_sid:
            yield
            return
        with world.override(account.instance, AuthToken=""), self.simulator.refuse(given):
            yield

    @contextmanager
    def _override_list(self, seen: ParsedInteraction, index: int) -> Iterator[None]:
        """Replace a list by its recorded page during the request."""
        account = self.builder.find_account(seen)
        shows = seen.succeeded and seen.document is not None
        if seen.action is not Action.LIST or not shows or account is None:
            yield
            return
        assert seen.resource is not None
        world = self.simulator.world
        kept = account.stores[seen.resource.name]
        page = self._build_page(seen, seen.resource, account)
        account.stores[seen.resource.name] = page
        world.unseen_counts = count_unseen(seen, len(seen.rows))
        try:
            yield
        finally:
            world.unseen_counts = (0, 0)
            account.stores[seen.resource.name] = kept

    def _build_page(self, seen: ParsedInteraction, resource: Resource, account: Account) -> Store:
        page = Store(resource)
        shown: set[int] = set()
        touched = 0
        for parent in self._find_parents(seen, resource, account):
            page.add(copy_instance(parent), touched)
        for row in reversed(seen.rows):
            instance = self.builder.observe(seen, row)
            if instance is None or not self._is_in(resource, account, instance):
                continue
            shown.add(id(instance))
            touched += 1
            page.add(copy_instance(instance), touched)
        if is_complete(seen) and {name for name, _ in seen.request.query} <= _STEADY_FILTERS:
            for instance in account.stores[resource.name]:
                leg = is_set(instance, "segment")
                key = build_key(resource, account.sid, get_values(instance), leg=leg)
                if id(instance) not in shown and key in self.builder.made:
                    touched += 1
                    page.add(copy_instance(instance), touched)
        return page

    def _find_parents(
        self, seen: ParsedInteraction, resource: Resource, account: Account
    ) -> Iterator[Instance]:
        """Yield the parents in the path that are of the same resource as the list."""
        assert seen.endpoint is not None
        for variable, name in seen.endpoint.parents.items():
            key = build_key(resource, account.sid, {"Sid": seen.variables[variable]})
            parent = self.builder.find(resource, account, key) if name == resource.name else None
            if parent is not None:
                yield parent

    def _is_in(self, resource: Resource, account: Account, instance: Instance) -> bool:
        return resource.name != "Account" or instance.Sid == account.sid

    # --- after a request ----------------------------------------------------------------------

    def _remove(self, seen: ParsedInteraction) -> None:
        key = self.builder.build_target_key(seen)
        instance = self.builder.find_target(seen)
        if instance is not None:
            self.simulator.world.delete(instance)
        self.builder.gone.add(key)

    def _build_key(self, seen: ParsedInteraction, row: Row) -> Key:
        assert seen.resource is not None
        texts = get_texts(seen.resource, row)
        if seen.action is not Action.LIST:
            texts |= {n: v for n, v in seen.variables.items() if seen.resource.find_property(n)}
        sid = texts.get("Sid", "") if seen.resource.name == "Account" else seen.account_sid
        return build_key(seen.resource, sid, texts, leg=is_leg(seen, texts))

    # --- the beginning ------------------------------------------------------------------------

    def _infer_beginning(self) -> None:
        """Infer the state before the first interaction."""
        self._ensure_accounts()
        beginning = Beginning(self.builder, self._build_key)
        for seen in self.parsed:
            beginning.observe(seen)
        # Lists show the newest first; among equal times the last change comes first.
        for seen, row in reversed(beginning.rows):
            self.builder.observe(seen, row)
        for seen in self.parsed:
            if seen.succeeded and seen.resource is not None:
                self._assume_parents(seen, beginning.seen)
        for seen in beginning.targets:
            self.builder.assume(seen)
        self._assume_numbers()

    def _ensure_accounts(self) -> None:
        for seen in self.parsed:
            given = seen.request.credentials
            if given is not None and seen.response.status != _UNAUTHORIZED:
                self.simulator.world.ensure_account(given.account_sid)
        for seen in self.parsed:
            given = seen.request.credentials
            is_own = given is None or given.account_sid == seen.account_sid
            if seen.account_sid and (seen.succeeded or is_own):
                self.simulator.world.ensure_account(seen.account_sid)

    def _assume_parents(self, seen: ParsedInteraction, known: set[Key]) -> None:
        """Assume parents in a path, even if no response showed them."""
        account = self.builder.find_account(seen)
        if account is None:
            return
        parents = seen.endpoint.parents.items() if seen.endpoint else ()
        if all(
            build_key(BY_NAME[name], account.sid, {"Sid": seen.variables[variable]}) not in known
            for variable, name in parents
        ):
            self.builder.assume_parents(seen)

    def _assume_numbers(self) -> None:
        """Assume that each account owns the numbers it calls and sends from."""
        later = {
            str(dict(row).get("PhoneNumber", ""))
            for seen in self.parsed
            for row in seen.rows
            if seen.action is Action.BUY_NUMBER
        }
        for seen in self.parsed:
            account = self.builder.find_account(seen)
            if account is None or not seen.succeeded or seen.resource is None:
                continue
            for number, sid in find_numbers_used(seen):
                if NUMBER_OR_SHORT_CODE.read(number) not in later:
                    self.builder.assume_owned(account, number, sid)
