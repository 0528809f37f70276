"""The OpenAPI document, made of the operations themselves and of the models they check and answer with."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from lk_app.api.exchange.operation import JSON, ROOT, Answered, Operation

PLACE = "#/components/schemas/{model}"
Mode = Literal["validation", "serialization"]


def endpoint_of(operations: tuple[Operation, ...]) -> Any:
    """Return the endpoint of the document of some operations."""

    @cache
    def content() -> str:
        return json.dumps(document(operations), ensure_ascii=False)

    async def show(request: Request) -> Response:
        """GET /openapi.json: for everybody."""
        return Response(content(), media_type=JSON, headers={"Cache-Control": "no-store"})

    return show


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the document."""
    operations = tuple(operations)
    models: set[tuple[type[BaseModel], Mode]] = set()
    for operation in operations:
        models |= {(answered.model, "serialization") for answered in operation.all_answers.values()}
        if operation.body:
            models.add((operation.body, "validation"))
    ordered = sorted(models, key=lambda pair: (pair[0].__name__, pair[1]))
    places, definitions = models_json_schema(ordered, ref_template=PLACE)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, places)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LK: exchange with billing",
            "version": "1",
            "description": "What it all means stands in docs/exchange.md.",
        },
        "servers": [{"url": ROOT}],
        "security": [{"bearerAuth": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearerAuth": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key made by `python -m lk_app exchange key create`.",
                }
            },
            "schemas": definitions.get("$defs", {}),
        },
    }


def _described(operation: Operation, places: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.about,
        "description": f"Needs a key with the scope {' or '.join(operation.scopes)}.",
        "parameters": [
            *_parameters("path", operation.path_parameters),
            *_parameters("query", *_properties(operation.query)),
            *_parameters("header", *_properties(operation.headers)),
        ],
        "responses": {
            str(status): _answer(answered, places) for status, answered in sorted(operation.all_answers.items())
        },
    }
    if operation.body:
        content = {JSON: {"schema": places[operation.body, "validation"]}}
        described["requestBody"] = {"required": True, "content": content}
    elif operation.files:
        file = {"schema": {"type": "string", "format": "binary"}}
        described["requestBody"] = {"required": True, "content": dict.fromkeys(operation.files, file)}
    return described


def _answer(answered: Answered, places: dict[Any, Any]) -> dict[str, Any]:
    headers = {"Cache-Control": "`no-store`."} | dict(answered.headers)
    return {
        "description": answered.about,
        "headers": {
            name: {"description": about, "required": True, "schema": {"type": "string"}}
            for name, about in headers.items()
        },
        "content": {answered.media_type: {"schema": places[answered.model, "serialization"]}},
    }


def _properties(model: type[BaseModel] | None) -> tuple[dict[str, Any], set[str]]:
    schema = model.model_json_schema() if model else {}
    return schema.get("properties", {}), set(schema.get("required", []))


def _parameters(place: str, properties: Any, required: set[str] | None = None) -> list[dict[str, Any]]:
    found = []
    for name, property_ in properties.items():
        schema = {key: value for key, value in property_.items() if key not in ("title", "description")}
        parameter = {"name": name, "in": place, "required": required is None or name in required, "schema": schema}
        if "description" in property_:
            parameter["description"] = property_["description"]
        found.append(parameter)
    return found
