"""The shape of every fact is kept in `tests/events/schemas`: one that changes there needs a new version.

A new fact or version: python -m tests.events.test_schemas; the version before then goes to `events/past.py`.
"""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from events.past import PAST
from events.schemas import Unreadable, _looks_right, check, newest, schema_of
from models.event import CATALOGUE
from tests.events.builders import NOON, an_event, of_version_1

KEPT = Path(__file__).parent / "schemas"

WRONG: dict[str, list[Any]] = {
    "string": [None, 1, 1.5, True, [], {}],
    "integer": [None, "1", 1.5, True, [], {}, float("nan")],
    "number": [None, "1", True, [], {}],
    "boolean": [None, "true", 1, 1.5, [], {}],
    "array": [None, "x", 1, {}, [1.5], ["x"], [None], [{}]],
    "object": [None, "x", 1, [], {"x": "1"}, {"x": None}, {"x": 1.5}],
}
"""By JSON type, values of all other types."""

WRONG_TIMES = ["", "yesterday", "2026-11-23T25:00:00+00:00", "2026-11-23T12:00:00"]


VERSIONS = [*((name, fact.VERSION) for name, fact in CATALOGUE.items()), *PAST]


def path_of(type_name: str, version: int) -> Path:
    return KEPT / f"{type_name}-{version}.json"


def text_of(type_name: str, version: int) -> str:
    """The description may be put better at any time."""
    schema = schema_of(type_name, version)
    return json.dumps({name: schema[name] for name in schema if name != "description"}, indent=2) + "\n"


@pytest.mark.parametrize(("type_name", "version"), VERSIONS)
def test_a_fact_that_changes_has_a_new_version(type_name: str, version: int) -> None:
    assert path_of(type_name, version).read_text() == text_of(type_name, version)


def test_every_version_that_was_told_is_kept_and_can_be_read() -> None:
    assert {path.name for path in KEPT.iterdir()} == {path_of(*version).name for version in VERSIONS}
    told = {(name, number) for name, fact in CATALOGUE.items() for number in range(1, fact.VERSION + 1)}
    assert set(VERSIONS) == told


@pytest.mark.parametrize(("type_name", "version"), VERSIONS)
def test_a_schema_is_a_schema(type_name: str, version: int) -> None:
    Draft202012Validator.check_schema(schema_of(type_name, version))


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_what_we_tell_is_readable(type_name: str) -> None:
    check(an_event(type_name))


def mutations(schema: dict[str, Any], data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything that differs from the data of an event, or from a part of it, in one field."""
    yield data | {"name": "Ada"}
    for name, field in schema["properties"].items():
        yield {other: value for other, value in data.items() if other != name}
        yield from (data | {name: value} for value in wrong_values(field))
        if field.get("items", {}).get("properties"):
            first, *rest = data[name]
            yield from (data | {name: [part, *rest]} for part in mutations(field["items"], first))


def wrong_values(field: dict[str, Any]) -> list[Any]:
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    wrong = [value for value in WRONG[kinds[0]] if not is_of_another_kind(value, kinds[1:])]
    return wrong + (WRONG_TIMES if field.get("format") == "date-time" else [])


def is_of_another_kind(value: Any, kinds: list[str]) -> bool:
    return (value is None and "null" in kinds) or (isinstance(value, bool) and "boolean" in kinds)


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_an_event_with_one_wrong_field_is_unreadable(type_name: str) -> None:
    event = an_event(type_name)
    wrong = list(mutations(schema_of(event.type, event.version), event.data))
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


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 1)
    | st.floats()
    | st.sampled_from(["", "x", NOON.isoformat()]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
)


@settings(max_examples=300)
@given(version=st.sampled_from(VERSIONS), value=JSON, chance=st.randoms())
def test_what_passes_at_a_look_passes_the_schema(
    version: tuple[str, int], value: Any, chance: random.Random
) -> None:
    """Of a field, of a part's field, or in place of all."""
    type_name, number = version
    event = an_event(type_name)
    data = deepcopy((of_version_1(event) if (type_name, number) == ("GameFinished", 1) else event).data)
    place = chance.choice([data, *data.get("answers", [])])
    place[chance.choice(list(place))] = value
    for candidate in (data, value):
        if _looks_right(type_name, number)(candidate):
            Draft202012Validator(schema_of(type_name, number)).validate(candidate)


def test_all_that_we_tell_passes_at_a_look() -> None:
    """Else it would be right, but slow."""
    for type_name, fact in CATALOGUE.items():
        assert _looks_right(type_name, fact.VERSION)(an_event(type_name).data)


def test_a_time_keeps_its_zone() -> None:
    event = an_event("GameFinished")
    finished = CATALOGUE["GameFinished"].from_event(event)
    assert isinstance(finished.finished_at, datetime)  # type: ignore[attr-defined]
    assert finished.finished_at.tzinfo is not None  # type: ignore[attr-defined]


class TestAnEventOfThePast:
    """`GameFinished` of version 1 did not say what was chosen."""

    event = of_version_1(an_event("GameFinished"))

    def test_becomes_one_of_today_when_it_is_read(self) -> None:
        today = newest(self.event)
        check(today)
        assert today == replace(self.event, version=2, data=today.data)
        without = of_version_1(today)
        assert without == self.event
        assert {answer["chosen"] for answer in today.data["answers"]} == {None}

    def test_is_judged_by_the_schema_of_its_own_version(self) -> None:
        for data in mutations(schema_of("GameFinished", 1), self.event.data):
            with pytest.raises(Unreadable):
                newest(replace(self.event, data=data))
        with pytest.raises(Unreadable):
            newest(replace(self.event, version=2))

    def test_that_no_version_of_today_can_be_made_of_is_unreadable(self) -> None:
        """Version 1 let an answer be anything."""
        with pytest.raises(Unreadable, match=r"GameFinished: \$\.answers\[0\]: 'question' is a required"):
            newest(replace(self.event, data=self.event.data | {"answers": [{}]}))

    def test_is_left_as_it_was(self) -> None:
        newest(self.event)
        assert self.event == of_version_1(an_event("GameFinished"))


def test_an_event_of_today_is_read_as_it_is() -> None:
    for event in map(an_event, CATALOGUE):
        assert newest(event) == event


if __name__ == "__main__":
    for version in VERSIONS:
        if not path_of(*version).exists():
            path_of(*version).write_text(text_of(*version))
