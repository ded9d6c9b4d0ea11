"""Whatever is sent, the answer is a problem with a sentence in it, and the game stays as it is."""

from typing import Any

import pytest

from controllers import BODY_BYTES
from controllers.application import Quizboard
from tests.controllers.api_client import GAMES, ApiClient

JSON = "application/json"
POSTS = pytest.mark.parametrize("path", [GAMES, "answers", "questions"])


@pytest.fixture
def app(shared_app: Quizboard) -> Quizboard:
    return shared_app


def address(api: ApiClient, path: str) -> str:
    """Of the games, or of a move in a game that is started for it."""
    if path == GAMES:
        return GAMES
    api.start()
    return f"{api.game}/{path}"


@POSTS
@pytest.mark.parametrize(
    "body", ["", "{", "{'name': 'Ada'}", '{"name": "Ada",}', b"\xff\xfe", "[" * 8000, "9" * 5000]
)
def test_what_is_not_json_is_a_bad_request(api: ApiClient, path: str, body: str | bytes) -> None:
    assert api.send("POST", address(api, path), body, JSON).status_code == 400


@POSTS
@pytest.mark.parametrize("body", ["null", "[]", '[{"name": "Ada"}]', '"name"', "1", "true", "NaN"])
def test_json_that_is_no_object_is_refused(api: ApiClient, path: str, body: str) -> None:
    assert api.send("POST", address(api, path), body, JSON).status_code == 422


@POSTS
@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
)
def test_another_content_type_is_refused(api: ApiClient, path: str, content_type: str) -> None:
    target = address(api, path)
    headers = {"Content-Type": content_type, "Sec-Fetch-Site": "same-origin"}
    assert api.post(target, {"name": "Ada"}, **headers).status_code == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_say_its_charset(api: ApiClient, content_type: str) -> None:
    assert api.send("POST", GAMES, '{"name": "Ada"}', content_type).status_code == 201


@POSTS
def test_a_body_is_as_large_as_it_may_be_and_no_larger(api: ApiClient, path: str) -> None:
    target = address(api, path)
    for size, status in ((BODY_BYTES, 422), (BODY_BYTES + 1, 413)):
        assert api.send("POST", target, "{}".ljust(size), JSON).status_code == status


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "'name' is missing"),
        ({"name": None}, "'name' must be a JSON string"),
        ({"name": 7}, "'name' must be a JSON string"),
        ({"name": ["Ada"]}, "'name' must be a JSON string"),
        ({"name": "Ada", "nme": 1}, "'nme' is not a field"),
        ({"name": "Ada", "category": None}, "'category' must be a JSON string"),
        ({"name": "Ada", "category": {}}, "'category' must be a JSON string"),
        ({"name": "Ada", "pace": 1}, "'pace' must be a JSON string"),
        ({"name": "Ada", "pace": "brisk"}, "'pace' is one of timed, relaxed"),
        ({"name": "Ada", "player": "grace"}, "'player' is not a field"),
        ({"name": "Ada", "\ud800": 1}, "is not a field"),
    ],
)
def test_a_start_says_which_field_is_wrong(api: ApiClient, body: Any, complaint: str) -> None:
    answer = api.post(GAMES, body)
    assert (answer.status_code, answer.json["title"]) == (422, "The request is not as it should be.")
    assert complaint in answer.json["detail"]


@pytest.mark.parametrize("category", ["nosuch", "", "overall", "Music", "mix ", "\ud800", "x" * 9000])
def test_an_unknown_category_is_refused(api: ApiClient, category: str) -> None:
    answer = api.start(category=category)
    assert (answer.status_code, answer.json["title"]) == (422, "There is no such category.")


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 25, "a\x00b", "a\u202eb", "a\u200bb", "\ud800", "x" * 9000]
)
def test_a_bad_name_is_refused_with_a_reason(api: ApiClient, name: str) -> None:
    answer = api.start(name)
    assert (answer.status_code, answer.json["title"]) == (422, "This name cannot be used.")
    assert answer.json["detail"]


@pytest.mark.parametrize("name", ["A", "x" * 24, "Åsa-Maria O’Neill", "李雷", "عمر", "🦊", "<b>x"])
def test_a_good_name_is_taken(api: ApiClient, name: str) -> None:
    assert api.start(name).status_code == 201


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        ("answers", {"index": 0}, "'answer' is missing"),
        ("answers", {"answer": 0}, "'index' is missing"),
        ("answers", {"index": "0", "answer": 0}, "'index' must be a JSON integer"),
        ("answers", {"index": 0.0, "answer": 0}, "'index' must be a JSON integer"),
        ("answers", {"index": True, "answer": 0}, "'index' must be a JSON integer"),
        ("answers", {"index": None, "answer": 0}, "'index' must be a JSON integer"),
        ("answers", {"index": 0, "answer": 0, "now": 0}, "'now' is not a field"),
        ("answers", {"index": 0, "answer": 4}, "a choice id from 0 to 3"),
        ("answers", {"index": 0, "answer": -1}, "a choice id from 0 to 3"),
        ("answers", {"index": 0, "answer": 1.0}, "a choice id from 0 to 3"),
        ("answers", {"index": 0, "answer": True}, "a choice id from 0 to 3"),
        ("answers", {"index": 0, "answer": "Lima"}, "a choice id from 0 to 3"),
        ("answers", {"index": 0, "answer": [0]}, "a choice id from 0 to 3"),
        ("answers", {"index": 0, "answer": {}}, "a choice id from 0 to 3"),
        ("answers", {"index": 0, "answer": 10**300}, "a choice id from 0 to 3"),
        ("questions", {}, "'index' is missing"),
        ("questions", {"index": "1"}, "'index' must be a JSON integer"),
        ("questions", {"index": 1, "answer": 0}, "'answer' is not a field"),
    ],
)
def test_a_move_says_what_is_wrong_and_changes_nothing(
    api: ApiClient, path: str, body: Any, complaint: str
) -> None:
    target = address(api, path)
    before = api.show().json
    answer = api.post(target, body)
    assert answer.status_code == 422
    assert complaint in answer.json["detail"]
    assert api.show().json == before


def test_deep_nesting_within_a_field_is_only_a_wrong_answer(api: ApiClient) -> None:
    target = address(api, "answers")
    nested = "[" * 200 + "]" * 200
    assert api.send("POST", target, f'{{"index": 0, "answer": {nested}}}', JSON).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", GAMES, {"POST"}),
        ("DELETE", f"{GAMES}/some", {"GET", "HEAD"}),
        ("PUT", f"{GAMES}/some/answers", {"POST"}),
        ("PATCH", "/api/v1/leaderboards/overall/day", {"GET", "HEAD"}),
        ("POST", "/api/v1/categories", {"GET", "HEAD"}),
    ],
)
def test_another_method_is_refused_with_those_that_there_are(
    api: ApiClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = api.send(method, path, "{}", JSON)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {*allowed, "OPTIONS"}


@pytest.mark.parametrize(
    "path", ["/api/v1", "/api/v1/", "/api/v1/game", "/api/v2/games", "/api/v1/games/", "/api/"]
)
def test_an_unknown_address_is_a_problem_too(api: ApiClient, path: str) -> None:
    assert api.get(path).status_code == 404


def test_a_broken_server_says_nothing_of_the_cause(
    app: Quizboard, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "clock", lambda: 1 // 0)
    answer = api.get("/api/v1/categories")
    assert (answer.status_code, answer.json["detail"]) == (500, "")
    assert "division" not in answer.get_data(as_text=True)
