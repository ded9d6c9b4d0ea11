"""A question as the owner wrote it, and the rules that make it playable."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from google.cloud.datastore import Entity

from models.store import Store

DEFAULT_COLLECTION = "default"
DEFAULT_LIMIT_SECONDS = 20

RESERVED_SLUGS = frozenset({"overall", "daily", "challenge", "mix"})
"""Names of boards and decks that no category may take."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters beside tabs and line breaks, and halves of surrogate pairs, which nothing can store."""


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True)
class Category:
    slug: str
    name: str

    def faults(self) -> Sequence[str]:
        """A sentence each; empty for a good category."""
        faults = []
        if self.slug in RESERVED_SLUGS:
            faults.append(f"category slug {self.slug!r} is reserved: choose another")
        if self.name.isspace() or _CONTROL.search(self.name):
            faults.append(f"the category name {self.name!r} cannot be shown")
        return faults


@dataclass(frozen=True)
class Question:
    """`answer` by type: single, the text of the right choice; boolean, a bool."""

    KIND = "Question"

    id: str
    collection: str
    category: Category
    difficulty: Difficulty
    type: str
    prompt: str
    choices: tuple[str, ...]
    answer: Any
    explanation: str = ""
    source: str = ""
    time_limit_seconds: int = DEFAULT_LIMIT_SECONDS
    retired_at: datetime | None = None

    @classmethod
    def from_record(cls, record: dict[str, Any], category: Category, collection: str) -> Self:
        """From a record of the shape that `questions/question-file.schema.json` gives."""
        question = cls(
            id=record.get("id", ""),
            collection=collection,
            category=category,
            difficulty=Difficulty(record["difficulty"]),
            type=record["type"],
            prompt=record["prompt"].strip(),
            choices=tuple(choice.strip() for choice in record.get("choices", ())),
            answer=record["answer"].strip() if isinstance(record["answer"], str) else record["answer"],
            explanation=record.get("explanation", "").strip(),
            source=record.get("source", "").strip(),
            time_limit_seconds=record.get("time_limit_seconds", DEFAULT_LIMIT_SECONDS),
        )
        return question if question.id else replace(question, id=question._content_id())

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        return cls(
            id=entity.key.name,
            collection=entity["collection"],
            category=Category(entity["category"], entity["category_name"]),
            difficulty=Difficulty(entity["difficulty"]),
            type=entity["type"],
            prompt=entity["prompt"],
            choices=tuple(entity["choices"]),
            answer=entity["answer"],
            explanation=entity["explanation"],
            source=entity["source"],
            time_limit_seconds=entity["time_limit_seconds"],
            retired_at=entity["retired_at"],
        )

    def to_entity(self, store: Store) -> Entity:
        properties = {
            "collection": self.collection,
            "category": self.category.slug,
            "category_name": self.category.name,
            "difficulty": str(self.difficulty),
            "type": self.type,
            "prompt": self.prompt,
            "choices": list(self.choices),
            "answer": self.answer,
            "explanation": self.explanation,
            "source": self.source,
            "time_limit_seconds": self.time_limit_seconds,
            "retired_at": self.retired_at,
        }
        return store.entity(self.KIND, self.id, properties, indexed=["collection"])

    def faults(self) -> Sequence[str]:
        """What makes it unplayable, a sentence each; empty for a good question."""
        faults = []
        if not self.prompt:
            faults.append("the prompt is empty")
        if self.type == "single" and self.answer not in self.choices:
            faults.append(f"the answer {self.answer!r} is not one of the choices {list(self.choices)}")
        if "" in self.choices:
            faults.append("a choice is empty")
        folded = [_normalised(choice) for choice in self.choices]
        if len(set(folded)) < len(folded):
            faults.append("two choices are the same but for case or spaces")
        for name in ("prompt", "choices", "explanation", "source"):
            if _CONTROL.search("".join(getattr(self, name))):
                faults.append(f"the {name} cannot be shown: a control character or half a character is in it")
        return faults

    def _content_id(self) -> str:
        content = json.dumps([self.type, _normalised(self.prompt), _normalised(str(self.answer))])
        return "q-" + hashlib.sha256(content.encode()).hexdigest()[:24]


def _normalised(text: str) -> str:
    # Not NFKC: it would make 2⁵ and 25 the same.
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
