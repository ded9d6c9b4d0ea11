"""My own page: another name, everything that is kept, and leaving."""

import json
from typing import Any

import pytest

from controllers.application import Quizboard
from models.game import LENGTH
from models.player import Player
from models.store import Store
from tests.conftest import NOON, Clock
from tests.controllers.api_client import ApiClient
from tests.controllers.browser import Browser
from tests.controllers.page import Page
from tests.events.fakes import FakePubSub
from tests.models.test_personal_data import kept

OURS = {"Sec-Fetch-Site": "same-origin"}


def rename(browser: Browser, name: str) -> Page:
    return browser.submit(browser.visit("/me").form("/me/name"), name=name)


def erase(browser: Browser) -> Page:
    return browser.submit(browser.visit("/me").form("/me/erasure"))


def download(browser: Browser) -> dict[str, Any]:
    answer = browser.client.get("/me/data")
    assert answer.status_code == 200
    data: dict[str, Any] = json.loads(answer.get_data())
    return data


def names_on_the_board(browser: Browser) -> list[str]:
    return [row[1] for row in browser.visit("/leaderboard").rows]


class TestMyPage:
    def test_is_found_from_every_page_and_kept_by_no_cache(self, browser: Browser) -> None:
        page = browser.visit(browser.start("Ada").link("My page"))
        assert page.heading == "My page"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.form("/me/name").fields == {"name": "Ada"}
        assert browser.visit(page.link("Your games and badges")).heading == "Ada"

    @pytest.mark.parametrize("cookie", [None, "x.y"])
    def test_is_a_friendly_one_for_who_has_not_played_yet(self, browser: Browser, cookie: str | None) -> None:
        if cookie:
            browser.client.set_cookie("player", cookie)
        page = browser.visit("/me")
        assert (page.status, page.forms) == (200, [])
        assert page.link("Play a game") == "/"

    @pytest.mark.parametrize(("method", "path"), [("post", "/me/name"), ("get", "/me/data")])
    def test_has_nothing_for_a_newcomer(self, browser: Browser, method: str, path: str) -> None:
        answer = browser.client.open(path, method=method.upper(), data={"name": "Ada"}, headers=OURS)
        assert answer.status_code == 404


class TestAnotherName:
    def test_is_kept_and_comes_to_the_boards(
        self, browser: Browser, bank: Store, pubsub: FakePubSub, clock: Clock
    ) -> None:
        browser.play(name="Ada")
        pubsub.hand_on(bank, NOON)
        page = rename(browser, "  Countess  of Lovelace")
        assert "You play as Countess of Lovelace" in page.text
        assert pubsub.taken[-1].attributes["type"] == "PlayerRenamed"
        assert b"Countess" not in pubsub.taken[-1].data
        assert names_on_the_board(browser) == ["Ada"]
        pubsub.hand_on(bank, NOON)
        assert names_on_the_board(browser) == ["Countess of Lovelace"]
        assert browser.visit("/").form("/games").fields["name"] == "Countess of Lovelace"

    def test_given_at_the_start_of_a_game_comes_to_the_boards_as_well(
        self, browser: Browser, bank: Store, pubsub: FakePubSub
    ) -> None:
        browser.play(name="Ada")
        browser.start("Countess")
        pubsub.hand_on(bank, NOON)
        assert names_on_the_board(browser) == ["Countess"]

    def test_stays_where_an_older_page_starts_a_game_under_the_one_it_has_shown(
        self, browser: Browser
    ) -> None:
        browser.start("Ada")
        older = browser.visit("/").form("/games")
        rename(browser, "Bea")
        assert browser.submit(older).move == "answers"
        assert "You play as Bea" in browser.visit("/me").text

    @pytest.mark.parametrize("typed", ["", "x" * 25, "\u202eAda"])
    def test_that_cannot_be_is_shown_again_as_it_was_typed(self, browser: Browser, typed: str) -> None:
        browser.start("Ada")
        page = rename(browser, typed)
        assert page.status == 422
        assert page.form("/me/name").fields == {"name": typed}
        assert page.all("strong")[0].get("class") == "fault"
        assert browser.visit("/me").form("/me/name").fields == {"name": "Ada"}

    def test_from_another_site_is_refused(self, browser: Browser) -> None:
        browser.start("Ada")
        foreign = {"Sec-Fetch-Site": "cross-site"}
        for path in ("/me/name", "/me/erasure"):
            assert browser.client.post(path, data={"name": "Eve"}, headers=foreign).status_code == 403
        assert browser.visit("/me").form("/me/name").fields == {"name": "Ada"}


class TestLeaving:
    def test_takes_everything_and_the_cookie_and_asks_before(
        self, browser: Browser, bank: Store, pubsub: FakePubSub
    ) -> None:
        page = browser.play(name="Ada")
        [flag, *_] = [form for form in page.forms if form.action.endswith("/flags")]
        browser.submit(flag, reason="typo")
        pubsub.hand_on(bank, NOON)
        assert all(kept(bank).values())
        me = browser.visit("/me")
        [button] = [button for button in me.all("button") if "erase" in button.text]
        assert button.inside("details") is not None
        assert "We keep nothing of you here" in erase(browser).text
        assert browser.client.get_cookie("player") is None
        pubsub.hand_on(bank, NOON)
        assert not any(kept(bank).values())
        assert names_on_the_board(browser) == []
        assert [row["name"] for row in bank.query(Player.KIND).entities] == [""]

    def test_shows_at_once_and_to_every_device(self, app: Quizboard, browser: Browser) -> None:
        game = browser.start("Ada").path
        cookie = browser.client.get_cookie("player")
        assert cookie is not None
        public = browser.visit("/me").link("Your games")
        erase(browser)
        other = Browser(app)
        other.client.set_cookie("player", cookie.value)
        for path in (game, public, "/me/data"):
            assert other.client.get(path).status_code == 404
        for path in ("/answers", "/questions", "/flags"):
            sent = {"index": "0", "answer": "0"}
            assert other.client.post(game + path, data=sent, headers=OURS).status_code == 404
        assert "We keep nothing of you here" in other.visit("/me").text
        assert other.visit("/").form("/games").fields["name"] == ""

    def test_twice_is_once(self, app: Quizboard, browser: Browser, pubsub: FakePubSub) -> None:
        browser.start("Ada")
        cookie = browser.client.get_cookie("player")
        form = browser.visit("/me").form("/me/erasure")
        for token in (None, cookie, None):
            if token:
                browser.client.set_cookie("player", token.value)
            page = browser.submit(form)
            assert (page.status, page.path) == (200, "/me")
        assert pubsub.ids.count(pubsub.ids[-1]) == 1

    def test_in_one_tab_lets_another_start_as_a_newcomer(
        self, browser: Browser, bank: Store, pubsub: FakePubSub
    ) -> None:
        first_form = browser.visit("/").form("/games")
        game = browser.submit(first_form, name="Ada").path
        other_form = browser.visit("/").form("/games")
        cookie = browser.client.get_cookie("player")
        assert cookie is not None
        erase(browser)
        paths = {browser.submit(first_form, name="Ada").path}
        browser.client.set_cookie("player", cookie.value)
        paths.add(browser.submit(other_form, name="Ada").path)
        assert game not in paths
        assert len(paths) == 2
        pubsub.hand_on(bank, NOON)
        for path in paths:
            assert bank.get("Game", path.rpartition("/")[2]) is not None
        assert bank.get("Game", game.rpartition("/")[2]) is None

    def test_makes_a_programs_token_a_newcomers(self, app: Quizboard, api: ApiClient) -> None:
        first = api.start("Ada").json
        browser = Browser(app)
        assert api.token is not None
        browser.client.set_cookie("player", api.token)
        erase(browser)
        assert api.get(f"/api/v1/games/{first['id']}").status_code == 404
        old_token = api.token
        again = api.start("Ada").json
        assert again["player_id"] != first["player_id"]
        assert api.get(f"/api/v1/games/{again['id']}").status_code == 200
        assert ApiClient(app, old_token).get(f"/api/v1/games/{again['id']}").status_code == 404


class TestTheDownload:
    def test_is_a_file_for_me_alone(self, browser: Browser) -> None:
        browser.start("Ada")
        answer = browser.client.get("/me/data")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="quizboard.json"'
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype == "application/json"

    def test_has_everything_that_is_kept(
        self, browser: Browser, bank: Store, pubsub: FakePubSub, app: Quizboard
    ) -> None:
        Browser(app).play(name="Bob")
        page = browser.play(name="Zoë")
        [flag, *_] = [form for form in page.forms if form.action.endswith("/flags")]
        browser.submit(flag, reason="typo", comment="a “slip”")
        browser.play(name="Zoë", category="music", pace="relaxed")
        pubsub.hand_on(bank, NOON)
        data = download(browser)
        assert data["player"]["name"] == "Zoë"
        assert (data["history"]["games"], data["history"]["questions"]) == (2, 20)
        assert data["history"]["days"] == ["2026-11-23"]
        assert len(data["games"]) == 2
        for game in data["games"]:
            assert len(game["questions"]) == LENGTH
            assert {one["feedback"]["right_answer"] in range(4) for one in game["questions"]} == {True}
            assert all(one["answer"] is not None for one in game["questions"])
        assert {entry["board"] for entry in data["board_entries"]} == {
            "overall:day:2026-11-23",
            "overall:week:2026-W48",
            "overall:month:2026-11",
            "overall:all",
        }
        assert [(flag["reason"], flag["comment"]) for flag in data["flags"]] == [("typo", "a “slip”")]

    def test_tells_nothing_of_what_is_not_answered_yet(self, browser: Browser, bank: Store) -> None:
        browser.answer(browser.start("Ada"), "Lima")
        [game] = download(browser)["games"]
        [first] = game["questions"]
        assert first["feedback"]["explanation"]
        browser.start("Ada")
        games = {len(game["questions"][0]): game for game in download(browser)["games"]}
        assert list(games[1]["questions"][0]) == ["question"]
        text = json.dumps(games[1])
        assert "right_answer" not in text
        assert "explanation" not in text

    def test_of_who_has_played_nothing_to_the_end_is_empty_but_valid(self, browser: Browser) -> None:
        browser.start("Ada")
        data = download(browser)
        assert (data["history"]["games"], data["board_entries"], data["flags"]) == (0, [], [])
