"""Reads our own format: JSON, as `questions/question-file.schema.json` says.

So that all faults are found at once there are records in a file with faults too: use them only to judge.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from questions.formats.text import Unreadable, refusing, text_of
from questions.record import Items, Record, Refused
from questions.shape import faults_of_file

_OPENING = re.compile(r'\s*\{\s*"(\$schema|category|questions)"')


def recognises(text: str) -> bool:
    return _OPENING.match(text) is not None


@refusing
def read(path: Path) -> Items:
    data = _parse(path)
    if faults := faults_of_file(data):
        yield Refused(str(path), tuple(faults))
    category, questions = _parts(data)
    for number, fields in enumerate(questions, start=1):
        place = _place(path, number, fields)
        if isinstance(fields, dict):
            yield Record(place, category, fields)
        else:
            yield Refused(place, ("a question is a JSON object",))


def _parse(path: Path) -> Any:
    """Raises Unreadable, with a sentence that says where."""
    try:
        return json.loads(text_of(path), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"not JSON at {place}: {error.msg}") from None
    except ValueError as error:
        raise Unreadable(str(error)) from None
    except RecursionError:
        raise Unreadable("nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError where a field is there twice: Python alone would keep the last and lose the other."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        [(field, _)] = Counter(field for field, _ in pairs).most_common(1)
        raise ValueError(f"the field {field!r} is there twice in one object{_name(fields)}")
    return fields


def _parts(data: Any) -> tuple[tuple[str, str], list[Any]]:
    """Slug and name of the category, and the questions; empty where they are not what they should be."""
    file = data if isinstance(data, dict) else {}
    category = file["category"] if isinstance(file.get("category"), dict) else {}
    questions = file["questions"] if isinstance(file.get("questions"), list) else []
    return (str(category.get("slug", "")), str(category.get("name", ""))), questions


def _place(path: Path, number: int, fields: Any) -> str:
    """File, number of the question, and its id or the beginning of its prompt."""
    return f"{path}, question {number}{_name(fields) if isinstance(fields, dict) else ''}"


def _name(fields: dict[str, Any]) -> str:
    words = str(fields.get("id") or fields.get("prompt") or "").split()
    return f" ({' '.join(words)[:60]})" if words else ""
