"""Puts what was seen of an API into a simulated world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from twreplay._api import RESOURCES, Action, Hidden, Resource
from twreplay._api.field_types import NUMBER_OR_SHORT_CODE, formatted
from twreplay._inference.documents import Row
from twreplay._inference.parsed_interaction import Sighting, texts_of, times_of
from twreplay._simulator import Instance
from twreplay._simulator.checks.operations import TOLL_FREE_CODES
from twreplay._simulator.state.instance import hidden_of, is_set, value_of, values_of
from twreplay._simulator.state.world import Account, World

Key: TypeAlias = tuple[str, ...]
"""Resource, account and what tells an instance from its like."""

BY_NAME = {resource.name: resource for resource in RESOURCES}

# What an instance is made with, and keeps.
_LASTING = frozenset(
    {
        "AccountSid",
        "Called",
        "Caller",
        "CallSid",
        "DateCreated",
        "PhoneNumber",
        "PhoneNumberSid",
        "RecordingSid",
        "ShortCode",
    }
)
_LASTING_OF = {"SMSMessage": frozenset({"From", "To", "Body"})}

FINAL = {
    "Call": frozenset({"2", "3", "4", "5"}),
    "Conference": frozenset({"2"}),
    "SMSMessage": frozenset({"sent", "failed"}),
}
"""The values of Status after which there is no other. Source: the pages of the resources."""

_SHORT_CODE_LENGTHS = (5, 6)


def key_of(
    resource: Resource, account_sid: str, row: Mapping[str, str], *, leg: bool = False
) -> Key:
    """The key of the instance that *row* tells of."""
    if resource.name == "TwilioSandbox":
        return resource.name, account_sid
    if resource.name == "Participant":
        return resource.name, account_sid, row.get("ConferenceSid", ""), row.get("CallSid", "")
    if leg:
        return resource.name, account_sid, row.get("Sid", ""), row.get("CallSegmentSid", "")
    return resource.name, account_sid, row.get("Sid", "")


class Knowledge:
    """
    What is known of a world.

    Attributes:
        gone: What was deleted since the beginning.

        made: What was made since the beginning.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.gone: set[Key] = set()
        self.made: set[Key] = set()

    def account(self, seen: Sighting) -> Account | None:
        """The account that *seen* is about, if it is known."""
        return self.world.accounts.get(seen.account_sid)

    def target(self, seen: Sighting) -> Instance | None:
        """What the path of *seen* names, if it is known."""
        account = self.account(seen)
        if account is None or seen.resource is None or seen.endpoint is None:
            return None
        wanted = [(n, v) for n, v in seen.variables.items() if n != "AccountSid"]
        return account.stores[seen.resource.name].find([*wanted, *seen.endpoint.fixed])

    def target_key(self, seen: Sighting) -> Key:
        """The key of what the path of *seen* names."""
        assert seen.resource is not None
        leg = is_leg(seen, seen.variables)
        return key_of(seen.resource, seen.account_sid, seen.variables, leg=leg)

    def find(self, resource: Resource, account: Account, key: Key) -> Instance | None:
        """The instance with this *key*."""
        store = account.stores[resource.name]
        if resource.name == "TwilioSandbox":
            return store.find(())
        if resource.name == "Participant":
            return store.find((("ConferenceSid", key[2]), ("CallSid", key[3])))
        wanted: list[tuple[str, Hidden]] = [("Sid", key[2])]
        if resource.name == "Call":
            is_segment = len(key) > 3
            wanted.append(("segment", is_segment))
            wanted += [("CallSegmentSid", key[3])] if is_segment else []
        return store.find(wanted)

    def see(self, seen: Sighting, row: Row, *, settled: bool = False) -> Instance | None:
        """
        Have the instance that *row* tells of; None if it was deleted before, or has no name.

        Args:
            settled: It is so now, whatever was known before.
        """
        resource = seen.resource
        assert resource is not None
        texts = texts_of(resource, row)
        if seen.action is not Action.LIST:
            texts |= {n: v for n, v in seen.variables.items() if resource.named(n)}
        if resource.named("Sid") and not texts.get("Sid"):
            return None
        account = self._owner(resource, seen, texts)
        if resource.named("AccountSid"):
            texts["AccountSid"] = account.sid
        leg = is_leg(seen, texts)
        key = key_of(resource, account.sid, texts, leg=leg)
        if key in self.gone:
            return None
        instance = self.find(resource, account, key)
        times = times_of(resource, row)
        if instance is not None and not settled:
            for name in [n for n in texts if _contradicts(resource, instance, n, texts)]:
                del texts[name]
                times.pop(name, None)
        self._drop_supposed(account, resource, texts)
        hidden = _hidden(resource, seen, texts, row) | {"seen": True, "supposed": False}
        if instance is not None and _is_known(instance, texts, hidden):
            return instance
        return self.world.show(resource, account, texts, times, hidden, instance)

    def suppose(self, seen: Sighting) -> Instance | None:
        """Have what the path of *seen* names, of which nothing else needs to be known."""
        account, resource = self.account(seen), seen.resource
        if account is None or resource is None or seen.endpoint is None:
            return None
        key = self.target_key(seen)
        if key in self.gone:
            return None
        here = self.find(resource, account, key)
        if here is not None or resource.name == "Account":
            return here
        texts = {n: v for n, v in seen.variables.items() if resource.named(n)}
        texts |= {"AccountSid": account.sid}
        hidden: dict[str, Hidden] = dict(seen.endpoint.fixed)
        return self.world.show(resource, account, texts, {}, hidden)

    def suppose_parents(self, seen: Sighting) -> None:
        """Have what the path of *seen* goes through."""
        account = self.account(seen)
        if account is None or seen.endpoint is None:
            return
        for variable, name in seen.endpoint.parents.items():
            sid = seen.variables[variable]
            resource = BY_NAME[name]
            key = key_of(resource, account.sid, {"Sid": sid})
            if key in self.gone or self.find(resource, account, key) is not None:
                continue
            texts = {"Sid": sid, "AccountSid": account.sid}
            if name == "Conference":
                texts["Status"] = "1"
            self.world.show(resource, account, texts, {}, {})

    def owns(self, account: Account, number: str, sid: str = "") -> None:
        """Have *number* be one that *account* calls and sends from."""
        known = NUMBER_OR_SHORT_CODE.read(number)
        if known is None:
            return
        if len(known) in _SHORT_CODE_LENGTHS:
            store = account.stores["ShortCode"]
            if not any(code.ShortCode == known for code in store):
                self._suppose(account, "ShortCode", {"ShortCode": known, "FriendlyName": known})
            return
        for name in ("IncomingPhoneNumber", "OutgoingCallerId"):
            here = self.world.owned(account, name, PhoneNumber=known)
            if here is not None:
                if sid.startswith("PN") and is_set(here, "invented"):
                    hidden = {"invented": False}
                    self.world.show(BY_NAME[name], account, {"Sid": sid}, {}, hidden, here)
                return
        resource = BY_NAME["IncomingPhoneNumber"]
        taken = self.find(resource, account, (resource.name, account.sid, sid)) if sid else None
        texts = {"PhoneNumber": known, "FriendlyName": formatted(known)}
        if taken is None and sid.startswith("PN"):
            texts["Sid"] = sid
        if taken is not None and not taken.PhoneNumber:
            hidden = {"supposed": True}
            self.world.show(resource, account, texts, {}, hidden, taken)
            return
        self._suppose(account, resource.name, texts)

    def disowns(self, account: Account, number: str) -> None:
        """Have *number* not be one of *account*, unless it was seen to be."""
        known = NUMBER_OR_SHORT_CODE.read(number) or number
        for name in ("IncomingPhoneNumber", "OutgoingCallerId"):
            instance = self.world.owned(account, name, PhoneNumber=known)
            if instance is not None and is_set(instance, "supposed"):
                self.forget(instance)

    def validated(self, account: Account, number: str) -> None:
        """Have *number* be validated for *account*."""
        known = NUMBER_OR_SHORT_CODE.read(number) or number
        if self.world.owned(account, "OutgoingCallerId", PhoneNumber=known) is None:
            texts = {"PhoneNumber": known, "FriendlyName": formatted(known)}
            owned = self.world.owned(account, "IncomingPhoneNumber", PhoneNumber=known)
            if owned is not None and is_set(owned, "supposed"):
                texts["Sid"] = owned.Sid
                self.forget(owned)
            self._suppose(account, "OutgoingCallerId", texts)

    def forget(self, instance: Instance) -> None:
        """Take *instance* out as if it had never been there."""
        self.world.forget(instance)

    def _suppose(self, account: Account, name: str, texts: dict[str, str]) -> None:
        resource = BY_NAME[name]
        invented = "Sid" not in texts
        texts.setdefault("Sid", self.world.identifiers.sid(resource.sid_prefix))
        texts["AccountSid"] = account.sid
        hidden: dict[str, Hidden] = _of_number(texts) if name == "IncomingPhoneNumber" else {}
        hidden |= {"invented": invented}
        self.world.show(resource, account, texts, {}, hidden | {"supposed": True})

    def _drop_supposed(self, account: Account, resource: Resource, texts: dict[str, str]) -> None:
        """A number that was only supposed makes room for the one that was seen."""
        number = texts.get("PhoneNumber")
        if resource.name not in ("IncomingPhoneNumber", "OutgoingCallerId") or not number:
            return
        known = self.world.owned(account, "IncomingPhoneNumber", PhoneNumber=number)
        if known is None or not is_set(known, "supposed"):
            return
        if known.Sid != texts.get("Sid") or resource.name != "IncomingPhoneNumber":
            self.forget(known)

    def _owner(self, resource: Resource, seen: Sighting, texts: dict[str, str]) -> Account:
        sid = texts.get("Sid", "") if resource.name == "Account" else seen.account_sid
        return self.world.know(sid or seen.account_sid)


def _is_known(instance: Instance, texts: dict[str, str], hidden: dict[str, Hidden]) -> bool:
    """Whether nothing about *instance* is new."""
    values = values_of(instance)
    return (
        hidden.items() <= hidden_of(instance).items()
        and {n: t for n, t in texts.items() if n in values}.items() <= values.items()
    )


def is_leg(seen: Sighting, texts: dict[str, str]) -> bool:
    """Whether *texts* are those of a leg that Dial made."""
    if seen.resource is None or seen.resource.name != "Call" or seen.endpoint is None:
        return False
    fixed = dict(seen.endpoint.fixed).get("segment")
    return bool(fixed) or (fixed is None and bool(texts.get("CallSegmentSid")))


def _contradicts(resource: Resource, instance: Instance, name: str, texts: dict[str, str]) -> bool:
    """Whether the property *name* cannot have become what it is in *texts*."""
    if not is_set(instance, "seen") or name not in values_of(instance):
        return False
    if value_of(instance, name) == texts[name]:
        return False
    if name in _LASTING or name in _LASTING_OF.get(resource.name, ()):
        return resource.name != "TwilioSandbox" or name == "AccountSid"
    if name == "Status" and value_of(instance, name) in FINAL.get(resource.name, ()):
        return True
    updated = texts.get("DateUpdated")
    return (
        name in _settable(resource)
        and updated is not None
        and updated == value_of(instance, "DateUpdated")
    )


def _settable(resource: Resource) -> frozenset[str]:
    return frozenset(
        param.sets
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        for param in operation.params
        if param.sets
    )


def _hidden(
    resource: Resource, seen: Sighting, texts: dict[str, str], row: Row
) -> dict[str, Hidden]:
    assert seen.endpoint is not None
    hidden: dict[str, Hidden] = dict(seen.endpoint.fixed)
    if resource.name == "Call":
        hidden["segment"] = is_leg(seen, texts)
    if resource.name == "IncomingPhoneNumber":
        hidden |= _of_number(texts) | hidden
        for _, parts in row:
            if not isinstance(parts, str):
                hidden |= {name.lower(): text == "true" for name, text in parts}
    return hidden


def _of_number(texts: dict[str, str]) -> dict[str, Hidden]:
    toll_free = texts.get("PhoneNumber", "").startswith(TOLL_FREE_CODES)
    return {"toll_free": toll_free, "sms": not toll_free}
