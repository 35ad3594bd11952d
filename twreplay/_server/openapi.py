"""The description of the control API, from the table of its operations."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

from twreplay._server.asgi import CONTROL_ROOT
from twreplay._server.operation import Operation
from twreplay._server.operations import OPERATIONS


def build_openapi() -> dict[str, Any]:
    """Build the description of the control API."""
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(CONTROL_ROOT + each.path, {})[each.method.lower()] = _describe(each)
    info = {"title": "twreplay's control API", "version": version("twreplay")}
    return {"openapi": "3.1.0", "info": info, "paths": paths}


def _describe(operation: Operation) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "query", "schema": dict(schema)}
        for name, schema in operation.query.items()
    ]
    parameters += [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    error = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    responses = {
        "200": _describe_content("The answer.", {"type": "object"}),
        "400": _describe_content("The mistake, in words.", error),
        "403": {"description": "The request comes from elsewhere, or the key is missing."},
        "413": {"description": "The body is too large."},
    }
    described: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
    }
    if operation.method == "POST":
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: dict(schema) for name, schema in operation.body.items()},
            "additionalProperties": operation.is_open,
        }
        if operation.required:
            schema["required"] = list(operation.required)
        content = {"application/json": {"schema": schema}}
        described["requestBody"] = {"content": content, "required": bool(operation.required)}
    return described


def _describe_content(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
