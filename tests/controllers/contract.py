"""The API's description as a judge: of every request that was accepted and of every answer that was given."""

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.routing import Map
from werkzeug.test import TestResponse

from tests.conftest import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "views/api/openapi.json").read_text())

JSON = "application/json"
PROBLEM = "application/problem+json"

_HERE = "urn:quizboard"


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """What `node` is, or refers to, inside the document."""
    while "$ref" in node:
        node = at_pointer(node["$ref"])
    return node


def at_pointer(reference: str) -> Any:
    """Raises KeyError where the document has no such place."""
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def template_of(rule: str) -> str:
    """`/games/<game:game_id>` as OpenAPI writes it: `/games/{game_id}`."""
    return "/".join(
        f"{{{step[1:-1].split(':')[-1]}}}" if step[:1] == "<" else step for step in rule.split("/")
    )


def check(routes: Map, response: TestResponse, sent: Any = None) -> None:
    """Fails where the response, or the body that it accepted, is not as the document says."""
    request = response.request
    operation = _operation(routes, request.path, request.method)
    if operation is None:
        assert response.status_code in (404, 405), "only what does not exist may be undescribed"
        described = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    else:
        status = str(response.status_code)
        assert status in operation["responses"], f"{request.method} {request.path}: {status} is undocumented"
        described = resolved(operation["responses"][status])
        if sent is not None and response.status_code < 400:
            validate(sent, operation["requestBody"]["content"][JSON]["schema"])
    if "content" not in described:
        assert not response.get_data()
        return
    validate(response.get_json(force=True), described["content"][response.mimetype]["schema"])
    if response.status_code >= 400:
        assert (response.mimetype, response.get_json(force=True)["status"]) == (PROBLEM, response.status_code)


def _operation(routes: Map, path: str, method: str) -> dict[str, Any] | None:
    adapter = routes.bind("localhost")
    if not adapter.test(path, method):
        return None
    rule, _ = adapter.match(path, method, return_rule=True)
    operation: dict[str, Any] = DOCUMENT["paths"][template_of(rule.rule)][method.lower()]
    return operation


def _closed(node: Any) -> Any:
    """The document with no object allowed more than its properties: a field too many is a drift as well."""
    if isinstance(node, list):
        return [_closed(part) for part in node]
    if not isinstance(node, dict):
        return node
    closed = {name: _closed(part) for name, part in node.items()}
    if node.get("type") == "object" and "properties" in node:
        closed.setdefault("additionalProperties", False)
    return closed


_REGISTRY: Registry[Any] = Registry().with_resource(_HERE, Resource(_closed(DOCUMENT), DRAFT202012))


def validate(instance: Any, schema: dict[str, Any]) -> None:
    _validator(json.dumps(_closed(schema))).validate(instance)


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema.replace('"#/', f'"{_HERE}#/')), registry=_REGISTRY)
