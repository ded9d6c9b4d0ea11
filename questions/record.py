"""What a reader makes of a question file: each question is one item, with its place in the file."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SLUG_LENGTH = 40
"""Characters of a category's slug, at most."""

MOST_CHOICES = 6
"""Of a question that can be shown, as the schema says."""

NAME_LENGTH = 60
"""Characters of a question that tell people which one is meant, at most."""


@dataclass(frozen=True)
class Record:
    """One question, in the shape of `question-file.schema.json`; `place` is for people: file and question."""

    place: str
    category: tuple[str, str]
    """Slug and name."""
    fields: dict[str, Any]


@dataclass(frozen=True)
class Skipped:
    """A question that its format can say and we cannot play; `why` names what that is."""

    place: str
    why: str


@dataclass(frozen=True)
class Refused:
    """A question, or a whole file, that is wrong: a sentence for each fault."""

    place: str
    faults: tuple[str, ...]


Item = Record | Skipped | Refused
Items = Iterator[Item]


def category_of(name: str) -> tuple[str, str]:
    """Slug and name, where a file has only a name: `Science & Nature` is `science-nature`."""
    name = " ".join(name.split())
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:SLUG_LENGTH].strip("-")
    # A name in another script leaves nothing, or too little to tell it from the next.
    if sum(character.isalnum() for character in name) > 2 * len(slug):
        slug = "c-" + hashlib.sha256(name.casefold().encode()).hexdigest()[:12]
    return slug, name


def category_of_path(path: str) -> tuple[str, str] | None:
    """Of the last step of a Moodle category, where // is a slash and no step; None for the course itself."""
    steps = [step.strip().replace("//", "/") for step in re.split(r"(?<!/)/(?!/)", path)]
    if re.fullmatch(r"\$[a-z0-9]+\$", steps[0]):
        steps = steps[2:] if steps[1:2] == ["top"] else steps[1:]
    names = [step for step in steps if step]
    return category_of(names[-1]) if names else None


def category_of_file(path: Path) -> tuple[str, str]:
    """Slug and name, where not even a name is said: `world-history.gift.txt` is `World history`."""
    words = re.sub(r"\.(gift|aiken)$", "", path.stem).replace("-", " ").replace("_", " ").strip()
    return category_of(words[:1].upper() + words[1:])


def place_of(where: str, words: str) -> str:
    """`file, line 3 (What is the capital)`: on one short line, whatever the question is."""
    name = " ".join(words.split())[:NAME_LENGTH].encode("utf-8", "replace").decode()
    return f"{where} ({name})" if name else where
