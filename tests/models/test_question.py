from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.question import RESERVED_SLUGS, Category, Difficulty, Question
from models.store import Store
from tests.builders import GEOGRAPHY, START, a_question, a_statement


def a_record(**changes: Any) -> dict[str, Any]:
    """As a reader gives it, without an id."""
    values = {
        "type": "single",
        "difficulty": "easy",
        "prompt": "What is the capital of Peru?",
        "choices": ["Lima", "Quito", "Bogotá", "La Paz"],
        "answer": "Lima",
    }
    return values | changes


def from_record(**changes: Any) -> Question:
    return Question.from_record(a_record(**changes), GEOGRAPHY, "test")


@pytest.mark.parametrize(
    "question",
    [
        a_question(time_limit_seconds=5),
        a_question(choices=("Lima", "Quito"), explanation="", source=""),
        a_statement(answer=False),
        a_question(retired_at=START),
        a_question(difficulty=Difficulty.HARD, prompt="Où ?\n\t🦙 ½ < ¾ & “so on”"),
    ],
)
def test_a_question_comes_back_from_datastore_as_it_was(store: Store, question: Question) -> None:
    store.put_many([question.to_entity(store)])
    entity = store.get(Question.KIND, question.id)
    assert entity is not None
    assert Question.from_entity(entity) == question


def test_the_longest_question_fits_into_datastore(store: Store) -> None:
    question = a_question(
        "q" * 100,
        prompt="🦙" * 500,
        choices=tuple("🦙" * 149 + str(n) for n in range(6)),
        answer="🦙" * 149 + "0",
        explanation="🦙" * 1000,
        source="🦙" * 300,
    )
    assert question.faults() == []
    store.put_many([question.to_entity(store)])
    entity = store.get(Question.KIND, question.id)
    assert entity is not None
    assert Question.from_entity(entity) == question


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"choices": ("2⁵", "25", "5²", "52"), "answer": "2⁵"},
        {"choices": ("Lima", "Líma"), "answer": "Líma"},
        {"prompt": "def f():\r\n\treturn 1"},
        {"explanation": "", "source": ""},
    ],
)
def test_a_good_question_has_no_faults(changes: dict[str, Any]) -> None:
    assert a_question(**changes).faults() == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"prompt": ""}, "the prompt is empty"),
        ({"answer": "Cusco"}, "the answer 'Cusco' is not one of the choices"),
        ({"answer": "lima"}, "the answer 'lima' is not one of the choices"),
        ({"choices": ("Lima", "")}, "a choice is empty"),
        ({"choices": ("La  Paz", "La Paz", "Lima")}, "two choices are the same"),
        ({"choices": ("La\u00a0Paz", "La Paz", "Lima")}, "two choices are the same"),
        ({"choices": ("Bogota\u0301", "Bogot\u00e1", "Lima")}, "two choices are the same"),
        ({"prompt": "Wh\x07y?"}, "the prompt cannot be shown"),
        ({"choices": ("Lima", "\ud83e")}, "the choices cannot be shown"),
        ({"explanation": "\ud83e"}, "the explanation cannot be shown"),
        ({"source": "\x00"}, "the source cannot be shown"),
    ],
)
def test_a_fault_says_what_is_wrong(changes: dict[str, Any], fault: str) -> None:
    [said] = a_question(**changes).faults()
    assert said.startswith(fault)


def test_all_faults_are_said_at_once() -> None:
    assert len(a_question(prompt="", choices=("a", "a ", ""), answer="b").faults()) == 4


@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_no_category_takes_the_name_of_a_board(slug: str) -> None:
    assert Category(slug, "Everything").faults() == [f"category slug {slug!r} is reserved: choose another"]


@pytest.mark.parametrize("name", [" ", "\u00a0", "Mus\x1bic", "\udc00"])
def test_a_category_has_a_name_that_can_be_shown(name: str) -> None:
    [fault] = Category("music", name).faults()
    assert fault.endswith("cannot be shown")


def test_a_good_category_has_no_faults() -> None:
    assert GEOGRAPHY.faults() == []


def test_spaces_around_texts_are_dropped_from_answer_and_choices_alike() -> None:
    question = from_record(
        prompt=" Why? ", choices=["Lima ", " Quito"], answer="  Lima", source=" An atlas\n"
    )
    assert (question.prompt, question.choices, question.answer) == ("Why?", ("Lima", "Quito"), "Lima")
    assert question.source == "An atlas"
    assert question.faults() == []


def test_choices_that_only_spaces_tell_apart_are_the_same() -> None:
    assert from_record(choices=["Lima", "Lima "]).faults() == ["two choices are the same but for spaces"]


def test_the_owners_id_is_kept() -> None:
    assert from_record(id="capital-of-peru").id == "capital-of-peru"


@pytest.mark.parametrize(
    "same",
    [
        {"prompt": "  what is the\n capital of  PERU? "},
        {"answer": "LIMA "},
        {"choices": ["Lima", "Santiago"]},
        {"difficulty": "hard", "explanation": "Since 1535.", "source": "An atlas", "time_limit_seconds": 30},
    ],
)
def test_an_id_from_the_content_does_not_change_with_spaces_case_or_what_is_around_it(
    same: dict[str, Any],
) -> None:
    assert from_record(**same).id == from_record().id


@pytest.mark.parametrize(
    "other", [{"prompt": "What is the capital of Peru today?"}, {"answer": "Quito"}, {"type": "text"}]
)
def test_another_content_has_another_id(other: dict[str, Any]) -> None:
    assert from_record(**other).id != from_record().id


def test_powers_are_not_digits() -> None:
    assert from_record(prompt="What is 2⁵?").id != from_record(prompt="What is 25?").id


@given(st.text(), st.text())
def test_an_id_from_the_content_is_a_short_key_name_whatever_the_content(prompt: str, answer: str) -> None:
    id = from_record(prompt=prompt, answer=answer).id
    assert id.isascii()
    assert len(id) == 26
    assert id == from_record(prompt=f" {prompt}\n", answer=f"\t{answer} ").id
