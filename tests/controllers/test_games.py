import random
import re

import pytest

from controllers import create_app
from controllers.application import Quizboard
from events.publishing import Publisher
from models.event import Event
from models.game import LENGTH, Game
from models.seeding import seed
from models.store import Store
from tests.conftest import NOON, Clock
from tests.controllers.banks import MARKUP, SECRETS, a_marked_up_bank, a_secretive_bank, statements
from tests.controllers.board_builders import finish
from tests.controllers.browser import Browser
from tests.controllers.page import Page
from tests.events.fakes import FakePubSub


def kind(page: Page) -> str:
    """What the page lets one do."""
    return {"answers": "question", "questions": "feedback", "": "result"}[page.move]


def seconds_left(page: Page) -> list[float]:
    """On the clock, if there is one."""
    return [float(element.get("data-left")) for element in page.elements if "data-left" in element.attributes]


def games(store: Store) -> list[Game]:
    return [Game.from_entity(entity) for entity in store.query(Game.KIND).entities]


def test_a_whole_game_is_played_through_forms(
    browser: Browser, bank: Store, clock: Clock, pubsub: FakePubSub
) -> None:
    page = browser.start("Ada")
    for _ in range(LENGTH - 1):
        assert kind(page) == "question"
        clock.tick(4)
        page = browser.answer(page, "Lima")
        assert kind(page) == "feedback"
        page = browser.go_on(page)
    clock.tick(4)
    page = browser.answer(page, "Lima")
    assert kind(page) == "result"
    assert "9,000" in page.heading
    [game] = games(bank)
    assert (game.points, game.correct, game.elapsed_ms) == (9000, 10, 40_000)
    pubsub.hand_on(bank, NOON)
    board = browser.visit("/leaderboard")
    assert [row[:4] for row in board.rows] == [["1", "Ada", "9,000", "10"]]


def test_statements_are_answered_with_true_and_false(browser: Browser, bank: Store) -> None:
    seed(bank, statements(), NOON)
    result = browser.play("True", category="statements")
    [game] = games(bank)
    assert str(game.points)[0] in result.heading
    assert {turn.verdict.answer for turn in game.turns if turn.verdict} == {True}
    assert game.correct == sum(turn.question.answer for turn in game.turns)


def test_a_wrong_answer_shows_the_right_one_and_why(browser: Browser, bank: Store) -> None:
    page = browser.answer(browser.start(), "Quito")
    assert kind(page) == "feedback"
    assert "Lima has been the capital since 1535." in page.text
    [game] = games(bank)
    assert (game.points, game.turn.verdict is not None) == (0, True)


def test_who_does_not_know_gives_up(browser: Browser, bank: Store) -> None:
    page = browser.answer(browser.start(), "I don’t know")
    assert kind(page) == "feedback"
    [game] = games(bank)
    assert game.turn.verdict is not None
    assert (game.turn.verdict.answer, game.points) == (None, 0)


def test_a_relaxed_game_has_no_deadline_and_no_rank(browser: Browser, clock: Clock) -> None:
    page = browser.start(pace="relaxed")
    assert seconds_left(page) == []
    clock.tick(3600)
    assert kind(browser.visit(page.path)) == "question"
    result = browser.play(pace="relaxed")
    assert "10,000" in result.heading
    assert result.rows == []
    assert browser.visit("/leaderboard").rows == []


def test_a_timed_question_says_when_its_time_is_up(browser: Browser, clock: Clock) -> None:
    page = browser.start()
    assert (seconds_left(page), "20 seconds" in page.text) == ([20.0], True)
    clock.tick(7.5)
    assert seconds_left(browser.visit(page.path)) == [12.5]
    clock.tick(13)
    assert seconds_left(browser.visit(page.path)) == [0]


def test_sending_the_start_form_twice_starts_one_game(browser: Browser, bank: Store) -> None:
    form = browser.visit("/").form("/games")
    first, second = browser.submit(form, name="Ada"), browser.submit(form, name="Ada")
    assert first.path == second.path
    assert len(games(bank)) == 1


def test_sending_it_twice_at_once_before_there_is_a_cookie_starts_one_game(
    app: Quizboard, bank: Store
) -> None:
    form = Browser(app).visit("/").form("/games")
    first, second = Browser(app).submit(form, name="Ada"), Browser(app).submit(form, name="Ada")
    assert first.path == second.path
    assert len(games(bank)) == 1


def test_going_back_to_the_form_and_changing_it_starts_another_game(browser: Browser, bank: Store) -> None:
    form = browser.visit("/").form("/games")
    pages = [browser.submit(form, name="Ada", category=slug) for slug in ("mix", "music", "geography")]
    pages.append(browser.submit(form, name="Ada", pace="relaxed"))
    assert len({page.path for page in pages}) == 4
    assert len({game.player for game in games(bank)}) == 1


def test_a_fresh_form_starts_another_game_of_the_same_player(browser: Browser, bank: Store) -> None:
    browser.start()
    browser.start()
    first, second = games(bank)
    assert first.player == second.player


def test_the_form_remembers_the_name(browser: Browser) -> None:
    browser.start("Ada")
    assert browser.visit("/").form("/games").fields["name"] == "Ada"


@pytest.mark.parametrize("name", ["", "   ", "x" * 25, "a\u202eb", "a\x00b"])
def test_a_bad_name_shows_the_form_again_with_what_was_typed(
    browser: Browser, bank: Store, name: str
) -> None:
    page = browser.start(name, category="music", pace="relaxed")
    assert page.status == 422
    [field] = [control for control in page.all("input") if control.get("name") == "name"]
    assert field.get("aria-invalid") == "true"
    typed = page.form("/games").fields
    assert (typed["category"], typed["pace"]) == ("music", "relaxed")
    assert typed["name"].replace("\ufffd", "\x00") == name
    assert games(bank) == []
    assert kind(browser.submit(page.form("/games"), name="Ada")) == "question"


def test_a_category_that_is_gone_shows_the_form_again_and_says_so(browser: Browser, bank: Store) -> None:
    page = browser.start("Ada", category="gone")
    assert (page.status, page.form("/games").fields["name"]) == (422, "Ada")
    assert page.form("/games").fields["category"] == "mix"
    assert games(bank) == []


def test_a_reload_shows_every_state_as_it_was(browser: Browser, clock: Clock, bank: Store) -> None:
    page = browser.start()
    assert browser.visit(page.path).html == page.html
    page = browser.answer(page, "Lima")
    assert browser.visit(page.path).html == page.html
    page = browser.go_on(page)
    clock.tick(22)
    overdue = browser.visit(page.path)
    before = games(bank)
    assert browser.visit(page.path).html == overdue.html
    assert games(bank) == before
    result = browser.play()
    assert browser.visit(result.path).html == result.html


def test_going_back_and_answering_again_changes_nothing(browser: Browser, bank: Store) -> None:
    first = browser.start()
    feedback = browser.answer(first, "Quito")
    assert browser.answer(first, "Lima").html == feedback.html
    second = browser.go_on(feedback)
    assert browser.answer(first, "Lima").html == second.html
    assert browser.go_on(feedback).html == second.html
    [game] = games(bank)
    assert (game.index, game.points) == (1, 0)


def test_going_back_from_the_result_leads_to_the_result(browser: Browser, bank: Store) -> None:
    first = browser.start()
    page = first
    while kind(page) != "result":
        last, page = page, browser.answer(page, "Lima") if kind(page) == "question" else browser.go_on(page)
    assert kind(last) == "question"
    for form in (first.form("/answers"), last.form("/answers")):
        assert browser.submit(form).html == page.html
    assert len(bank.query(Event.KIND).entities) == 1


def test_a_question_that_ran_out_of_time_says_so_and_leads_on(
    browser: Browser, clock: Clock, bank: Store
) -> None:
    page = browser.start()
    clock.tick(21.001)
    page = browser.visit(page.path)
    assert kind(page) == "feedback"
    page = browser.go_on(page)
    assert kind(page) == "question"
    [game] = games(bank)
    verdict = game.turns[0].verdict
    assert verdict is not None
    assert (verdict.late, verdict.answer, game.points, game.index) == (True, None, 0, 1)


def test_a_late_answer_is_told_that_it_was_late(browser: Browser, clock: Clock, bank: Store) -> None:
    question = browser.start()
    clock.tick(21.001)
    seen = browser.visit(question.path)
    answered = browser.answer(question, "Lima")
    assert (kind(answered), answered.heading) == ("feedback", seen.heading)
    [game] = games(bank)
    assert game.points == 0


def test_a_game_that_is_left_to_run_out_still_finishes(
    browser: Browser, clock: Clock, bank: Store, pubsub: FakePubSub
) -> None:
    page = browser.start()
    for _ in range(LENGTH):
        clock.tick(30)
        page = browser.go_on(browser.visit(page.path))
    assert kind(page) == "result"
    [game] = games(bank)
    assert (game.points, game.finished_at) == (0, clock())
    pubsub.hand_on(bank, NOON)
    assert [row[:3] for row in browser.visit("/leaderboard").rows] == [["1", "Ada", "0"]]


def test_the_result_names_the_ranks_and_reviews_every_question(browser: Browser) -> None:
    result = browser.play(category="music")
    # Day, week, month and all time, of everything and of music.
    assert result.text.count("Number 1 of 1") == 8
    assert {link.text for link in result.all("a") if "This month" in link.text} == {
        "Everything: This month",
        "Music: This month",
    }
    assert len([shown for shown in result.all("details") if shown.get("class") != "flag"]) == LENGTH


def test_the_result_tells_the_neighbours_and_the_best_so_far(
    app: Quizboard, browser: Browser, bank: Store, pubsub: FakePubSub
) -> None:
    finish(bank, "Grace", 9_900)
    finish(bank, "Bob", 4_000)
    result = browser.play("Quito", name="Ada")
    periods = ("Today", "This week", "This month", "All time")
    ranked = [[f"Everything: {period}", "Number 3 of 3"] for period in periods]
    assert result.rows == [[*row, "Your best so far", "Bob +4,000", ""] for row in ranked]
    browser.play("Lima", name="Ada")
    pubsub.hand_on(bank, NOON)
    again = browser.visit(result.path)
    assert again.rows == [[*row, "Your best: 10,000", "Bob +4,000", ""] for row in ranked]


def test_somebody_elses_game_is_not_found(browser: Browser, app: Quizboard) -> None:
    page = browser.start()
    other = Browser(app)
    assert other.visit(page.path).status == 404
    other.start("Grace")
    assert other.visit(page.path).status == 404
    assert other.answer(page, "Lima").status == 404
    assert other.visit(page.path).heading == other.visit("/games/nowhere").heading
    assert kind(browser.visit(page.path)) == "question"


def test_a_form_that_was_tampered_with_is_refused(browser: Browser, bank: Store) -> None:
    page = browser.start()
    form = page.form("/answers")
    [before] = games(bank)
    for changes, status in (
        ({"index": ""}, 400),
        ({"index": "x"}, 400),
        ({"index": "-1"}, 400),
        ({"index": "٣"}, 400),
        ({"index": "9" * 5000}, 400),
        ({"index": "1"}, 409),
    ):
        assert browser.submit(form, **changes).status == status
    button = form.button("Lima")
    for value in ("9", "x", "true", "²"):
        button.attributes["value"] = value
        assert browser.submit(form, button).status == 422
    del button.attributes["name"]
    assert browser.submit(form, button).status == 422
    assert games(bank) == [before]


def test_the_next_question_cannot_be_had_before_the_answer(browser: Browser) -> None:
    page = browser.start()
    form = page.form("/answers")
    form.action = form.action.replace("answers", "questions")
    assert browser.submit(form, index="1").status == 409


def test_no_page_tells_a_right_answer_before_its_feedback(
    store: Store, clock: Clock, rng: random.Random
) -> None:
    seed(store, a_secretive_bank(), NOON)
    app = create_app(store=store, clock=clock, rng=rng)
    browser = Browser(app)
    browser.visit("/")
    page = browser.start()
    for n in range(LENGTH):
        for seen in (page, browser.visit(page.path)):
            everything = f"{seen.headers}{seen.html}"
            assert not [secret for secret in SECRETS if secret in everything.replace("Secret-", "")]
            assert everything.count("Prompt number") == 1
            buttons = [button for button in seen.form("/answers").buttons if button.get("name") == "answer"]
            assert [button.get("value") for button in buttons] == ["0", "1", "2", "3"]
            assert len({frozenset(button.attributes) for button in buttons}) == 1
        page = browser.answer(page, "b")
        assert "Secret reason" in page.text
        if n < LENGTH - 1:
            page = browser.go_on(page)


def test_what_people_write_is_text_on_every_page(
    store: Store, clock: Clock, rng: random.Random, pubsub: FakePubSub
) -> None:
    seed(store, a_marked_up_bank(), NOON)
    app = create_app(store=store, clock=clock, rng=rng)
    app.publisher = Publisher(pubsub)
    browser = Browser(app)
    written = (*MARKUP, "<b>x")
    pages = [browser.visit("/"), browser.start("<b>x" * 9), browser.start("<b>x", category="marked")]
    while pages[-1].move:
        last = pages[-1]
        pages.append(browser.answer(last, "Lima") if kind(last) == "question" else browser.go_on(last))
    pubsub.hand_on(store, NOON)
    pages += [
        browser.visit(path) for path in ("/", "/leaderboard", "/leaderboard/me", "/leaderboard?scope=marked")
    ]
    for page in pages:
        assert not [text for text in written if text in page.html]
        assert not re.search(r"<(u|i|b)>(Marked|bold|Lima|Quito|x)", page.html)
    seen = " ".join(page.text for page in pages)
    assert not [text for text in written if text not in seen]


def test_every_start_says_that_its_page_is_not_to_be_kept(browser: Browser) -> None:
    assert browser.start().headers["Cache-Control"] == "no-store"
