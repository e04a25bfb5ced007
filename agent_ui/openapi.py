"""Writes the OpenAPI 3.1 description from the same routes that are served."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from agent_ui.problems import PROBLEM_TYPE, Problem
from agent_ui.serving import CSRF_HEADER
from infra.web import NO_SIGN_IN, Route

_REFERENCE = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"{(\w+)}")

Schema = dict[str, Any]
_References = Mapping[tuple[Any, JsonSchemaMode], Schema]


def describe(
    routes: Sequence[Route], *, version: str, cookie_name: str, pushed: Iterable[type[BaseModel]] = ()
) -> Schema:
    """The whole document. `pushed` are models of the event socket, described along."""
    references, definitions = _schemas(routes, pushed)
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hotline", "version": version},
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": cookie_name}},
        },
    }


def _schemas(routes: Sequence[Route], pushed: Iterable[type[BaseModel]]) -> tuple[_References, Schema]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    wanted += [(model, "serialization") for model in pushed]
    for route in routes:
        wanted += [(route.body, "validation")] if route.body else []
        wanted += [(route.response, "serialization")] if route.response else []
    unique = list(dict.fromkeys(wanted))
    references, document = models_json_schema(unique, ref_template=_REFERENCE)
    return references, document["$defs"]


def _operation(route: Route, references: _References) -> Schema:
    operation: Schema = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": _responses(route, references),
        "security": [] if route.roles == NO_SIGN_IN else [{"session": []}],
        "x-roles": sorted(route.roles),
    }
    if route.body:
        schema = references[(route.body, "validation")]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if route.takes_file:
        file = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": file}}
    if route.is_page and route.method == "POST":
        form = {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
        operation["requestBody"] = {"content": {"application/x-www-form-urlencoded": form}}
    return operation


def _operation_id(route: Route) -> str:
    words = [word for word in re.split(r"[^a-z0-9]+", route.path.lower()) if word not in {"", "api"}]
    return "_".join([route.method.lower(), *words])


def _parameters(route: Route) -> list[Schema]:
    found: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    if route.query:
        described = route.query.model_json_schema(ref_template=_REFERENCE)
        inlined = _inline(described.get("properties", {}), described.get("$defs", {}))
        required = set(described.get("required", ()))
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": schema}
            for name, schema in inlined.items()
        ]
    if route.method != "GET" and not route.is_page:
        found.append(
            {
                "name": CSRF_HEADER,
                "in": "header",
                "required": True,
                "schema": {"type": "string", "const": "1"},
            }
        )
    return found


def _inline(schema: Any, definitions: Schema) -> Any:
    """The schema with references replaced by what they name; queries hold enums at most."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return definitions[schema["$ref"].rsplit("/", 1)[1]]
        return {key: _inline(value, definitions) for key, value in schema.items()}
    return [_inline(item, definitions) for item in schema] if isinstance(schema, list) else schema


def _responses(route: Route, references: _References) -> Schema:
    problem = references[(Problem, "serialization")]
    refused = {"description": "Refused", "content": {PROBLEM_TYPE: {"schema": problem}}}
    if route.response:
        schema = references[(route.response, "serialization")]
        done: Schema = {"description": "Done", "content": {"application/json": {"schema": schema}}}
        return {"200": done, "default": refused}
    if route.is_page:
        return {"200": {"description": "A page", "content": {"text/html": {}}}, "default": refused}
    if route.method == "GET":
        # A GET without a model sends a file.
        return {"200": {"description": "The file", "content": {"audio/wav": {}}}, "default": refused}
    return {"204": {"description": "Done"}, "default": refused}
