"""The shape of every fact is kept in `tests/events/schemas`: one that changes there needs a new version.

A new fact or version: python -m tests.events.test_schemas
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from events.schemas import Unreadable, check, schema_of
from models.event import CATALOGUE, Event, Fact
from tests.events.builders import an_event

KEPT = Path(__file__).parent / "schemas"

WRONG: dict[str, list[Any]] = {
    "string": [None, 1, 1.5, True, [], {}],
    "integer": [None, "1", 1.5, True, [], {}, float("nan")],
    "array": [None, "x", 1, {}, [1], ["x"], [None]],
    "object": [None, "x", 1, [], {"x": "1"}, {"x": None}, {"x": 1.5}],
}
"""By JSON type, values of all other types."""

WRONG_TIMES = ["", "yesterday", "2026-11-23T25:00:00+00:00", "2026-11-23T12:00:00"]


def path_of(fact: type[Fact]) -> Path:
    return KEPT / f"{fact.__name__}-{fact.VERSION}.json"


def text_of(fact: type[Fact]) -> str:
    """The description may be put better at any time."""
    schema = {name: value for name, value in schema_of(fact).items() if name != "description"}
    return json.dumps(schema, indent=2) + "\n"


@pytest.mark.parametrize("fact", CATALOGUE.values(), ids=CATALOGUE)
def test_a_fact_that_changes_has_a_new_version(fact: type[Fact]) -> None:
    assert path_of(fact).read_text() == text_of(fact)


def test_only_versions_that_were_told_are_kept() -> None:
    for path in KEPT.glob("*.json"):
        name, version = path.stem.rsplit("-", 1)
        assert int(version) <= CATALOGUE[name].VERSION


@pytest.mark.parametrize("fact", CATALOGUE.values(), ids=CATALOGUE)
def test_a_schema_is_a_schema(fact: type[Fact]) -> None:
    Draft202012Validator.check_schema(schema_of(fact))


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_what_we_tell_is_readable(type_name: str) -> None:
    check(an_event(type_name))


def mutations(event: Event) -> Iterator[dict[str, Any]]:
    """Everything that differs from the event in one field."""
    schema = schema_of(CATALOGUE[event.type])
    yield event.data | {"name": "Ada"}
    for name, field in schema["properties"].items():
        yield {other: value for other, value in event.data.items() if other != name}
        [kind, *others] = field["type"] if isinstance(field["type"], list) else [field["type"]]
        wrong = [value for value in WRONG[kind] if value is not None or "null" not in others]
        for value in wrong + (WRONG_TIMES if field.get("format") == "date-time" else []):
            yield event.data | {name: value}


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_an_event_with_one_wrong_field_is_unreadable(type_name: str) -> None:
    event = an_event(type_name)
    wrong = list(mutations(event))
    assert len(wrong) > 6
    for data in wrong:
        with pytest.raises(Unreadable):
            check(replace(event, data=data))


@pytest.mark.parametrize("data", [None, [], "x", 1, True, {}])
def test_what_is_no_object_is_unreadable(data: Any) -> None:
    with pytest.raises(Unreadable):
        check(replace(an_event("PlayerErased"), data=data))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "GameLost"}, "no event has the type 'GameLost'"),
        ({"version": 2}, "PlayerErased has version 1, not 2"),
        ({"version": 0}, "PlayerErased has version 1, not 0"),
        ({"data": {"player": 7}}, r"PlayerErased: \$\.player: 7 is not of type 'string'"),
    ],
)
def test_the_reason_says_what_is_wrong(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        check(replace(an_event("PlayerErased"), **change))


def test_a_time_keeps_its_zone() -> None:
    event = an_event("GameFinished")
    finished = CATALOGUE["GameFinished"].from_event(event)
    assert isinstance(finished.finished_at, datetime)  # type: ignore[attr-defined]
    assert finished.finished_at.tzinfo is not None  # type: ignore[attr-defined]


if __name__ == "__main__":
    for fact in CATALOGUE.values():
        if not path_of(fact).exists():
            path_of(fact).write_text(text_of(fact))
