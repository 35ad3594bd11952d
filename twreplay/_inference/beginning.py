"""What the interactions of a cassette show to have been there before the first of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from twreplay._api import NUMBER_OR_SHORT_CODE, Action
from twreplay._inference.documents import Row
from twreplay._inference.pages import is_complete
from twreplay._inference.parsed_interaction import (
    MAKES,
    REMOVES,
    ParsedInteraction,
    get_texts,
)
from twreplay._inference.rules import get_field
from twreplay._inference.state_builder import Key, StateBuilder

_NOT_FOUND = 404
_OUTBOUND, _INBOUND = 2, 1

# Resources whose instances come to be later than the request that asks for them, by the property
# that both name.
_MADE_LATER: Mapping[str, tuple[Action, str]] = MappingProxyType(
    {"OutgoingCallerId": (Action.START_VALIDATION, "PhoneNumber")}
)


class Beginning:
    """
    The instances that existed before the first interaction: those shown, and not created, by it.

    Attributes:
        rows: The rows that show such an instance for the first time, in recorded order.

        targets: The interactions that name one and do not show it, as a DELETE does.

        seen: The keys of all instances that were shown, named, or said to be missing.

    Args:
        build_key: Builds the key of the instance that a row shows.
    """

    def __init__(
        self, builder: StateBuilder, build_key: Callable[[ParsedInteraction, Row], Key]
    ) -> None:
        self.rows: list[tuple[ParsedInteraction, Row]] = []
        self.targets: list[ParsedInteraction] = []
        self.seen: set[Key] = set()
        self._builder = builder
        self._build_key = build_key
        # By resource and account, the lists that were shown whole: what they lack is created later.
        self._complete: set[tuple[str, str]] = set()
        # By resource, account and value, what was asked for and comes to be later.
        self._awaited: set[tuple[str, str, str]] = set()

    def observe(self, seen: ParsedInteraction) -> None:
        """Take account of the next interaction."""
        if seen.resource is None:
            return
        if seen.response.status == _NOT_FOUND and seen.action is not None:
            self.seen.add(self._builder.build_target_key(seen))
        if not seen.succeeded:
            return
        if seen.action in REMOVES or seen.is_media:
            self._observe_target(seen)
        for resource, (action, name) in _MADE_LATER.items():
            if seen.action is action:
                value = NUMBER_OR_SHORT_CODE.read(get_field(seen, name)) or ""
                self._awaited.add((resource, seen.account_sid, value))
        for row in seen.rows:
            self._observe_row(seen, row)
        if is_complete(seen) and not seen.endpoint_narrows:
            self._complete.add((seen.resource.name, seen.account_sid))

    def _observe_target(self, seen: ParsedInteraction) -> None:
        key = self._builder.build_target_key(seen)
        if key not in self.seen:
            self.targets.append(seen)
        if seen.action in REMOVES:
            self.seen.add(key)

    def _observe_row(self, seen: ParsedInteraction, row: Row) -> None:
        key = self._build_key(seen, row)
        if key not in self.seen and not self._is_created(seen, row, key):
            self.rows.append((seen, row))
        self.seen.add(key)

    def _is_created(self, seen: ParsedInteraction, row: Row, key: Key) -> bool:
        """Return whether the instance in *row* was created while the cassette was recorded."""
        assert seen.resource is not None
        if seen.action in MAKES or (seen.resource.name, seen.account_sid) in self._complete:
            return True
        if key[0] not in _MADE_LATER:
            return False
        value = str(dict(row).get(_MADE_LATER[key[0]][1], ""))
        return (key[0], key[1], value) in self._awaited


def find_numbers_used(seen: ParsedInteraction) -> Iterator[tuple[str, str]]:
    """Yield the account's numbers that *seen* shows in use, with their Sids."""
    if seen.action is Action.SEND_SMS:
        yield get_field(seen, "From"), ""
    if seen.resource is None or seen.resource.name != "Call":
        return
    for row in seen.rows:
        texts = get_texts(seen.resource, row)
        flags = int(texts["Flags"]) if texts.get("Flags", "").isdecimal() else 0
        sid = texts.get("PhoneNumberSid", "")
        if flags & _OUTBOUND and texts.get("Caller"):
            yield texts["Caller"], sid
        elif flags & _INBOUND and texts.get("Called"):
            yield texts["Called"], sid
