"""A network that fails: the player is told, nothing is lost, nothing counts twice, and it passes."""

import itertools

from playwright.sync_api import Route, expect

from tests.browser.site import Site
from tests.browser.visitor import Visitor


def test_a_whole_game_is_played_while_every_third_request_fails(visitor: Visitor, site: Site) -> None:
    visitor.expects_a_bad_network()
    numbers = itertools.count(1)

    def fail_every_third(route: Route) -> None:
        if route.request.method == "POST" and next(numbers) % 3 == 0:
            route.abort()
        else:
            route.continue_()

    visitor.page.route("**/*", fail_every_third)
    visitor.start()
    for number in range(1, 11):
        visitor.sees_question(number)
        visitor.answer("Lima")
        if number < 10:
            visitor.sees_feedback(number, "Right!")
            visitor.go_on()
    visitor.sees_result(right=10)
    expect(visitor.trouble).to_be_hidden()
    assert len(site.posts) == 1 + 10 + 9


def test_a_lost_answer_of_the_server_is_told_and_the_move_counts_once(visitor: Visitor, site: Site) -> None:
    visitor.expects_a_bad_network()
    visitor.start()
    site.answers_to_lose = 1
    visitor.answer("Lima")
    expect(visitor.trouble).to_be_visible()
    expect(visitor.page.locator("main")).to_have_attribute("aria-busy", "true")
    visitor.sees_feedback(1, "Right!")
    expect(visitor.trouble).to_be_hidden()
    assert visitor.page.locator(".score").inner_text() == "Score 1,000"
    site.answers_to_lose = 1
    visitor.go_on()
    visitor.sees_question(2)
    assert site.posts == ["games", "answers", "answers", "questions", "questions"]


def test_a_start_whose_answer_was_lost_starts_one_game(visitor: Visitor, site: Site) -> None:
    visitor.expects_a_bad_network()
    site.answers_to_lose = 2
    visitor.start()
    assert len(site.posts) == 3
    assert len(site.app.store.query("Game", keys_only=True).entities) == 1
    assert len(site.app.store.query("Player", keys_only=True).entities) == 1


def test_a_request_that_hangs_is_given_up_and_sent_again(visitor: Visitor) -> None:
    visitor.expects_a_bad_network()
    visitor.page.clock.install()
    visitor.start()
    visitor.page.route("**/answers", lambda route: None, times=1)
    with visitor.page.expect_request("**/answers"):
        visitor.answer("Lima")
    visitor.page.clock.run_for(15_000)
    expect(visitor.trouble).to_be_visible()
    visitor.page.clock.run_for(1_000)
    visitor.sees_feedback(1, "Right!")


def test_who_is_offline_is_told_and_goes_on_when_the_network_is_back(visitor: Visitor) -> None:
    visitor.expects_a_bad_network()
    visitor.start()
    visitor.page.context.set_offline(True)
    visitor.answer("Lima")
    expect(visitor.trouble).to_be_visible()
    visitor.answer("Quito")
    visitor.page.context.set_offline(False)
    visitor.sees_feedback(1, "Right!")
    expect(visitor.trouble).to_be_hidden()


def test_who_goes_elsewhere_while_a_move_is_tried_again_is_held_back_by_nothing(visitor: Visitor) -> None:
    visitor.expects_a_bad_network()
    visitor.start()
    visitor.page.context.set_offline(True)
    visitor.answer("Lima")
    expect(visitor.trouble).to_be_visible()
    visitor.page.go_back()
    visitor.page.context.set_offline(False)
    visitor.sees("How high can you climb?")
    expect(visitor.trouble).to_be_hidden()
    visitor.page.get_by_role("button", name="Play").click()
    visitor.sees_question(1)
    visitor.answer("Quito")
    visitor.sees_feedback(1, "Not this time.")


def test_back_and_forward_without_a_network_end_where_the_address_says(visitor: Visitor) -> None:
    visitor.expects_a_bad_network()
    visitor.start()
    visitor.page.context.set_offline(True)
    visitor.page.go_back()
    visitor.page.go_forward()
    visitor.page.context.set_offline(False)
    expect(visitor.trouble).to_be_hidden()
    visitor.sees_question(1)
    visitor.answer("Lima")
    visitor.sees_feedback(1, "Right!")


def test_a_move_made_while_the_page_is_still_read_again_counts(visitor: Visitor) -> None:
    visitor.start()
    visitor.page.route("**/", lambda route: None, times=1)
    with visitor.page.expect_request("**/"):
        visitor.page.go_back()
    visitor.answer("Lima")
    visitor.sees_feedback(1, "Right!")
