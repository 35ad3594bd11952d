"""Builds a simulated world from observed responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from twreplay._api import (
    NUMBER_OR_SHORT_CODE,
    RESOURCES,
    TOLL_FREE_CODES,
    Action,
    Hidden,
    Resource,
    format_phone_number,
)
from twreplay._inference.documents import Row
from twreplay._inference.parsed_interaction import ParsedInteraction, get_texts, get_times
from twreplay._simulator import Instance
from twreplay._simulator.state.instance import get_hidden, get_value, get_values, is_set
from twreplay._simulator.state.store import Account
from twreplay._simulator.state.world import World

Key: TypeAlias = tuple[str, ...]
"""Resource, account, and the properties that identify an instance."""

BY_NAME = {resource.name: resource for resource in RESOURCES}

# Properties that never change after creation.
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
"""The final values of Status. Source: the pages of the resources."""

_SHORT_CODE_LENGTHS = (5, 6)


def build_key(
    resource: Resource, account_sid: str, row: Mapping[str, str], *, leg: bool = False
) -> Key:
    """Return the key of the instance that *row* describes."""
    if resource.name == "TwilioSandbox":
        return resource.name, account_sid
    if resource.name == "Participant":
        return resource.name, account_sid, row.get("ConferenceSid", ""), row.get("CallSid", "")
    if leg:
        return resource.name, account_sid, row.get("Sid", ""), row.get("CallSegmentSid", "")
    return resource.name, account_sid, row.get("Sid", "")


class StateBuilder:
    """
    Builder of a world from observations and assumptions.

    Attributes:
        gone: The keys of instances deleted since the start.

        made: The keys of instances created since the start.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.gone: set[Key] = set()
        self.made: set[Key] = set()

    def find_account(self, seen: ParsedInteraction) -> Account | None:
        """Return the account of *seen*; None if it is unknown."""
        return self.world.accounts.get(seen.account_sid)

    def find_target(self, seen: ParsedInteraction) -> Instance | None:
        """Return the instance that the path of *seen* names; None if it is unknown."""
        account = self.find_account(seen)
        if account is None or seen.resource is None or seen.endpoint is None:
            return None
        wanted = [(n, v) for n, v in seen.variables.items() if n != "AccountSid"]
        return account.stores[seen.resource.name].find([*wanted, *seen.endpoint.fixed])

    def build_target_key(self, seen: ParsedInteraction) -> Key:
        """Return the key of the instance that the path of *seen* names."""
        assert seen.resource is not None
        leg = is_leg(seen, seen.variables)
        return build_key(seen.resource, seen.account_sid, seen.variables, leg=leg)

    def find(self, resource: Resource, account: Account, key: Key) -> Instance | None:
        """Return the instance with this *key*; None if it is unknown."""
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

    def observe(
        self, seen: ParsedInteraction, row: Row, *, settled: bool = False
    ) -> Instance | None:
        """
        Add the instance in *row*, or update it; None if it was deleted or has no Sid.

        Args:
            settled: The values in *row* replace all earlier ones.
        """
        resource = seen.resource
        assert resource is not None
        texts = get_texts(resource, row)
        if seen.action is not Action.LIST:
            texts |= {n: v for n, v in seen.variables.items() if resource.find_property(n)}
        if resource.find_property("Sid") and not texts.get("Sid"):
            return None
        account = self._ensure_owner(resource, seen, texts)
        if resource.find_property("AccountSid"):
            texts["AccountSid"] = account.sid
        leg = is_leg(seen, texts)
        key = build_key(resource, account.sid, texts, leg=leg)
        if key in self.gone:
            return None
        instance = self.find(resource, account, key)
        times = get_times(resource, row)
        if instance is not None and not settled:
            for name in [n for n in texts if _is_contradiction(resource, instance, n, texts)]:
                del texts[name]
                times.pop(name, None)
        self._drop_assumed(account, resource, texts)
        hidden = _build_hidden(resource, seen, texts, row) | {"seen": True, "supposed": False}
        if instance is not None and _is_known(instance, texts, hidden):
            return instance
        return self.world.put(resource, account, texts, times, hidden, instance)

    def assume(self, seen: ParsedInteraction) -> Instance | None:
        """Assume the instance that the path of *seen* names, with no other properties."""
        account, resource = self.find_account(seen), seen.resource
        if account is None or resource is None or seen.endpoint is None:
            return None
        key = self.build_target_key(seen)
        if key in self.gone:
            return None
        here = self.find(resource, account, key)
        if here is not None or resource.name == "Account":
            return here
        texts = {n: v for n, v in seen.variables.items() if resource.find_property(n)}
        texts |= {"AccountSid": account.sid}
        hidden: dict[str, Hidden] = dict(seen.endpoint.fixed)
        return self.world.put(resource, account, texts, {}, hidden)

    def assume_parents(self, seen: ParsedInteraction) -> None:
        """Assume the parents in the path of *seen*."""
        account = self.find_account(seen)
        if account is None or seen.endpoint is None:
            return
        for variable, name in seen.endpoint.parents.items():
            sid = seen.variables[variable]
            resource = BY_NAME[name]
            key = build_key(resource, account.sid, {"Sid": sid})
            if key in self.gone or self.find(resource, account, key) is not None:
                continue
            texts = {"Sid": sid, "AccountSid": account.sid}
            if name == "Conference":
                texts["Status"] = "1"
            self.world.put(resource, account, texts, {}, {})

    def assume_owned(self, account: Account, number: str, sid: str = "") -> None:
        """Assume that *account* owns *number* and can call and send from it."""
        known = NUMBER_OR_SHORT_CODE.read(number)
        if known is None:
            return
        if len(known) in _SHORT_CODE_LENGTHS:
            store = account.stores["ShortCode"]
            if not any(code.ShortCode == known for code in store):
                self._assume(account, "ShortCode", {"ShortCode": known, "FriendlyName": known})
            return
        for name in ("IncomingPhoneNumber", "OutgoingCallerId"):
            here = self.world.find_owned(account, name, PhoneNumber=known)
            if here is not None:
                if sid.startswith("PN") and is_set(here, "invented"):
                    hidden = {"invented": False}
                    self.world.put(BY_NAME[name], account, {"Sid": sid}, {}, hidden, here)
                return
        resource = BY_NAME["IncomingPhoneNumber"]
        taken = self.find(resource, account, (resource.name, account.sid, sid)) if sid else None
        texts = {"PhoneNumber": known, "FriendlyName": format_phone_number(known)}
        if taken is None and sid.startswith("PN"):
            texts["Sid"] = sid
        if taken is not None and not taken.PhoneNumber:
            hidden = {"supposed": True}
            self.world.put(resource, account, texts, {}, hidden, taken)
            return
        self._assume(account, resource.name, texts)

    def remove_ownership(self, account: Account, number: str) -> None:
        """Remove *number* from *account*, unless it was observed there."""
        known = NUMBER_OR_SHORT_CODE.read(number) or number
        for name in ("IncomingPhoneNumber", "OutgoingCallerId"):
            instance = self.world.find_owned(account, name, PhoneNumber=known)
            if instance is not None and is_set(instance, "supposed"):
                self.forget(instance)

    def assume_validated(self, account: Account, number: str) -> None:
        """Assume that *number* is validated for *account*."""
        known = NUMBER_OR_SHORT_CODE.read(number) or number
        if self.world.find_owned(account, "OutgoingCallerId", PhoneNumber=known) is None:
            texts = {"PhoneNumber": known, "FriendlyName": format_phone_number(known)}
            owned = self.world.find_owned(account, "IncomingPhoneNumber", PhoneNumber=known)
            if owned is not None and is_set(owned, "supposed"):
                texts["Sid"] = owned.Sid
                self.forget(owned)
            self._assume(account, "OutgoingCallerId", texts)

    def forget(self, instance: Instance) -> None:
        """Delete *instance* without recording a deletion."""
        self.world.forget(instance)

    def _assume(self, account: Account, name: str, texts: dict[str, str]) -> None:
        resource = BY_NAME[name]
        invented = "Sid" not in texts
        texts.setdefault("Sid", self.world.identifiers.generate_sid(resource.sid_prefix))
        texts["AccountSid"] = account.sid
        hidden: dict[str, Hidden] = (
            _build_number_flags(texts) if name == "IncomingPhoneNumber" else {}
        )
        hidden |= {"invented": invented}
        self.world.put(resource, account, texts, {}, hidden | {"supposed": True})

    def _drop_assumed(self, account: Account, resource: Resource, texts: dict[str, str]) -> None:
        """Delete an assumed number that the observed one in *texts* replaces."""
        number = texts.get("PhoneNumber")
        if resource.name not in ("IncomingPhoneNumber", "OutgoingCallerId") or not number:
            return
        known = self.world.find_owned(account, "IncomingPhoneNumber", PhoneNumber=number)
        if known is None or not is_set(known, "supposed"):
            return
        if known.Sid != texts.get("Sid") or resource.name != "IncomingPhoneNumber":
            self.forget(known)

    def _ensure_owner(
        self, resource: Resource, seen: ParsedInteraction, texts: dict[str, str]
    ) -> Account:
        sid = texts.get("Sid", "") if resource.name == "Account" else seen.account_sid
        return self.world.ensure_account(sid or seen.account_sid)


def _is_known(instance: Instance, texts: dict[str, str], hidden: dict[str, Hidden]) -> bool:
    """Return whether *texts* and *hidden* add nothing to *instance*."""
    values = get_values(instance)
    return (
        hidden.items() <= get_hidden(instance).items()
        and {n: t for n, t in texts.items() if n in values}.items() <= values.items()
    )


def is_leg(seen: ParsedInteraction, texts: dict[str, str]) -> bool:
    """Return whether *texts* describe a leg that Dial made."""
    if seen.resource is None or seen.resource.name != "Call" or seen.endpoint is None:
        return False
    fixed = dict(seen.endpoint.fixed).get("segment")
    return bool(fixed) or (fixed is None and bool(texts.get("CallSegmentSid")))


def _is_contradiction(
    resource: Resource, instance: Instance, name: str, texts: dict[str, str]
) -> bool:
    """Return whether the property *name* cannot have changed to its value in *texts*."""
    if not is_set(instance, "seen") or name not in get_values(instance):
        return False
    if get_value(instance, name) == texts[name]:
        return False
    if name in _LASTING or name in _LASTING_OF.get(resource.name, ()):
        return resource.name != "TwilioSandbox" or name == "AccountSid"
    if name == "Status" and get_value(instance, name) in FINAL.get(resource.name, ()):
        return True
    updated = texts.get("DateUpdated")
    return (
        name in _list_settable(resource)
        and updated is not None
        and updated == get_value(instance, "DateUpdated")
    )


def _list_settable(resource: Resource) -> frozenset[str]:
    return frozenset(
        param.sets
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        for param in operation.params
        if param.sets
    )


def _build_hidden(
    resource: Resource, seen: ParsedInteraction, texts: dict[str, str], row: Row
) -> dict[str, Hidden]:
    assert seen.endpoint is not None
    hidden: dict[str, Hidden] = dict(seen.endpoint.fixed)
    if resource.name == "Call":
        hidden["segment"] = is_leg(seen, texts)
    if resource.name == "IncomingPhoneNumber":
        hidden |= _build_number_flags(texts) | hidden
        for _, parts in row:
            if not isinstance(parts, str):
                hidden |= {name.lower(): text == "true" for name, text in parts}
    return hidden


def _build_number_flags(texts: dict[str, str]) -> dict[str, Hidden]:
    toll_free = texts.get("PhoneNumber", "").startswith(TOLL_FREE_CODES)
    return {"toll_free": toll_free, "sms": not toll_free}
