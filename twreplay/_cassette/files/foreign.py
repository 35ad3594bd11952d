"""Reading JSON of other tools, with one error for everything that is wrong with it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, TypeVar

from twreplay._cassette.files.damage import DecodeError
from twreplay._explanation import Remedy

T = TypeVar("T")


class Misfit(Exception):  # a verdict on a value, never seen outside this package
    """Something is not as it should be; the message says what."""


def build_flaw(misfit: Misfit, expected: str) -> DecodeError:
    """The flaw of a file that was to be *expected*."""
    return DecodeError(
        headline=f"is not {expected}: {misfit}",
        remedies=(Remedy("Say what it is: --from=yaml, json, betamax, har, vcr or go-vcr."),),
    )


def parse_json(given: str) -> Any:
    """Parse the JSON in *given*."""
    try:
        return json.loads(given)
    except (ValueError, RecursionError) as error:
        raise Misfit(f"it is not JSON ({error})") from None


def parse_yaml(given: str) -> Any:
    """Parse the YAML in *given*; objects of any language are never made."""
    from twreplay._cassette.files import yaml  # late: PyYAML takes 15 ms to import

    loaded = yaml.load(given)
    if isinstance(loaded, yaml.YamlError):
        raise Misfit(f"it {loaded.flaw.headline}")
    return loaded[0]


def check_mapping(value: Any, what: str) -> dict[str, Any]:
    """*value*, which must be a mapping."""
    if not isinstance(value, dict):
        raise Misfit(f"{what} is no mapping")
    return value


def list_items(owner: dict[str, Any], name: str) -> list[tuple[int, Any]]:
    """The items of the list that *owner* has by *name*, numbered from 1."""
    if not isinstance(owner.get(name), list):
        raise Misfit(f"it has no list {name}")
    return list(enumerate(owner[name], 1))


def check_text(value: Any, what: str) -> str:
    """*value*, which must be text that can be written again."""
    if not isinstance(value, str):
        raise Misfit(f"{what} is no text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Misfit(f"{what} has half a character in it") from None
    return str(value)


def check_status(value: Any) -> int:
    """*value*, which must be a status; 0 where nothing answered, as in archives of browsers."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Misfit("a status is no number")
    if value and not 100 <= value <= 999:
        raise Misfit(f"{value} is no status")
    return int(value)  # those of YAML remember how they were written


def decode_content(value: Any, encoding: str) -> bytes:
    """The bytes of a body, which may be encoded in base64."""
    if value is None:
        return b""
    given = check_text(value, "a body").encode()
    if encoding != "base64":
        return given
    try:
        # VCR breaks the lines, and ends the last one.
        return base64.b64decode(b"".join(given.split()), validate=True)
    except ValueError:
        raise Misfit("a body is not base64") from None


def build_checked(make: Callable[..., T], *values: Any) -> T:
    """Call *make* with *values*."""
    try:
        return make(*values)
    except (TypeError, ValueError) as error:
        raise Misfit(str(error)) from None
