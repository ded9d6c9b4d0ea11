"""The shape of a question, as `questions/question-file.schema.json` gives it, whatever file it comes from."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

SCHEMA = Path(__file__).parent / "question-file.schema.json"

SAID_LENGTH = 300
"""Of a fault, at most: it quotes what is wrong, and that may be the whole file."""


def faults_of_question(fields: dict[str, Any]) -> Sequence[str]:
    """A sentence each; empty where the shape is right."""
    return _faults(_question(), fields)


def faults_of_file(data: Any) -> Sequence[str]:
    """Of what stands around the questions."""
    return _faults(_envelope(), data)


def _faults(validator: Draft202012Validator, data: Any) -> Sequence[str]:
    try:
        return [_said(error) for error in validator.iter_errors(data)]
    except RecursionError:
        return ["nested too deeply"]


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
    schema = _schema()
    properties = schema["properties"] | {"questions": {"type": "array", "minItems": 1}}
    return Draft202012Validator(schema | {"properties": properties})


@cache
def _question() -> Draft202012Validator:
    return Draft202012Validator(_schema()["$defs"]["question"] | {"$defs": _schema()["$defs"]})
