"""What the API is: every resource, as data."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from twreplay._api.definition import (
    Action,
    Endpoint,
    Filter,
    FilterBy,
    Hidden,
    Operation,
    Param,
    Property,
    Resource,
    SuccessStatus,
    WireFormat,
)
from twreplay._api.errors import ApiError
from twreplay._api.evidence import Evidence, Grade
from twreplay._api.profiles import DIFFERENCES, PROFILES, Profile
from twreplay._api.questions import QUESTIONS, Effect, Q, Question
from twreplay._api.resources.caller_ids import VALIDATION_REQUEST

__all__ = [
    "ALIASES",
    "DIFFERENCES",
    "EXTENSIONS",
    "PROFILES",
    "QUESTIONS",
    "RESOURCES",
    "VALIDATION_REQUEST",
    "VERSION",
    "Action",
    "ApiError",
    "Effect",
    "Endpoint",
    "Evidence",
    "Filter",
    "FilterBy",
    "Grade",
    "Hidden",
    "Operation",
    "Param",
    "Profile",
    "Property",
    "Q",
    "Question",
    "Resource",
    "SuccessStatus",
    "WireFormat",
]

VERSION = "2008-08-01"

EXTENSIONS = ("xml", "json", "csv", "html")
"""The extensions that every path takes. Source: response page, representations."""

ALIASES: Mapping[str, str] = MappingProxyType({"PhoneNumbers": "IncomingPhoneNumbers"})
"""First path segment below an account that stands for another: the request page's own example."""


def _find_resources() -> tuple[Resource, ...]:
    """Return the resources that the modules of this package define, by module name."""
    found: list[Resource] = []
    for file in sorted(iter_modules(__path__), key=lambda file: file.name):
        if file.name.startswith("_"):
            continue
        definitions = vars(import_module(f"{__name__}.{file.name}")).values()
        # What has no endpoint is part of another resource's answers.
        found += [d for d in definitions if isinstance(d, Resource) and d.endpoints]
    return tuple(found)


# The registry. A new resource is a file beside this one, and nothing else.
RESOURCES: tuple[Resource, ...] = _find_resources()
