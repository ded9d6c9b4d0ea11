"""Optimistic transactions: nobody waits, and who has read what others wrote meanwhile is aborted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.api_core.exceptions import Aborted
from google.cloud import datastore

from local_cloud.datastore import DatastoreServer
from local_cloud.datastore.commits import Commits

from .calls import begin, commit, lookup, rollback, run_query, upsert
from .conftest import a_client

Builder = Callable[..., datastore.Entity]


@pytest.fixture(scope="module")
def optimistic() -> Iterator[DatastoreServer]:
    server = DatastoreServer(None, optimistic=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(optimistic: DatastoreServer, project: str) -> Iterator[datastore.Client]:
    with a_client(optimistic.address, project) as client:
        yield client


def number(client: datastore.Client, **read_options: Any) -> int:
    found = lookup(client, client.key("A", 1), **read_options).found
    return int(found[0].entity.properties["n"].integer_value)


def test_who_commits_second_is_aborted(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, n=0))
    first, second = begin(client), begin(client)
    assert number(client, transaction=first) == number(client, transaction=second) == 0
    commit(client, upsert(an_entity("A", 1, n=1)), transaction=first)
    with pytest.raises(Aborted, match="Too much contention"):
        commit(client, upsert(an_entity("A", 1, n=2)), transaction=second)
    assert number(client) == 1


def test_a_write_from_outside_goes_through(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, n=0))
    transaction = begin(client)
    number(client, transaction=transaction)
    client.put(an_entity("A", 1, n=1))
    with pytest.raises(Aborted):
        commit(client, upsert(an_entity("A", 1, n=2)), transaction=transaction)
    rollback(client, transaction)


def test_all_reads_see_the_moment_it_began(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, n=0))
    transaction = begin(client)
    client.put(an_entity("A", 1, n=1))
    client.put(an_entity("A", 2, n=1))
    assert number(client, transaction=transaction) == 0
    assert len(run_query(client, "A", {"transaction": transaction}).batch.entity_results) == 1


def test_what_a_query_has_looked_at_counts_too(client: datastore.Client, an_entity: Builder) -> None:
    red = {"property": {"name": "colour"}, "op": "EQUAL", "value": {"string_value": "red"}}
    for colour, is_aborted in (("blue", False), ("red", True)):
        transaction = begin(client)
        run_query(client, "A", {"transaction": transaction}, filter={"property_filter": red})
        client.put(an_entity("A", colour, colour=colour))
        if is_aborted:
            with pytest.raises(Aborted):
                commit(client, upsert(an_entity("B", 1)), transaction=transaction)
        else:
            commit(client, upsert(an_entity("B", 1)), transaction=transaction)


def test_blind_writes_and_reads_without_a_write_from_others_are_never_aborted(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, n=0))
    blind, reader = begin(client), begin(client)
    number(client, transaction=reader)
    commit(client, upsert(an_entity("B", 1)), transaction=blind)
    commit(client, upsert(an_entity("A", 1, n=1)), transaction=reader)
    assert number(client) == 1


def test_what_changes_nothing_aborts_nobody(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, n=0))
    reader = begin(client)
    number(client, transaction=reader)
    run_query(client, "A", {"transaction": reader})
    client.put(an_entity("A", 1, n=0))
    assert (
        commit(client, upsert(an_entity("A", 1, n=1), base_version=5)).mutation_results[0].conflict_detected
    )
    client.delete(client.key("A", 2))
    commit(client, upsert(an_entity("B", 1)), transaction=reader)


def test_a_commit_that_must_look_again_does_not_abort_itself(
    client: datastore.Client, an_entity: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.put(an_entity("A", 1, n=0))
    large = {"property": {"name": "n"}, "op": "GREATER_THAN", "value": {"integer_value": 10}}
    transaction = begin(client)
    run_query(client, "A", {"transaction": transaction}, filter={"property_filter": large})
    looked, look = [], Commits._look

    def look_and_be_overtaken(*arguments: Any) -> Any:
        seen = look(*arguments)
        looked.append(seen)
        if len(looked) == 1:
            client.put(an_entity("A", 1, n=1))
        return seen

    monkeypatch.setattr(Commits, "_look", look_and_be_overtaken)
    commit(client, upsert(an_entity("A", 1, n=20)), transaction=transaction)
    # The overtaking put's is the second.
    assert len(looked) == 3
    assert number(client) == 20
