"""The wire formats of resources, lists and refusals."""

from collections.abc import Mapping
from types import MappingProxyType

from twreplay._api.representation.csv import Csv
from twreplay._api.representation.html import Html, format_class
from twreplay._api.representation.json import Json
from twreplay._api.representation.protocol import (
    Counters,
    Document,
    Fields,
    Representation,
    Value,
    clean_text,
)
from twreplay._api.representation.xml import Xml

__all__ = [
    "REPRESENTATIONS",
    "Counters",
    "Document",
    "Fields",
    "Representation",
    "Value",
    "clean_text",
    "format_class",
]

REPRESENTATIONS: Mapping[str, Representation] = MappingProxyType(
    {"xml": Xml(), "json": Json(), "csv": Csv(), "html": Html()}
)
"""By the extension of the path."""
