import pytest
from werkzeug.test import TestResponse

from controllers.application import Quizboard
from tests.controllers.api_client import GAMES

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@pytest.fixture
def app(shared_app: Quizboard) -> Quizboard:
    return shared_app


def post(
    app: Quizboard, content_type: str, headers: dict[str, str], cookie: str | None = None
) -> TestResponse:
    """A start of a game, by form or by program."""
    client = app.test_client(use_cookies=cookie is not None)
    if cookie is not None:
        client.set_cookie("player", cookie)
    if content_type == FORM:
        return client.post("/games", data={"name": "Ada"}, headers=headers)
    return client.post(GAMES, json={"name": "Ada"}, headers=headers)


@pytest.mark.parametrize("content_type", [FORM, JSON])
@pytest.mark.parametrize("cookie", [None, "x.y"])
@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://localhost"}, True),
        ({"Origin": "http://localhost:8080"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "http://evil.example/localhost"}, False),
        ({"Origin": "http://user@localhost"}, False),
        ({"Origin": "localhost"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://["}, False),
    ],
)
def test_a_change_must_come_from_our_own_pages_where_the_browser_says(
    app: Quizboard, content_type: str, cookie: str | None, headers: dict[str, str], is_ours: bool
) -> None:
    accepted = 303 if content_type == FORM else 201
    assert post(app, content_type, headers, cookie).status_code == (accepted if is_ours else 403)


@pytest.mark.parametrize(
    ("content_type", "cookie", "token", "status"),
    [
        (JSON, None, None, 201),
        (JSON, None, "x.y", 201),
        (JSON, "x.y", "x.y", 201),
        (JSON, "x.y", None, 403),
        (JSON, "x.y", "", 201),
        (FORM, None, None, 403),
        (FORM, None, "x.y", 403),
        (FORM, "x.y", None, 403),
        (FORM, "x.y", "x.y", 403),
    ],
)
def test_where_nothing_says_whence_only_json_without_a_cookies_word_is_taken(
    app: Quizboard, content_type: str, cookie: str | None, token: str | None, status: int
) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    assert post(app, content_type, headers, cookie).status_code == status


@pytest.mark.parametrize("path", ["answers", "questions"])
def test_moves_are_guarded_like_starts(app: Quizboard, path: str) -> None:
    client = app.test_client()
    started = client.post("/games", data={"name": "Ada"}, headers={"Sec-Fetch-Site": "same-origin"})
    move = {"index": "0", "answer": "0"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {}):
        assert client.post(f"{started.location}/{path}", data=move, headers=headers).status_code == 403
    api = started.location.replace("/games", GAMES)
    assert client.post(f"{api}/{path}", json={"index": 0}, headers={}).status_code == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_open_to_all(app: Quizboard, method: str) -> None:
    response = app.test_client().open("/leaderboard", method=method, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/health", "/robots.txt", "/api/v1/openapi.json", "/api/v1/x"]
)
def test_every_response_carries_the_headers(app: Quizboard, path: str) -> None:
    response = app.test_client().get(path, buffered=True)
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    for name in (
        "X-Content-Type-Options",
        "X-Frame-Options",
        "Referrer-Policy",
        "Permissions-Policy",
        "Cache-Control",
    ):
        assert response.headers[name]
    assert "Strict-Transport-Security" not in response.headers


def test_on_https_browsers_are_told_to_stay_there(app: Quizboard) -> None:
    response = app.test_client().get("/", headers={"X-Forwarded-Proto": "https"})
    assert response.headers["Strict-Transport-Security"].startswith("max-age=63072000")


def test_the_guard_refuses_before_anything_is_read(app: Quizboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "store", None)
    assert post(app, FORM, {"Sec-Fetch-Site": "cross-site"}).status_code == 403
