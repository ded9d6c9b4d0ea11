"""A question as the owner wrote it, and the rules that make it playable."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from google.cloud.datastore import Entity

from models.image import Picture
from models.store import Store
from models.wording import has_words

DEFAULT_COLLECTION = "default"
DEFAULT_LIMIT_SECONDS = 20

CATEGORY_LENGTH = 60
"""Characters of a category's name, at most."""

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
        if not self.name.strip() or _CONTROL.search(self.name):
            faults.append(f"the category name {self.name!r} cannot be shown")
        if len(self.name) > CATEGORY_LENGTH:
            faults.append(
                f"the category name {self.name[:20]!r} … has more than {CATEGORY_LENGTH} characters"
            )
        return faults


@dataclass(frozen=True)
class Question:
    """`answer` by type: single, the text of the right choice; multiple, those of the right choices; boolean,
    a bool; text, what is accepted, the first to be shown; number, an int or a float, right up to `tolerance`
    away; ordering, all items in the right order.
    """

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
    tolerance: int | float = 0
    picture: Picture | None = None
    retired_at: datetime | None = None

    @classmethod
    def from_record(
        cls,
        record: dict[str, Any],
        category: Category,
        collection: str,
        picture: Picture | None = None,
    ) -> Self:
        """From a record of the shape that `questions/question-file.schema.json` gives, its image read."""
        question = cls(
            id=record.get("id", ""),
            collection=collection,
            category=category,
            difficulty=Difficulty(record["difficulty"]),
            type=record["type"],
            prompt=record["prompt"].strip(),
            choices=tuple(choice.strip() for choice in record.get("choices", ())),
            answer=_trimmed(record["answer"]),
            explanation=record.get("explanation", "").strip(),
            source=record.get("source", "").strip(),
            time_limit_seconds=record.get("time_limit_seconds", DEFAULT_LIMIT_SECONDS),
            tolerance=record.get("tolerance", 0),
            picture=picture,
        )
        return question if question.id else replace(question, id=question._content_id())

    @classmethod
    def from_entity(cls, entity: Entity) -> Self:
        return cls.from_properties(entity.key.name, entity)

    @classmethod
    def from_properties(cls, id: str, properties: Mapping[str, Any]) -> Self:
        return cls(
            id=id,
            collection=properties["collection"],
            category=Category(properties["category"], properties["category_name"]),
            difficulty=Difficulty(properties["difficulty"]),
            type=properties["type"],
            prompt=properties["prompt"],
            choices=tuple(properties["choices"]),
            answer=tuple(answer) if isinstance(answer := properties["answer"], list) else answer,
            explanation=properties["explanation"],
            source=properties["source"],
            time_limit_seconds=properties["time_limit_seconds"],
            tolerance=properties.get("tolerance", 0),
            picture=Picture.from_json(properties.get("picture")),
            retired_at=properties.get("retired_at"),
        )

    def to_entity(self, store: Store) -> Entity:
        properties = self.to_properties() | {"retired_at": self.retired_at}
        return store.entity(self.KIND, self.id, properties, indexed=["collection"])

    def to_properties(self) -> dict[str, Any]:
        """What was written, in what JSON has as well: without the id, and without when it was retired."""
        return {
            "collection": self.collection,
            "category": self.category.slug,
            "category_name": self.category.name,
            "difficulty": str(self.difficulty),
            "type": self.type,
            "prompt": self.prompt,
            "choices": list(self.choices),
            "answer": list(self.answer) if isinstance(self.answer, tuple) else self.answer,
            "explanation": self.explanation,
            "source": self.source,
            "time_limit_seconds": self.time_limit_seconds,
            "tolerance": self.tolerance,
            "picture": self.picture and self.picture.to_json(),
        }

    def faults(self) -> Sequence[str]:
        """What makes it unplayable, a sentence each; empty for a good question."""
        faults = [*self._answer_faults()]
        if not self.prompt:
            faults.append("the prompt is empty")
        if "" in self.items:
            faults.append("a choice is empty")
        if len(set(map(_spaced, self.items))) < len(self.items):
            faults.append("two choices are the same but for spaces")
        for name, text in self._texts().items():
            if _CONTROL.search(text):
                faults.append(f"the {name} cannot be shown: a control character or half a character is in it")
        return faults

    @property
    def items(self) -> tuple[str, ...]:
        """What the player chooses from, or puts in order; empty where the player types."""
        return self.answer if self.type == "ordering" else self.choices

    def _answer_faults(self) -> Iterator[str]:
        if self.type in ("single", "multiple"):
            wanted = self.answer if self.type == "multiple" else (self.answer,)
            for answer in wanted:
                if answer not in self.choices:
                    yield f"the answer {answer!r} is not one of the choices {list(self.choices)}"
        if self.type == "text":
            for answer in self.answer:
                if not has_words(answer):
                    yield f"the answer {answer!r} has no letter and no digit, so nobody could type it"

    def _texts(self) -> dict[str, str]:
        answer = self.answer if isinstance(self.answer, tuple) else ()
        picture = self.picture.alt if self.picture else ""
        return {
            "prompt": self.prompt,
            "choices": "".join(self.choices),
            "answer": "".join(answer),
            "explanation": self.explanation,
            "source": self.source,
            "alternative text": picture,
        }

    def _content_id(self) -> str:
        answer = "\n".join(self.answer) if isinstance(self.answer, tuple) else str(self.answer)
        parts = [self.type, _normalised(self.prompt), _normalised(answer)]
        content = json.dumps([*parts, self.picture.digest] if self.picture else parts)
        return "q-" + hashlib.sha256(content.encode()).hexdigest()[:24]


def _trimmed(answer: Any) -> Any:
    if isinstance(answer, list):
        return tuple(text.strip() for text in answer)
    return answer.strip() if isinstance(answer, str) else answer


def _normalised(text: str) -> str:
    return _spaced(text).casefold()


def _spaced(text: str) -> str:
    # Not NFKC: it would make 2⁵ and 25 the same.
    return " ".join(unicodedata.normalize("NFC", text).split())
