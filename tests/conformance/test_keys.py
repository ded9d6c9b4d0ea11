"""Keys: their order, their limits, and the ids that Datastore gives."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore

from tests.conformance.calls import Builder, call, found, property_filter, where
from tests.local_cloud.datastore.calls import commit, delete, lookup, run_query, upsert

HIGHEST_ID = 2**53


def raw_key(client: datastore.Client, *path: dict[str, Any]) -> dict[str, Any]:
    return {"partition_id": {"project_id": client.project}, "path": list(path)}


def test_keys_sort_by_kind_then_ids_before_names_and_parents_before_children(
    client: datastore.Client, an_entity: Builder
) -> None:
    paths: list[tuple[str | int, ...]] = [
        ("A", 2),
        ("A", 2, "A", 1),
        ("A", 2, "Z", 1),
        ("A", 10),
        ("A", HIGHEST_ID),
        ("A", "10"),
        ("A", "B"),
        ("A", "a"),
        ("A", "ab"),
        ("A", "é"),
        ("A", "\uffff"),
        ("A", "\U0001f600"),
        ("B", 1),
    ]
    client.put_multi([an_entity(*path) for path in reversed(paths)])
    assert [entity.key.flat_path for entity in client.query().fetch()] == paths


def test_a_parent_need_not_exist(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("P", 1, "A", 1))
    assert client.get(client.key("P", 1)) is None
    assert found(client, "A", ancestor=client.key("P", 1)) == [1]


def test_a_key_echoes_its_partition(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1))
    partition = lookup(client, client.key("A", 1)).found[0].entity.key.partition_id
    assert (partition.project_id, partition.namespace_id) == (client.project, "")


def test_an_entity_without_id_gets_one_that_javascript_can_read(
    client: datastore.Client, an_entity: Builder
) -> None:
    entities = [an_entity("A") for _ in range(20)]
    client.put_multi(entities)
    given = {entity.key.id for entity in entities}
    assert len(given) == 20
    assert all(0 < id_ < HIGHEST_ID for id_ in given)
    assert len(found(client, "A")) == 20


def test_the_commit_tells_a_key_only_where_it_gave_an_id(
    client: datastore.Client, an_entity: Builder
) -> None:
    results = commit(client, upsert(an_entity("A")), upsert(an_entity("A", 1))).mutation_results
    assert results[0].key.path[0].id > 0
    assert not results[1].key.path


def test_allocated_ids_differ_and_are_kept_under_their_parent(client: datastore.Client) -> None:
    keys = client.allocate_ids(client.key("P", 1, "A"), 30)
    assert len({key.id for key in keys}) == 30
    assert {key.flat_path[:3] for key in keys} == {("P", 1, "A")}


def test_a_complete_key_needs_no_id(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        call(client, "allocate_ids", keys=[client.key("A", 1).to_protobuf()])


def test_ids_can_be_reserved(client: datastore.Client) -> None:
    client.reserve_ids_multi([client.key("A", 5), client.key("A", 6)])


def test_an_incomplete_key_cannot_be_reserved(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        call(client, "reserve_ids", keys=[client.key("A").to_protobuf()])


@pytest.mark.parametrize(
    "path",
    [
        [],
        [{"kind": "", "id": 1}],
        [{"kind": "A", "id": 0}],
        [{"kind": "A", "name": ""}],
        [{"kind": "A"}, {"kind": "B", "id": 1}],
        [{"kind": "__reserved__", "id": 1}],
        [{"kind": "A", "name": "__reserved__"}],
        [{"kind": "K" * 1501, "id": 1}],
        [{"kind": "A", "name": "n" * 1501}],
        [{"kind": "A", "id": 1}] * 101,
    ],
    ids=[
        "no path",
        "no kind",
        "id 0",
        "no name",
        "incomplete parent",
        "reserved kind",
        "reserved name",
        "long kind",
        "long name",
        "deep",
    ],
)
def test_what_no_key_may_be_is_refused(client: datastore.Client, path: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidArgument):
        commit(client, {"upsert": {"key": raw_key(client, *path)}})


@pytest.mark.parametrize("name", ["n" * 1500, "é" * 750, "a/b c\x01", "0", "__x", "\U0001f600"])
def test_a_name_may_be_anything_up_to_1500_bytes(
    client: datastore.Client, an_entity: Builder, name: str
) -> None:
    client.put(an_entity("A", name, v=1))
    assert client.get(client.key("A", name))["v"] == 1
    assert found(client, "A", where("v", "=", 1)) == [name]


def test_a_path_may_have_a_hundred_elements(client: datastore.Client, an_entity: Builder) -> None:
    path = ("A", 1) * 100
    client.put(an_entity(*path))
    assert client.get(client.key(*path)).key.flat_path == path


def test_a_negative_id_is_an_id(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", -5), an_entity("A", 1)])
    assert found(client, "A") == [-5, 1]


def test_another_project_in_a_key_is_refused(client: datastore.Client) -> None:
    key = {"partition_id": {"project_id": "another"}, "path": [{"kind": "A", "id": 1}]}
    with pytest.raises(InvalidArgument):
        call(client, "lookup", keys=[key])


def test_the_name_of_the_default_database_is_empty(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument, match='"\\(default\\)" is an invalid database id'):
        call(client, "lookup", database_id="(default)", keys=[client.key("A", 1).to_protobuf()])


def test_filters_on_keys_compare_in_key_order(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", n, v=1) for n in range(1, 6)])
    third = client.key("A", 3)
    for operator, wanted in ((">", [4, 5]), (">=", [3, 4, 5]), ("<", [1, 2]), ("<=", [1, 2, 3]), ("=", [3])):
        assert found(client, "A", where("__key__", operator, third)) == wanted
        assert found(client, "A", where("v", "=", 1), where("__key__", operator, third)) == wanted
    assert found(client, "A", order=["__key__"]) == [1, 2, 3, 4, 5]


def test_keys_can_be_read_in_descending_order(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("Down", n) for n in (1, 2, 3)])
    assert found(client, "Down", order=["-__key__"]) == [3, 2, 1]


def test_a_deleted_key_is_gone_and_may_be_deleted_again(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1))
    client.delete(client.key("A", 1))
    client.delete(client.key("A", 1))
    commit(client, delete(client.key("A", 9)))
    assert client.get(client.key("A", 1)) is None
    assert found(client, "A") == []


def test_a_key_filter_needs_a_key(client: datastore.Client) -> None:
    not_a_key = property_filter("__key__", "EQUAL", {"integer_value": 1})
    with pytest.raises(InvalidArgument):
        run_query(client, "A", filter=not_a_key)
