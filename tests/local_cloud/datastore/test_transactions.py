from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.api_core.exceptions import Aborted, AlreadyExists, InvalidArgument
from google.cloud import datastore

from local_cloud.datastore import engine as engine_module
from local_cloud.datastore.commits import Commits
from local_cloud.datastore.locks import Locks
from local_cloud.datastore.server import DatastoreServer
from local_cloud.datastore.transactions import IDLE_SECONDS, LIFETIME_SECONDS

from .calls import begin, commit, insert, lookup, rollback, run_query, update, upsert
from .conftest import Clock, a_client

Builder = Callable[..., datastore.Entity]
READ_ONLY: dict[str, Any] = {"read_only": {}}


@pytest.fixture
def client(project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[datastore.Client]:
    """A server that does not wait long for locks and whose clock stands still."""
    monkeypatch.setattr(engine_module, "Locks", lambda: Locks(wait_seconds=0.05))
    server = DatastoreServer(None, clock=CLOCK)
    server.start()
    try:
        with a_client(server.address, project) as client:
            yield client
    finally:
        server.stop()


CLOCK = Clock()


def test_a_transaction_writes_when_its_block_ends(client: datastore.Client, an_entity: Builder) -> None:
    with client.transaction():
        client.put(an_entity("A", 1))
        assert client.get(client.key("A", 1)) is None
    assert client.get(client.key("A", 1)) is not None


def test_a_transaction_whose_block_raises_writes_nothing(
    client: datastore.Client, an_entity: Builder
) -> None:
    def put_and_fail() -> None:
        with client.transaction():
            client.put(an_entity("A", 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    assert client.get(client.key("A", 1)) is None


def test_a_transaction_that_begins_late_learns_its_id_from_the_first_read(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, n=1))
    with client.transaction(begin_later=True) as transaction:
        entity = client.get(client.key("A", 1))
        assert transaction.id
        entity["n"] += 1
        client.put(entity)
    assert client.get(client.key("A", 1))["n"] == 2


def test_of_two_readers_that_both_write_one_is_aborted(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, n=0))
    ids = [begin(client), begin(client)]
    for transaction in ids:
        lookup(client, client.key("A", 1), transaction=transaction)

    def write(number: int) -> bool:
        try:
            commit(client, upsert(an_entity("A", 1, n=number + 1)), transaction=ids[number])
        except Aborted:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(write, (0, 1)))
    assert sorted(done) == [False, True]
    assert client.get(client.key("A", 1))["n"] == done.index(True) + 1


def test_a_write_from_outside_on_what_was_read_is_aborted_and_the_reader_commits(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, n=0))
    transaction = begin(client)
    lookup(client, client.key("A", 1), transaction=transaction)
    with pytest.raises(Aborted, match=r"Transaction lock timeout\."):
        client.put(an_entity("A", 1, n=1))
    with pytest.raises(Aborted):
        commit(client, upsert(an_entity("A", 1, n=1)), single_use_transaction={"read_write": {}})
    commit(client, upsert(an_entity("A", 1, n=2)), transaction=transaction)
    assert client.get(client.key("A", 1))["n"] == 2
    client.put(an_entity("A", 1, n=3))


def test_what_a_query_has_seen_may_not_change_nor_grow(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1))
    transaction = begin(client)
    run_query(client, "A", {"transaction": transaction})
    for entity in (an_entity("A", 1, n=1), an_entity("A", 2)):
        with pytest.raises(Aborted):
            client.put(entity)
    client.put(an_entity("B", 1))
    rollback(client, transaction)
    client.put(an_entity("A", 2))


def test_a_query_locks_the_range_that_it_has_looked_at(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("A", 1, colour="red"), an_entity("A", 2, colour="blue")])
    transaction = begin(client)
    red = {"property": {"name": "colour"}, "op": "EQUAL", "value": {"string_value": "red"}}
    run_query(client, "A", {"transaction": transaction}, filter={"property_filter": red})
    client.put(an_entity("A", 2, colour="green"))
    client.put(an_entity("A", 3, colour="blue"))
    for entity in (an_entity("A", 1, colour="blue"), an_entity("A", 3, colour="red"), an_entity("A", 1)):
        with pytest.raises(Aborted):
            client.put(entity)
    with pytest.raises(Aborted):
        client.delete(client.key("A", 1))
    commit(client, transaction=transaction)
    client.put(an_entity("A", 3, colour="red"))


def test_a_write_whose_outcome_is_not_known_waits_for_every_query_of_its_kind(
    client: datastore.Client, an_entity: Builder
) -> None:
    transaction = begin(client)
    red = {"property": {"name": "colour"}, "op": "EQUAL", "value": {"string_value": "red"}}
    run_query(client, "A", {"transaction": transaction}, filter={"property_filter": red})
    paint = {"property": "colour", "append_missing_elements": {"values": [{"string_value": "red"}]}}
    with pytest.raises(Aborted):
        commit(client, upsert(an_entity("A", 1), property_transforms=[paint]))


def test_an_ancestor_query_locks_only_what_is_below(client: datastore.Client, an_entity: Builder) -> None:
    transaction = begin(client)
    ancestor = {
        "property_filter": {
            "property": {"name": "__key__"},
            "op": "HAS_ANCESTOR",
            "value": {"key_value": client.key("P", 1).to_protobuf()},
        }
    }
    run_query(client, "A", {"transaction": transaction}, filter=ancestor)
    client.put(an_entity("P", 2, "A", 1))
    with pytest.raises(Aborted):
        client.put(an_entity("P", 1, "A", 1))


def test_blind_writes_are_never_aborted(client: datastore.Client, an_entity: Builder) -> None:
    ids = [begin(client), begin(client)]
    for number, transaction in enumerate(ids):
        commit(client, upsert(an_entity("A", 1, n=number)), transaction=transaction)
    assert client.get(client.key("A", 1))["n"] == 1


def test_readers_do_not_disturb_each_other(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1))
    for _ in range(3):
        lookup(client, client.key("A", 1), transaction=begin(client))
    assert client.get(client.key("A", 1)) is not None


def test_a_read_only_transaction_sees_the_moment_it_began(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, n=1))
    transaction = begin(client, **READ_ONLY)
    client.put(an_entity("A", 1, n=2))
    client.put(an_entity("A", 2, n=2))
    found = lookup(client, client.key("A", 1), transaction=transaction).found
    assert found[0].entity.properties["n"].integer_value == 1
    assert len(run_query(client, "A", {"transaction": transaction}).batch.entity_results) == 1
    commit(client, transaction=transaction)
    with pytest.raises(InvalidArgument):
        lookup(client, client.key("A", 1), transaction=transaction)


def test_the_block_of_a_read_only_transaction_ends_well(client: datastore.Client, an_entity: Builder) -> None:
    with client.transaction(read_only=True):
        assert client.get(client.key("A", 1)) is None


def test_a_read_only_transaction_may_not_write(client: datastore.Client, an_entity: Builder) -> None:
    message = r"Cannot modify entities in a read-only transaction\."
    with pytest.raises(InvalidArgument, match=message):
        commit(client, upsert(an_entity("A", 1)), transaction=begin(client, **READ_ONLY))
    with pytest.raises(InvalidArgument, match=message):
        commit(client, upsert(an_entity("A", 1)), single_use_transaction=READ_ONLY)


def test_a_transaction_that_is_over_or_unknown_is_refused(
    client: datastore.Client, an_entity: Builder
) -> None:
    transaction = begin(client)
    commit(client, transaction=transaction)
    for call in (
        lambda: commit(client, upsert(an_entity("A", 1)), transaction=transaction),
        lambda: lookup(client, client.key("A", 1), transaction=b"unknown"),
        lambda: rollback(client, transaction),
    ):
        with pytest.raises(InvalidArgument, match="transaction has expired or is invalid"):
            call()


def test_a_transaction_that_failed_may_still_be_rolled_back(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1))
    transaction = begin(client)
    lookup(client, client.key("A", 1), transaction=transaction)
    with pytest.raises(AlreadyExists):
        commit(client, insert(an_entity("A", 1)), transaction=transaction)
    client.put(an_entity("A", 1, n=1))
    rollback(client, transaction)


def test_a_retry_may_name_the_transaction_before(client: datastore.Client, an_entity: Builder) -> None:
    before = begin(client)
    rollback(client, before)
    transaction = begin(client, read_write={"previous_transaction": before})
    commit(client, upsert(an_entity("A", 1)), transaction=transaction)


def test_an_abandoned_transaction_loses_its_locks(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, n=0))
    transaction = begin(client)
    lookup(client, client.key("A", 1), transaction=transaction)
    CLOCK.advance(IDLE_SECONDS + 1)
    client.put(an_entity("A", 1, n=1))
    with pytest.raises(InvalidArgument):
        commit(client, upsert(an_entity("A", 1, n=2)), transaction=transaction)
    assert client.get(client.key("A", 1))["n"] == 1


def test_no_transaction_lives_for_ever(client: datastore.Client, an_entity: Builder) -> None:
    transaction = begin(client)
    for _ in range(int(LIFETIME_SECONDS // (IDLE_SECONDS / 2))):
        CLOCK.advance(IDLE_SECONDS / 2)
        lookup(client, client.key("A", 1), transaction=transaction)
    CLOCK.advance(IDLE_SECONDS / 2)
    with pytest.raises(InvalidArgument):
        lookup(client, client.key("A", 1), transaction=transaction)


def test_update_in_a_transaction_is_conditional_on_nothing(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1))
    commit(client, update(an_entity("A", 1, n=1)), transaction=begin(client))
    assert client.get(client.key("A", 1))["n"] == 1


def test_what_a_call_that_fails_has_begun_holds_nothing(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, a=1))
    with pytest.raises(InvalidArgument, match="Error parsing protocol message"):
        run_query(client, "A", {"new_transaction": {"read_write": {}}}, start_cursor=b"garbage")
    client.put(an_entity("A", 2, a=1))


def test_an_index_that_a_query_makes_meanwhile_hides_no_write_from_it(
    client: datastore.Client, an_entity: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.put(an_entity("A", 1, a=1, b=1))
    # With a query in an open transaction, it matters which rows a write has.
    run_query(client, "Other", {"transaction": begin(client)})
    transaction = begin(client)
    order: Any = [{"property": {"name": "b"}, "direction": "DESCENDING"}, {"property": {"name": "a"}}]
    look = Commits._look

    def look_and_let_others_read(commits: Commits, changes: Any) -> Any:
        found = look(commits, changes)
        monkeypatch.setattr(Commits, "_look", look)
        run_query(client, "A", {"transaction": transaction}, order=order)
        return found

    monkeypatch.setattr(Commits, "_look", look_and_let_others_read)
    with pytest.raises(Aborted):
        client.put(an_entity("A", 2, a=1, b=2))
    assert len(run_query(client, "A", {"transaction": transaction}, order=order).batch.entity_results) == 1
