"""The one order in which values of all types stand, and what is in no order at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from google.cloud import datastore
from google.cloud.datastore.helpers import GeoPoint

from tests.conformance.calls import Builder, found, where

# As microseconds since 1970 this is the integer 1,000,000.
MOMENT = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
NAN = float("nan")


def in_order(client: datastore.Client) -> list[Any]:
    return [
        None,
        -(2**63),
        -1,
        0,
        3,
        MOMENT,
        2**63 - 1,
        False,
        True,
        "",
        b"\x00",
        "a",
        b"b",
        "é",
        b"\xff",
        float("-inf"),
        -2.5,
        0.0,
        3.0,
        float("inf"),
        NAN,
        GeoPoint(-1, 5),
        GeoPoint(1, 2),
        GeoPoint(1, 3),
        client.key("A", 1),
        client.key("A", 1, "A", 1),
        client.key("A", "a"),
    ]


def put_all(client: datastore.Client, an_entity: Builder, values: list[Any]) -> None:
    client.put_multi([an_entity("V", n, v=value) for n, value in enumerate(values, start=1)])


def test_values_of_all_types_stand_in_one_order(client: datastore.Client, an_entity: Builder) -> None:
    values = in_order(client)
    put_all(client, an_entity, values)
    assert found(client, "V", order=["v"]) == list(range(1, len(values) + 1))
    assert found(client, "V", order=["-v"]) == list(range(len(values), 0, -1))


def test_a_bound_is_not_restricted_to_its_own_type(client: datastore.Client, an_entity: Builder) -> None:
    values = in_order(client)
    put_all(client, an_entity, values)
    for position, value in enumerate(values):
        if value is NAN:
            continue
        after = list(range(position + 2, len(values) + 1))
        assert found(client, "V", where("v", ">", value)) == after, value
        assert found(client, "V", where("v", ">=", value)) == [position + 1, *after], value
        assert found(client, "V", where("v", "<", value)) == list(range(1, position + 1)), value


def test_every_value_is_found_by_equality_alone(client: datastore.Client, an_entity: Builder) -> None:
    values = in_order(client)
    put_all(client, an_entity, values)
    for position, value in enumerate(values):
        assert found(client, "V", where("v", "=", value)) == [position + 1], value


def test_integers_and_doubles_never_mix(client: datastore.Client, an_entity: Builder) -> None:
    put_all(client, an_entity, [3, 3.0, 2**53, 4.0])
    assert found(client, "V", where("v", "=", 3)) == [1]
    assert found(client, "V", where("v", "=", 3.0)) == [2]
    assert found(client, "V", order=["v"]) == [1, 3, 2, 4]


def test_a_timestamp_is_the_integer_of_its_microseconds(client: datastore.Client, an_entity: Builder) -> None:
    put_all(client, an_entity, [MOMENT, 1_000_000, 999_999])
    assert found(client, "V", where("v", "=", 1_000_000)) == [1, 2]
    assert found(client, "V", where("v", "<", MOMENT)) == [3]


def test_text_and_bytes_share_one_space(client: datastore.Client, an_entity: Builder) -> None:
    put_all(client, an_entity, ["a", b"a", "b"])
    assert found(client, "V", where("v", "=", "a")) == [1, 2]
    assert found(client, "V", where("v", "=", b"a")) == [1, 2]
    assert found(client, "V", where("v", ">", b"a")) == [3]


def test_text_sorts_by_its_utf8_bytes(client: datastore.Client, an_entity: Builder) -> None:
    put_all(client, an_entity, ["Z", "a", "a\x00", "a\x00b", "ab", "é", "\uffff", "\U0001f600"])
    assert found(client, "V", order=["v"]) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_true_is_not_one(client: datastore.Client, an_entity: Builder) -> None:
    put_all(client, an_entity, [True, 1])
    assert found(client, "V", where("v", "=", 1)) == [2]
    assert found(client, "V", where("v", "=", True)) == [1]


def test_null_is_a_value_and_a_missing_property_is_not(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("V", 1, v=None), an_entity("V", 2, v=1), an_entity("V", 3)])
    assert found(client, "V", where("v", "=", None)) == [1]
    assert found(client, "V", where("v", ">", None)) == [2]
    assert found(client, "V", where("v", "<", 1)) == [1]
    assert found(client, "V", order=["v"]) == [1, 2]
    assert found(client, "V") == [1, 2, 3]


def test_what_is_left_out_of_indexes_is_invisible(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("V", 1, v=1), an_entity("V", 2, unindexed=("v",), v=1)])
    assert found(client, "V", where("v", "=", 1)) == [1]
    assert found(client, "V", where("v", ">=", 0)) == [1]
    assert found(client, "V", order=["v"]) == [1]
    assert found(client, "V") == [1, 2]


def test_minus_zero_comes_before_zero_and_is_another_value(
    client: datastore.Client, an_entity: Builder
) -> None:
    put_all(client, an_entity, [-0.0, 0.0])
    assert found(client, "V", where("v", "=", 0.0)) == [2]
    assert found(client, "V", where("v", "=", -0.0)) == [1]
    assert found(client, "V", where("v", "<", 0.0)) == [1]


def test_not_a_number_is_found_by_equality(client: datastore.Client, an_entity: Builder) -> None:
    put_all(client, an_entity, [NAN, 1.0])
    assert found(client, "V", where("v", "=", NAN)) == [1]


def test_of_equal_values_the_key_decides(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("V", n, v=n // 3) for n in range(1, 7)])
    assert found(client, "V", order=["v"]) == [1, 2, 3, 4, 5, 6]
    assert found(client, "V", order=["-v", "__key__"]) == [6, 3, 4, 5, 1, 2]
    assert found(client, "V", order=["v", "-__key__"]) == [2, 1, 5, 4, 3, 6]


def test_after_a_descending_order_the_key_still_ascends(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("V", n, v=n // 3) for n in range(1, 7)])
    assert found(client, "V", order=["-v"]) == [6, 3, 4, 5, 1, 2]


def test_orders_are_taken_one_after_another(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("V", n, v=n % 2, w=n % 3) for n in range(1, 7)])
    assert found(client, "V", order=["v", "w"]) == [6, 4, 2, 3, 1, 5]
    assert found(client, "V", order=["v", "-w"]) == [2, 4, 6, 5, 1, 3]
    assert found(client, "V", order=["-w", "v"]) == [2, 5, 4, 1, 6, 3]


def test_an_inequality_sorts_by_its_property(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("V", n, v=-n) for n in (1, 2, 3)])
    assert found(client, "V", where("v", "<", 0)) == [3, 2, 1]
    assert found(client, "V", where("v", "<", 0), order=["-v"]) == [1, 2, 3]


def test_an_order_on_a_property_that_is_equal_changes_nothing(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("V", n, v=1, w=-n) for n in (1, 2, 3)])
    assert found(client, "V", where("v", "=", 1), order=["v"]) == [1, 2, 3]
    assert found(client, "V", where("v", "=", 1), order=["w"]) == [3, 2, 1]
    assert found(client, "V", where("v", "=", 1), order=["-v", "w"]) == [3, 2, 1]


def test_without_any_order_results_come_by_key(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("V", n, v=-n, w=1) for n in (3, 1, 2)])
    assert found(client, "V") == [1, 2, 3]
    assert found(client, "V", where("w", "=", 1)) == [1, 2, 3]
