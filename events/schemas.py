"""The JSON Schema of every fact, drawn from its dataclass: what a message must look like to be handled."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from models.event import CATALOGUE, Event, Fact

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_JSON: Mapping[object, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    str | None: {"type": ["string", "null"]},
    datetime: {"type": "string", "format": "date-time"},
    dict[str, int]: {"type": "object", "additionalProperties": {"type": "integer"}},
    list[dict[str, Any]]: {"type": "array", "items": {"type": "object"}},
}


class Unreadable(Exception):
    """A message is not an event that we know: telling it again would not help."""


def schema_of(fact: type[Fact]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(fact.__name__, fact.VERSION),
        "title": fact.__name__,
        "description": " ".join((fact.__doc__ or "").split()),
        "type": "object",
        "properties": {field.name: _JSON[field.type] for field in fields(fact)},
        "required": [field.name for field in fields(fact)],
        "additionalProperties": False,
    }


def schema_id(type_name: str, version: int) -> str:
    return f"quizboard/{type_name}/{version}"


def check(event: Event) -> None:
    """Raises Unreadable for an unknown type or version, and for data of another shape."""
    fact = CATALOGUE.get(event.type)
    if fact is None:
        raise Unreadable(f"no event has the type {event.type!r}")
    if event.version != fact.VERSION:
        raise Unreadable(f"{event.type} has version {fact.VERSION}, not {event.version}")
    for error in _validator(event.type).iter_errors(event.data):
        raise Unreadable(f"{event.type}: {error.json_path}: {error.message}")
    try:
        values = vars(fact.from_event(event)).values()
    except ValueError as error:
        raise Unreadable(f"{event.type}: {error}") from None
    if any(isinstance(value, datetime) and value.tzinfo is None for value in values):
        raise Unreadable(f"{event.type}: a time says nothing of its zone")


@cache
def _validator(type_name: str) -> "Draft202012Validator":
    # Late: the players' service never checks an event, and starts sooner without.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema_of(CATALOGUE[type_name]))
