import json
from datetime import date
from typing import Any

from google.cloud.datastore import Entity
from hypothesis import given
from hypothesis import strategies as st

from models.copies import copies_from_text, copies_to_text
from models.daily import DailyQuiz
from models.game import Game
from models.image import Picture
from models.store import Store
from tests.builders import a_game, a_question, one_of_each_type

EACH = one_of_each_type()
PICTURED = a_question("a-picture", picture=Picture("0" * 64, 3, 2, "A flag"))


def test_questions_of_each_type_come_back_as_they_were() -> None:
    questions = (*EACH.values(), PICTURED)
    assert copies_from_text(copies_to_text(questions)) == questions


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\r\x85\u2028\x1e")), min_size=1
    )
)
def test_whatever_ends_a_line_stays_in_its_question(prompts: list[str]) -> None:
    questions = tuple(a_question(prompt=prompt, explanation=prompt[::-1]) for prompt in prompts)
    text = copies_to_text(questions)
    assert text.count("\n") == len(questions) - 1
    assert copies_from_text(text) == questions


def test_two_games_with_the_same_question_hold_one_of_it() -> None:
    first, second = (
        copies_from_text(copies_to_text([EACH["single"], EACH[other]])) for other in ("text", "number")
    )
    assert first[0] is second[0]


class TestKeptBefore:
    """Until 2026-11-30 a game's turns held their questions, and a day's ten were a list in JSON."""

    def test_a_game_is_what_it_was(self, store: Store) -> None:
        game = a_game()
        entity = game.to_entity(store)
        turns = json.loads(entity["turns"])
        for turn, question in zip(turns, self.questions_in(entity), strict=True):
            turn["question"] = question
        del entity["questions"]
        entity["turns"] = json.dumps(turns)
        assert Game.from_entity(entity) == game

    def test_a_daily_quiz_is_what_it_was(self, store: Store) -> None:
        quiz = DailyQuiz(date(2026, 11, 23), (*EACH.values(), PICTURED))
        entity = quiz.to_entity(store)
        entity["questions"] = json.dumps(self.questions_in(entity))
        assert DailyQuiz.from_entity(entity) == quiz

    @staticmethod
    def questions_in(entity: Entity) -> list[Any]:
        """As they were then: a category's slug and name were a pair."""
        found = [json.loads(line) for line in entity["questions"].split("\n")]
        for question in found:
            question["category"] = [question["category"], question.pop("category_name")]
        return found
