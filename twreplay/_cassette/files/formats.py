"""The formats that are read and written, by the names that ``twreplay convert`` has for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from twreplay._cassette.files.betamax import decode_betamax, encode_betamax
from twreplay._cassette.files.codec import Recording, decode, encode
from twreplay._cassette.files.damage import DecodeError, TooNew
from twreplay._cassette.files.govcr import decode_govcr
from twreplay._cassette.files.har import decode_har, encode_har
from twreplay._cassette.files.remains import tool_of
from twreplay._cassette.files.vcr import decode_vcr


@dataclass(frozen=True, slots=True)
class Format:
    """
    One format of recordings.

    Attributes:
        decode: Reads it.

        encode: Writes it; None if it is only read.
    """

    decode: Callable[[str], Recording | DecodeError | TooNew]
    encode: Callable[[Recording], str] | None = None


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "yaml": Format(decode, encode),
        "json": Format(partial(decode, as_json=True), partial(encode, as_json=True)),
        "betamax": Format(decode_betamax, encode_betamax),
        "har": Format(decode_har, encode_har),
        "vcr": Format(decode_vcr),
        "go-vcr": Format(decode_govcr),
    }
)


def detect_format(text: str, suffix: str) -> str:
    """
    Return the name of the format of *text*; empty if neither it nor *suffix* names one.

    Args:
        suffix: That of the file's name.
    """
    tool = tool_of(text)
    if tool is not None and tool.converts:
        return tool.converts
    by_suffix = name_format(suffix)
    # A large cassette need not be parsed to be told that it has neither key.
    if by_suffix != "json" or not ('"http_interactions"' in text or '"log"' in text):
        return by_suffix
    try:
        keys = set(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return by_suffix
    if "http_interactions" in keys:
        return "betamax"
    return "har" if "log" in keys else by_suffix


def name_format(suffix: str) -> str:
    """Return the format that a file with *suffix* has; empty if it says nothing."""
    return _SUFFIXES.get(suffix.lower(), "")


_SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".har": "har"}
