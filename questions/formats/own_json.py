"""Reads our own format: JSON, as `questions/question-file.schema.json` says."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from questions.record import Fault, Record

SCHEMA = Path(__file__).parent.parent / "question-file.schema.json"

FILE_BYTES = 64 * 1024 * 1024
"""Of a question file, at most."""


def read(path: Path) -> tuple[list[Record], list[Fault]]:
    """The questions that have the right shape, and what is wrong with the file or with the others."""
    try:
        data = _parse(path)
    except (OSError, ValueError) as error:
        return [], [Fault(str(path), str(error))]
    envelope_faults = [Fault(str(path), _said(error)) for error in _envelope().iter_errors(data)]
    if envelope_faults:
        return [], envelope_faults
    category = (data["category"]["slug"], data["category"]["name"])
    records, faults = [], []
    for number, fields in enumerate(data["questions"], start=1):
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
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _place(path: Path, number: int, fields: Any) -> str:
    """File, number of the question, and its id or the beginning of its prompt."""
    known = fields if isinstance(fields, dict) else {}
    name = str(known.get("id") or known.get("prompt") or "")[:60]
    return f"{path}, question {number}" + (f" ({name})" if name else "")


def _said(error: ValidationError) -> str:
    field = ".".join(str(step) for step in error.absolute_path)
    what = "is not allowed here" if error.validator is None else error.message
    return f"{field}: {what}" if field else what


@cache
def _schema() -> dict[str, Any]:
    return dict(json.loads(SCHEMA.read_text()))


@cache
def _envelope() -> Draft202012Validator:
    """The file around the questions, which are checked one by one."""
    schema = _schema()
    properties = schema["properties"] | {"questions": {"type": "array"}}
    return Draft202012Validator(schema | {"properties": properties})


@cache
def _question() -> Draft202012Validator:
    return Draft202012Validator(_schema()["$defs"]["question"])
