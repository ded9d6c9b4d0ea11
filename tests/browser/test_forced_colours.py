"""Where the system sets the colours, as in high contrast, everything is still told apart."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from models.store import Store
from tests.browser.states import long_bank
from tests.browser.visitor import Visitor

FORCED = {"forced_colors": "active"}

TOLD = """rows => rows.map(row => [
  row.className, row.querySelector(".key").textContent, Boolean(row.querySelector(".tag")?.textContent)])"""

BARE = """buttons => buttons
  .filter(one => one.checkVisibility())
  .filter(one => ["none", "hidden"].includes(getComputedStyle(one).borderTopStyle))
  .filter(one => getComputedStyle(one).textDecorationLine === "none")
  .map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture
def bank(store: Store) -> Store:
    return long_bank(store)


def background(one: Locator) -> str:
    return one.evaluate("one => getComputedStyle(one).backgroundColor")


@pytest.mark.parametrize("state", ["right", "wrong", "partly right", "wrong text", "wrong order", "passed"])
def test_right_and_wrong_are_a_mark_and_words(arrive: Callable[..., Visitor], state: str) -> None:
    rows = arrive(state, **FORCED).page.locator(".options li").evaluate_all(TOLD)
    assert rows
    for verdict, key, is_said in rows:
        assert (key in "✓✗", is_said) == (bool(verdict), bool(verdict))
        assert not verdict or key == {"right": "✓", "wrong": "✗"}[verdict]


@pytest.mark.parametrize("state", ["home, nobody played", "multiple"])
def test_what_is_chosen_is_framed(arrive: Callable[..., Visitor], state: str) -> None:
    page = arrive(state, **FORCED).page
    chosen, others = page.locator("label:has(:checked)"), page.locator("label:has(:not(:checked))")
    if state == "multiple":
        page.locator(".choices input").first.check()
    expect(chosen).to_have_css("outline-style", "solid")
    expect(others.last).to_have_css("outline-style", "none")


@pytest.mark.parametrize("state", ["choices, timed", "multiple", "ordering"])
def test_the_question_at_hand_stands_out_among_the_steps(arrive: Callable[..., Visitor], state: str) -> None:
    steps = arrive(state, **FORCED).page.locator(".steps")
    assert background(steps.locator(".now")) != background(steps.locator("li").last)


@pytest.mark.parametrize(
    "state",
    ["home with a board", "choices, timed", "multiple", "ordering", "right", "result, timed", "my page"],
)
def test_a_button_looks_like_one(arrive: Callable[..., Visitor], state: str) -> None:
    page = arrive(state, **FORCED).page
    assert page.locator("button, .go, .second").evaluate_all(BARE) == []


def test_the_focus_can_be_seen(arrive: Callable[..., Visitor]) -> None:
    """At every stop on the way."""
    arrive("multiple", **FORCED).tab_to("I don’t know")
