"""What a reader makes of a question file: plain records, each with its place in the file."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Record:
    """One question, in the shape of `question-file.schema.json`; `place` is for people: file and question."""

    place: str
    category: tuple[str, str]
    """Slug and name."""
    fields: dict[str, Any]


@dataclass(frozen=True)
class Fault:
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"
