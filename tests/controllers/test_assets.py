from controllers.application import Quizboard
from tests.controllers.browser import Browser
from tests.controllers.page import addresses


def test_static_files_may_be_kept_for_ever_and_bring_their_type(shared_app: Quizboard) -> None:
    static = [
        address for address in addresses(Browser(shared_app).visit("/")) if address.startswith("/static/")
    ]
    assert {address.rpartition(".")[2] for address in static} >= {"css", "svg"}
    for address in static:
        response = shared_app.test_client().get(address, buffered=True)
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.mimetype in ("text/css", "image/svg+xml", "text/javascript")


def test_nothing_outside_the_folder_is_served(shared_app: Quizboard) -> None:
    for path in ("../layout.html", "..%2Flayout.html", "%2e%2e/layout.html", "nowhere.css"):
        response = shared_app.test_client().get(f"/static/v1/{path}", buffered=True)
        assert response.status_code == 404
        assert response.headers["Cache-Control"] == "no-store"


def test_robots_are_told_where_to_go(shared_app: Quizboard) -> None:
    response = shared_app.test_client().get("/robots.txt", buffered=True)
    assert (response.status_code, response.mimetype) == (200, "text/plain")
