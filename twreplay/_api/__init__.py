"""What the API is: every resource, as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from twreplay._address import VERSION
from twreplay._api.definition import (
    WIRE_DATES,
    Action,
    Endpoint,
    Filter,
    FilterBy,
    Hidden,
    Operation,
    Param,
    Parent,
    Property,
    Resource,
    SuccessStatus,
    WireFormat,
)
from twreplay._api.dictionary import Code
from twreplay._api.errors import ApiError
from twreplay._api.evidence import Evidence, Grade, find_weakest
from twreplay._api.field_types import (
    DIGITS,
    NUMBER_OR_SHORT_CODE,
    TIMEOUT,
    TOLL_FREE_CODES,
    format_phone_number,
    is_international,
    is_premium,
    parse_phone_number,
)
from twreplay._api.grading import grade_body
from twreplay._api.magic_numbers import MAGIC_INPUTS, MAGIC_SENDER, MagicInput
from twreplay._api.next_version import (
    NEXT_ELEMENTS,
    NEXT_FIELDS,
    NEXT_FORMATS,
    NEXT_PAGING,
    NEXT_PATHS,
    NEXT_VERSION,
)
from twreplay._api.possible import MAX_SECONDS, ValueType
from twreplay._api.profiles import DIFFERENCES, PROFILES, Profile
from twreplay._api.questions import QUESTIONS, Effect, Q, Question
from twreplay._api.refusals import find_refusable_operations, list_refusals
from twreplay._api.resources import RESOURCES
from twreplay._api.resources.caller_ids import VALIDATION_REQUEST
from twreplay._api.status_matrix import list_statuses
from twreplay._api.value_types import find_value_type
from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._api.openapi import build_openapi
    from twreplay._api.representation import (
        REPRESENTATIONS,
        Counters,
        Document,
        Fields,
        Representation,
        Value,
        clean_text,
        format_class,
    )
    from twreplay._api.webhooks import (
        AUDIO_TYPES,
        BAD_HOST,
        CONNECTION_FAILURE,
        COOKIE_IDLE_SECONDS,
        FALLBACK_PARAMS,
        INVALID_CONTENT_TYPE,
        INVALID_URL,
        MOST_REDIRECTS,
        PROTOCOL_VIOLATION,
        RETRIEVAL_FAILURE,
        SIGNATURE,
        TOO_MANY_REDIRECTS,
        TWIML_TYPES,
        USER_AGENT,
        WEBHOOK_TIMEOUT_SECONDS,
        WEBHOOK_VALUES,
        WEBHOOKS,
        Presence,
        WebhookAnswer,
        WebhookError,
        WebhookKind,
        WebhookParam,
        find_webhook_kind,
    )

__all__ = [
    "ALIASES",
    "AUDIO_TYPES",
    "BAD_HOST",
    "CONNECTION_FAILURE",
    "COOKIE_IDLE_SECONDS",
    "DIFFERENCES",
    "DIGITS",
    "EXTENSIONS",
    "FALLBACK_PARAMS",
    "INVALID_CONTENT_TYPE",
    "INVALID_URL",
    "MAGIC_INPUTS",
    "MAGIC_SENDER",
    "MAX_SECONDS",
    "MOST_REDIRECTS",
    "NEXT_ELEMENTS",
    "NEXT_FIELDS",
    "NEXT_FORMATS",
    "NEXT_PAGING",
    "NEXT_PATHS",
    "NEXT_VERSION",
    "NUMBER_OR_SHORT_CODE",
    "PROFILES",
    "PROTOCOL_VIOLATION",
    "QUESTIONS",
    "REPRESENTATIONS",
    "RESOURCES",
    "RETRIEVAL_FAILURE",
    "SIGNATURE",
    "TIMEOUT",
    "TOLL_FREE_CODES",
    "TOO_MANY_REDIRECTS",
    "TWIML_TYPES",
    "USER_AGENT",
    "VALIDATION_REQUEST",
    "VERSION",
    "WEBHOOKS",
    "WEBHOOK_TIMEOUT_SECONDS",
    "WEBHOOK_VALUES",
    "WIRE_DATES",
    "Action",
    "ApiError",
    "Code",
    "Counters",
    "Document",
    "Effect",
    "Endpoint",
    "Evidence",
    "Fields",
    "Filter",
    "FilterBy",
    "Grade",
    "Hidden",
    "MagicInput",
    "Operation",
    "Param",
    "Parent",
    "Presence",
    "Profile",
    "Property",
    "Q",
    "Question",
    "Representation",
    "Resource",
    "SuccessStatus",
    "Value",
    "ValueType",
    "WebhookAnswer",
    "WebhookError",
    "WebhookKind",
    "WebhookParam",
    "WireFormat",
    "build_openapi",
    "clean_text",
    "find_refusable_operations",
    "find_value_type",
    "find_weakest",
    "find_webhook_kind",
    "format_class",
    "format_phone_number",
    "grade_body",
    "is_international",
    "is_premium",
    "list_refusals",
    "list_statuses",
    "parse_phone_number",
]

EXTENSIONS = ("xml", "json", "csv", "html")
"""The extensions that every path takes. Source: response page, representations."""

ALIASES: Mapping[str, str] = MappingProxyType({"PhoneNumbers": "IncomingPhoneNumbers"})
"""First path segment below an account that stands for another: the request page's own example."""

# Late: one command needs the export, and replaying needs neither representations nor webhooks.
__getattr__ = load_from(
    __name__,
    {"build_openapi": "openapi"}
    | dict.fromkeys(
        (
            "REPRESENTATIONS",
            "Counters",
            "Document",
            "Fields",
            "Representation",
            "Value",
            "clean_text",
            "format_class",
        ),
        "representation",
    )
    | dict.fromkeys(
        (
            "AUDIO_TYPES",
            "BAD_HOST",
            "CONNECTION_FAILURE",
            "COOKIE_IDLE_SECONDS",
            "FALLBACK_PARAMS",
            "INVALID_CONTENT_TYPE",
            "INVALID_URL",
            "MOST_REDIRECTS",
            "PROTOCOL_VIOLATION",
            "Presence",
            "RETRIEVAL_FAILURE",
            "SIGNATURE",
            "TOO_MANY_REDIRECTS",
            "TWIML_TYPES",
            "USER_AGENT",
            "WEBHOOKS",
            "WEBHOOK_TIMEOUT_SECONDS",
            "WEBHOOK_VALUES",
            "WebhookAnswer",
            "WebhookError",
            "WebhookKind",
            "WebhookParam",
            "find_webhook_kind",
        ),
        "webhooks",
    ),
)
