"""Questions as they were when they were asked, for what must not change when they do: a line of JSON each.

Many games ask the same, so what a line says is remembered: most of what a game takes to read.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from models.image import Picture
from models.question import Category, Difficulty, Question

KEPT = 1_000
"""Lines in memory, of some kilobytes each."""


def copies_to_text(questions: Iterable[Question]) -> str:
    return "\n".join(json.dumps(_to_json(question), ensure_ascii=False) for question in questions)


def copies_from_text(text: str) -> tuple[Question, ...]:
    # Not splitlines: JSON has signs in its strings that end a line elsewhere.
    return tuple(map(_from_line, text.split("\n")))


def copy_from_json(data: dict[str, Any]) -> Question:
    return Question(
        **{
            **data,
            "category": Category(*data["category"]),
            "difficulty": Difficulty(data["difficulty"]),
            "choices": tuple(data["choices"]),
            "answer": tuple(answer) if isinstance(answer := data["answer"], list) else answer,
            "picture": Picture.from_json(data.get("picture")),
        }
    )


@lru_cache(KEPT)
def _from_line(line: str) -> Question:
    return copy_from_json(json.loads(line))


def _to_json(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "collection": question.collection,
        "category": [question.category.slug, question.category.name],
        "difficulty": str(question.difficulty),
        "type": question.type,
        "prompt": question.prompt,
        "choices": list(question.choices),
        "answer": list(question.answer) if isinstance(question.answer, tuple) else question.answer,
        "explanation": question.explanation,
        "source": question.source,
        "time_limit_seconds": question.time_limit_seconds,
        "tolerance": question.tolerance,
        "picture": question.picture and question.picture.to_json(),
    }
