"""What a process keeps in its memory for a moment. In the other tests of pages it keeps nothing."""

import pytest

from controllers.application import Quizboard
from models.memory import KEPT_FOR, Memory
from models.store import Store
from tests.conftest import Clock
from tests.controllers.api_client import ApiClient
from tests.controllers.board_builders import finish
from tests.controllers.browser import Browser

KEPT_SECONDS = KEPT_FOR.total_seconds()


@pytest.fixture(autouse=True)
def remembering(app: Quizboard) -> None:
    app.pages, app.tops = Memory(), Memory()


@pytest.mark.parametrize("path", ["/leaderboard", "/leaderboard?view=screen", "/"])
def test_a_board_that_was_just_shown_is_shown_again(
    browser: Browser, bank: Store, clock: Clock, path: str
) -> None:
    def names() -> list[str]:
        return [row[1] for row in browser.visit(path).rows]

    finish(bank, "Ada", 500)
    assert names() == ["Ada"]
    finish(bank, "Grace", 700)
    clock.tick(KEPT_SECONDS - 0.1)
    assert names() == ["Ada"]
    clock.tick(0.1)
    assert names() == ["Grace", "Ada"]


def test_pages_of_one_board_are_kept_apart(browser: Browser, bank: Store) -> None:
    finish(bank, "Ada", 500)
    assert browser.visit("/leaderboard").rows
    assert browser.visit("/leaderboard?scope=daily").rows == []
    assert browser.visit("/leaderboard?view=screen").all("svg")


def test_the_big_screen_invites_to_the_address_it_was_asked_at(app: Quizboard, bank: Store) -> None:
    client = app.test_client()
    for host in ("one.example", "two.example"):
        assert host in client.get("/leaderboard?view=screen", headers={"Host": host}).text


def test_an_invitation_names_the_address_of_whoever_looks(browser: Browser, bank: Store) -> None:
    page = browser.play()
    for host in ("one.example", "two.example"):
        browser.client.set_cookie("player", browser.client.get_cookie("player").value, domain=host)  # type: ignore[union-attr]  # it is there
        assert f"http://{host}/challenges/" in browser.client.get(page.path, headers={"Host": host}).text


def test_the_api_is_always_exact(api: ApiClient, bank: Store) -> None:
    for points, names in ((500, ["Ada"]), (700, ["Grace", "Ada"])):
        finish(bank, names[0], points)
        board = api.get("/api/v1/leaderboards/overall/day").json
        assert [row["name"] for row in board["entries"]] == names
