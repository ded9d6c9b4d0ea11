from __future__ import annotations

from collections.abc import Callable

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import datastore

from local_cloud.datastore.cursors import Position, decode_cursor, encode_cursor

from .calls import run_query

Builder = Callable[..., datastore.Entity]
BY_PLACE = {"order": [{"property": {"name": "place"}, "direction": "DESCENDING"}]}


def test_a_position_comes_back_from_its_cursor() -> None:
    position = Position(b"\x00columns", b"key\xff")
    assert decode_cursor(encode_cursor(*position, b"1234"), b"1234") == position


def test_pages_follow_each_other(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("Entry", n, place=n % 4) for n in range(1, 24)])
    for order in (["place"], ["-place"], ["place", "-__key__"], []):
        query = client.query(kind="Entry", order=order)
        everything = [entity.key.id for entity in query.fetch()]
        paged: list[int] = []
        token = None
        while token or not paged:
            page = query.fetch(limit=3, start_cursor=token)
            paged += [entity.key.id for entity in page]
            token = page.next_page_token
        assert paged == everything


def test_writes_do_not_shift_a_page(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("Entry", n, place=n * 10) for n in range(1, 7)])
    page = client.query(kind="Entry", order=["-place"]).fetch(limit=2)
    assert [entity["place"] for entity in page] == [60, 50]
    client.put(an_entity("Entry", 99, place=55))
    client.delete(client.key("Entry", 5))
    rest = client.query(kind="Entry", order=["-place"]).fetch(start_cursor=page.next_page_token)
    assert [entity["place"] for entity in rest] == [40, 30, 20, 10]


def test_the_cursor_at_the_end_finds_what_comes_later(client: datastore.Client, an_entity: Builder) -> None:
    at_the_end = run_query(client, "A").batch.end_cursor
    client.put_multi([an_entity("A", 1), an_entity("A", 2)])
    batch = run_query(client, "A", start_cursor=at_the_end).batch
    assert len(batch.entity_results) == 2
    client.put(an_entity("A", 3))
    (later,) = run_query(client, "A", start_cursor=batch.end_cursor).batch.entity_results
    assert later.entity.key.path[0].id == 3


def test_an_entity_with_an_array_is_on_one_page_only(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", 1, v=[1, 9]), an_entity("A", 2, v=5)])
    page = client.query(kind="A", order=["v"]).fetch(limit=1)
    assert [entity.key.id for entity in page] == [1]
    rest = client.query(kind="A", order=["v"]).fetch(start_cursor=page.next_page_token)
    assert [entity.key.id for entity in rest] == [2]


def test_an_end_cursor_includes_its_result(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("Entry", n, place=n) for n in range(1, 6)])
    until = run_query(client, "Entry", limit=2, **BY_PLACE).batch.end_cursor
    results = run_query(client, "Entry", end_cursor=until, **BY_PLACE).batch.entity_results
    assert [result.entity.key.path[0].id for result in results] == [5, 4]


@pytest.mark.parametrize("cursor", [b"garbage", b"\x01" * 40])
def test_garbage_is_refused(client: datastore.Client, an_entity: Builder, cursor: bytes) -> None:
    client.put(an_entity("A", 1))
    with pytest.raises(InvalidArgument, match="Error parsing protocol message"):
        run_query(client, "A", start_cursor=cursor)


def test_a_cursor_of_another_query_is_refused(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("Entry", 1, place=1))
    cursor = run_query(client, "Entry").batch.end_cursor
    with pytest.raises(InvalidArgument, match="cursor does not match query"):
        run_query(client, "Entry", start_cursor=cursor, **BY_PLACE)
