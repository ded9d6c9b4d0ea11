from models.store import Store
from tests.controllers.board_builders import finish
from tests.controllers.browser import Browser


def test_a_newcomer_can_play_at_once(browser: Browser) -> None:
    fields = browser.visit("/").form("/games").fields
    assert (fields["name"], fields["category"], fields["pace"]) == ("", "mix", "timed")


def test_every_category_can_be_chosen(browser: Browser) -> None:
    options = [option.get("value") for option in browser.visit("/").all("option")]
    assert options == ["mix", "geography", "music"]


def test_each_visit_brings_a_key_of_its_own(browser: Browser) -> None:
    keys = {browser.visit("/").form("/games").fields["key"] for _ in range(3)}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}


def test_the_top_of_todays_board_is_there(browser: Browser, bank: Store) -> None:
    for n in range(7):
        finish(bank, f"Player {n}", 9000 - n, n)
    assert [row[:3] for row in browser.visit("/").rows] == [
        [str(n + 1), f"Player {n}", f"{9000 - n:,}"] for n in range(5)
    ]


def test_visiting_sets_no_cookie(browser: Browser) -> None:
    assert "Set-Cookie" not in browser.visit("/").headers
