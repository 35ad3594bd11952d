"""What the API is: every resource, as data."""

from collections.abc import Mapping
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
from twreplay._api.resources import RESOURCES
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
