"""base_version and update_time: a mutation that holds only for what was read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument
from google.cloud import datastore

from tests.conformance.calls import Builder
from tests.local_cloud.datastore.calls import (
    SINGLE_USE,
    commit,
    delete,
    insert,
    lookup,
    upsert,
    version_of,
)

FAIL: dict[str, Any] = {"conflict_resolution_strategy": "FAIL"}


@pytest.fixture
def version(client: datastore.Client, an_entity: Builder) -> int:
    """Of A/1, whose v is 1."""
    client.put(an_entity("A", 1, v=1))
    return version_of(client, client.key("A", 1))


def value(client: datastore.Client) -> int:
    return int(client.get(client.key("A", 1))["v"])


def test_with_the_version_that_is_there_it_is_written(
    client: datastore.Client, an_entity: Builder, version: int
) -> None:
    result = commit(client, upsert(an_entity("A", 1, v=2), base_version=version, **FAIL)).mutation_results[0]
    assert (value(client), result.conflict_detected) == (2, False)


def test_with_another_version_the_commit_fails(
    client: datastore.Client, an_entity: Builder, version: int
) -> None:
    with pytest.raises(FailedPrecondition, match=r"does not match the required base version \(\d+\)"):
        commit(client, upsert(an_entity("A", 1, v=2), base_version=version - 1, **FAIL))
    assert value(client) == 1


def test_one_failure_fails_the_whole_transaction(
    client: datastore.Client, an_entity: Builder, version: int
) -> None:
    condition = {"base_version": version - 1, **FAIL}
    with pytest.raises(FailedPrecondition):
        commit(client, upsert(an_entity("A", 2)), upsert(an_entity("A", 1), **condition), **SINGLE_USE)
    assert client.get(client.key("A", 2)) is None


def test_unless_told_to_fail_the_server_keeps_its_value(
    client: datastore.Client, an_entity: Builder, version: int
) -> None:
    conditional = upsert(an_entity("A", 1, v=2), base_version=version - 1)
    result = commit(client, conditional).mutation_results[0]
    assert (value(client), result.conflict_detected, result.version) == (1, True, version)


def test_a_deletion_may_be_conditional(client: datastore.Client, version: int) -> None:
    key = client.key("A", 1)
    with pytest.raises(FailedPrecondition):
        commit(client, delete(key, base_version=version - 1, **FAIL))
    commit(client, delete(key, base_version=version, **FAIL))
    assert client.get(key) is None


def test_a_version_does_not_fit_what_is_gone(
    client: datastore.Client, an_entity: Builder, version: int
) -> None:
    client.delete(client.key("A", 1))
    with pytest.raises(FailedPrecondition):
        commit(client, upsert(an_entity("A", 1), base_version=version, **FAIL))


def test_a_strategy_needs_a_condition(client: datastore.Client, an_entity: Builder) -> None:
    for strategy in ("FAIL", "SERVER_VALUE"):
        for mutation in (upsert(an_entity("A", 1)), delete(client.key("A", 1))):
            with pytest.raises(InvalidArgument):
                commit(client, {**mutation, "conflict_resolution_strategy": strategy})
    commit(client, upsert(an_entity("A", 1), conflict_resolution_strategy="STRATEGY_UNSPECIFIED"))


def test_an_insert_takes_no_version(client: datastore.Client, an_entity: Builder) -> None:
    with pytest.raises(InvalidArgument):
        commit(client, insert(an_entity("A", 1), base_version=5))


def test_an_update_time_is_a_condition_too(
    client: datastore.Client, an_entity: Builder, version: int
) -> None:
    updated = lookup(client, client.key("A", 1)).found[0].update_time
    earlier = updated - timedelta(seconds=1)
    with pytest.raises(FailedPrecondition):
        commit(client, upsert(an_entity("A", 1, v=2), update_time=earlier, **FAIL))
    assert value(client) == 1
    commit(client, upsert(an_entity("A", 1, v=2), update_time=updated, **FAIL))
    assert value(client) == 2


def test_an_entity_has_one_condition_in_a_commit(
    client: datastore.Client, an_entity: Builder, version: int
) -> None:
    conditional = [upsert(an_entity("A", 1, v=n), base_version=version, **FAIL) for n in (2, 3)]
    with pytest.raises(InvalidArgument):
        commit(client, *conditional, **SINGLE_USE)
