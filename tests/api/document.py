"""The document of the application (OpenAPI), as tests use it: to ask everything, and to hold every answer to it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import schemathesis
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

if TYPE_CHECKING:
    from tests.api.door import Asker

METHODS = ("get", "post", "put", "patch", "delete")


@cache
def _schema(text: str) -> Any:
    return schemathesis.openapi.from_dict(json.loads(text))


class Document:
    """What the application says of itself."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.text = app.test_client().get("/api/openapi.json").text
        self.told: Mapping[str, Any] = json.loads(self.text)

    def operations(self) -> list[Operation]:
        """Every operation, in the order of the document."""
        return [
            _operation(self.told, method, path, item)
            for path, item in self.told["paths"].items()
            for method in METHODS
            if method in item
        ]

    def served(self, *, api: bool) -> list[tuple[str, Rule]]:
        """Every method at every address that the application answers, of the API or of the rest."""
        return [
            (method, rule)
            for rule in self.app.url_map.iter_rules()
            for method in sorted(rule.methods or ())
            if rule.rule.startswith("/api/") is api and method not in ("HEAD", "OPTIONS")
        ]

    def hold(self, method: str, path: str, answer: TestResponse) -> None:
        """An answer of the API is one that the document told of: its status, its content type, its shape."""
        try:
            rule, _ = self.app.url_map.bind("").match(path, method, return_rule=True)
        except HTTPException:
            return
        name = told_path(rule)
        if name not in self.told["paths"]:
            return
        responses = self.told["paths"][name][method.lower()]["responses"]
        expected = responses.get(str(answer.status_code)) or (
            responses["default"] if answer.status_code >= 400 else None
        )
        assert expected is not None, f"{method} {name} answers {answer.status_code}, which is not told"
        content = "application/problem+json" if answer.status_code >= 400 else "application/json"
        assert answer.content_type == content or not answer.data, answer.content_type
        _schema(self.text)[name][method.lower()].validate_response(answer)


@cache
def document_of(app: Flask) -> Document:
    """What an application says of itself, asked once."""
    return Document(app)


def told_path(rule: Rule) -> str:
    """The address of a rule as the document writes it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


@dataclass(frozen=True)
class Operation:
    """One method at one address, with the smallest request that it understands."""

    method: str
    path: str
    told: Mapping[str, Any]
    names: frozenset[str]
    body: Any
    query: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.told["operationId"])

    def asked_by(self, who: Asker, **names: Any) -> TestResponse:
        return who.ask(self.method, self.path.format(**names), self.body, query_string=dict(self.query))


def _operation(document: Mapping[str, Any], method: str, path: str, item: Mapping[str, Any]) -> Operation:
    told = item[method]
    parameters = [*item.get("parameters", ()), *told.get("parameters", ())]
    asked = told.get("requestBody")
    return Operation(
        method.upper(),
        path,
        told,
        frozenset(p["name"] for p in parameters if p["in"] == "path"),
        _smallest(document, asked["content"]["application/json"]["schema"]) if asked else None,
        {p["name"]: _smallest(document, p["schema"]) for p in parameters if p["in"] == "query" and p.get("required")},
    )


def _smallest(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """The smallest value of a schema."""
    if "$ref" in schema:
        return _smallest(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {name: _smallest(document, schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return []
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "string":
            return "2026-03-02" if schema.get("format") == "date" else "x"
    raise AssertionError(f"no smallest value of {schema}")
