from typing import Any

import pytest

from models.image import Picture
from models.review import Reviewer
from tests.builders import a_question


def doubts(*questions: Any) -> list[str]:
    """Of the last one."""
    reviewer = Reviewer()
    found: list[str] = []
    for number, question in enumerate(questions):
        found = list(reviewer.doubts(question, f"place {number}"))
    return found


def test_a_good_question_leaves_no_doubt() -> None:
    assert doubts(a_question()) == []


@pytest.mark.parametrize(
    ("answer", "others", "is_given_away"),
    [
        ("x" * 30, ("y" * 20, "z"), True),
        ("x" * 29, ("y" * 20, "z"), False),
        ("x" * 9, ("y", "z"), False),
        ("x" * 11, ("y", "z"), True),
        ("x", ("y" * 50, "z"), False),
    ],
)
def test_a_right_choice_much_longer_than_the_others_is_given_away(
    answer: str, others: tuple[str, ...], is_given_away: bool
) -> None:
    said = doubts(a_question(choices=(answer, *others), answer=answer))
    assert (said == ["the right choice is given away by its length"]) == is_given_away


@pytest.mark.parametrize("choices", [("Lima", "LIMA"), ("Lima", "Líma"), ("La  Paz", "la paz", "Lima")])
def test_choices_that_look_the_same_are_doubtful(choices: tuple[str, ...]) -> None:
    said = doubts(a_question(choices=choices, answer=choices[0]))
    assert said == ["two choices are the same but for case, accents or spaces"]


@pytest.mark.parametrize(
    ("first", "second", "is_near"),
    [
        ("What is the capital of Peru?", "What is Peru's capital?", False),
        ("What is the capital of Peru?", "The capital of Peru is what", True),
        ("What is the capital of Peru?", "WHAT is: the Capital, of PERÚ!", True),
        ("What is the capital of Peru?", "What is the capital of Chile?", False),
    ],
)
def test_prompts_of_the_same_words_are_nearly_the_same(first: str, second: str, is_near: bool) -> None:
    said = doubts(a_question("a", prompt=first), a_question("b", prompt=second))
    assert (said == ["asks nearly the same as place 0"]) == is_near


def test_other_items_or_another_picture_make_another_question() -> None:
    prompt = "Put these in order."
    cities, towns = ("Lima", "Quito", "La Paz"), ("Ica", "Cusco", "Puno")
    ordering = [a_question(i, type="ordering", choices=(), prompt=prompt, answer=i) for i in (cities, towns)]
    assert doubts(*ordering) == []
    pictured = [a_question(n, prompt="Where?", picture=Picture(n, 1, 1, "A city")) for n in ("a", "b")]
    assert doubts(*pictured) == []
