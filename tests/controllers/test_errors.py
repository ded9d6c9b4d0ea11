import logging

import pytest

from controllers.application import Quizboard
from tests.controllers.api_client import ApiClient
from tests.controllers.browser import Browser

PAGES = ("/", "/leaderboard")
PROBLEMS = ("/api/v1/categories", "/api/v1/leaderboards/overall/day")


def test_an_unknown_page_is_not_found(browser: Browser) -> None:
    page = browser.visit("/nowhere")
    assert (page.status, page.link("start")) == (404, "/")


def test_a_page_that_takes_no_such_method_says_which_it_takes(browser: Browser) -> None:
    response = browser.client.post("/leaderboard", headers={"Sec-Fetch-Site": "same-origin"})
    assert (response.status_code, response.mimetype) == (405, "text/html")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert browser.visit("/games").status == 405


def test_a_form_from_another_site_is_shown_a_page(browser: Browser) -> None:
    response = browser.client.post("/games", data={"name": "Ada"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (response.status_code, response.mimetype) == (403, "text/html")


def test_a_form_that_is_too_large_is_refused(browser: Browser) -> None:
    assert browser.start("x" * 20_000).status == 413


@pytest.mark.parametrize("path", PAGES)
def test_a_broken_page_tells_nothing_of_the_cause_and_needs_no_store(
    broken_app: Quizboard, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = broken_app.test_client().get(path)
    assert (response.status_code, response.mimetype) == (500, "text/html")
    body = response.get_data(as_text=True)
    assert not [word for word in ("secret", "srv", "Traceback", "RuntimeError") if word in body]
    assert "secret detail" in caplog.text


def test_a_broken_page_is_a_page_like_any_other(broken_app: Quizboard, app: Quizboard) -> None:
    browser = Browser(broken_app)
    browser._stranger = app.test_client(use_cookies=False)
    page = browser.visit("/")
    assert (page.status, page.headers["Cache-Control"]) == (500, "no-store")


@pytest.mark.parametrize("path", PROBLEMS)
def test_a_broken_api_tells_nothing_of_the_cause(broken_app: Quizboard, path: str) -> None:
    answer = ApiClient(broken_app).get(path)
    assert (answer.status_code, answer.json["detail"]) == (500, "")
    assert "secret" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", PAGES)
def test_without_datastore_a_page_asks_to_come_back(
    cut_off_app: Quizboard, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = cut_off_app.test_client().get(path)
    assert (response.status_code, response.mimetype) == (503, "text/html")
    assert "Datastore" not in response.get_data(as_text=True)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("path", PROBLEMS)
def test_without_datastore_the_api_answers_503(cut_off_app: Quizboard, path: str) -> None:
    answer = ApiClient(cut_off_app).get(path)
    assert (answer.status_code, answer.json["detail"]) == (503, "")


def test_without_datastore_no_game_starts(cut_off_app: Quizboard) -> None:
    assert ApiClient(cut_off_app).start().status_code == 503


def test_a_host_that_is_no_name_is_said_plainly(shared_app: Quizboard) -> None:
    for path in ("/", "/games/none", "/api/v1/categories"):
        response = shared_app.test_client().get(path, headers={"Host": "a" * 300})
        assert (response.status_code, response.mimetype) == (400, "text/plain")
        assert response.get_data(as_text=True) == "The Host header is not the name of a host.\n"
