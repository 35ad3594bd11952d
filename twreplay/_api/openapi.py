"""The definitions as an OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from twreplay._api.definition import (
    Action,
    Endpoint,
    FilterBy,
    Operation,
    Property,
    Resource,
    WireFormat,
)
from twreplay._api.profiles import Profile
from twreplay._api.status_matrix import list_statuses

Document: TypeAlias = dict[str, Any]

VERSION = "2008-08-01"

_FORM = "application/x-www-form-urlencoded"
_COUNTERS = (
    "page",
    "numpages",
    "pagesize",
    "total",
    "start",
    "end",
    "uri",
    "firstpageuri",
    "nextpageuri",
    "previouspageuri",
    "lastpageuri",
)
_TEXT: Document = {"type": "string"}
_NO_BODY = frozenset({"204", "302", "304"})


def build_openapi(resources: Iterable[Resource], profile: Profile, version: str) -> Document:
    """
    Build the document: every operation, its parameters and its responses.

    Each path stands twice: without extension, which is XML, and with ``.json``.
    """
    paths: Document = {}
    for resource in resources:
        for endpoint in resource.endpoints:
            for extension in ("", ".json"):
                path = f"/{VERSION}{endpoint.path}{extension}"
                paths[path] = _build_path(resource, endpoint, profile, extension)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Twilio REST API {VERSION}",
            "version": VERSION,
            "description": "As simulated by twreplay; the original can no longer be asked.",
            "x-generator": f"twreplay {version}",
        },
        "servers": [{"url": "https://api.twilio.com"}],
        "paths": paths,
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "schemas": {"RestException": _build_exception()},
        },
        "security": [{"basic": []}],
    }


def _build_path(
    resource: Resource, endpoint: Endpoint, profile: Profile, extension: str
) -> Document:
    described: Document = {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _TEXT}
            for name in endpoint.names
        ]
    }
    for operation in endpoint.operations:
        described[operation.method.lower()] = _build_operation(
            resource, endpoint, operation, profile, extension
        )
    return described


def _build_operation(
    resource: Resource,
    endpoint: Endpoint,
    operation: Operation,
    profile: Profile,
    extension: str,
) -> Document:
    suffix = "Json" if extension else ""
    described: Document = {
        "operationId": _build_operation_id(endpoint, operation) + suffix,
        "summary": operation.summary,
        "description": f"Source: {operation.evidence.source} ({operation.evidence.grade.value}).",
        "responses": {
            str(status): _build_response(resource, endpoint, operation, profile, status, extension)
            for status in list_statuses(endpoint, operation, profile)
        },
    }
    if operation.params:
        described["requestBody"] = {"content": {_FORM: {"schema": _build_form(operation)}}}
    if operation.action is Action.LIST:
        described["parameters"] = _build_query(resource)
    if endpoint.public and operation.method == "GET":
        described["security"] = []
    return described


def _build_operation_id(endpoint: Endpoint, operation: Operation) -> str:
    words = [part.strip("{}") for part in endpoint.path.split("/") if part]
    return operation.method.lower() + "".join(words)


def _build_form(operation: Operation) -> Document:
    properties = {
        param.name: {
            **param.field_type.schema,
            **({"default": param.default} if param.default else {}),
            **({"examples": [param.example]} if param.example else {}),
        }
        for param in operation.params
    }
    required = [param.name for param in operation.params if param.missing is not None]
    return {"type": "object", "properties": properties} | (
        {"required": required} if required else {}
    )


def _build_query(resource: Resource) -> list[Document]:
    paging: list[Document] = [
        {
            "name": "num",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50},
        },
        {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 0}},
    ]
    return paging + [
        {
            "name": f.name,
            "in": "query",
            "description": f.compares,
            "schema": (
                {"type": "string", "enum": list(f.values)}
                if f.values
                else {"type": "string", "format": "date"}
                if f.by is FilterBy.DATE
                else _TEXT
            ),
        }
        for f in resource.filters
    ]


def _build_response(
    resource: Resource,
    endpoint: Endpoint,
    operation: Operation,
    profile: Profile,
    status: int,
    extension: str,
) -> Document:
    described: Document = {"description": _DESCRIPTIONS.get(status, "Done.")}
    if str(status) in _NO_BODY:
        return described
    if status < 400 and endpoint.default_media and not extension and operation.method == "GET":
        described["content"] = {endpoint.media[endpoint.default_media]: {}}
        return described
    if not extension:
        described["content"] = {"application/xml": {"schema": _TEXT}}
        return described
    schema = (
        {"$ref": "#/components/schemas/RestException"}
        if status >= 400
        else _build_success(resource, operation, profile)
    )
    described["content"] = {"application/json": {"schema": schema}}
    return described


_DESCRIPTIONS = {
    204: "Done; there is nothing to show.",
    302: "Look there.",
    304: "The client's copy is current.",
    400: "A parameter is not as it must be.",
    401: "Credentials are missing, or not sufficient.",
    404: "There is no such resource.",
    405: "The resource does not support the method.",
    500: "The API is at fault.",
}


def _build_success(resource: Resource, operation: Operation, profile: Profile) -> Document:
    if operation.action is Action.DELETE:
        return _wrap_response({})
    if operation.action is Action.START_VALIDATION:
        names = ("AccountSid", "PhoneNumber", "FriendlyName", "ValidationCode")
        return _wrap_response({"ValidationRequest": _build_object(dict.fromkeys(names, _TEXT))})
    if operation.action is Action.LIST:
        item = _build_object({resource.name: _build_instance(resource.listed, profile)})
        shown: Document = {resource.container: {"type": "array", "items": item}}
        if profile["json counters"] == "yes":
            shown |= dict.fromkeys(_COUNTERS, _TEXT)
        return _wrap_response(shown)
    return _wrap_response({resource.name: _build_instance(resource.properties, profile)})


def _build_instance(properties: Iterable[Property], profile: Profile) -> Document:
    shown = [p for p in properties if not p.only_with or profile[p.only_with] == "yes"]
    return _build_object(
        {p.name: _build_schema(p) for p in shown},
        optional=frozenset(p.name for p in shown if p.absent_with),
    )


def _build_schema(prop: Property) -> Document:
    if prop.wire_format is WireFormat.PARTS:
        return _build_object(dict.fromkeys(prop.parts, _TEXT))
    if prop.null:
        return {"type": ["string", "null"]}
    return {"type": "string", "description": prop.wire_format.value}


def _build_exception() -> Document:
    elements = _build_object(
        dict.fromkeys(("Status", "Message", "Code", "MoreInfo"), _TEXT),
        optional=frozenset({"Code", "MoreInfo"}),
    )
    return _wrap_response({"RestException": elements})


def _wrap_response(content: Document) -> Document:
    return _build_object({"TwilioResponse": _build_object(content)})


def _build_object(properties: Document, *, optional: frozenset[str] = frozenset()) -> Document:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
