"""How resources, lists and refusals look on the wire."""

from collections.abc import Mapping
from types import MappingProxyType

from twreplay._representation._csv import Csv
from twreplay._representation._html import Html
from twreplay._representation._json import Json
from twreplay._representation._representation import (
    Counters,
    Fields,
    Representation,
    Value,
    readable,
)
from twreplay._representation._xml import Xml

__all__ = [
    "REPRESENTATIONS",
    "Counters",
    "Fields",
    "Representation",
    "Value",
    "readable",
]

REPRESENTATIONS: Mapping[str, Representation] = MappingProxyType(
    {"xml": Xml(), "json": Json(), "csv": Csv(), "html": Html()}
)
"""By the extension of the path."""
