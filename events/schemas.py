"""The JSON Schema of every fact, drawn from its dataclass: what a message must look like to be handled."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any

from events.past import PAST
from models.answer import Chosen
from models.event import CATALOGUE, Event, Fact, part_of

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_JSON: Mapping[object, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    str | None: {"type": ["string", "null"]},
    datetime: {"type": "string", "format": "date-time"},
    dict[str, int]: {"type": "object", "additionalProperties": {"type": "integer"}},
    list[dict[str, Any]]: {"type": "array", "items": {"type": "object"}},
    Chosen: {"type": ["array", "boolean", "null"], "items": {"type": "integer"}},
}


_LOOKS: Mapping[object, Callable[[Any], bool]] = {
    str: lambda value: type(value) is str,
    int: lambda value: type(value) is int,
    float: lambda value: type(value) in (float, int),
    bool: lambda value: type(value) is bool,
    str | None: lambda value: value is None or type(value) is str,
    datetime: lambda value: type(value) is str,
    dict[str, int]: lambda value: type(value) is dict and all(type(one) is int for one in value.values()),
    list[dict[str, Any]]: lambda value: type(value) is list and all(type(one) is dict for one in value),
    Chosen: lambda value: (
        type(value) in (bool, NoneType) or (type(value) is list and all(type(one) is int for one in value))
    ),
}
"""A plain look at a value that came from JSON: what passes it would pass its schema."""


class Unreadable(Exception):
    """A message is not an event that we know: telling it again would not help."""


def schema_of(type_name: str, version: int) -> dict[str, Any]:
    shape = _shape(type_name, version)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(type_name, version),
        "title": type_name,
        "description": " ".join((shape.__doc__ or "").split()),
        **_object(shape),
    }


def schema_id(type_name: str, version: int) -> str:
    return f"quizboard/{type_name}/{version}"


def newest(event: Event) -> Event:
    """The event, of whatever version it is, in the newest. Raises Unreadable."""
    check(event)
    while past := PAST.get((event.type, event.version)):
        event = replace(event, version=event.version + 1, data=past.upcast(event.data))
        check(event)
    return event


def check(event: Event) -> None:
    """Raises Unreadable for an unknown type or version, and for data of another shape."""
    shape = _shape(event.type, event.version)
    # The judge takes twenty times as long, and a stream may hold millions.
    if not _looks_right(event.type, event.version)(event.data):
        for error in _validator(event.type, event.version).iter_errors(event.data):
            raise Unreadable(f"{event.type}: {error.json_path}: {error.message}")
    try:
        values = vars(shape.from_event(event)).values()
    except ValueError as error:
        raise Unreadable(f"{event.type}: {error}") from None
    if any(isinstance(value, datetime) and value.tzinfo is None for value in values):
        raise Unreadable(f"{event.type}: a time says nothing of its zone")


def _shape(type_name: str, version: int) -> type[Fact]:
    """Raises Unreadable."""
    fact = CATALOGUE.get(type_name)
    if fact is None:
        raise Unreadable(f"no event has the type {type_name!r}")
    if version == fact.VERSION:
        return fact
    past = PAST.get((type_name, version))
    if past is None:
        raise Unreadable(f"{type_name} has version {fact.VERSION}, not {version}")
    return past.shape


def _object(shape: type) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {field.name: _field(field.type) for field in fields(shape)},
        "required": [field.name for field in fields(shape)],
        "additionalProperties": False,
    }


def _field(kind: Any) -> dict[str, Any]:
    part = part_of(kind)
    return {"type": "array", "items": _object(part)} if part else _JSON[kind]


@cache
def _looks_right(type_name: str, version: int) -> Callable[[Any], bool]:
    return _look_at(_shape(type_name, version))


def _look_at(kind: Any) -> Callable[[Any], bool]:
    if part := part_of(kind):
        look = _look_at(part)
        return lambda value: type(value) is list and all(map(look, value))
    if not is_dataclass(kind):
        return _LOOKS[kind]
    looks = {field.name: _look_at(field.type) for field in fields(kind)}
    return lambda value: (
        type(value) is dict
        and value.keys() == looks.keys()
        and all(look(value[name]) for name, look in looks.items())
    )


@cache
def _validator(type_name: str, version: int) -> "Draft202012Validator":
    # Late: hardly any event is looked at so closely, and services start sooner without.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema_of(type_name, version))
