"""What a commit writes: operations, what may stand together, what stays after a failure, masks, versions."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument, NotFound
from google.cloud import datastore

from tests.conformance.calls import Builder, call, found, where
from tests.local_cloud.datastore.calls import (
    SINGLE_USE,
    begin,
    commit,
    delete,
    insert,
    lookup,
    update,
    upsert,
    version_of,
)


def test_an_upsert_writes_whether_there_is_something_or_not(
    client: datastore.Client, an_entity: Builder
) -> None:
    commit(client, upsert(an_entity("A", 1, v=1, w=1)))
    commit(client, upsert(an_entity("A", 1, v=2)))
    assert dict(client.get(client.key("A", 1))) == {"v": 2}


def test_an_insert_needs_that_there_is_nothing(client: datastore.Client, an_entity: Builder) -> None:
    commit(client, insert(an_entity("A", 1, v=1)))
    with pytest.raises(AlreadyExists):
        commit(client, insert(an_entity("A", 1, v=2)))
    assert client.get(client.key("A", 1))["v"] == 1


def test_an_update_needs_that_there_is_something(client: datastore.Client, an_entity: Builder) -> None:
    with pytest.raises(NotFound):
        commit(client, update(an_entity("A", 1, v=1)))
    commit(client, insert(an_entity("A", 1, v=1)), update(an_entity("A", 1, v=2)), **SINGLE_USE)
    assert client.get(client.key("A", 1))["v"] == 2


def test_all_or_nothing_in_a_transaction(client: datastore.Client, an_entity: Builder) -> None:
    with pytest.raises(NotFound):
        commit(client, upsert(an_entity("A", 1)), update(an_entity("A", 2)), **SINGLE_USE)
    assert found(client, "A") == []


def test_outside_of_a_transaction_what_came_before_a_failure_stays(
    client: datastore.Client, an_entity: Builder
) -> None:
    with pytest.raises(NotFound):
        commit(client, upsert(an_entity("A", 1)), update(an_entity("A", 2)))
    assert found(client, "A") == [1]


def test_outside_of_a_transaction_an_entity_is_changed_once(
    client: datastore.Client, an_entity: Builder
) -> None:
    with pytest.raises(InvalidArgument, match="may not contain multiple mutations affecting the same entity"):
        commit(client, upsert(an_entity("A", 1)), delete(client.key("A", 1)))


def test_in_a_transaction_mutations_are_applied_in_order(
    client: datastore.Client, an_entity: Builder
) -> None:
    key = client.key("A", 1)
    commit(client, upsert(an_entity("A", 1, v=1)), upsert(an_entity("A", 1, v=2)), **SINGLE_USE)
    assert client.get(key)["v"] == 2
    commit(client, upsert(an_entity("A", 1, v=3)), delete(key), **SINGLE_USE)
    assert client.get(key) is None
    commit(client, delete(key), upsert(an_entity("A", 1, v=4)), **SINGLE_USE)
    assert client.get(key)["v"] == 4
    commit(client, delete(key), insert(an_entity("A", 1, v=5)), **SINGLE_USE)
    assert client.get(key)["v"] == 5


def test_in_a_transaction_some_mutations_may_not_follow_others(
    client: datastore.Client, an_entity: Builder
) -> None:
    entity, key = an_entity("A", 1), client.key("A", 1)
    for first in (insert(entity), update(entity), upsert(entity)):
        with pytest.raises(InvalidArgument):
            commit(client, first, insert(entity), **SINGLE_USE)
    with pytest.raises(InvalidArgument):
        commit(client, delete(key), update(entity), **SINGLE_USE)


def test_a_transactional_commit_needs_a_transaction(client: datastore.Client, an_entity: Builder) -> None:
    with pytest.raises(InvalidArgument, match="transactional commit requires a transaction"):
        call(client, "commit", mode="TRANSACTIONAL", mutations=[upsert(an_entity("A", 1))])


def test_a_commit_of_another_kind_takes_no_transaction(client: datastore.Client, an_entity: Builder) -> None:
    mutations = [upsert(an_entity("A", 1))]
    with pytest.raises(InvalidArgument):
        call(client, "commit", mode="NON_TRANSACTIONAL", mutations=mutations, transaction=begin(client))


def test_a_commit_of_nothing_succeeds(client: datastore.Client) -> None:
    assert len(commit(client).mutation_results) == 0
    assert len(commit(client, **SINGLE_USE).mutation_results) == 0


def test_a_mutation_does_something(client: datastore.Client) -> None:
    with pytest.raises(InvalidArgument):
        commit(client, {})


def test_results_come_in_the_order_of_the_mutations(client: datastore.Client, an_entity: Builder) -> None:
    entities = [an_entity("A", n, v=n) for n in range(1, 6)]
    results = commit(client, *map(upsert, entities)).mutation_results
    versions = [result.version for result in lookup(client, *[entity.key for entity in entities]).found]
    assert sorted(result.version for result in results) == sorted(versions)
    assert len(results) == 5


def test_a_version_rises_with_every_change(client: datastore.Client, an_entity: Builder) -> None:
    versions = [commit(client, upsert(an_entity("A", 1, v=n))).mutation_results[0].version for n in range(5)]
    assert versions == sorted(set(versions))
    assert version_of(client, client.key("A", 1)) == versions[-1]


def test_writing_the_same_again_changes_no_version(client: datastore.Client, an_entity: Builder) -> None:
    first = commit(client, upsert(an_entity("A", 1, v=1))).mutation_results[0]
    second = commit(client, upsert(an_entity("A", 1, v=1))).mutation_results[0]
    assert (second.version, second.update_time) == (first.version, first.update_time)


def test_the_version_of_a_deletion_lies_between_those_of_the_entities(
    client: datastore.Client, an_entity: Builder
) -> None:
    before = commit(client, upsert(an_entity("A", 1, v=1))).mutation_results[0].version
    deleted = commit(client, delete(client.key("A", 1))).mutation_results[0].version
    after = commit(client, upsert(an_entity("A", 1, v=1))).mutation_results[0].version
    assert before < deleted < after


def test_a_result_tells_the_times_of_its_entity(client: datastore.Client, an_entity: Builder) -> None:
    answer = commit(client, upsert(an_entity("A", 1, v=1)))
    result = answer.mutation_results[0]
    stored = lookup(client, client.key("A", 1)).found[0]
    assert (result.create_time, result.update_time) == (stored.create_time, stored.update_time)
    assert answer.commit_time >= result.update_time


def test_an_entity_that_comes_back_is_created_anew(client: datastore.Client, an_entity: Builder) -> None:
    first = commit(client, upsert(an_entity("A", 1, v=1))).mutation_results[0]
    client.delete(client.key("A", 1))
    again = commit(client, upsert(an_entity("A", 1, v=1))).mutation_results[0]
    assert again.create_time > first.create_time


def masked(entity: datastore.Entity, *paths: str) -> dict[str, Any]:
    return upsert(entity, property_mask={"paths": list(paths)})


def test_a_mask_writes_what_it_names_and_keeps_the_rest(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, a=1, b=1, c=1))
    commit(client, masked(an_entity("A", 1, a=2, b=2), "a", "c"))
    assert dict(client.get(client.key("A", 1))) == {"a": 2, "b": 1}


def test_a_mask_reaches_into_embedded_entities(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, sub=an_entity("S", 1, x=1, y=1)))
    commit(client, masked(an_entity("A", 1, sub=an_entity("S", 1, x=2, y=2)), "sub.x"))
    assert dict(client.get(client.key("A", 1))["sub"]) == {"x": 2, "y": 1}


def test_a_mask_on_a_new_entity_writes_only_what_it_names(
    client: datastore.Client, an_entity: Builder
) -> None:
    commit(client, masked(an_entity("A", 1, a=1, b=1), "a"))
    assert dict(client.get(client.key("A", 1))) == {"a": 1}


def test_a_delete_ignores_its_mask(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, a=1, b=1))
    commit(client, delete(client.key("A", 1), property_mask={"paths": ["a"]}))
    assert client.get(client.key("A", 1)) is None


def test_what_was_written_is_found_and_what_was_overwritten_is_not(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, v=1, w=[1, 2]))
    client.put(an_entity("A", 1, v=2, w=[2, 3]))
    assert found(client, "A", where("v", "=", 1)) == []
    assert found(client, "A", where("w", "=", 1)) == []
    assert found(client, "A", where("w", "=", 2)) == [1]
    client.delete(client.key("A", 1))
    assert found(client, "A", where("w", "=", 2)) == []


def test_the_clients_batch_is_one_commit(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 3))
    with client.batch() as batch:
        batch.put(an_entity("A", 1, v=1))
        batch.put(an_entity("A", 2, v=2))
        batch.delete(client.key("A", 3))
    assert found(client, "A") == [1, 2]
