from __future__ import annotations

from collections.abc import Callable

import pytest
from google.api_core.exceptions import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)
from google.cloud import datastore

from .calls import FAIL, SINGLE_USE, commit, delete, insert, lookup, update, upsert, version_of

Builder = Callable[..., datastore.Entity]


def test_insert_refuses_what_is_there(client: datastore.Client, an_entity: Builder) -> None:
    commit(client, insert(an_entity("A", 1, n=1)))
    with pytest.raises(AlreadyExists, match="entity already exists"):
        commit(client, insert(an_entity("A", 1, n=2)))
    assert client.get(client.key("A", 1))["n"] == 1


def test_update_refuses_what_is_not_there(client: datastore.Client, an_entity: Builder) -> None:
    with pytest.raises(NotFound, match="no entity to update"):
        commit(client, update(an_entity("A", 1)))


def test_deleting_what_is_not_there_is_fine(client: datastore.Client) -> None:
    client.delete(client.key("A", 1))


def test_a_put_replaces_the_whole_entity_and_its_index_rows(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, old=1))
    client.put(an_entity("A", 1, new=1))
    assert dict(client.get(client.key("A", 1))) == {"new": 1}
    assert not list(client.query(kind="A", order=["old"]).fetch())
    assert len(list(client.query(kind="A", order=["new"]).fetch())) == 1


def test_versions_rise_and_a_commit_has_one_for_all(client: datastore.Client, an_entity: Builder) -> None:
    first = commit(client, upsert(an_entity("A", 1)), upsert(an_entity("A", 2))).mutation_results
    second = commit(client, upsert(an_entity("A", 1, n=1))).mutation_results
    gone = commit(client, delete(client.key("A", 1))).mutation_results
    assert first[0].version == first[1].version < second[0].version < gone[0].version
    assert lookup(client, client.key("A", 1)).missing[0].version >= gone[0].version


def test_writing_the_same_again_changes_neither_version_nor_time(
    client: datastore.Client, an_entity: Builder
) -> None:
    commit(client, upsert(an_entity("A", 1, a=1, b=2)))
    before = lookup(client, client.key("A", 1)).found[0]
    result = commit(client, upsert(an_entity("A", 1, b=2, a=1)))
    after = lookup(client, client.key("A", 1)).found[0]
    assert (after.version, after.update_time) == (before.version, before.update_time)
    assert result.index_updates == 0


def test_create_time_stays_and_update_time_moves(client: datastore.Client, an_entity: Builder) -> None:
    commit(client, upsert(an_entity("A", 1, n=1)))
    before = lookup(client, client.key("A", 1)).found[0]
    commit(client, upsert(an_entity("A", 1, n=2)))
    after = lookup(client, client.key("A", 1)).found[0]
    assert after.create_time == before.create_time == before.update_time < after.update_time


def test_outside_of_a_transaction_no_key_may_come_twice(client: datastore.Client, an_entity: Builder) -> None:
    with pytest.raises(InvalidArgument, match="multiple mutations affecting the same entity"):
        commit(client, upsert(an_entity("A", 1)), delete(client.key("A", 1)))


def test_outside_of_a_transaction_what_came_before_a_failure_stays(
    client: datastore.Client, an_entity: Builder
) -> None:
    with pytest.raises(NotFound):
        commit(client, upsert(an_entity("A", 1)), update(an_entity("A", 2)), upsert(an_entity("A", 3)))
    assert [entity.key.id for entity in client.query(kind="A").fetch()] == [1]


def test_in_a_transaction_all_happens_or_nothing(client: datastore.Client, an_entity: Builder) -> None:
    with pytest.raises(NotFound):
        commit(client, upsert(an_entity("New", 1, n=1)), update(an_entity("A", 2)), **SINGLE_USE)
    assert not list(client.query(kind="New").fetch())
    commit(client, upsert(an_entity("New", 1, n=1)), **SINGLE_USE)
    assert len(list(client.query(kind="New", order=["n"]).fetch())) == 1


def test_in_a_transaction_mutations_of_one_entity_are_done_in_order(
    client: datastore.Client, an_entity: Builder
) -> None:
    commit(client, insert(an_entity("A", 1, n=1)), update(an_entity("A", 1, n=2)), **SINGLE_USE)
    assert client.get(client.key("A", 1))["n"] == 2
    commit(client, delete(client.key("A", 1)), insert(an_entity("A", 1, n=3)), **SINGLE_USE)
    assert client.get(client.key("A", 1))["n"] == 3


def test_what_comes_and_goes_within_a_transaction_leaves_only_its_end(
    client: datastore.Client, an_entity: Builder
) -> None:
    before = commit(client, insert(an_entity("A", 1, n=1)), **SINGLE_USE).commit_time
    commit(
        client,
        delete(client.key("A", 1)),
        insert(an_entity("A", 1, n=1)),
        upsert(an_entity("A", 1, n=2)),
        **SINGLE_USE,
    )
    query = client.query(kind="A", order=["n"])
    assert [entity["n"] for entity in query.fetch()] == [2]
    assert [entity["n"] for entity in query.fetch(read_time=before)] == [1]


def test_some_mutations_may_not_follow_each_other(client: datastore.Client, an_entity: Builder) -> None:
    entity = an_entity("A", 1)
    for first in (insert(entity), update(entity), upsert(entity)):
        with pytest.raises(InvalidArgument):
            commit(client, first, insert(entity), **SINGLE_USE)
    with pytest.raises(InvalidArgument):
        commit(client, delete(entity.key), update(entity), **SINGLE_USE)


def test_the_mode_and_the_transaction_must_agree(client: datastore.Client, an_entity: Builder) -> None:
    with pytest.raises(InvalidArgument, match="transactional commit requires a transaction"):
        commit(client, upsert(an_entity("A", 1)), mode="TRANSACTIONAL")
    with pytest.raises(InvalidArgument):
        commit(client, upsert(an_entity("A", 1)), mode="NON_TRANSACTIONAL", **SINGLE_USE)


def test_a_conditional_write_happens_only_on_the_version_that_was_read(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, n=1))
    version = version_of(client, client.key("A", 1))
    condition = {"base_version": version, "conflict_resolution_strategy": FAIL}
    commit(client, upsert(an_entity("A", 1, n=2), **condition), **SINGLE_USE)
    now = version_of(client, client.key("A", 1))
    message = rf"the stored version \({now}\) does not match the required base version \({version}\)"
    with pytest.raises(FailedPrecondition, match=message):
        commit(client, upsert(an_entity("A", 1, n=3), **condition), upsert(an_entity("B", 1)), **SINGLE_USE)
    assert client.get(client.key("A", 1))["n"] == 2
    assert client.get(client.key("B", 1)) is None


def test_by_default_a_conflict_keeps_the_stored_entity_and_says_so(
    client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, n=1))
    version = version_of(client, client.key("A", 1))
    results = commit(
        client, upsert(an_entity("A", 1, n=2), base_version=version - 1), upsert(an_entity("B", 1))
    ).mutation_results
    assert (results[0].conflict_detected, results[0].version) == (True, version)
    assert client.get(client.key("A", 1))["n"] == 1
    assert not results[1].conflict_detected
    assert client.get(client.key("B", 1)) is not None


def test_a_write_may_depend_on_the_update_time(client: datastore.Client, an_entity: Builder) -> None:
    client.put(an_entity("A", 1, n=1))
    condition = {"update_time": lookup(client, client.key("A", 1)).found[0].update_time}
    assert (
        not commit(client, upsert(an_entity("A", 1, n=2), **condition)).mutation_results[0].conflict_detected
    )
    assert commit(client, upsert(an_entity("A", 1, n=3), **condition)).mutation_results[0].conflict_detected


def test_version_zero_means_that_nothing_may_be_there(client: datastore.Client, an_entity: Builder) -> None:
    condition = {"base_version": 0, "conflict_resolution_strategy": FAIL}
    commit(client, upsert(an_entity("A", 1, n=1), **condition))
    with pytest.raises(FailedPrecondition):
        commit(client, upsert(an_entity("A", 1, n=2), **condition))


def test_a_condition_may_be_set_once_per_entity(client: datastore.Client, an_entity: Builder) -> None:
    entity = an_entity("A", 1)
    with pytest.raises(InvalidArgument):
        commit(client, upsert(entity, base_version=0), delete(entity.key, base_version=0), **SINGLE_USE)


def test_an_incomplete_key_gets_a_scattered_id(client: datastore.Client, an_entity: Builder) -> None:
    entities = [an_entity("A", n=n) for n in range(100)]
    client.put_multi(entities)
    ids = [entity.key.id for entity in entities]
    assert len(set(ids)) == 100
    assert all(10**15 <= identity < 2**53 for identity in ids)
    assert ids != sorted(ids)


def test_more_than_500_mutations_are_accepted(client: datastore.Client, an_entity: Builder) -> None:
    commit(client, *[upsert(an_entity("A", n)) for n in range(1, 602)])
    assert len(list(client.query(kind="A").fetch())) == 601
