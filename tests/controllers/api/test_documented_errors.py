"""Every error status that the document names for an operation is one that the operation really gives."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from controllers import BODY_BYTES
from controllers.application import Quizboard
from tests.controllers.api.test_openapi import operations
from tests.controllers.api_client import GAMES, ApiClient

JSON = "application/json"
TODAY = "/api/v1/leaderboards/overall/day"

ERRORS = [
    (method, path, status)
    for path, method, operation in operations()
    for status in map(int, operation["responses"])
    if status >= 400
]

QUERIES = {
    400: f"{TODAY}?after=x",
    404: "/api/v1/leaderboards/overall/year",
    422: f"{TODAY}?limit=0",
}


@pytest.mark.parametrize(("method", "path", "status"), [error for error in ERRORS if error[2] < 500])
def test_every_documented_refusal_is_given(
    shared_app: Quizboard, method: str, path: str, status: int
) -> None:
    api = ApiClient(shared_app)
    api.start()
    target = concrete(path, api.game_id)
    response = post_wrongly(api, target, status) if method == "post" else get_wrongly(api, target, status)
    assert response.status_code == status


@pytest.mark.parametrize(("method", "path", "status"), [error for error in ERRORS if error[2] >= 500])
def test_every_documented_failure_is_given(
    broken_app: Quizboard, cut_off_app: Quizboard, method: str, path: str, status: int
) -> None:
    api = ApiClient({500: broken_app, 503: cut_off_app}[status], token="x.y")
    target = concrete(path, "some")
    if method == "post":
        response = api.post(target, {"name": "Ada"} if path == GAMES else a_move(path))
    else:
        response = api.get(target)
    assert response.status_code == status


def a_move(path: str) -> dict[str, Any]:
    """A good body."""
    more = {"answers": {"answer": 0}, "flags": {"reason": "typo"}, "questions": {}}
    return {"index": 0, **more[path.rpartition("/")[2]]}


def post_wrongly(api: ApiClient, path: str, status: int) -> TestResponse:
    if status == 400:
        return api.send("POST", path, "{", JSON)
    if status == 403:
        return api.post(path, {}, Sec_Fetch_Site="cross-site")
    if status == 404 and path == GAMES:
        return api.post(path, {"name": "Ada", "challenge": "nowhere"})
    if status == 404:
        return api.post(path.replace(api.game_id, "nowhere"), a_move(path))
    if status == 409:
        return api.post(path, a_move(path) | {"index": 5})
    if status == 413:
        return api.send("POST", path, "{}".ljust(BODY_BYTES + 1), JSON)
    if status == 415:
        return api.post(path, {}, Content_Type="text/plain", Sec_Fetch_Site="same-origin")
    return api.post(path, {})


def get_wrongly(api: ApiClient, path: str, status: int) -> TestResponse:
    if "leaderboards" in path and not path.endswith("/me"):
        return api.get(QUERIES[status])
    return api.get(path.replace(api.game_id, "nowhere"))


def concrete(path: str, game: str) -> str:
    return path.format(game_id=game, scope="overall", period="day")
