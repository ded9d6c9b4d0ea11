"""Builders in the words of the quiz: `a_question()`, `a_game()`, `a_bank()`."""

import random
from datetime import UTC, datetime
from typing import Any

from models.game import LENGTH, Game, Pace
from models.question import Category, Difficulty, Question

GEOGRAPHY = Category("geography", "Geography")
MUSIC = Category("music", "Music")
START = datetime(2026, 11, 23, 12, tzinfo=UTC)

EASY, MEDIUM, HARD = Difficulty


def a_question(id: str = "capital-of-peru", **changes: Any) -> Question:
    """A single-choice question whose right choice is `Lima`."""
    values: dict[str, Any] = {
        "id": id,
        "collection": "test",
        "category": GEOGRAPHY,
        "difficulty": EASY,
        "type": "single",
        "prompt": f"Which city is right in {id}?",
        "choices": ("Lima", "Quito", "Bogotá", "La Paz"),
        "answer": "Lima",
        "explanation": "Lima has been the capital since 1535.",
        "source": "An atlas",
    }
    return Question(**(values | changes))


def a_statement(id: str = "lima-is-in-peru", answer: bool = True, **changes: Any) -> Question:
    return a_question(id, type="boolean", choices=(), answer=answer, **changes)


def one_of_each_type() -> dict[str, Question]:
    """By type. Right are: Lima; Lima and Quito; true; Lima; 1535; Lima before Quito before La Paz."""
    return {
        "single": a_question("a-single"),
        "multiple": a_question("a-multiple", type="multiple", answer=("Lima", "Quito")),
        "boolean": a_statement("a-boolean"),
        "text": a_question("a-text", type="text", choices=(), answer=("Lima", "City of Kings")),
        "number": a_question("a-number", type="number", choices=(), answer=1535, tolerance=5),
        "ordering": a_question(
            "an-ordering", type="ordering", choices=(), answer=("Lima", "Quito", "La Paz")
        ),
    }


def a_bank(categories: tuple[Category, ...] = (GEOGRAPHY, MUSIC), each: int = 5) -> list[Question]:
    """So many questions of each difficulty in each category."""
    return [
        a_question(f"{category.slug}-{difficulty}-{n}", category=category, difficulty=difficulty)
        for category in categories
        for difficulty in Difficulty
        for n in range(each)
    ]


def a_game(pace: Pace = Pace.TIMED, seed: int = 1, **changes: Any) -> Game:
    """A game of ten single-choice questions whose first was revealed at START."""
    questions = changes.pop("questions", [a_question(f"q{n}") for n in range(LENGTH)])
    values: dict[str, Any] = {"id": "game", "player": "ada", "category": "mix"} | changes
    return Game.begin(**values, pace=pace, questions=questions, now=START, rng=random.Random(seed))
