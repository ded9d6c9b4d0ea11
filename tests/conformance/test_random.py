"""Random entities, queries and commits at ours and at one of Google's engines: the same answers.

Versions, times and ids that an engine gives are its own affair. What is known to differ is not asked.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import datastore
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance.calls import call
from tests.conformance.engines import Engine
from tests.conformance.random_calls import (
    ARRAYS,
    KIND,
    PLACELESS,
    SCALARS,
    Asked,
    a_key,
    an_entity,
    conjunctions,
    projections,
    queries,
    records,
)
from tests.conformance.random_commits import IDS, STEPS, Commit, Step, changes, commits, plain_changes
from tests.local_cloud.datastore.calls import SINGLE_USE, begin, commit, delete, lookup, rollback, upsert
from tests.local_cloud.datastore.conftest import a_client

# Always the same examples, unless more are asked for.
MORE = int(os.environ.get("CONFORMANCE_EXAMPLES", 0))
judged = settings(max_examples=MORE or 25, derandomize=not MORE)

Clients = tuple[datastore.Client, datastore.Client]


def both(addresses: Callable[[Engine], str], other: Engine) -> Iterator[Clients]:
    """Ours and the other's, in one project, so that keys are equal."""
    project = f"random-{uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        ours, others = (
            stack.enter_context(a_client(addresses(engine), project)) for engine in (Engine.OURS, other)
        )
        yield ours, others


@pytest.fixture(scope="module")
def with_firestore(addresses: Callable[[Engine], str]) -> Iterator[Clients]:
    yield from both(addresses, Engine.FIRESTORE)


@pytest.fixture(scope="module")
def with_classic(addresses: Callable[[Engine], str]) -> Iterator[Clients]:
    yield from both(addresses, Engine.CLASSIC)


def anew(clients: Clients) -> None:
    namespace = uuid.uuid4().hex
    for client in clients:
        client.namespace = namespace


def filled(clients: Clients, given_records: list[dict[str, Any]]) -> None:
    anew(clients)
    for client in clients:
        client.put_multi([an_entity(client, n, record) for n, record in enumerate(given_records, start=1)])


def outcome(call: Callable[[], Any]) -> Any:
    """The answer, or the error's code."""
    try:
        return call()
    except GoogleAPICallError as error:
        return error.grpc_status_code


def judge(clients: Clients, read: Callable[[datastore.Client, Any], Any], asked: Any) -> Any:
    """Our outcome, which is also the other's."""
    ours, theirs = (outcome(lambda client=client: read(client, asked)) for client in clients)
    assert ours == theirs, (read.__name__, asked)
    return ours


def results(client: datastore.Client, asked: Asked) -> list[Any]:
    found = asked.built(client).fetch(offset=asked.offset, limit=asked.limit)
    return [(entity.key.flat_path, sorted(entity.items())) for entity in found]


def pages(client: datastore.Client, asked: Asked) -> list[Any]:
    """Everything, two results at a time."""
    query = asked.built(client)
    paths: list[Any] = []
    token = None
    while True:
        page = query.fetch(limit=2, start_cursor=token)
        fetched = [entity.key.flat_path for entity in page]
        paths += fetched
        token = page.next_page_token
        if not fetched or token is None:
            return paths


def counted(client: datastore.Client, asked: Asked) -> int:
    query = client.aggregation_query(asked.built(client)).count(alias="n")
    ((result,),) = query.fetch(limit=asked.limit)
    return int(result.value)


@judged
@given(records=records(SCALARS), asked=st.lists(queries(), min_size=1, max_size=4))
def test_any_query_of_single_values(
    with_firestore: Clients, records: list[dict[str, Any]], asked: list[Asked]
) -> None:
    filled(with_firestore, records)
    for one in asked:
        first = judge(with_firestore, results, one)
        # Firestore counts what it refuses to show.
        if isinstance(first, list):
            judge(with_firestore, pages, one)
            judge(with_firestore, counted, one)


@judged
@given(records=records(SCALARS), asked=st.lists(projections(), min_size=1, max_size=4))
def test_projections_of_single_values(
    with_firestore: Clients, records: list[dict[str, Any]], asked: list[Asked]
) -> None:
    filled(with_firestore, records)
    for one in asked:
        judge(with_firestore, results, one)


@judged
@given(records=records(PLACELESS | ARRAYS), asked=st.lists(conjunctions(), min_size=1, max_size=4))
def test_conjunctions_over_arrays(
    with_classic: Clients, records: list[dict[str, Any]], asked: list[Asked]
) -> None:
    filled(with_classic, records)
    for one in asked:
        judge(with_classic, results, one)
        judge(with_classic, pages, one)


@judged
@given(records=records(PLACELESS | ARRAYS), asked=st.lists(projections(), min_size=1, max_size=4))
def test_projections_of_arrays(
    with_classic: Clients, records: list[dict[str, Any]], asked: list[Asked]
) -> None:
    filled(with_classic, records)
    for one in asked:
        judge(with_classic, results, one)


def carried_out(client: datastore.Client, all_commits: list[Commit]) -> list[Any]:
    """What came of every commit, and what was there afterwards."""
    story: list[Any] = []
    before = stored(client)
    for one in all_commits:
        versions = {number: result.version for number, result in before.items()}
        mutations = [change.built(client, versions) for change in one.changes]
        options = SINGLE_USE if one.is_transaction else {}
        story.append(outcome(lambda m=mutations, o=options: told(commit(client, *m, **o))))
        after = stored(client)
        for number, result in sorted(after.items()):
            is_as_before = number in before and before[number].version == result.version
            # Whether two changes that add up to none are one, is not settled.
            is_as_before &= [change.number for change in one.changes].count(number) <= 1
            story.append((number, str(sorted(result.entity.properties.items())), is_as_before))
        before = after
    return story


def stored(client: datastore.Client) -> dict[int, Any]:
    """By number."""
    found = lookup(client, *(a_key(client, number) for number in IDS)).found
    return {result.entity.key.path[-1].id: result for result in found}


def told(answer: Any) -> list[Any]:
    return [(result.conflict_detected, str(result.transform_results)) for result in answer.mutation_results]


@judged
@given(all_commits=commits(changes()))
def test_commits_with_masks_and_transforms(with_firestore: Clients, all_commits: list[Commit]) -> None:
    anew(with_firestore)
    judge(with_firestore, carried_out, all_commits)


@judged
@given(all_commits=commits(plain_changes()))
def test_commits_with_conditions(with_classic: Clients, all_commits: list[Commit]) -> None:
    anew(with_classic)
    judge(with_classic, carried_out, all_commits)


def lived_through(client: datastore.Client, asked: tuple[bool, bool, list[Step]]) -> list[Any]:
    """A transaction, step by step. Nobody else writes what it may have locked."""
    is_read_only, is_committed, steps = asked
    mutations: list[Any] = []
    story: list[Any] = []
    transaction = begin(client, **({"read_only": {}} if is_read_only else {}))
    for step in steps:
        key = a_key(client, step.number)
        entity = an_entity(client, step.number, {"a": step.value})
        if step.does == "get":
            story.append(shown(lookup(client, key, transaction=transaction).found))
        elif step.does == "query":
            read = {"transaction": transaction}
            query = {"kind": [{"name": KIND}], "order": [{"property": {"name": "a"}}]}
            story.append(shown(queried(client, query, read)))
        elif step.does == "get outside":
            story.append(shown(lookup(client, key).found))
        elif step.does == "put outside":
            elsewhere = datastore.Entity(client.key("Elsewhere", step.number))
            commit(client, upsert(entity if is_read_only else elsewhere))
        elif not is_read_only:
            mutations.append(upsert(entity) if step.does == "put" else delete(key))
    if is_committed and not is_read_only:
        commit(client, *mutations, transaction=transaction)
    else:
        rollback(client, transaction)
    story.append(shown(queried(client, {"kind": [{"name": KIND}]}, {})))
    return story


def queried(client: datastore.Client, query: dict[str, Any], read_options: dict[str, Any]) -> Any:
    partition = {"project_id": client.project, "namespace_id": client.namespace}
    answer = call(client, "run_query", partition_id=partition, query=query, read_options=read_options)
    return answer.batch.entity_results


def shown(found: Any) -> list[Any]:
    return [
        (result.entity.key.path[-1].id, str(sorted(result.entity.properties.items()))) for result in found
    ]


@judged
@given(is_read_only=st.booleans(), is_committed=st.booleans(), steps=STEPS)
def test_transactions_step_by_step(
    with_firestore: Clients, is_read_only: bool, is_committed: bool, steps: list[Step]
) -> None:
    filled(with_firestore, [{"a": 1}, {"a": 2}])
    judge(with_firestore, lived_through, (is_read_only, is_committed, steps))
