"""Reads our own format: JSON, as `questions/question-file.schema.json` says."""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from questions.record import Fault, Record

SCHEMA = Path(__file__).parent.parent / "question-file.schema.json"

FILE_BYTES = 64 * 1024 * 1024
"""Of a question file, at most."""

SAID_LENGTH = 300
"""Of a fault, at most: it quotes what is wrong, and that may be the whole file."""


def read(path: Path) -> tuple[list[Record], list[Fault]]:
    """The questions that have the right shape, and what is wrong with the file or with the others.

    So that all faults are found at once there are records in a file with faults too: use them only to judge.
    """
    try:
        return _checked(path, _parse(path))
    except OSError as error:
        return [], [Fault(str(path), error.strerror or str(error))]
    except ValueError as error:
        return [], [Fault(str(path), str(error))]
    except RecursionError:
        return [], [Fault(str(path), "nested too deeply")]


def _checked(path: Path, data: Any) -> tuple[list[Record], list[Fault]]:
    faults = [Fault(str(path), _said(error)) for error in _envelope().iter_errors(data)]
    category, questions = _parts(data)
    records = []
    for number, fields in enumerate(questions, start=1):
        place = _place(path, number, fields)
        wrong = [Fault(place, _said(error)) for error in _question().iter_errors(fields)]
        faults += wrong
        if not wrong:
            records.append(Record(place, category, fields))
    return records, faults


def _parse(path: Path) -> Any:
    """Raises OSError; ValueError with a sentence that says where."""
    if path.stat().st_size > FILE_BYTES:
        raise ValueError(f"the file is larger than {FILE_BYTES} bytes")
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None


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


def _said(error: ValidationError) -> str:
    field = ".".join(str(step) for step in error.absolute_path)
    # jsonschema calls it "False schema", and loses the name of the field.
    what = f"{error.instance!r} is not allowed here" if error.validator is None else error.message
    return f"{field}: {_shortened(what)}" if field else _shortened(what)


def _shortened(text: str) -> str:
    """Without its middle where it is too long: what is wrong stands at the end."""
    half = SAID_LENGTH // 2
    return text if len(text) <= SAID_LENGTH else f"{text[:half]} … {text[-half:]}"


@cache
def _schema() -> dict[str, Any]:
    return dict(json.loads(SCHEMA.read_text()))


@cache
def _envelope() -> Draft202012Validator:
    """The file around the questions, which are checked one by one."""
    schema = _schema()
    properties = schema["properties"] | {"questions": {"type": "array", "minItems": 1}}
    return Draft202012Validator(schema | {"properties": properties})


@cache
def _question() -> Draft202012Validator:
    return Draft202012Validator(_schema()["$defs"]["question"])
