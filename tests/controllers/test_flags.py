"""Reports of questions: from feedback and review, once per player and question, listed for the owner."""

import pytest

import seed_questions
from models.event import QuestionFlagged
from models.flag import COMMENT_LENGTH, Flag, Reason, tallies
from models.game import LENGTH
from models.store import Store
from tests.conftest import NOON, Clock
from tests.controllers.api_client import ApiClient
from tests.controllers.browser import Browser
from tests.controllers.page import Page
from tests.events.fakes import FakePubSub

COMMENT = "The capital is <Cusco>"


def flags(store: Store) -> list[Flag]:
    return list(Flag.all(store))


def report(browser: Browser, page: Page, reason: str = "wrong", comment: str = COMMENT) -> Page:
    [form, *_] = [form for form in page.forms if form.action.endswith("/flags")]
    return browser.submit(form, reason=reason, comment=comment)


def test_a_question_is_reported_from_its_feedback(browser: Browser, bank: Store, pubsub: FakePubSub) -> None:
    page = browser.answer(browser.start(), "Lima")
    page = report(browser, page)
    assert page.move == "questions", "the game goes on"
    assert "You have reported this question." in page.text
    [flag] = flags(bank)
    assert (flag.reason, flag.comment, flag.flagged_at) == (Reason.WRONG, COMMENT, NOON)
    [message] = pubsub.taken
    assert message.attributes["type"] == QuestionFlagged.__name__
    assert b"Cusco" not in message.data


def test_any_question_is_reported_from_the_review(browser: Browser, bank: Store) -> None:
    result = browser.play()
    for reported in range(1, LENGTH + 1):
        result = report(browser, result, "typo", "")
        assert f"You have reported {reported} question" in result.text, "said where the page begins"
    assert not [form for form in result.forms if form.action.endswith("/flags")]
    assert len({flag.question for flag in flags(bank)}) == LENGTH


def test_a_second_report_changes_nothing(browser: Browser, bank: Store, pubsub: FakePubSub) -> None:
    page = browser.answer(browser.start(), "Lima")
    report(browser, page)
    report(browser, page, "typo", "something else")
    assert [flag.comment for flag in flags(bank)] == [COMMENT]
    assert len(pubsub.taken) == 1


def test_a_question_that_comes_again_is_reported_once_by_each_player(api: ApiClient, bank: Store) -> None:
    statuses = []
    for _ in range(4):
        api.start(category="music")
        for index in range(LENGTH):
            api.answer(index, None)
            statuses.append(api.flag(index, "unclear").status_code)
            api.reveal(index + 1)
    assert len(flags(bank)) == statuses.count(201) == 15, "every question of the deck"
    assert statuses.count(200) == 25


def test_a_question_that_ran_out_of_time_is_reported_and_closed(
    browser: Browser, bank: Store, clock: Clock, pubsub: FakePubSub
) -> None:
    page = browser.start()
    for number in range(1, LENGTH + 1):
        clock.tick(60)
        page = report(browser, browser.visit(page.path), "unclear")
        assert "You have reported this question." in page.text or number == LENGTH
        page = browser.go_on(page) if number < LENGTH else page
    assert "You have reported 10 questions of this game." in page.text
    assert len(flags(bank)) == LENGTH
    told = [message.attributes["type"] for message in pubsub.taken]
    assert (told.count("QuestionFlagged"), told.count("GameFinished")) == (LENGTH, 1)


def test_a_question_that_is_still_open_cannot_be_reported(api: ApiClient, bank: Store) -> None:
    api.start()
    assert api.flag(0, "typo").status_code == 409
    assert api.flag(3, "typo").status_code == 409
    assert flags(bank) == []


@pytest.mark.parametrize(
    ("reason", "comment"),
    [
        ("boring", ""),
        ("", ""),
        ("wrong", "x" * (COMMENT_LENGTH + 1)),
        ("wrong", "a\x00b"),
        ("wrong", "\u202e"),
    ],
)
def test_a_report_that_cannot_be_kept_is_refused(
    api: ApiClient, bank: Store, reason: str, comment: str
) -> None:
    api.start()
    api.answer(0, None)
    assert api.flag(0, reason, comment=comment).status_code == 422
    assert flags(bank) == []


def test_somebody_elses_game_is_not_found(api: ApiClient, browser: Browser, bank: Store) -> None:
    page = browser.answer(browser.start(), "Lima")
    api.start("Grace")
    api.game = f"/api/v1{page.path}"
    assert api.flag(0, "wrong").status_code == 404


def test_the_owner_sees_the_most_reported_first(bank: Store, capsys: pytest.CaptureFixture[str]) -> None:
    for question, player, reason, comment in (
        ("music-easy-0", "ada", "typo", ""),
        ("geography-easy-0", "ada", "wrong", COMMENT),
        ("geography-easy-0", "grace", "wrong", ""),
        ("geography-easy-0", "alan", "unclear", "Which city?"),
        ("gone", "ada", "typo", ""),
    ):
        bank.put_many([Flag.of(question, player, reason, comment, NOON).to_entity(bank)])
    assert [tally.question for tally in tallies(bank)] == ["geography-easy-0", "gone", "music-easy-0"]
    assert seed_questions.main(["--flags", "--project", bank.project]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("3 reports of geography-easy-0 (Geography: Which city")
    assert lines[1] == "  2 wrong, 1 unclear"
    assert set(lines[2:4]) == {f"  wrong: {COMMENT}", "  unclear: Which city?"}
    assert lines[4:6] == ["1 report of gone (it is gone)", "  1 typo"]


def test_that_nothing_was_reported_is_said(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert seed_questions.main(["--flags", "--project", store.project]) == 0
    assert capsys.readouterr().out == "No question was reported.\n"
