"""What a snapshot must look like: one may come from a file that somebody has edited."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, NotRequired, TypedDict, Union, get_args, get_origin, get_type_hints

from twreplay._numbers import is_finite

# The years that a date of the API can have.
_EARLIEST, _LATEST = -62_135_510_400, 253_402_128_000


class _Bytes(TypedDict):
    base64: str


class _Clock(TypedDict):
    now: str
    count: int
    due: list[tuple[str, int, str, str, str, dict[str, str]]]


class _Instance(TypedDict):
    resource: str
    values: dict[str, str]
    times: dict[str, int]
    hidden: dict[str, bool | str | _Bytes]
    changed: int


class _World(TypedDict):
    clock: _Clock
    identifiers: tuple[int, list[int], float | None]
    revision: int
    unseen: tuple[int, int]
    outcomes: dict[str, list[list[str | float | list[str | float]]]]
    stock: dict[str, int]
    for_sale: NotRequired[dict[str, list[str]]]
    prices: NotRequired[dict[str, str]]
    deleted: dict[str, list[str]]
    validations: list[tuple[str, str, str]]
    validation_requests: list[_Instance]
    accounts: list[str]
    instances: list[_Instance]


def check_shape(snapshot: object) -> None:
    """
    Check the types of all that is in *snapshot*, and that its numbers are possible.

    Raises:
        ValueError: One is not, or is missing; the message says where.
    """
    _check(snapshot, _World, "the snapshot")
    assert isinstance(snapshot, dict)
    for number, (*_, details) in enumerate(snapshot["clock"]["due"]):
        _check_number(details.get("lasts", "0"), f"clock.due[{number}].lasts")
    for of, price in snapshot.get("prices", {}).items():
        _check_number(price, f"prices.{of}")
    for number, instance in enumerate(snapshot["instances"]):
        for name, seconds in instance["times"].items():
            if not _EARLIEST <= seconds <= _LATEST:
                msg = f"instances[{number}].times.{name} is {seconds}, which is no date"
                raise ValueError(msg)
    if not snapshot["accounts"]:
        msg = "accounts is empty"
        raise ValueError(msg)


def check_fields(of: type, values: list[Any], place: str) -> None:
    """
    Check that *values* fit the first fields of the dataclass *of*.

    Raises:
        ValueError: One does not; the message says where.
    """
    for (name, hint), value in zip(_read_hints(of).items(), values, strict=False):
        _check(value, hint, f"{place}.{name}")


def _check_number(text: str, place: str) -> None:
    try:
        is_number = Decimal(text).is_finite()
    except InvalidOperation:
        is_number = False
    if not is_number:
        msg = f"{place} is {text!r}, which is no number"
        raise ValueError(msg)


@cache
def _read_hints(of: type) -> dict[str, Any]:
    return get_type_hints(of)


def _check(value: object, hint: Any, place: str) -> None:
    """Check that *value*, which JSON had, is of the type *hint*, parts included."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return _check(value, args[0], place)
    if origin in (Union, UnionType):
        return _check_any(value, args, place)
    kind = _KINDS.get(origin or hint, dict)
    is_kind = is_finite(value) if hint is float else isinstance(value, kind)
    is_size = origin is not tuple or args[-1] is ... or len(value) == len(args)  # type: ignore[arg-type]
    if not (is_kind and is_size) or (hint is int and isinstance(value, bool)):
        msg = f"{place} is {value!r:.60}"
        raise ValueError(msg)
    if isinstance(value, list):
        is_record = origin is tuple and args[-1] is not ...
        for number, each in enumerate(value):
            _check(each, args[number if is_record else 0], f"{place}[{number}]")
    elif isinstance(value, dict):
        _check_names(value, hint, place)
    return None


def _check_any(value: object, hints: tuple[Any, ...], place: str) -> None:
    """Check that *value* is of one of the types *hints*."""
    for hint in hints:
        try:
            return _check(value, hint, place)
        except ValueError as error:
            misfit = error
    raise misfit


def _check_names(value: dict[str, Any], hint: Any, place: str) -> None:
    """Check the values of *value*: all alike, or by name if *hint* has names."""
    inside = "" if hint is _World else f"{place}."
    if get_origin(hint) is dict:
        for name, each in value.items():
            _check(each, get_args(hint)[1], f"{inside}{name}")
        return
    for name, wanted in get_type_hints(hint, include_extras=True).items():
        if name in value:
            _check(value[name], wanted, f"{inside}{name}")
        elif get_origin(wanted) is not NotRequired:
            msg = f"{place} has no {name}"
            raise ValueError(msg)


_KINDS: dict[Any, type] = {
    str: str,
    int: int,
    bool: bool,
    NoneType: NoneType,
    # JSON has lists only.
    list: list,
    tuple: list,
}
