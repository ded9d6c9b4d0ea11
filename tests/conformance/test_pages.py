"""Which part of the results: limits, offsets, cursors that survive writes, and batches."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore
from google.cloud.datastore.helpers import GeoPoint

from tests.conformance.calls import Builder, a_query, found, where
from tests.local_cloud.datastore.calls import lookup, run_query

NOT_FINISHED, AFTER_LIMIT, NO_MORE, AFTER_CURSOR = 1, 2, 3, 4


@pytest.fixture
def five(client: datastore.Client, an_entity: Builder) -> datastore.Client:
    """A/2, A/4 ... A/10, with v against the order of the keys."""
    client.put_multi([an_entity("A", n, v=100 - n) for n in (2, 4, 6, 8, 10)])
    return client


def test_limit_and_offset_cut_a_piece(five: datastore.Client) -> None:
    assert found_with(five, limit=2) == [2, 4]
    assert found_with(five, offset=3) == [8, 10]
    assert found_with(five, offset=1, limit=2) == [4, 6]
    assert found_with(five, offset=9) == []
    assert found_with(five, limit=0) == []


def found_with(client: datastore.Client, **window: int) -> list[int | str]:
    return [entity.key.id for entity in client.query(kind="A").fetch(**window)]


def test_a_batch_tells_that_a_limit_was_reached(five: datastore.Client) -> None:
    assert run_query(five, "A", limit=2).batch.more_results == AFTER_LIMIT


def test_a_limit_of_nothing_says_that_there_may_be_more(five: datastore.Client) -> None:
    batch = run_query(five, "A", limit=0).batch
    assert (len(batch.entity_results), batch.more_results) == (0, AFTER_LIMIT)


def test_a_limit_of_nothing_is_reached_where_nothing_is(five: datastore.Client) -> None:
    assert run_query(five, "B", limit=0).batch.more_results == AFTER_LIMIT


def test_a_batch_tells_that_nothing_follows(five: datastore.Client) -> None:
    assert run_query(five, "A").batch.more_results == NO_MORE
    assert run_query(five, "A", limit=6).batch.more_results == NO_MORE


def test_a_batch_tells_what_it_has_skipped(five: datastore.Client) -> None:
    batch = run_query(five, "A", offset=2, limit=1).batch
    assert batch.skipped_results == 2
    rest = run_query(five, "A", start_cursor=batch.skipped_cursor).batch.entity_results
    assert [result.entity.key.path[0].id for result in rest] == [6, 8, 10]


def test_more_is_skipped_than_there_is(five: datastore.Client) -> None:
    assert run_query(five, "A", offset=9).batch.skipped_results == 5


def test_a_negative_limit_or_offset_is_refused(five: datastore.Client) -> None:
    for window in ({"limit": -1}, {"offset": -1}):
        with pytest.raises(InvalidArgument):
            run_query(five, "A", **window)


def test_pages_follow_one_another(five: datastore.Client) -> None:
    for options in ({}, {"order": ["v"]}, {"order": ["-v"]}):
        query = five.query(kind="A", **options)
        whole = [entity.key.id for entity in query.fetch()]
        pages: list[int] = []
        token = None
        while len(pages) < len(whole):
            page = query.fetch(limit=2, start_cursor=token)
            pages += [entity.key.id for entity in page]
            token = page.next_page_token
        assert pages == whole


def test_a_cursor_stands_where_it_stood_after_inserts_before_it(
    five: datastore.Client, an_entity: Builder
) -> None:
    query = five.query(kind="A", order=["v"])
    first = query.fetch(limit=2)
    assert [entity.key.id for entity in first] == [10, 8]
    five.put_multi([an_entity("A", n, v=n) for n in (20, 21)])
    assert [entity.key.id for entity in query.fetch(start_cursor=first.next_page_token)] == [6, 4, 2]


def test_a_cursor_sees_inserts_after_it(five: datastore.Client, an_entity: Builder) -> None:
    query = five.query(kind="A", order=["v"])
    first = query.fetch(limit=2)
    list(first)
    five.put(an_entity("A", 20, v=93))
    assert [entity.key.id for entity in query.fetch(start_cursor=first.next_page_token)] == [20, 6, 4, 2]


def test_a_cursor_outlives_its_entity(five: datastore.Client) -> None:
    query = five.query(kind="A")
    first = query.fetch(limit=2)
    list(first)
    five.delete_multi([five.key("A", 2), five.key("A", 4)])
    assert [entity.key.id for entity in query.fetch(start_cursor=first.next_page_token)] == [6, 8, 10]


def test_a_cursor_between_equal_values_knows_the_key(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", n, v=1) for n in (1, 3, 5)])
    query = client.query(kind="A", order=["v"])
    first = query.fetch(limit=2)
    list(first)
    client.put_multi([an_entity("A", n, v=1) for n in (2, 4)])
    assert [entity.key.id for entity in query.fetch(start_cursor=first.next_page_token)] == [4, 5]


def test_every_result_has_a_cursor_of_its_own(five: datastore.Client) -> None:
    batch = run_query(five, "A").batch
    for position, result in enumerate(batch.entity_results):
        rest = run_query(five, "A", start_cursor=result.cursor).batch.entity_results
        assert len(rest) == 4 - position


def test_an_end_cursor_ends_with_its_result(five: datastore.Client) -> None:
    second = run_query(five, "A", limit=2).batch.end_cursor
    batch = run_query(five, "A", end_cursor=second).batch
    assert [result.entity.key.path[0].id for result in batch.entity_results] == [2, 4]


def test_a_query_between_two_cursors(five: datastore.Client) -> None:
    results = run_query(five, "A").batch.entity_results
    batch = run_query(five, "A", start_cursor=results[0].cursor, end_cursor=results[3].cursor).batch
    assert [result.entity.key.path[0].id for result in batch.entity_results] == [4, 6, 8]


def test_what_lies_behind_an_end_cursor_is_said(five: datastore.Client) -> None:
    second = run_query(five, "A", limit=2).batch.end_cursor
    assert run_query(five, "A", end_cursor=second).batch.more_results == AFTER_CURSOR


def test_a_query_that_finds_nothing_has_a_cursor_for_later(
    client: datastore.Client, an_entity: Builder
) -> None:
    by_value = [{"property": {"name": "v"}}]
    nothing = run_query(client, "A", order=by_value).batch
    assert len(nothing.entity_results) == 0
    client.put(an_entity("A", 1, v=1))
    later = run_query(client, "A", order=by_value, start_cursor=nothing.end_cursor).batch
    assert [result.entity.key.path[0].id for result in later.entity_results] == [1]


def test_a_cursor_may_stand_at_any_value(client: datastore.Client, an_entity: Builder) -> None:
    values = [None, 1, True, "a", b"\xff", 2.5, float("inf"), GeoPoint(1, 2), client.key("A", 1)]
    client.put_multi([an_entity("A", n, v=value) for n, value in enumerate(values, start=1)])
    query = client.query(kind="A", order=["v"])
    for limit in range(1, len(values)):
        first = query.fetch(limit=limit)
        seen = [entity.key.id for entity in first]
        seen += [entity.key.id for entity in query.fetch(start_cursor=first.next_page_token)]
        assert seen == list(range(1, len(values) + 1))


@pytest.mark.parametrize("cursor", [b"garbage", b"\xff" * 30, b"\x00"])
def test_what_is_no_cursor_is_refused(five: datastore.Client, cursor: bytes) -> None:
    with pytest.raises(InvalidArgument):
        run_query(five, "A", start_cursor=cursor)


def test_a_cursor_of_another_query_is_refused(five: datastore.Client) -> None:
    cursor = run_query(five, "A", order=[{"property": {"name": "v"}}], limit=1).batch.end_cursor
    with pytest.raises(InvalidArgument):
        run_query(five, "A", start_cursor=cursor)


def test_results_tell_version_and_times_as_lookups_do(five: datastore.Client) -> None:
    result = run_query(five, "A", limit=1).batch.entity_results[0]
    looked_up = lookup(five, five.key("A", 2)).found[0]
    assert (result.version, result.create_time, result.update_time) == (
        looked_up.version,
        looked_up.create_time,
        looked_up.update_time,
    )


def test_results_of_several_batches_arrive_complete(client: datastore.Client, an_entity: Builder) -> None:
    for start in (1, 351):
        client.put_multi([an_entity("A", n, v=n) for n in range(start, start + 350)])
    assert found(client, "A") == list(range(1, 701))
    assert found_with(client, limit=555, offset=111) == list(range(112, 667))


def test_large_results_arrive_complete(client: datastore.Client, an_entity: Builder) -> None:
    for n in range(1, 8):
        client.put(an_entity("A", n, unindexed=("v",), v=b"x" * 1_000_000))
    assert found(client, "A") == list(range(1, 8))


def test_a_page_of_a_range_goes_on_in_it(five: datastore.Client) -> None:
    query = a_query(five, "A", where("v", ">", 91))
    first = query.fetch(limit=2)
    assert [entity.key.id for entity in first] == [8, 6]
    assert [entity.key.id for entity in query.fetch(start_cursor=first.next_page_token)] == [4, 2]
