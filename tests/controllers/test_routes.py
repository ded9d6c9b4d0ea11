import flask
import pytest

from controllers import addresses
from controllers.application import Quizboard

ROUTES = {
    ("/", "GET"),
    ("/_ah/warmup", "GET"),
    ("/api/v1/categories", "GET"),
    ("/api/v1/games", "POST"),
    ("/api/v1/games/<game:game_id>", "GET"),
    ("/api/v1/games/<game:game_id>/answers", "POST"),
    ("/api/v1/games/<game:game_id>/flags", "POST"),
    ("/api/v1/games/<game:game_id>/questions", "POST"),
    ("/api/v1/insights", "GET"),
    ("/api/v1/leaderboards/<scope>/<period>", "GET"),
    ("/api/v1/leaderboards/<scope>/<period>/me", "GET"),
    ("/api/v1/openapi.json", "GET"),
    ("/challenges/<game:root>", "GET"),
    ("/challenges/<game:root>", "POST"),
    ("/cron/outbox", "GET"),
    ("/cron/stream", "GET"),
    ("/daily", "GET"),
    ("/daily", "POST"),
    ("/games", "POST"),
    ("/games/<game:game_id>", "GET"),
    ("/games/<game:game_id>/answers", "POST"),
    ("/games/<game:game_id>/flags", "POST"),
    ("/games/<game:game_id>/questions", "POST"),
    ("/health", "GET"),
    ("/images/<sha256:digest>", "GET"),
    ("/insights", "GET"),
    ("/join", "GET"),
    ("/leaderboard", "GET"),
    ("/leaderboard/me", "GET"),
    ("/me", "GET"),
    ("/me/data", "GET"),
    ("/me/erasure", "POST"),
    ("/me/name", "POST"),
    ("/players/<player:player_id>", "GET"),
    ("/pubsub/<subscriber>", "POST"),
    ("/pubsub/dead-letters", "POST"),
    ("/robots.txt", "GET"),
    ("/static/v<version>/<path:name>", "GET"),
}


def test_these_are_all_the_routes_there_are(shared_app: Quizboard) -> None:
    routes = {
        (rule.rule, method)
        for rule in shared_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == ROUTES


@pytest.mark.parametrize(
    "base",
    ["http://localhost:8080", "https://quiz.example", "https://quiz.example:8443", "http://[::1]:8080"],
)
def test_a_link_with_its_host_is_the_one_that_flask_makes(app: Quizboard, base: str) -> None:
    with app.test_request_context("/", base_url=base):
        link = addresses.url_for("leaderboards.show", scope="the arts", _external=True)
        assert link == flask.url_for("leaderboards.show", scope="the arts", _external=True)
    assert link == f"{base}/leaderboard?scope=the+arts"
