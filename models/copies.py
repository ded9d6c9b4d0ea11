"""Questions as they were when they were asked, for what must not change when they do: a line of JSON each.

Many games ask the same, so what a line says is remembered: most of what a game takes to read.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from models.question import Question

KEPT = 1_000
"""Lines in memory, of some kilobytes each."""


def copies_to_text(questions: Iterable[Question]) -> str:
    return "\n".join(
        json.dumps({"id": question.id, **question.to_properties()}, ensure_ascii=False)
        for question in questions
    )


def copies_from_text(text: str) -> tuple[Question, ...]:
    if text.startswith("["):
        # Until 2026-11-30 they were a list.
        return tuple(map(copy_from_json, json.loads(text)))
    # Not splitlines: JSON has signs in its strings that end a line elsewhere.
    return tuple(map(_from_line, text.split("\n")))


def copy_from_json(data: dict[str, Any]) -> Question:
    if isinstance(data["category"], list):
        # Until 2026-11-30 slug and name were a pair.
        slug, name = data["category"]
        data = {**data, "category": slug, "category_name": name}
    return Question.from_properties(data["id"], data)


@lru_cache(KEPT)
def _from_line(line: str) -> Question:
    return copy_from_json(json.loads(line))
