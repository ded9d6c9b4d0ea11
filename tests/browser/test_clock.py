"""The running clock of a timed question: what it shows, what it says, and what becomes of it at the end."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from models.seeding import seed
from models.store import Store
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.builders import a_question
from tests.conftest import NOON

LIMIT_SECONDS = 30
BAR_WIDTH = "() => document.querySelector('.clock rect').width.animVal.value"


@pytest.fixture
def bank(store: Store) -> Store:
    """Questions whose half time is none of the other times that are announced."""
    seed(store, [a_question(f"q{n}", time_limit_seconds=LIMIT_SECONDS) for n in range(10)], NOON)
    return store


def _wait(visitor: Visitor, site: Site, seconds: float) -> None:
    """Time passes, for the server and in the browser."""
    site.clock.shift(seconds)
    visitor.page.clock.run_for(int(1000 * seconds))


def _start(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.start(pace="Timed")


def test_a_time_out_arrives_by_itself(visitor: Visitor, site: Site) -> None:
    _start(visitor)
    _wait(visitor, site, LIMIT_SECONDS + 2)
    visitor.sees_feedback(1, "Time’s up.")
    expect(visitor.heading).to_be_focused()
    assert len(site.posts) == 1
    visitor.go_on()
    visitor.sees_question(2)


def test_without_a_script_a_time_out_is_met_at_the_next_move(
    newcomer: Callable[..., Visitor], site: Site
) -> None:
    visitor = newcomer(java_script_enabled=False)
    visitor.start(pace="Timed")
    expect(visitor.page.locator(".clock")).to_have_text(f"{LIMIT_SECONDS} seconds to answer")
    site.clock.shift(LIMIT_SECONDS + 2)
    visitor.answer("Lima")
    visitor.sees_feedback(1, "Time’s up.")


def test_the_time_left_is_said_politely_at_half_ten_and_five_seconds(visitor: Visitor, site: Site) -> None:
    _start(visitor)
    said = visitor.page.get_by_role("status")
    expect(said).to_be_empty()
    for seconds, words in [(15, "Seconds left: 15"), (5, "Seconds left: 10"), (5, "Seconds left: 5")]:
        _wait(visitor, site, seconds)
        expect(said).to_have_text(words)
    _wait(visitor, site, 5 + 2)
    visitor.sees_feedback(1, "Time’s up.")
    expect(said).to_be_empty()


def test_what_was_said_of_one_question_is_said_again_of_the_next(visitor: Visitor, site: Site) -> None:
    _start(visitor)
    for number in (1, 2):
        visitor.sees_question(number)
        _wait(visitor, site, LIMIT_SECONDS / 2)
        expect(visitor.page.get_by_role("status")).to_have_text("Seconds left: 15")
        visitor.answer("Lima")
        visitor.sees_feedback(number, "Right!")
        expect(visitor.page.get_by_role("status")).to_be_empty()
        visitor.go_on()


def test_the_seconds_count_down_and_a_reload_does_not_turn_them_back(visitor: Visitor, site: Site) -> None:
    _start(visitor)
    _wait(visitor, site, 10)
    expect(visitor.page.locator(".clock")).to_have_text("20 s")
    visitor.page.reload()
    expect(visitor.page.locator(".clock")).to_have_text("20 s")
    _wait(visitor, site, 16)
    expect(visitor.page.locator(".clock.short")).to_have_text("4 s")


def test_the_bar_runs_on_a_page_that_was_swapped_in(visitor: Visitor) -> None:
    visitor.start(pace="Timed")
    before = visitor.page.evaluate(BAR_WIDTH)
    assert before > 0
    visitor.page.wait_for_function(f"({BAR_WIDTH})() < {before}")


def test_an_answer_on_its_way_is_not_given_up_when_the_time_runs_out(visitor: Visitor) -> None:
    visitor.expects_a_bad_network()
    _start(visitor)
    visitor.page.route("**/answers", lambda route: route.abort())
    visitor.answer("Lima")
    expect(visitor.trouble).to_be_visible()
    visitor.page.clock.run_for(1000 * LIMIT_SECONDS + 2000)
    visitor.page.unroute("**/answers")
    visitor.page.clock.run_for(8000)
    visitor.sees_feedback(1, "Right!")
