"""Transactions. A new database is pessimistic: a transaction that may write locks what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import Any

import pytest
from google.api_core.exceptions import Aborted, AlreadyExists, InvalidArgument
from google.cloud import datastore

from tests.conformance.calls import Builder, call, found
from tests.local_cloud.datastore.calls import (
    begin,
    commit,
    delete,
    insert,
    lookup,
    rollback,
    run_query,
    upsert,
)

# Long enough for a write to be done where nothing keeps it from that.
WAIT_SECONDS = 0.3
READ_ONLY: dict[str, Any] = {"read_only": {}}


@pytest.fixture
def key(client: datastore.Client, an_entity: Builder) -> datastore.Key:
    """Of A/1, whose v is 0."""
    client.put(an_entity("A", 1, v=0))
    return client.key("A", 1)


@pytest.fixture
def outside() -> Iterator[Executor]:
    """Somebody who does not know of the transaction."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def was_aborted(call: Future[Any]) -> bool:
    """Once it has ended, in one of the two ways that leave the transaction alone."""
    try:
        call.result()
    except Aborted:
        return True
    return False


def v_of(answer: Any) -> int:
    return int(answer.found[0].entity.properties["v"].integer_value)


def test_a_block_writes_when_it_ends(client: datastore.Client, an_entity: Builder) -> None:
    with client.transaction():
        client.put(an_entity("A", 1, v=1))
        client.put(an_entity("A", 2, v=2))
    assert found(client, "A") == [1, 2]


def test_a_block_that_raises_writes_nothing(client: datastore.Client, an_entity: Builder) -> None:
    def put_and_fail() -> None:
        with client.transaction():
            client.put(an_entity("A", 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    assert found(client, "A") == []


def test_a_transaction_does_not_see_its_own_writes(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    with client.transaction():
        client.put(an_entity("A", 1, v=1))
        assert client.get(key)["v"] == 0
        assert found(client, "A") == [1]
    assert client.get(key)["v"] == 1


def test_a_transaction_gives_ids_when_it_ends(client: datastore.Client, an_entity: Builder) -> None:
    entity = an_entity("A")
    with client.transaction():
        client.put(entity)
    assert entity.key.id
    assert client.get(entity.key) is not None


def test_a_transaction_that_begins_late_learns_its_id_from_its_first_read(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    with client.transaction(begin_later=True) as transaction:
        entity = client.get(key)
        assert transaction.id
        entity["v"] += 1
        client.put(entity)
    assert client.get(key)["v"] == 1


def test_a_query_may_begin_a_transaction(client: datastore.Client, key: datastore.Key) -> None:
    answer = run_query(client, "A", {"new_transaction": {"read_write": {}}})
    assert answer.transaction
    commit(client, delete(key), transaction=answer.transaction)
    assert client.get(key) is None


def test_a_late_transaction_that_reads_nothing_is_one_commit(
    client: datastore.Client, an_entity: Builder
) -> None:
    with client.transaction(begin_later=True):
        client.put(an_entity("A", 1, v=1))
    assert found(client, "A") == [1]


def test_no_write_comes_between_a_read_and_the_commit(
    client: datastore.Client, an_entity: Builder, key: datastore.Key, outside: Executor
) -> None:
    transaction = begin(client)
    lookup(client, key, transaction=transaction)
    put = outside.submit(client.put, an_entity("A", 1, v=1))
    wait([put], WAIT_SECONDS)
    assert v_of(lookup(client, key, transaction=transaction)) == 0
    commit(client, upsert(an_entity("A", 1, v=2)), transaction=transaction)
    # Or it waited and came later.
    wanted = 2 if was_aborted(put) else 1
    assert client.get(key)["v"] == wanted


def test_of_two_that_read_and_write_the_same_not_both_commit(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    transactions = [begin(client), begin(client)]
    for transaction in transactions:
        lookup(client, key, transaction=transaction)

    def write(number: int) -> bool:
        try:
            commit(client, upsert(an_entity("A", 1, v=number)), transaction=transactions[number - 1])
        except Aborted:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(write, (1, 2)))
    assert done != [True, True]
    assert client.get(key)["v"] == (done.index(True) + 1 if any(done) else 0)


def test_readers_do_not_disturb_each_other(client: datastore.Client, key: datastore.Key) -> None:
    transactions = [begin(client) for _ in range(3)]
    for transaction in transactions:
        assert v_of(lookup(client, key, transaction=transaction)) == 0
    assert client.get(key)["v"] == 0
    for transaction in transactions:
        rollback(client, transaction)


def test_what_was_missing_is_still_missing_at_the_commit(
    client: datastore.Client, an_entity: Builder, outside: Executor
) -> None:
    transaction = begin(client)
    lookup(client, client.key("A", 1), transaction=transaction)
    put = outside.submit(client.put, an_entity("A", 1, v=1))
    wait([put], WAIT_SECONDS)
    commit(client, insert(an_entity("A", 1, v=2)), transaction=transaction)
    wanted = 2 if was_aborted(put) else 1
    assert client.get(client.key("A", 1))["v"] == wanted


def test_what_a_query_has_seen_does_not_grow(
    client: datastore.Client, an_entity: Builder, key: datastore.Key, outside: Executor
) -> None:
    transaction = begin(client)
    run_query(client, "A", {"transaction": transaction})
    put = outside.submit(client.put, an_entity("A", 2))
    wait([put], WAIT_SECONDS)
    assert len(run_query(client, "A", {"transaction": transaction}).batch.entity_results) == 1
    rollback(client, transaction)
    wanted = [1] if was_aborted(put) else [1, 2]
    assert found(client, "A") == wanted


def test_a_rollback_lets_others_write(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    transaction = begin(client)
    lookup(client, key, transaction=transaction)
    rollback(client, transaction)
    client.put(an_entity("A", 1, v=1))
    assert client.get(key)["v"] == 1


def test_who_has_read_nothing_is_never_aborted(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    transactions = [begin(client), begin(client)]
    client.put(an_entity("A", 1, v=1))
    for number, transaction in enumerate(transactions, start=2):
        commit(client, upsert(an_entity("A", 1, v=number)), transaction=transaction)
    assert client.get(key)["v"] == 3


def test_a_transaction_reads_one_moment(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    transaction = begin(client, **READ_ONLY)
    assert v_of(lookup(client, key, transaction=transaction)) == 0
    client.put_multi([an_entity("A", 1, v=1), an_entity("A", 2)])
    assert v_of(lookup(client, key, transaction=transaction)) == 0
    assert len(run_query(client, "A", {"transaction": transaction}).batch.entity_results) == 1
    assert len(run_query(client, "A").batch.entity_results) == 2


def test_a_read_only_transaction_sees_the_moment_it_began(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    transaction = begin(client, **READ_ONLY)
    client.put(an_entity("A", 1, v=1))
    assert v_of(lookup(client, key, transaction=transaction)) == 0


def test_a_read_only_transaction_locks_nothing(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    lookup(client, key, transaction=begin(client, **READ_ONLY))
    client.put(an_entity("A", 1, v=1))
    assert client.get(key)["v"] == 1


def test_a_read_only_transaction_ends_with_a_commit_of_nothing(
    client: datastore.Client, key: datastore.Key
) -> None:
    with client.transaction(read_only=True):
        assert client.get(key)["v"] == 0


def test_a_read_only_transaction_writes_nothing(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    with pytest.raises(InvalidArgument):
        commit(client, upsert(an_entity("A", 1, v=1)), transaction=begin(client, **READ_ONLY))
    assert client.get(key)["v"] == 0


def test_a_read_only_transaction_may_look_at_the_past(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    then = lookup(client, key).read_time
    client.put(an_entity("A", 1, v=1))
    transaction = begin(client, read_only={"read_time": then})
    assert v_of(lookup(client, key, transaction=transaction)) == 0


def test_a_transaction_that_is_over_is_refused(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    transaction = begin(client)
    commit(client, transaction=transaction)
    with pytest.raises(InvalidArgument):
        commit(client, upsert(an_entity("A", 1, v=1)), transaction=transaction)
    with pytest.raises(InvalidArgument):
        lookup(client, key, transaction=transaction)


def test_a_transaction_that_was_rolled_back_is_refused(client: datastore.Client, key: datastore.Key) -> None:
    transaction = begin(client)
    rollback(client, transaction)
    with pytest.raises(InvalidArgument):
        lookup(client, key, transaction=transaction)


def test_a_transaction_that_never_was_is_refused(client: datastore.Client, key: datastore.Key) -> None:
    with pytest.raises(InvalidArgument):
        lookup(client, key, transaction=b"never")
    with pytest.raises(InvalidArgument):
        rollback(client, b"never")


def test_a_transaction_whose_commit_failed_wrote_nothing(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    transaction = begin(client)
    lookup(client, key, transaction=transaction)
    with pytest.raises(AlreadyExists):
        commit(client, upsert(an_entity("A", 2)), insert(an_entity("A", 1)), transaction=transaction)
    assert found(client, "A") == [1]


def test_a_retry_may_name_the_transaction_before_it(client: datastore.Client, an_entity: Builder) -> None:
    before = begin(client)
    rollback(client, before)
    transaction = begin(client, read_write={"previous_transaction": before})
    commit(client, upsert(an_entity("A", 1, v=1)), transaction=transaction)
    assert found(client, "A") == [1]


def test_a_query_in_a_transaction_needs_no_ancestor(client: datastore.Client, key: datastore.Key) -> None:
    with client.transaction():
        assert found(client, "A") == [1]


def test_another_writes_elsewhere_undisturbed(
    client: datastore.Client, an_entity: Builder, key: datastore.Key
) -> None:
    transaction = begin(client)
    lookup(client, key, transaction=transaction)
    client.put(an_entity("A", 2, v=1))
    commit(client, upsert(an_entity("A", 1, v=1)), transaction=transaction)
    assert found(client, "A") == [1, 2]


def test_a_commit_may_be_a_transaction_by_itself(client: datastore.Client, an_entity: Builder) -> None:
    answer = call(
        client,
        "commit",
        mode="TRANSACTIONAL",
        single_use_transaction={"read_write": {}},
        mutations=[upsert(an_entity("A", 1)), upsert(an_entity("A", 2))],
    )
    assert len(answer.mutation_results) == 2
