"""Transforms: properties that the server computes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore

from tests.conformance.calls import Builder, found, where
from tests.local_cloud.datastore.calls import SINGLE_USE, commit, delete, insert, update, upsert

LARGEST, SMALLEST = 2**63 - 1, -(2**63)


def integer(value: int) -> dict[str, Any]:
    return {"integer_value": value}


def double(value: float) -> dict[str, Any]:
    return {"double_value": value}


def transform(name: str, **what: Any) -> dict[str, Any]:
    return {"property": name, **what}


def transformed(client: datastore.Client, an_entity: Builder, *transforms: Any) -> Any:
    """The result of transforming v of A/1 and touching nothing else."""
    untouched = {"paths": ["unused"]}
    mutation = upsert(an_entity("A", 1), property_mask=untouched, property_transforms=list(transforms))
    return commit(client, mutation).mutation_results[0]


def value(client: datastore.Client) -> Any:
    return client.get(client.key("A", 1))["v"]


def test_an_increment_adds(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=1, w="kept"))
    result = transformed(client, an_entity, transform("v", increment=integer(41)))
    assert dict(client.get(client.key("A", 1))) == {"v": 42, "w": "kept"}
    assert [one.integer_value for one in result.transform_results] == [42]


def test_an_increment_of_nothing_begins_with_the_amount(client: datastore.Client, an_entity: Builder) -> None:
    transformed(client, an_entity, transform("v", increment=integer(5)))
    assert value(client) == 5
    client.put(an_entity("A", 1, v="text"))
    transformed(client, an_entity, transform("v", increment=integer(6)))
    assert value(client) == 6


def test_an_increment_by_a_double_makes_a_double(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=1))
    transformed(client, an_entity, transform("v", increment=double(0.5)))
    assert value(client) == 1.5
    transformed(client, an_entity, transform("v", increment=integer(1)))
    assert value(client) == 2.5


def test_a_double_that_becomes_zero_stays_a_double(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=1.5))
    transformed(client, an_entity, transform("v", increment=double(-1.5)))
    assert (value(client), type(value(client))) == (0.0, float)
    client.put(an_entity("A", 1, v="text"))
    transformed(client, an_entity, transform("v", increment=double(0.0)))
    assert type(value(client)) is float


def test_an_increment_stops_at_the_largest_integer(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=LARGEST - 1))
    transformed(client, an_entity, transform("v", increment=integer(5)))
    assert value(client) == LARGEST
    client.put(an_entity("A", 1, v=SMALLEST + 1))
    transformed(client, an_entity, transform("v", increment=integer(-5)))
    assert value(client) == SMALLEST


def test_maximum_and_minimum_keep_the_better(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=5))
    for bound, wanted in ((3, 5), (9, 9)):
        transformed(client, an_entity, transform("v", maximum=integer(bound)))
        assert value(client) == wanted
    for bound, wanted in ((10, 9), (-1, -1)):
        transformed(client, an_entity, transform("v", minimum=integer(bound)))
        assert value(client) == wanted


def test_of_equal_numbers_the_stored_one_stays(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=3))
    transformed(client, an_entity, transform("v", maximum=double(3.0)))
    assert type(value(client)) is int
    transformed(client, an_entity, transform("v", maximum=double(3.5)))
    assert value(client) == 3.5


def test_maximum_of_what_is_no_number_is_the_given_one(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=None))
    transformed(client, an_entity, transform("v", maximum=integer(-7)))
    assert value(client) == -7


def test_missing_elements_are_appended(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=["a", "b"]))
    elements = {"values": [{"string_value": one} for one in ("b", "c", "c", "d")]}
    result = transformed(client, an_entity, transform("v", append_missing_elements=elements))
    assert value(client) == ["a", "b", "c", "d"]
    assert "null_value" in result.transform_results[0]


def test_elements_are_removed_wherever_they_are(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=[1, 2, 1, 3]))
    elements = {"values": [integer(1), integer(9)]}
    transformed(client, an_entity, transform("v", remove_all_from_array=elements))
    assert value(client) == [2, 3]


def test_equal_numbers_of_two_types_are_one_element(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=[3, 4.0]))
    elements = {"values": [double(3.0), integer(4)]}
    transformed(client, an_entity, transform("v", append_missing_elements=elements))
    assert value(client) == [3, 4.0]
    transformed(client, an_entity, transform("v", remove_all_from_array=elements))
    assert value(client) == []


def test_what_is_no_array_becomes_one(client: datastore.Client, an_entity: Builder) -> None:
    elements = {"values": [integer(1)]}
    client.put(an_entity("A", 1, v="text"))
    transformed(client, an_entity, transform("v", append_missing_elements=elements))
    assert value(client) == [1]
    client.put(an_entity("A", 1, v="text"))
    transformed(client, an_entity, transform("v", remove_all_from_array=elements))
    assert value(client) == []


def test_the_time_of_the_request_is_in_milliseconds(client: datastore.Client, an_entity: Builder) -> None:
    result = transformed(client, an_entity, transform("v", set_to_server_value="REQUEST_TIME"))
    stored = value(client)
    assert abs(stored - datetime.now(UTC)) < timedelta(minutes=5)
    assert stored.microsecond % 1000 == 0
    assert result.transform_results[0].timestamp_value == stored


def test_transforms_are_applied_in_order_after_the_write(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, v=100))
    transforms = [transform("v", increment=integer(1)), transform("v", maximum=integer(50))]
    result = commit(client, upsert(an_entity("A", 1, v=10), property_transforms=transforms))
    assert value(client) == 50
    assert [one.integer_value for one in result.mutation_results[0].transform_results] == [11, 50]


def test_insert_and_update_transform_too(client: datastore.Client, an_entity: Builder) -> None:
    transforms = [transform("v", increment=integer(1))]
    commit(client, insert(an_entity("A", 1, v=1), property_transforms=transforms))
    assert value(client) == 2
    commit(client, update(an_entity("A", 1, v=5), property_transforms=transforms))
    assert value(client) == 6


def test_what_a_transform_wrote_is_found(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=1))
    transformed(client, an_entity, transform("v", increment=integer(1)))
    assert found(client, "A", where("v", "=", 2)) == [1]
    assert found(client, "A", where("v", "=", 1)) == []


def test_a_transform_reaches_into_an_embedded_entity(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=an_entity("S", 1, x=1, y=1)))
    transformed(client, an_entity, transform("v.x", increment=integer(1)))
    assert dict(value(client)) == {"x": 2, "y": 1}


def test_several_increments_of_one_entity_add_up_in_a_transaction(
    client: datastore.Client, an_entity: Builder
) -> None:
    mask = {"paths": ["unused"]}
    mutation = upsert(
        an_entity("A", 1), property_mask=mask, property_transforms=[transform("v", increment=integer(2))]
    )
    commit(client, mutation, mutation, **SINGLE_USE)
    assert value(client) == 4


def test_a_deletion_has_no_transforms(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        commit(client, delete(client.key("A", 1), property_transforms=[transform("v", increment=integer(1))]))


def test_only_numbers_can_be_added_or_compared(client: datastore.Client, an_entity: Builder) -> None:
    text = {"string_value": "a"}
    for what in ({"increment": text}, {"maximum": text}, {"minimum": text}):
        with pytest.raises(InvalidArgument):
            transformed(client, an_entity, transform("v", **what))


def test_a_transform_does_something(client: datastore.Client, an_entity: Builder) -> None:
    with pytest.raises(InvalidArgument):
        transformed(client, an_entity, transform("v"))


def test_an_entity_has_at_most_500_transforms_in_a_commit(
    client: datastore.Client, an_entity: Builder
) -> None:
    increments = [transform("v", increment=integer(1))] * 300
    half = upsert(an_entity("A", 1), property_transforms=increments)
    with pytest.raises(InvalidArgument):
        commit(client, half, half, **SINGLE_USE)


def test_each_element_for_an_array_counts_as_a_transform(
    client: datastore.Client, an_entity: Builder
) -> None:
    elements = {"values": [integer(n) for n in range(501)]}
    with pytest.raises(InvalidArgument):
        transformed(client, an_entity, transform("v", append_missing_elements=elements))
