from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from controllers import BODY_BYTES
from controllers.api.games import KEY_LENGTHS
from controllers.application import Quizboard
from models.board import Period
from models.game import LENGTH, Pace
from models.leaderboard import MOST_POINTS
from models.naming import CODE_POINTS
from models.question import Difficulty
from models.ranking import NEIGHBOURS, PAGE_LENGTH
from tests.controllers.api_client import ApiClient
from tests.controllers.contract import DOCUMENT, at_pointer, resolved, template_of, validate

METHODS = ("get", "put", "post", "delete", "patch")
SCHEMAS = DOCUMENT["components"]["schemas"]


@pytest.fixture
def app(shared_app: Quizboard) -> Quizboard:
    return shared_app


def test_the_document_is_served_as_it_stands(api: ApiClient) -> None:
    assert api.get("/api/v1/openapi.json").json == DOCUMENT


def test_an_unchanged_document_costs_no_body(api: ApiClient) -> None:
    etag = api.get("/api/v1/openapi.json").headers["ETag"]
    assert api.get("/api/v1/openapi.json", If_None_Match=etag).status_code == 304


def test_its_paths_and_methods_are_exactly_those_of_the_routes(app: Quizboard) -> None:
    routed = {
        (template_of(rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations()} == routed


def test_every_reference_leads_somewhere() -> None:
    references = [node["$ref"] for node in nodes(DOCUMENT) if "$ref" in node]
    assert references
    for reference in references:
        assert isinstance(at_pointer(reference), dict)


def test_every_component_is_used() -> None:
    used = {node["$ref"] for node in nodes(DOCUMENT) if "$ref" in node}
    there = {
        f"#/components/{kind}/{name}"
        for kind in ("parameters", "responses", "schemas")
        for name in DOCUMENT["components"][kind]
    }
    assert used == there


def test_every_schema_is_a_schema_and_requires_only_what_it_describes() -> None:
    for schema in [*SCHEMAS.values(), *(node["schema"] for node in nodes(DOCUMENT) if "schema" in node)]:
        Draft202012Validator.check_schema(schema)
    for schema in nodes(SCHEMAS):
        if isinstance(schema.get("required"), list):
            assert set(schema["required"]) <= schema["properties"].keys()


def test_every_example_is_valid() -> None:
    media = [node for node in nodes(DOCUMENT) if "schema" in node and "examples" in node]
    examples = [(node["schema"], example["value"]) for node in media for example in node["examples"].values()]
    assert len(examples) > 5
    for schema, value in examples:
        validate(value, schema)


def test_every_operation_is_named_once_and_described() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    for path, _, operation in operations():
        assert operation["summary"]
        assert all(resolved(response)["description"] for response in operation["responses"].values())
        shared = DOCUMENT["paths"][path].get("parameters", [])
        parameters = [resolved(parameter) for parameter in [*shared, *operation.get("parameters", [])]]
        named = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
        assert named == {step[1:-1] for step in path.split("/") if step.startswith("{")}


def test_every_error_is_a_problem_and_nothing_else_is() -> None:
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            media = set(resolved(response).get("content", ()))
            assert media == (
                {"application/problem+json"}
                if status >= "400"
                else {"application/json"}
                if status < "300"
                else set()
            )


def test_its_limits_are_those_of_the_code() -> None:
    key = DOCUMENT["components"]["parameters"]["IdempotencyKey"]["schema"]
    assert range(key["minLength"], key["maxLength"] + 1) == KEY_LENGTHS
    name = SCHEMAS["Start"]["properties"]["name"]
    assert (name["minLength"], name["maxLength"]) == (1, CODE_POINTS)
    limit = DOCUMENT["paths"]["/api/v1/leaderboards/{scope}/{period}"]["get"]["parameters"][0]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, PAGE_LENGTH, PAGE_LENGTH)
    assert SCHEMAS["BoardPage"]["properties"]["entries"]["maxItems"] == PAGE_LENGTH
    assert SCHEMAS["Standing"]["properties"]["above"]["maxItems"] == NEIGHBOURS
    assert SCHEMAS["Points"]["maximum"] == MOST_POINTS
    assert SCHEMAS["Length"]["const"] == LENGTH
    assert SCHEMAS["Index"]["maximum"] == LENGTH - 1
    assert SCHEMAS["QuestionMove"]["properties"]["index"]["maximum"] == LENGTH
    assert SCHEMAS["Pace"]["enum"] == list(Pace)
    assert SCHEMAS["Question"]["properties"]["difficulty"]["enum"] == list(Difficulty)
    assert DOCUMENT["components"]["parameters"]["Period"]["schema"]["enum"] == list(Period)
    assert f"{BODY_BYTES // 1024} KiB" in DOCUMENT["components"]["responses"]["TooLarge"]["description"]


def test_only_starting_a_game_and_what_is_the_same_for_everyone_need_no_token() -> None:
    assert DOCUMENT["security"] == [{"playerToken": []}]
    free = {
        name: operation["security"]
        for _, _, operation in operations()
        for name in [operation["operationId"]]
        if "security" in operation
    }
    assert free == {
        "startGame": [{}, {"playerToken": []}],
        "showLeaderboard": [],
        "listCategories": [],
        "showInsights": [],
        "showDescription": [],
    }


def test_an_answer_that_the_document_does_not_know_is_noticed(
    app: Quizboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("views.shapes.category", lambda deck: {"slug": "music", "name": "Music", "sum": 3})
    with pytest.raises(Exception, match="sum"):
        ApiClient(app).get("/api/v1/categories")


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of each."""
    return [
        (path, method, item[method])
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS
        if method in item
    ]


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object in the tree, the examples' own values aside."""
    if isinstance(tree, dict):
        yield tree
        for name, part in tree.items():
            if name != "value":
                yield from nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from nodes(part)
