"""A simulated world as data that JSON holds, and back."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import astuple, replace
from typing import Any, TypeAlias

from twreplay._api import RESOURCES, VALIDATION_REQUEST, Hidden, Resource
from twreplay._simulator.state.instance import (
    Instance,
    get_change,
    get_hidden,
    get_resource,
    get_times,
    get_values,
)
from twreplay._simulator.state.snapshot_shape import check_fields, check_shape
from twreplay._simulator.state.world import ScriptedOutcome, World
from twreplay.errors import UsageError

Snapshot: TypeAlias = dict[str, Any]
"""A world: text, numbers, lists and dictionaries, as ``json.dumps`` takes them."""

_FORMAT = 1
_BY_NAME: Mapping[str, Resource] = {r.name: r for r in (*RESOURCES, VALIDATION_REQUEST)}


def take_snapshot(world: World) -> Snapshot:
    """Return all of *world*; instances are in order of creation."""
    return {
        "twreplay_snapshot": _FORMAT,
        "profile": world.profile.name,
        "clock": world.clock.save(),
        "identifiers": world.identifiers.save(),
        "revision": world.revision,
        "unseen": list(world.unseen_counts),
        "outcomes": {
            of: [_list_outcome(outcome) for outcome in outcomes]
            for of, outcomes in world.outcomes.items()
        },
        "stock": dict(world.stock),
        "for_sale": {code: list(numbers) for code, numbers in world.for_sale.items()},
        "prices": dict(world.prices),
        "deleted": {a.sid: sorted(a.deleted) for a in world.iterate_accounts() if a.deleted},
        "validations": [[*key, name] for key, name in world.validations.items()],
        "validation_requests": [pack_instance(i) for i in world.validation_requests],
        "accounts": [account.sid for account in world.iterate_accounts()],
        "instances": [
            pack_instance(instance)
            for resource in RESOURCES
            for instance in world.list_instances(resource)
        ],
    }


def fill(world: World, snapshot: Snapshot) -> None:
    """
    Fill the new, empty *world* from *snapshot*.

    Raises:
        UsageError: *snapshot* is damaged.
    """
    try:
        check_shape(snapshot)
        world.identifiers.load(snapshot["identifiers"])
        _fill(world, snapshot)
        _check_names(world)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise _build_damage_error(error) from None


def fill_with_own(world: World, snapshot: Snapshot) -> None:
    """Fill *world* as *fill* does, from a *snapshot* that never left the package."""
    world.identifiers.load_late(snapshot["identifiers"])
    _fill(world, snapshot)


def check_snapshot(snapshot: object, profile: str) -> None:
    """
    Check that *snapshot* is a snapshot of a world with this *profile*.

    Raises:
        UsageError: It is not.
    """
    if not isinstance(snapshot, dict) or "twreplay_snapshot" not in snapshot:
        msg = f"restore takes what snapshot() returned, not {type(snapshot).__name__}."
        raise UsageError(msg)
    if snapshot["twreplay_snapshot"] != _FORMAT:
        msg = (
            f"the snapshot has format {snapshot['twreplay_snapshot']!r}, and this twreplay reads "
            f"{_FORMAT}. Take another one."
        )
        raise UsageError(msg)
    if snapshot.get("profile") != profile:
        msg = (
            f"the snapshot is of the profile {snapshot.get('profile')!r}, and this simulator has "
            f"{profile!r}: Simulator(profile={snapshot.get('profile')!r})."
        )
        raise UsageError(msg)


def copy_snapshot(snapshot: Snapshot) -> Snapshot:
    """
    Return a snapshot that shares nothing with *snapshot*.

    Raises:
        UsageError: It has something that JSON cannot hold.
    """
    try:
        copied: Snapshot = json.loads(json.dumps(snapshot, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise _build_damage_error(error) from None
    return copied


def _build_damage_error(error: Exception) -> UsageError:
    msg = f"the snapshot is damaged: {type(error).__name__}: {error}. Take another one."
    return UsageError(msg)


def _check_names(world: World) -> None:
    """Check that each instance in *world* has all of its properties."""
    for resource in RESOURCES:
        wanted = world.list_properties(resource)
        for instance in world.list_instances(resource):
            if missing := wanted - get_values(instance).keys():
                msg = f"{resource.name} {instance!r} has no {min(missing)}"
                raise ValueError(msg)


def _fill(world: World, snapshot: Snapshot) -> None:
    world.clock.load(snapshot["clock"])
    packed = [(unpack_instance(entry), entry["changed"]) for entry in snapshot["instances"]]
    accounts = {i.Sid: i for i, _ in packed if get_resource(i).name == "Account"}
    for sid in snapshot["accounts"]:
        world.open_account(accounts[sid])
    for instance, changed in packed:
        world.place(instance, changed)
    for sid, deleted in snapshot["deleted"].items():
        world.accounts[sid].deleted.update(deleted)
    for of, outcomes in snapshot["outcomes"].items():
        world.outcomes[of] = [_read_outcome(outcome) for outcome in outcomes]
    world.stock.update(snapshot["stock"])
    # Absent in snapshots of 0.1, as are the last fields of outcomes.
    for code, numbers in snapshot.get("for_sale", {}).items():
        world.for_sale[code] = tuple(numbers)
    world.prices.update(snapshot.get("prices", {}))
    world.validations.update(((sid, number), n) for sid, number, n in snapshot["validations"])
    world.validation_requests += [
        unpack_instance(entry) for entry in snapshot["validation_requests"]
    ]
    newer, older = snapshot["unseen"]
    world.unseen_counts = (newer, older)
    world.revision = snapshot["revision"]


def pack_instance(instance: Instance) -> dict[str, Any]:
    """Return *instance* as values that JSON has."""
    return {
        "resource": get_resource(instance).name,
        "values": dict(get_values(instance)),
        "times": dict(get_times(instance)),
        "hidden": {name: _pack_hidden(value) for name, value in get_hidden(instance).items()},
        "changed": get_change(instance) or 0,
    }


def unpack_instance(entry: Mapping[str, Any]) -> Instance:
    """Return the instance that *pack_instance* packed."""
    hidden = {name: _unpack_hidden(value) for name, value in entry["hidden"].items()}
    resource = _BY_NAME[entry["resource"]]
    return Instance(resource, dict(entry["values"]), dict(entry["times"]), hidden)


def _pack_hidden(value: Hidden) -> object:
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else value


def _unpack_hidden(value: Any) -> Hidden:
    hidden: Hidden = b64decode(value["base64"]) if isinstance(value, dict) else value
    return hidden


def _list_outcome(outcome: ScriptedOutcome) -> list[Any]:
    *values, script = astuple(outcome)
    return [*values, list(script)]


def _read_outcome(given: list[Any]) -> ScriptedOutcome:
    check_fields(ScriptedOutcome, given, "outcomes")
    outcome = ScriptedOutcome(*given)
    return replace(outcome, script=tuple(outcome.script))  # JSON knows lists only
