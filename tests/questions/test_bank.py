"""The bank that ships: complete, valid, and without hints for those who only guess."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from models.answer import TYPES
from models.question import Category, Difficulty, Question
from models.review import Reviewer
from models.wording import is_one_of
from questions import shape
from questions.formats import own_json
from questions.record import Record

BANK = shape.SCHEMA.parent / "bank"
FILES = sorted(BANK.glob("*.json"))

RECORDS = [item for file in FILES for item in own_json.read(file) if isinstance(item, Record)]
QUESTIONS = [Question.from_record(record.fields, Category(*record.category), "bank") for record in RECORDS]
SINGLES = [question for question in QUESTIONS if question.type == "single"]

FAIR = pytest.approx(1 / 4, abs=0.075)
"""Chance among four, within three standard deviations for 310 questions: sqrt(1/4 * 3/4 / 310) is 0.025."""

EACH = {"easy": 15, "medium": 20, "hard": 15}
"""Questions of a category."""

SAME_WORDS = 0.6
"""Of the words of two prompts together, the share that both may have."""


def test_there_are_twelve_categories() -> None:
    assert len(FILES) == 12
    assert len({question.category.name for question in QUESTIONS}) == 12


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json.loads(shape.SCHEMA.read_text()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_as_the_schema_and_the_reader_want_it(file: Path) -> None:
    schema = Draft202012Validator(json.loads(shape.SCHEMA.read_text()))
    assert [error.message for error in schema.iter_errors(json.loads(file.read_text("utf-8")))] == []
    assert all(isinstance(item, Record) for item in own_json.read(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_has_its_category_in_its_name_and_fifty_questions_easy_to_hard(file: Path) -> None:
    records = [item for item in own_json.read(file) if isinstance(item, Record)]
    assert {record.category[0] for record in records} == {file.stem}
    assert Counter(record.fields["difficulty"] for record in records) == EACH


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_has_questions_of_every_type(file: Path) -> None:
    assert {question.type for question in QUESTIONS if question.category.slug == file.stem} == set(TYPES)


def test_no_question_and_no_category_has_a_fault() -> None:
    assert [f"{question.id}: {fault}" for question in QUESTIONS for fault in question.faults()] == []
    assert [fault for question in QUESTIONS for fault in question.category.faults()] == []


def test_every_question_is_explained_and_has_a_source() -> None:
    assert [question.id for question in QUESTIONS if not (question.explanation and question.source)] == []


def test_ids_are_the_owners_unique_and_begin_with_the_category() -> None:
    ids = [record.fields.get("id", "") for record in RECORDS]
    assert [id for id, count in Counter(ids).items() if count > 1] == []
    assert [q.id for q in QUESTIONS if not q.id.startswith(f"{q.category.slug}-")] == []
    assert all(ids)


def test_texts_are_stored_as_they_are_written() -> None:
    for record, question in zip(RECORDS, QUESTIONS, strict=True):
        assert record.fields["prompt"] == question.prompt
        assert record.fields.get("choices", []) == list(question.choices)
        answer = question.answer
        assert record.fields["answer"] == (list(answer) if isinstance(answer, tuple) else answer)


def test_single_questions_have_four_choices_of_which_one_is_right() -> None:
    assert [q.id for q in SINGLES if len(q.choices) != 4 or q.choices.count(q.answer) != 1] == []


def test_nothing_is_left_to_look_at_again() -> None:
    reviewer = Reviewer()
    assert [(q.id, doubt) for q in QUESTIONS for doubt in reviewer.doubts(q, q.id)] == []


def test_of_several_choices_some_are_right_and_some_are_wrong() -> None:
    several = [question for question in QUESTIONS if question.type == "multiple"]
    assert several
    assert [q.id for q in several if not 2 <= len(q.answer) < len(q.choices)] == []


def test_what_is_shown_as_right_is_right_when_it_is_typed() -> None:
    typed = [question for question in QUESTIONS if question.type == "text"]
    assert typed
    assert [q.id for q in typed if not all(is_one_of(answer, q.answer) for answer in q.answer)] == []


@pytest.mark.parametrize("place", range(4))
def test_the_place_of_the_right_answer_gives_no_hint(place: int) -> None:
    assert sum(q.choices[place] == q.answer for q in SINGLES) / len(SINGLES) == FAIR


@pytest.mark.parametrize(
    ("trait", "best"),
    [(len, max), (len, min), (str.casefold, max), (str.casefold, min)],
    ids=["longest", "shortest", "last in the alphabet", "first in the alphabet"],
)
def test_who_always_takes_an_extreme_choice_is_right_no_more_often_than_by_chance(
    trait: Callable[[str], object], best: Callable[[list[object]], object]
) -> None:
    assert sum(luck(question, trait, best) for question in SINGLES) / len(SINGLES) == FAIR


def luck(question: Question, trait: Callable[[str], object], best: Callable[[list[object]], object]) -> float:
    """How often that choice is right, where equally extreme ones are taken equally often."""
    traits = [trait(choice) for choice in question.choices]
    extreme = best(traits)
    return (trait(question.answer) == extreme) / traits.count(extreme)


@pytest.mark.parametrize("difficulty", [None, *Difficulty])
def test_true_and_false_are_balanced(difficulty: Difficulty | None) -> None:
    answers = [
        question.answer
        for question in QUESTIONS
        if question.type == "boolean" and difficulty in (None, question.difficulty)
    ]
    # Three standard deviations of as many coins.
    assert abs(sum(answers) - len(answers) / 2) <= 1.5 * len(answers) ** 0.5


def test_no_two_prompts_are_nearly_the_same() -> None:
    with_items = ("multiple", "ordering")
    asked = {q.id: " ".join([q.prompt, *(q.items if q.type in with_items else ())]) for q in QUESTIONS}
    words = {id: set(re.findall(r"\w+", text.casefold())) for id, text in asked.items()}
    near = [
        (one, other)
        for one, other in itertools.combinations(words, 2)
        if len(words[one] & words[other]) > SAME_WORDS * len(words[one] | words[other])
    ]
    assert near == []
