"""What a call costs follows its result and not how much there is: counted in steps of SQLite, never timed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from google.cloud import datastore
from google.cloud.datastore.query import And, Or, PropertyFilter

from local_cloud.datastore.reader import Reader

from .calls import begin, commit, delete, lookup, upsert
from .conftest import INDEX_FILE, a_client, a_server

F = PropertyFilter
FEW, MANY = 400, 4_000
LIMIT = 10


class Steps:
    """Instructions of SQLite's machine taken by all connections of a server."""

    def __init__(self) -> None:
        self.taken = 0

    def __call__(self) -> None:
        self.taken += 1


@contextmanager
def a_counted_client(entities: int) -> Iterator[tuple[datastore.Client, Steps]]:
    steps = Steps()
    with a_server(index_file=INDEX_FILE) as server, pytest.MonkeyPatch.context() as patched:
        storage = server.engine.storage
        assert storage is not None
        connect = storage.connect

        def connect_counted() -> sqlite3.Connection:
            connection = connect()
            connection.set_progress_handler(steps, 1)
            return connection

        patched.setattr(storage, "connect", connect_counted)
        storage._writer_connection.set_progress_handler(steps, 1)
        with a_client(server.address, "p") as client:
            fill(client, entities)
            yield client, steps


def fill(client: datastore.Client, entities: int) -> None:
    for start in range(0, entities, 500):
        batch = []
        for number in range(start, min(start + 500, entities)):
            entity = datastore.Entity(client.key("P", number // 5 + 1, "Thing", number + 1))
            # Of every value of b there are ten, of every colour the same share.
            entity.update(a=number % 2, b=number // 10, colour=number % 4)
            batch.append(entity)
        client.put_multi(batch)


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[datastore.Client, Steps]]:
    with a_counted_client(FEW) as counted:
        yield counted


@pytest.fixture(scope="module")
def large() -> Iterator[tuple[datastore.Client, Steps]]:
    with a_counted_client(MANY) as counted:
        yield counted


def things(client: datastore.Client, *filters: Any, **options: Any) -> Any:
    query = client.query(kind="Thing", **options)
    for filter_ in filters:
        query.add_filter(filter=filter_)
    return query


def fetched(query: Any, **options: Any) -> int:
    return len(list(query.fetch(limit=LIMIT, **options)))


def distinct_pairs(client: datastore.Client) -> int:
    return fetched(things(client, projection=["b", "a"], order=["b", "a"], distinct_on=["b"]))


def counted(query: Any) -> int:
    (results,) = query._client.aggregation_query(query).count().sum("b").fetch()
    return len(results)


def put_and_delete(client: datastore.Client) -> None:
    entity = datastore.Entity(client.key("Thing", "new"))
    entity.update(a=7, b=7, colour=7)
    commit(client, upsert(entity))
    commit(client, delete(entity.key))


def locked(client: datastore.Client) -> None:
    transaction = begin(client)
    lookup(client, client.key("P", 1, "Thing", 1), transaction=transaction)
    commit(client, transaction=transaction)


def a_cursor(client: datastore.Client, order: str = "b") -> Any:
    page = things(client, order=[order]).fetch(limit=LIMIT)
    list(page)
    return page.next_page_token


CALLS: dict[str, Callable[[datastore.Client], Any]] = {
    "lookup": lambda client: client.get(client.key("P", 1, "Thing", 1)),
    "a kind": lambda client: fetched(things(client)),
    "no kind": lambda client: fetched(client.query()),
    "an ancestor": lambda client: fetched(things(client, ancestor=client.key("P", 2))),
    "a key range": lambda client: fetched(things(client, F("__key__", ">", client.key("P", 9)))),
    "an equality": lambda client: fetched(things(client, F("b", "=", 3))),
    "two equalities": lambda client: fetched(things(client, F("colour", "=", 1), F("b", "=", 3))),
    "an order": lambda client: fetched(things(client, order=["b"])),
    "an order, descending": lambda client: fetched(things(client, order=["-b"])),
    "an order of equals": lambda client: fetched(things(client, order=["colour"])),
    "an order of equals, descending": lambda client: fetched(things(client, order=["-colour"])),
    "an order of equals, keys descending": lambda client: fetched(
        things(client, order=["colour", "-__key__"])
    ),
    "a page of equals": lambda client: fetched(
        things(client, order=["colour"]), start_cursor=a_cursor(client, "colour")
    ),
    "a page of equals, descending": lambda client: fetched(
        things(client, order=["-colour"]), start_cursor=a_cursor(client, "-colour")
    ),
    "up to a cursor": lambda client: fetched(things(client, order=["b"]), end_cursor=a_cursor(client)),
    "up to a cursor, descending": lambda client: fetched(
        things(client, order=["-b"]), end_cursor=a_cursor(client, "-b")
    ),
    "a range": lambda client: fetched(things(client, F("b", ">", 5), F("b", "<", 9))),
    "an equality and an order": lambda client: fetched(things(client, F("a", "=", 1), order=["-b"])),
    "two orders": lambda client: fetched(things(client, order=["-b", "a"])),
    "unequal": lambda client: fetched(things(client, F("a", "!=", 0))),
    "one of several": lambda client: fetched(things(client, F("b", "IN", [3, 5, 9]))),
    "either": lambda client: fetched(things(client, Or([F("b", "=", 3), F("b", ">", 7)]))),
    "one of several, in order": lambda client: fetched(things(client, F("a", "IN", [0, 1]), order=["b"])),
    "two ranges": lambda client: fetched(things(client, And([F("a", ">", 0), F("b", ">", 3)]), order=["a"])),
    "keys only": lambda client: fetched(things(client, projection=["__key__"])),
    "a projection": lambda client: fetched(things(client, projection=["b"])),
    "a page": lambda client: fetched(things(client, order=["b"]), start_cursor=a_cursor(client)),
    "a count": lambda client: counted(things(client, F("b", "<", 3))),
    "a put and a delete": put_and_delete,
    "a transaction": locked,
    "kinds": lambda client: len(list(client.query(kind="__kind__").fetch())),
    "properties": lambda client: len(list(client.query(kind="__property__").fetch())),
}


def steps_of(counted_client: tuple[datastore.Client, Steps], call: Callable[[datastore.Client], Any]) -> int:
    client, steps = counted_client
    # The second time: what is prepared once is none of its cost.
    call(client)
    before = steps.taken
    call(client)
    return steps.taken - before


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_ten_times_as_many_entities_cost_no_more(
    small: tuple[datastore.Client, Steps],
    large: tuple[datastore.Client, Steps],
    call: Callable[[datastore.Client], Any],
) -> None:
    assert steps_of(large, call) <= 1.1 * steps_of(small, call)


def test_a_past_moment_costs_no_more_among_many(
    small: tuple[datastore.Client, Steps], large: tuple[datastore.Client, Steps]
) -> None:
    def then(client: datastore.Client) -> None:
        moment = lookup(client, client.key("P", 1, "Thing", 1)).read_time
        put_and_delete(client)
        assert fetched(things(client, order=["b"]), read_time=moment) == LIMIT
        assert fetched(things(client, F("a", "=", 1), F("b", "=", 3)), read_time=moment) > 0

    assert steps_of(large, then) <= 1.1 * steps_of(small, then)


def test_a_row_that_does_not_fit_is_dropped_without_its_entity(
    small: tuple[datastore.Client, Steps], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = small
    monkeypatch.delattr(Reader, "get")
    both = And([F("a", ">", 0), F("b", ">", 3)])
    assert fetched(things(client, both, order=["a"], projection=["__key__"])) == LIMIT
