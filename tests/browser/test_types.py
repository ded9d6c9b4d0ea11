"""Every type of question as people answer it: with a pointer, with the keyboard alone, without a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from models.question import Difficulty, Question
from models.seeding import seed
from models.store import Store
from tests.browser.visitor import Visitor
from tests.builders import one_of_each_type
from tests.conftest import NOON

TYPES = one_of_each_type()

ANSWERS = ("multiple", "text", "number", "ordering")
EVERY_TYPE = pytest.mark.parametrize("type_name", ANSWERS)


@pytest.fixture
def bank(store: Store, type_name: str) -> Store:
    """One game's worth of questions of that type."""
    seed(store, [a_copy(TYPES[type_name], n) for n in range(10)], NOON)
    return store


def a_copy(question: Question, n: int) -> Question:
    return Question(**vars(question) | {"id": f"q-{n}", "difficulty": list(Difficulty)[n % 3]})


def choose(visitor: Visitor, type_name: str) -> None:
    """The right answer, with the pointer; not sent yet."""
    if type_name == "multiple":
        for text in ("Lima", "Quito"):
            visitor.page.get_by_label(text).check()
    elif type_name == "ordering":
        for place, text in enumerate(("Lima", "Quito", "La Paz")):
            bring_to(visitor, text, place)
    else:
        visitor.page.get_by_label("Your answer").fill({"text": "lima", "number": "1,535"}[type_name])


def bring_to(visitor: Visitor, text: str, place: int) -> None:
    items = visitor.page.locator(".places .text")
    while items.all_inner_texts().index(text) > place:
        visitor.page.get_by_role("button", name=f"Move up: {text}").click()


@EVERY_TYPE
@pytest.mark.parametrize("width", [360, 1280])
def test_a_right_answer_is_given_with_the_pointer(
    newcomer: Callable[..., Visitor], type_name: str, width: int
) -> None:
    visitor = newcomer(width)
    visitor.start()
    choose(visitor, type_name)
    visitor.answer("Answer")
    visitor.sees_feedback(1, "Right!")
    visitor.go_on()
    visitor.sees_question(2)


@EVERY_TYPE
def test_a_right_answer_is_given_without_a_script(newcomer: Callable[..., Visitor], type_name: str) -> None:
    visitor = newcomer(360, java_script_enabled=False)
    visitor.start()
    if type_name == "ordering":
        for place, text in enumerate(("Lima", "Quito", "La Paz"), start=1):
            visitor.page.get_by_label(f"Place {place}").select_option(text)
    else:
        choose(visitor, type_name)
    visitor.answer("Answer")
    visitor.sees_feedback(1, "Right!")


@pytest.mark.parametrize("type_name", ["multiple"])
def test_boxes_are_ticked_with_the_keyboard(visitor: Visitor, type_name: str) -> None:
    visitor.start()
    texts = visitor.page.locator(".choices label [dir]").all_inner_texts()
    for text in sorted(("Lima", "Quito"), key=texts.index):
        visitor.tab_to(text)
        visitor.page.keyboard.press("Space")
    visitor.tab_to("Answer")
    visitor.page.keyboard.press("Enter")
    visitor.sees_feedback(1, "Right!")


@pytest.mark.parametrize("type_name", ["text", "number"])
def test_the_focus_is_where_one_types_and_enter_sends(visitor: Visitor, type_name: str) -> None:
    visitor.start()
    field = visitor.page.get_by_label("Your answer")
    for number in (1, 2):
        visitor.sees_question(number)
        expect(field).to_be_focused()
        expect(field).to_have_accessible_description(f"Which city is right in a-{type_name}?")
        visitor.page.keyboard.type({"text": "Lima", "number": "1535"}[type_name])
        visitor.page.keyboard.press("Enter")
        visitor.sees_feedback(number, "Right!")
        visitor.go_on()


@pytest.mark.parametrize("type_name", ["ordering"])
def test_items_are_moved_with_the_keyboard_and_each_move_is_heard(visitor: Visitor, type_name: str) -> None:
    visitor.start()
    items = visitor.page.locator(".places .text")
    last = items.all_inner_texts()[-1]
    visitor.page.get_by_role("button", name=f"Move up: {last}").focus()
    for place in (2, 1):
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator("#said")).to_have_text(f"{last}: place {place} of 3")
    assert items.all_inner_texts()[0] == last
    expect(visitor.page.get_by_role("button", name=f"Move down: {last}")).to_be_focused()
    expect(visitor.page.get_by_role("button", name=f"Move up: {last}")).to_be_disabled()


@pytest.mark.parametrize("type_name", ["number"])
def test_what_is_no_number_is_said_where_it_was_typed(visitor: Visitor, type_name: str) -> None:
    visitor.expects("422")
    visitor.start()
    field = visitor.page.get_by_label("Your answer")
    field.fill("a dozen")
    visitor.answer("Answer")
    expect(visitor.page.get_by_role("alert").filter(has_text="Type a number")).to_be_visible()
    expect(field).to_have_value("a dozen")
    expect(field).to_be_focused()
    field.fill("1535")
    visitor.answer("Answer")
    visitor.sees_feedback(1, "Right!")


@pytest.mark.parametrize("type_name", ["text"])
def test_who_does_not_know_need_not_type(visitor: Visitor, type_name: str) -> None:
    visitor.start()
    visitor.answer("I don’t know")
    visitor.sees_feedback(1, "Passed.")


@pytest.mark.parametrize("type_name", ["text"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_question_is_reported(newcomer: Callable[..., Visitor], type_name: str, script: bool) -> None:
    visitor = newcomer(360, java_script_enabled=script)
    visitor.start()
    visitor.answer("I don’t know")
    visitor.sees_feedback(1, "Passed.")
    visitor.page.get_by_text("Report this question").click()
    visitor.page.get_by_label("There is a slip in the text").check()
    visitor.page.get_by_label("In a few words, if you like").fill("Limaa")
    visitor.answer("Send the report")
    expect(visitor.page.get_by_text("You have reported this question.")).to_be_visible()
    visitor.go_on()
    visitor.sees_question(2)
