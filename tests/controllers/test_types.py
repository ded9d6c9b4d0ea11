"""Every type of question through forms, without a script, and through the API."""

from typing import Any

import pytest

from controllers.application import Quizboard
from models.game import LENGTH, Game
from models.image import Image, Picture
from models.question import Difficulty
from models.seeding import seed
from models.store import Store
from tests.builders import a_question, one_of_each_type
from tests.conftest import NOON
from tests.controllers.api_client import ApiClient, choice
from tests.controllers.browser import Browser
from tests.controllers.page import Element, Page

TYPES = one_of_each_type()


@pytest.fixture
def bank(store: Store, type_name: str) -> Store:
    """Ten questions of one type."""
    question = TYPES[type_name]
    seed(store, [copy_of(question, n) for n in range(LENGTH)], NOON)
    return store


def copy_of(question: Any, n: int) -> Any:
    values = vars(question) | {"id": f"{question.id}-{n}", "difficulty": list(Difficulty)[n % 3]}
    return type(question)(**values)


def ids(page: Page, *texts: str) -> list[str]:
    """What a form sends for the choices with these texts."""
    found = {}
    for label in page.all("label"):
        inputs = [each for each in page.elements if label in each.parents and each.tag == "input"]
        if inputs:
            found[label.text.strip()[1:].strip()] = inputs[0].get("value")
    return [found[text] for text in texts]


def places(page: Page, *texts: str) -> list[str]:
    options = {option.text.strip(): option.get("value") for option in page.all("option")}
    return [options[text] for text in texts]


def send(browser: Browser, page: Page, answer: list[str]) -> Page:
    return browser.submit(page.form("/answers"), answer=answer)


def rows(page: Page) -> list[str]:
    """What the feedback says of each choice."""
    return [" ".join(item.text.split()) for item in page.all("li") if item.inside("ul")]


def fault(page: Page) -> list[Element]:
    return [element for element in page.elements if element.get("id") == "fault"]


@pytest.mark.parametrize("type_name", ["multiple"])
class TestMultiple:
    def test_all_that_apply_is_right(self, browser: Browser) -> None:
        page = browser.start()
        page = send(browser, page, ids(page, "Quito", "Lima"))
        assert page.heading == "Right! +1,000 points"
        assert sorted(row for row in rows(page) if row[0] == "✓") == [
            "✓ Lima your answer, right",
            "✓ Quito your answer, right",
        ]

    def test_some_of_them_is_partly_right(self, browser: Browser) -> None:
        page = browser.start()
        page = send(browser, page, ids(page, "Lima"))
        assert page.heading == "Partly right. +500 points"
        assert "Question 1: partly right" in page.text
        assert "✓ Quito right answer" in rows(page)

    def test_nothing_chosen_is_said_beside_the_question(self, browser: Browser, bank: Store) -> None:
        page = browser.start()
        page = send(browser, page, [])
        assert (page.status, page.move) == (422, "answers")
        assert fault(page)[0].text == "Choose at least one answer, or “I don’t know”."

    def test_what_was_chosen_is_still_chosen_when_it_cannot_be_read(self, browser: Browser) -> None:
        page = send(browser, browser.start(), ["0", "9"])
        assert page.status == 422
        assert page.form("/answers").fields["answer"] == "0"


@pytest.mark.parametrize("type_name", ["text"])
class TestText:
    def test_other_words_that_are_accepted_are_right(self, browser: Browser) -> None:
        page = send(browser, browser.start(), ["the city of KINGS"])
        assert page.heading.startswith("Right!")
        assert rows(page) == ["✓ the city of KINGS your answer, right", "✓ Lima right answer"]
        assert "Also right: City of Kings." in page.text

    def test_another_word_is_wrong(self, browser: Browser) -> None:
        page = send(browser, browser.start(), ["<b>Quito</b>"])
        assert rows(page) == ["✗ <b>Quito</b> your answer", "✓ Lima right answer"]

    @pytest.mark.parametrize("typed", ["", "   "])
    def test_nothing_typed_is_said_beside_the_question(self, browser: Browser, typed: str) -> None:
        page = send(browser, browser.start(), [typed])
        assert (page.status, page.move) == (422, "answers")
        assert fault(page)[0].text == "Type an answer, or choose “I don’t know”."

    def test_who_does_not_know_sees_the_right_answer(self, browser: Browser) -> None:
        page = browser.answer(browser.start(), "I don’t know")
        assert rows(page) == ["✓ Lima right answer"]

    def test_nothing_typed_leaves_the_game(self, browser: Browser, bank: Store) -> None:
        send(browser, browser.start(), ["my own secret words"])
        [event_text] = [Game.from_entity(entity) for entity in bank.query(Game.KIND).entities]
        assert event_text.turns[0].chosen is None


@pytest.mark.parametrize("type_name", ["number"])
class TestNumber:
    @pytest.mark.parametrize("typed", ["1535", "1,535", "1 540", "1530.0"])
    def test_near_enough_is_right(self, browser: Browser, typed: str) -> None:
        page = send(browser, browser.start(), [typed])
        assert page.heading.startswith("Right!")
        assert "Anything from 1530 to 1540 is right." in page.text

    def test_too_far_is_wrong(self, browser: Browser) -> None:
        page = send(browser, browser.start(), ["1541"])
        assert rows(page) == ["✗ 1541 your answer", "✓ 1535 right answer"]

    def test_what_is_no_number_is_said_and_still_there(self, browser: Browser) -> None:
        page = send(browser, browser.start(), ["about 1500"])
        assert page.status == 422
        assert page.form("/answers").fields["answer"] == "about 1500"


@pytest.mark.parametrize("type_name", ["ordering"])
class TestOrdering:
    def test_the_right_order_is_right(self, browser: Browser) -> None:
        page = browser.start()
        page = send(browser, page, places(page, "Lima", "Quito", "La Paz"))
        assert page.heading == "Right! +1,000 points"

    def test_another_order_says_where_each_was_put(self, browser: Browser) -> None:
        page = browser.start()
        page = send(browser, page, places(page, "Lima", "La Paz", "Quito"))
        assert page.heading == "Partly right. +333 points"
        assert rows(page) == [
            "✓ Lima in its place",
            "✗ Quito you put it in place 3",
            "✗ La Paz you put it in place 2",
        ]

    def test_one_item_twice_is_said_beside_the_question(self, browser: Browser) -> None:
        page = send(browser, browser.start(), ["0", "0", "1"])
        assert fault(page)[0].text == "Every item needs a place of its own."
        assert page.form("/answers").fields["answer"] == ["0", "0", "1"]

    def test_the_menus_begin_with_the_items_as_they_were_dealt(self, browser: Browser) -> None:
        assert browser.start().form("/answers").fields["answer"] == ["0", "1", "2"]


RIGHT = {
    "single": lambda question: choice(question, "Lima"),
    "multiple": lambda question: [choice(question, "Quito"), choice(question, "Lima")],
    "boolean": lambda question: True,
    "text": lambda question: "lima",
    "number": lambda question: 1532,
    "ordering": lambda question: [choice(question, text) for text in ("Lima", "Quito", "La Paz")],
}


@pytest.mark.parametrize("type_name", RIGHT)
def test_a_whole_game_of_each_type_goes_through_the_api(api: ApiClient, type_name: str) -> None:
    question = api.start().json["question"]
    for index in range(LENGTH):
        assert question["type"] == type_name
        feedback = api.answer(index, RIGHT[type_name](question)).json
        assert (feedback["correct"], feedback["points"]) == (True, 1000)
        question = api.reveal(index + 1).json
    review = api.show().json["result"]["review"]
    for reviewed in review:
        assert reviewed["feedback"]["correct"]
        is_typed = type_name in ("text", "number")
        assert is_typed or reviewed["answer"] == reviewed["feedback"]["right_answer"]


LOOKED_BACK_AT = {
    "single": {"✓ Lima right answer"},
    "multiple": {"✓ Lima right answer", "✓ Quito right answer"},
    "boolean": {"✓ True right answer"},
    "text": {"✓ Lima right answer"},
    "number": {"✓ 1535 right answer"},
    "ordering": {"1 Lima", "2 Quito", "3 La Paz"},
}


@pytest.mark.parametrize("type_name", LOOKED_BACK_AT)
def test_the_review_leaves_out_what_was_neither_taken_nor_right(browser: Browser, type_name: str) -> None:
    page = browser.start()
    for number in range(1, LENGTH + 1):
        page = browser.submit(page.form("/answers"), **{"pass": ""})
        if number < LENGTH:
            page = browser.go_on(page)
    assert len(rows(page)) == LENGTH * len(LOOKED_BACK_AT[type_name])
    assert set(rows(page)) == LOOKED_BACK_AT[type_name]


@pytest.mark.parametrize("type_name", RIGHT)
@pytest.mark.parametrize("answer", [{}, [], [True], "", "\x00", [0, 0], 10**30, ["0"]])
def test_an_answer_of_another_form_is_refused_and_changes_nothing(
    api: ApiClient, type_name: str, answer: Any
) -> None:
    api.start()
    before = api.show().json
    assert api.answer(0, answer).status_code == 422
    assert api.show().json == before


@pytest.mark.parametrize("type_name", RIGHT)
def test_no_page_of_any_type_tells_its_answer_before_its_feedback(
    browser: Browser, store: Store, type_name: str
) -> None:
    page = browser.start()
    for secret in ("explanation", "1535", "City of Kings", "Lima has been"):
        assert secret not in page.html.replace("Which city is right", "")
    if type_name in ("text", "number"):
        assert "Lima" not in page.html


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class TestPictures:
    @pytest.fixture
    def type_name(self) -> str:
        return "single"

    @pytest.fixture
    def image(self, bank: Store) -> Image:
        image = Image("image/png", PIXEL)
        picture = Picture(image.digest, 320, 200, "A <city> by the sea")
        questions = [a_question(f"pictured-{n}", picture=picture) for n in range(LENGTH)]
        seed(bank, questions, NOON, retire_missing_from="test", image_of=lambda question: image)
        return image

    def test_are_shown_with_question_feedback_and_review(self, image: Image, browser: Browser) -> None:
        page = browser.start()
        for _ in range(2):
            [shown] = [element for element in page.all("img") if element.inside("main")]
            assert shown.get("src") == f"/images/{image.digest}"
            assert (shown.get("width"), shown.get("height")) == ("320", "200")
            assert shown.get("alt") == "A <city> by the sea"
            page = browser.answer(page, "Lima") if page.move == "answers" else page
        result = browser.play()
        assert len([element for element in result.all("img") if element.inside("details")]) == LENGTH

    def test_are_served_under_an_address_that_may_be_kept_for_ever(
        self, image: Image, app: Quizboard
    ) -> None:
        response = app.test_client().get(f"/images/{image.digest}")
        assert (response.data, response.mimetype) == (PIXEL, "image/png")
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in response.headers

    def test_are_part_of_the_question_in_the_api(self, image: Image, api: ApiClient) -> None:
        assert api.start().json["question"]["image"] == {
            "url": f"/images/{image.digest}",
            "alt": "A <city> by the sea",
            "width": 320,
            "height": 200,
        }

    @pytest.mark.parametrize("name", ["0" * 64, "x", "0" * 63, "A" * 64])
    def test_that_are_not_there_are_not_found(self, app: Quizboard, bank: Store, name: str) -> None:
        assert app.test_client().get(f"/images/{name}").status_code == 404
