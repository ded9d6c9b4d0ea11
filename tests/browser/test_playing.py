"""Whole games, as people play them: with a pointer, with a keyboard, without a script, on narrow and wide."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from models import play
from models.patience import StoreUnavailable
from tests.browser.site import Site
from tests.browser.visitor import Visitor

WIDTHS = pytest.mark.parametrize("width", [360, 1280])
WITH_AND_WITHOUT_SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


def _play_on(visitor: Visitor) -> None:
    for number in range(1, 11):
        visitor.sees_question(number)
        visitor.answer("Lima")
        if number < 10:
            visitor.sees_feedback(number, "Right!")
            visitor.go_on()
    visitor.sees_result(right=10)


@contextmanager
def failing_answers(error: Exception) -> Iterator[None]:
    def fail(*_: object) -> None:
        raise error

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(play, "answer", fail)
        yield


@WIDTHS
def test_a_whole_game_is_played_with_the_pointer(newcomer: Callable[..., Visitor], width: int) -> None:
    visitor = newcomer(width)
    visitor.start(pace="Timed")
    _play_on(visitor)
    visitor.page.get_by_role("link", name="Everything: Today").click()
    expect(visitor.page.get_by_role("row", name="Ada")).to_contain_text("10" if width > 500 else "1")


@WIDTHS
def test_a_whole_game_is_played_with_the_keyboard_alone(newcomer: Callable[..., Visitor], width: int) -> None:
    visitor = newcomer(width)
    visitor.page.goto("/")
    press = visitor.page.keyboard.press
    visitor.tab_to("name")
    visitor.page.keyboard.type("Ada")
    visitor.tab_to("Play")
    press("Space")
    for number in range(1, 11):
        visitor.sees_question(number)
        visitor.hears_the_heading()
        visitor.tab_to("Lima")
        press("Enter" if number % 2 else "Space")
        if number < 10:
            visitor.sees_feedback(number, "Right!")
            visitor.hears_the_heading()
            visitor.tab_to("Next question")
            press("Enter")
    visitor.sees_result(right=10)
    visitor.hears_the_heading()
    visitor.tab_to("Play again")
    press("Enter")
    visitor.sees("How high can you climb?")


@WIDTHS
def test_a_whole_game_is_played_without_javascript(newcomer: Callable[..., Visitor], width: int) -> None:
    visitor = newcomer(width, java_script_enabled=False)
    visitor.start(pace="Timed")
    _play_on(visitor)


def test_the_page_is_swapped_in_place(visitor: Visitor) -> None:
    visitor.page.goto("/")
    visitor.page.evaluate("window.isTheSameDocument = true")
    visitor.page.get_by_label("Your name on the board").fill("Ada")
    visitor.page.get_by_role("button", name="Play").click()
    _play_on(visitor)
    assert visitor.page.evaluate("window.isTheSameDocument")


def test_enter_in_the_name_starts_a_game(visitor: Visitor) -> None:
    visitor.page.goto("/")
    visitor.page.get_by_label("Your name on the board").fill("Ada")
    visitor.page.keyboard.press("Enter")
    visitor.sees_question(1)


def test_a_name_that_cannot_be_shown_is_asked_for_again(visitor: Visitor) -> None:
    visitor.expects("422")
    visitor.page.goto("/")
    name = visitor.page.get_by_label("Your name on the board")
    name.fill("\u200b")
    visitor.page.get_by_role("button", name="Play").click()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    name.fill("Ada")
    name.press("Enter")
    visitor.sees_question(1)


def test_what_was_pressed_is_what_counts(visitor: Visitor) -> None:
    visitor.start()
    visitor.answer("Quito")
    visitor.sees_feedback(1, "Not this time.")
    expect(visitor.page.locator(".options .wrong")).to_contain_text("Quito")
    visitor.go_on()
    visitor.answer("I don’t know")
    visitor.sees_feedback(2, "Passed.")


def test_a_double_click_counts_once(visitor: Visitor, site: Site) -> None:
    visitor.start()
    visitor.page.get_by_role("button", name="Lima").dblclick()
    visitor.sees_feedback(1, "Right!")
    visitor.page.locator(".go").dblclick()
    visitor.sees_question(2)
    assert len(site.posts) == 3


def test_the_second_half_of_a_double_click_presses_nothing_on_the_new_page(
    newcomer: Callable[..., Visitor],
) -> None:
    visitor = newcomer(1280)
    visitor.start()
    visitor.answer("Lima")
    visitor.sees_feedback(1, "Right!")
    box = visitor.page.locator(".go").bounding_box()
    assert box
    visitor.go_on()
    visitor.sees_question(2)
    answer = visitor.page.get_by_role("button", name="Lima")
    answer.evaluate("button => Object.assign(button.style, { position: 'fixed', inset: 0 })")
    place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.mouse.click(*place)
    visitor.sees_feedback(2, "Right!")
    visitor.page.mouse.down(click_count=2)
    visitor.page.mouse.up(click_count=2)
    visitor.page.wait_for_timeout(200)
    visitor.sees_feedback(2, "Right!")


@WITH_AND_WITHOUT_SCRIPT
def test_two_tabs_of_a_game_land_on_where_it_stands(newcomer: Callable[..., Visitor], script: bool) -> None:
    one = newcomer(java_script_enabled=script)
    one.start()
    two = one.another_tab()
    two.page.goto(one.page.url)
    one.answer("Lima")
    one.sees_feedback(1, "Right!")
    two.answer("Quito")
    two.sees_feedback(1, "Right!")
    one.go_on()
    one.sees_question(2)
    two.go_on()
    two.sees_question(2)
    one.answer("Lima")
    one.sees_feedback(2, "Right!")
    one.go_on()
    one.sees_question(3)
    two.answer("Quito")
    two.sees_question(3)
    assert not two.faults


@WITH_AND_WITHOUT_SCRIPT
def test_reload_shows_the_game_as_it_stands(newcomer: Callable[..., Visitor], script: bool) -> None:
    visitor = newcomer(java_script_enabled=script)
    visitor.start()
    visitor.page.reload()
    visitor.sees_question(1)
    visitor.answer("Lima")
    visitor.sees_feedback(1, "Right!")
    visitor.page.reload()
    visitor.sees_feedback(1, "Right!")
    visitor.go_on()
    visitor.sees_question(2)
    visitor.page.reload()
    visitor.sees_question(2)


@WITH_AND_WITHOUT_SCRIPT
def test_back_and_forward_show_the_game_as_it_stands(newcomer: Callable[..., Visitor], script: bool) -> None:
    visitor = newcomer(java_script_enabled=script)
    visitor.start()
    visitor.answer("Lima")
    visitor.sees_feedback(1, "Right!")
    visitor.go_on()
    visitor.sees_question(2)
    visitor.page.get_by_role("link", name="Quizboard").click()
    visitor.sees("How high can you climb?")
    visitor.page.go_back()
    visitor.sees_question(2)
    visitor.answer("Lima")
    visitor.sees_feedback(2, "Right!")
    visitor.page.go_back()
    visitor.page.go_forward()
    visitor.sees_feedback(2, "Right!")


def test_back_from_a_game_leads_to_where_the_player_came_from(visitor: Visitor) -> None:
    visitor.page.goto("/leaderboard")
    visitor.start(name="Ada")
    visitor.answer("Lima")
    visitor.sees_feedback(1, "Right!")
    visitor.go_on()
    visitor.sees_question(2)
    visitor.page.go_back()
    visitor.sees("How high can you climb?")
    expect(visitor.page.get_by_label("Your name on the board")).to_have_value("Ada")
    visitor.page.go_forward()
    visitor.sees_question(2)
    visitor.page.go_back()
    visitor.sees("How high can you climb?")
    visitor.page.go_back()
    visitor.sees("Leaderboard")


def test_going_back_and_starting_again_starts_another_game(visitor: Visitor) -> None:
    visitor.start()
    first = visitor.page.url
    visitor.page.go_back()
    visitor.sees("How high can you climb?")
    visitor.page.get_by_role("button", name="Play").click()
    visitor.sees_question(1)
    assert visitor.page.url != first


def test_the_skip_link_is_no_visit(visitor: Visitor) -> None:
    visitor.page.goto("/")
    name = visitor.page.get_by_label("Your name on the board")
    name.fill("Ada")
    visitor.page.locator(".skip").focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("main")).to_be_focused()
    expect(name).to_have_value("Ada")
    visitor.page.get_by_role("button", name="Play").click()
    visitor.sees_question(1)


def test_a_move_that_the_server_fails_is_not_swallowed_and_can_be_made_again(
    visitor: Visitor, site: Site
) -> None:
    visitor.expects("500")
    visitor.start()
    with failing_answers(RuntimeError("a bug")):
        visitor.answer("Lima")
        visitor.sees("Something broke on our side.")
    assert len(site.posts) == 2
    visitor.page.reload()
    visitor.sees_question(1)
    visitor.answer("Lima")
    visitor.sees_feedback(1, "Right!")


def test_a_move_waits_for_datastore_to_come_back(visitor: Visitor) -> None:
    visitor.expects("503")
    visitor.start()
    with failing_answers(StoreUnavailable("away")):
        visitor.answer("Lima")
        expect(visitor.trouble).to_be_visible()
    visitor.sees_feedback(1, "Right!")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_move_is_sent_again_while_nobody_can_take_it(visitor: Visitor, status: int) -> None:
    visitor.expects(str(status))
    visitor.start()
    visitor.page.route("**/answers", lambda route: route.fulfill(status=status, body="Not now"), times=2)
    visitor.answer("Lima")
    expect(visitor.trouble).to_have_text("No connection. Your answer is kept, we go on trying.")
    visitor.sees_feedback(1, "Right!")
    expect(visitor.trouble).to_be_hidden()


def test_an_answer_that_is_no_page_of_ours_shows_the_game_as_it_stands(visitor: Visitor) -> None:
    visitor.start()
    with visitor.page.expect_event("load"):
        visitor.page.route("**/answers", lambda route: route.fulfill(body="Welcome to our network"), times=1)
        visitor.answer("Lima")
    visitor.sees_question(1)
    visitor.answer("Lima")
    visitor.sees_feedback(1, "Right!")


def test_keys_choose_and_enter_goes_on(visitor: Visitor) -> None:
    visitor.start()
    for number in range(1, 11):
        visitor.sees_question(number)
        keys = visitor.page.locator(".choices button").all_inner_texts()
        place = next(n for n, text in enumerate(keys) if "Lima" in text)
        visitor.page.keyboard.press("123456"[place] if number % 2 else "abcdef"[place])
        if number < 10:
            visitor.sees_feedback(number, "Right!")
            visitor.page.keyboard.press("Enter")
    visitor.sees_result(right=10)


def test_keys_work_on_a_page_that_was_loaded(visitor: Visitor) -> None:
    visitor.start()
    visitor.page.reload()
    visitor.page.keyboard.press("1")
    visitor.page.wait_for_selector(".feedback")
    visitor.page.reload()
    visitor.page.keyboard.press("Enter")
    visitor.sees_question(2)


def test_a_row_of_right_answers_is_said(visitor: Visitor) -> None:
    visitor.start()
    for number in range(1, 4):
        visitor.answer("Lima" if number < 3 else "Quito")
        visitor.page.wait_for_selector(".feedback")
        assert visitor.page.get_by_text("2 right in a row").count() == (number == 2)
        visitor.go_on()
        visitor.sees_question(number + 1)


def test_the_points_count_up_to_what_they_are(visitor: Visitor) -> None:
    visitor.start()
    _play_on(visitor)
    expect(visitor.page.locator("#points")).to_have_text("10,000")
