from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument, MethodNotImplemented
from google.cloud import datastore
from google.cloud.datastore.query import And, PropertyFilter

from .calls import lookup, run_query
from .conftest import a_client, a_server

Builder = Callable[..., datastore.Entity]
MORE_AFTER_LIMIT, NO_MORE, MORE_AFTER_CURSOR = 2, 3, 4


def ids(query: datastore.query.Query, **options: Any) -> list[int | str]:
    return [entity.key.id_or_name for entity in query.fetch(**options)]


def a_query(client: datastore.Client, kind: str, *filters: tuple[str, str, Any], **options: Any) -> Any:
    query = client.query(kind=kind, **options)
    for name, operator, value in filters:
        query.add_filter(filter=PropertyFilter(name, operator, value))
    return query


def test_entities_come_in_key_order(client: datastore.Client, an_entity: Builder) -> None:
    paths = [("A", 2), ("A", 2, "A", 1), ("A", 10), ("A", "10"), ("A", "B"), ("A", "a"), ("A", "é")]
    client.put_multi([an_entity(*path) for path in reversed(paths)])
    assert [entity.key.flat_path for entity in client.query(kind="A").fetch()] == paths


def test_a_query_without_kind_sees_all_kinds_in_key_order(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("B", 1), an_entity("A", 2), an_entity("A", 2, "Z", 1)])
    paths = [("A", 2), ("A", 2, "Z", 1), ("B", 1)]
    assert [entity.key.flat_path for entity in client.query().fetch()] == paths
    under = client.query(ancestor=client.key("A", 2))
    assert [entity.key.flat_path for entity in under.fetch()] == paths[:2]
    after = client.query()
    after.add_filter(filter=PropertyFilter("__key__", ">", client.key("A", 2)))
    assert [entity.key.flat_path for entity in after.fetch()] == paths[1:]


def test_without_kind_only_keys_can_be_asked_for(client: datastore.Client) -> None:
    query = client.query()
    query.add_filter(filter=PropertyFilter("v", "=", 1))
    with pytest.raises(InvalidArgument, match="kind is required for filter: v"):
        list(query.fetch())
    with pytest.raises(InvalidArgument, match="kind is required for all orders except __key__ ascending"):
        list(client.query(order=["-__key__"]).fetch())


def test_values_of_all_types_stand_in_one_order(client: datastore.Client, an_entity: Builder) -> None:
    moment = datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.UTC)
    values: list[Any] = [None, -1, 3, moment, False, True, b"a", "b", float("-inf"), 3.0, float("nan")]
    values += [datastore.helpers.GeoPoint(1, 2), client.key("A", 1)]
    client.put_multi([an_entity("V", n, v=value) for n, value in enumerate(values, start=1)])
    everything = list(range(1, len(values) + 1))
    assert ids(a_query(client, "V", order=["v"])) == everything
    assert ids(a_query(client, "V", ("v", ">=", 0))) == everything[2:]
    assert ids(a_query(client, "V", ("v", ">=", 0.0))) == everything[9:]
    assert ids(a_query(client, "V", ("v", "=", 3))) == [3]
    assert ids(a_query(client, "V", ("v", "=", 1_000_000))) == [4]
    assert ids(a_query(client, "V", ("v", "=", "a"))) == [7]
    assert ids(a_query(client, "V", ("v", "=", None))) == [1]
    assert ids(a_query(client, "V", ("v", ">", None)), limit=1) == [2]


def test_what_has_no_indexed_value_is_invisible_to_filters_and_orders(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("A", 1, v=1), an_entity("A", 2), an_entity("A", 3, unindexed=("v",), v=1)])
    assert ids(a_query(client, "A", order=["v"])) == [1]
    assert ids(a_query(client, "A", ("v", "=", 1))) == [1]
    assert ids(a_query(client, "A")) == [1, 2, 3]


def test_an_array_is_found_by_each_element_and_shown_once(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("A", 1, v=[1, 5, 1]), an_entity("A", 2, v=[2, 4]), an_entity("A", 3, v=3)])
    assert ids(a_query(client, "A", order=["v"])) == [1, 2, 3]
    assert ids(a_query(client, "A", order=["-v"])) == [1, 2, 3]
    assert ids(a_query(client, "A", ("v", ">", 1))) == [2, 3, 1]
    assert ids(a_query(client, "A", ("v", ">", 2), ("v", "<", 4))) == [3]
    assert ids(a_query(client, "A", ("v", "=", 2), ("v", "=", 4))) == [2]


def test_an_empty_array_counts_as_null(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=[]))
    assert ids(a_query(client, "A", ("v", "=", None))) == [1]


def test_embedded_entities_are_found_by_dotted_names(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, sub=an_entity("S", 1, x=1), many=[an_entity("S", 1, y=n) for n in (1, 2)]))
    assert ids(a_query(client, "A", ("sub.x", "=", 1))) == [1]
    assert ids(a_query(client, "A", ("many.y", "=", 2))) == [1]
    assert ids(a_query(client, "A", order=["sub"])) == []


def test_equalities_are_joined_without_a_composite_index(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("P", 1 + n % 2, "A", n, a=n % 2, b=n % 3, c=n % 5) for n in range(1, 61)])
    wanted = [n for n in range(1, 61) if (n % 2, n % 3, n % 5) == (1, 2, 0)]
    filters = [("a", "=", 1), ("b", "=", 2), ("c", "=", 0)]
    assert ids(a_query(client, "A", *filters)) == wanted
    assert ids(a_query(client, "A", *filters, ancestor=client.key("P", 2))) == wanted
    assert ids(a_query(client, "A", *filters, ancestor=client.key("P", 1))) == []


def test_an_ancestor_query_includes_the_ancestor(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi(
        [an_entity("A", 1), an_entity("A", 1, "A", 2), an_entity("A", 1, "B", 3), an_entity("A", 10)]
    )
    assert ids(a_query(client, "A", ancestor=client.key("A", 1))) == [1, 2]


def test_keys_can_be_filtered_and_ordered(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", n, v=1) for n in range(1, 6)])
    for operator, wanted in ((">", [4, 5]), (">=", [3, 4, 5]), ("<", [1, 2]), ("<=", [1, 2, 3]), ("=", [3])):
        for filters in ([], [("v", "=", 1)]):
            query = a_query(client, "A", *filters)
            query.add_filter(filter=PropertyFilter("__key__", operator, client.key("A", 3)))
            assert ids(query) == wanted
    assert ids(a_query(client, "A", order=["__key__"])) == [1, 2, 3, 4, 5]


def test_equal_values_come_in_key_order_whatever_the_direction(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("Entry", n, board="x", place=n // 3) for n in range(1, 7)])
    assert ids(a_query(client, "Entry", order=["place"])) == [1, 2, 3, 4, 5, 6]
    assert ids(a_query(client, "Entry", order=["-place"])) == [6, 3, 4, 5, 1, 2]
    assert ids(a_query(client, "Entry", order=["-place", "__key__"])) == [6, 3, 4, 5, 1, 2]
    assert ids(a_query(client, "Entry", order=["place", "-__key__"])) == [2, 1, 5, 4, 3, 6]
    board = ("board", "=", "x")
    assert ids(a_query(client, "Entry", board, order=["place"])) == [1, 2, 3, 4, 5, 6]
    assert ids(a_query(client, "Entry", board, order=["-place"])) == [6, 3, 4, 5, 1, 2]
    assert ids(a_query(client, "Entry", board, ("place", "<", 2), order=["-place"])) == [3, 4, 5, 1, 2]


def test_an_index_with_ancestor_serves_every_ancestor(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("P", n % 2 + 1, "Q", 1, "Entry", n, place=-n) for n in range(1, 7)])
    for path, wanted in ((("P", 1), [6, 4, 2]), (("P", 1, "Q", 1), [6, 4, 2]), (("P", 2), [5, 3, 1])):
        assert ids(a_query(client, "Entry", ancestor=client.key(*path), order=["place"])) == wanted


def test_indexes_are_merged_as_in_production(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("Photo", n, owner=n % 2, tag=[n % 3, 7], taken=n) for n in range(1, 31)])
    query = a_query(client, "Photo", ("owner", "=", 1), ("tag", "=", 2), order=["-taken"])
    assert ids(query) == [n for n in range(30, 0, -1) if n % 2 == 1 and n % 3 == 2]


def test_keys_only_and_projection_return_no_more_than_asked(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put_multi([an_entity("Entry", n, board="x", place=n, name="secret") for n in (1, 2)])
    query = client.query(kind="Entry")
    query.keys_only()
    assert [dict(entity) for entity in query.fetch()] == [{}, {}]
    query = client.query(kind="Entry", projection=["place", "board"], order=["board", "place"])
    assert [dict(entity) for entity in query.fetch()] == [
        {"board": "x", "place": 1},
        {"board": "x", "place": 2},
    ]
    assert ids(client.query(kind="Entry", projection=["place"], order=["-place"])) == [2, 1]


def test_a_projection_shows_every_element_of_an_array(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=[2, 1, 2]))
    assert [entity["v"] for entity in client.query(kind="A", projection=["v"]).fetch()] == [1, 2]


def test_a_property_cannot_be_projected_and_equal(client: datastore.Client) -> None:
    query = client.query(kind="A", projection=["v"])
    query.add_filter(filter=PropertyFilter("v", "=", 1))
    with pytest.raises(InvalidArgument, match="cannot use projection on a property with an equality filter"):
        list(query.fetch())


def test_a_batch_tells_the_truth_about_what_follows(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", n) for n in (1, 2, 3)])
    assert run_query(client, "A", limit=2).batch.more_results == MORE_AFTER_LIMIT
    assert run_query(client, "A", limit=3).batch.more_results == NO_MORE
    assert run_query(client, "A").batch.more_results == NO_MORE
    nothing = run_query(client, "A", limit=0).batch
    assert (len(nothing.entity_results), nothing.more_results) == (0, MORE_AFTER_LIMIT)
    second = run_query(client, "A", limit=2).batch.end_cursor
    assert run_query(client, "A", end_cursor=second).batch.more_results == MORE_AFTER_CURSOR


def test_every_result_carries_version_times_and_cursor(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=1))
    batch = run_query(client, "A").batch
    (result,) = batch.entity_results
    found = lookup(client, client.key("A", 1)).found[0]
    assert (result.version, result.create_time, result.update_time) == (
        found.version,
        found.create_time,
        found.update_time,
    )
    assert result.cursor == batch.end_cursor
    assert batch.read_time >= result.update_time


def test_an_offset_skips_and_says_how_much(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", n) for n in range(1, 6)])
    assert ids(client.query(kind="A"), offset=2, limit=2) == [3, 4]
    batch = run_query(client, "A", offset=2, limit=1).batch
    assert batch.skipped_results == 2
    rest = run_query(client, "A", start_cursor=batch.skipped_cursor).batch.entity_results
    assert len(rest) == 3
    assert run_query(client, "A", offset=9).batch.skipped_results == 5
    for window in ({"offset": -1}, {"limit": -1}):
        with pytest.raises(InvalidArgument):
            run_query(client, "A", **window)


def test_many_results_come_in_several_batches(client: datastore.Client, an_entity: Builder) -> None:
    for start in range(0, 1000, 500):
        client.put_multi([an_entity("A", n) for n in range(start + 1, start + 501)])
    assert len(run_query(client, "A").batch.entity_results) == 300
    assert ids(client.query(kind="A")) == list(range(1, 1001))
    assert ids(client.query(kind="A"), limit=777, offset=111) == list(range(112, 889))


def test_long_names_of_what_is_projected_come_in_several_batches() -> None:
    names = [f"{n:x>1500}" for n in range(10)]
    with a_server() as server, a_client(server.address, "p") as client:
        entities = [datastore.Entity(client.key("A", n)) for n in range(1, 301)]
        for entity in entities:
            entity.update(dict.fromkeys(names, 1))
        for start in range(0, 300, 100):
            client.put_multi(entities[start : start + 100])
        assert ids(client.query(kind="A", projection=names)) == list(range(1, 301))


def test_a_contradiction_finds_nothing(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, v=5))
    assert ids(a_query(client, "A", ("v", ">", 6), ("v", "<", 4))) == []
    assert ids(a_query(client, "Never", ("v", "=", 1), order=["v"])) == []


def test_what_is_not_built_is_refused_by_name(client: datastore.Client) -> None:
    request = {"project_id": client.project, "gql_query": {"query_string": "SELECT * FROM A"}}
    for call in (client._datastore_api.run_query, client._datastore_api.run_aggregation_query):
        with pytest.raises(MethodNotImplemented, match="GQL"):
            call(request=request)
    nearest = {"vector_property": {"name": "v"}, "limit": {"value": 1}, "distance_measure": "EUCLIDEAN"}
    with pytest.raises(MethodNotImplemented, match="find_nearest"):
        run_query(client, "A", find_nearest=nearest)


def test_filters_may_be_nested_ands(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", n, v=n, w=1) for n in (1, 2)])
    nested = And([PropertyFilter("w", "=", 1), And([PropertyFilter("v", "=", 2)])])
    assert ids(client.query(kind="A", filters=[nested])) == [2]
