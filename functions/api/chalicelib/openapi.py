"""OpenAPI 3.1, made from the route table and the models that validate: nothing is described twice."""

import re
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from caring.programs.conditions import FIELD_TYPES, OPERATORS
from chalicelib import (
    answers,
    incident_answers,
    nps_answers,
    outcome_answers,
    results_answers,
    rights_answers,
    ticket_answers,
    visit_answers,
)
from chalicelib.access import ACCESS
from chalicelib.routing import ROUTES, Route, placeholders, said_model

_ANSWERS = (
    answers,
    results_answers,
    outcome_answers,
    nps_answers,
    rights_answers,
    ticket_answers,
    incident_answers,
    visit_answers,
)
_REFS = "#/components/schemas/{model}"
_REFUSALS = {
    "400": "the input was wrong",
    "401": "no ID token of the user pool",
    "403": "the role has no right",
    "404": "no such thing, or another witel's",
    "409": "a state or a budget forbids it",
    "413": "the body is too large",
    "429": "too many requests",
}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole description."""
    bodies = {entry.body for entry in ROUTES.values() if entry.body}
    answered = {entry.answer for entry in ROUTES.values() if entry.answer} | {"Error"}
    wanted = [(said_model(name), "validation") for name in sorted(bodies)]
    wanted += [(answer_model(name), "serialization") for name in sorted(answered)]
    _, defined = models_json_schema(wanted, ref_template=_REFS)  # type: ignore[arg-type]
    paths: dict[str, Any] = {}
    for entry in ROUTES.values():
        paths.setdefault(entry.path, {})[entry.method.lower()] = _operation(entry)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Caring",
            "version": "1",
            "description": "Customer caring over all channels. Times are UTC, money is whole rupiah.",
        },
        "paths": paths,
        "components": {
            "schemas": defined["$defs"] | {"Audience": audience_schema()},
            "securitySchemes": {"pool": {"type": "http", "scheme": "bearer", "description": "the pool's ID token"}},
        },
    }


def answer_model(name: str) -> type[BaseModel]:
    """The model of an answer."""
    found: type[BaseModel] = next(getattr(module, name) for module in _ANSWERS if hasattr(module, name))
    return found


def _operation(entry: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": entry.summary,
        "operationId": re.sub(r"\W+", "_", f"{entry.method.lower()}{entry.path}").strip("_"),
        "tags": [entry.tag],
        "parameters": [*_ids(entry), *_query(entry), *_headers(entry)],
        "responses": {str(entry.status): _success(entry), **_refusals(entry)},
    }
    if entry.body:
        schema = {"$ref": _REFS.format(model=entry.body)}
        needed = any(part.is_required() for part in said_model(entry.body).model_fields.values())
        operation["requestBody"] = {"required": needed, "content": {"application/json": {"schema": schema}}}
    if not entry.public:
        operation["security"] = [{"pool": []}]
        operation["description"] = f"Roles: {', '.join(sorted(ACCESS[entry.key]))}."
    return operation


def _success(entry: Route) -> dict[str, Any]:
    if entry.tag == "l":
        return {"description": "a small page", "content": {"text/html": {"schema": {"type": "string"}}}}
    schema = {"$ref": _REFS.format(model=entry.answer)} if entry.answer else {"type": "object"}
    return {"description": "done", "content": {"application/json": {"schema": schema}}}


def _refusals(entry: Route) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REFS.format(model="Error")}}}
    unlikely = {"401", "403"} if entry.public else set()
    return {code: {"description": text, "content": content} for code, text in _REFUSALS.items() if code not in unlikely}


def _ids(entry: Route) -> list[dict[str, Any]]:
    schema = {"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,400}$"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in placeholders(entry.path)]


def _query(entry: Route) -> list[dict[str, Any]]:
    if entry.query is None:
        return []
    schema = said_model(entry.query).model_json_schema(ref_template=_REFS)
    needed = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _headers(entry: Route) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return [{"name": name, "in": "header", "required": False, "schema": schema} for name in entry.headers]


def audience_schema() -> dict[str, Any]:
    """An audience as JSON Schema, from the same tables of fields and operators that check one."""
    me = {"$ref": _REFS.format(model="Audience")}
    leaves = [
        {
            "type": "object",
            "required": ["field", "is"],
            "additionalProperties": False,
            "properties": {
                "field": {"enum": sorted(field for field, kind in FIELD_TYPES.items() if kind == of)},
                "is": {"enum": list(operators)},
                "value": {"description": f"a {of}; a list for one_of, [lowest, highest] for between"},
            },
        }
        for of, operators in OPERATORS.items()
    ]
    several = {"type": "array", "minItems": 1, "items": me}
    ids = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    branches = {"all": several, "any": several, "not": me, "customer_ids": ids}
    return {
        "description": "who a program is for: a tree of conditions, or a list of customers",
        "oneOf": [
            *(
                {"type": "object", "required": [name], "additionalProperties": False, "properties": {name: schema}}
                for name, schema in branches.items()
            ),
            *leaves,
        ],
    }
