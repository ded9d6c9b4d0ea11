from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from google.api_core.exceptions import Aborted, FailedPrecondition
from google.cloud import datastore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .calls import FAIL, SINGLE_USE, commit, lookup, upsert

Builder = Callable[..., datastore.Entity]
FUNCTION_SCOPED = [HealthCheck.function_scoped_fixture]


def increment_by_version(client: datastore.Client, an_entity: Builder, name: str) -> None:
    while True:
        found = lookup(client, client.key("Counter", name)).found[0]
        number = found.entity.properties["n"].integer_value + 1
        condition = {"base_version": found.version, "conflict_resolution_strategy": FAIL}
        try:
            commit(client, upsert(an_entity("Counter", name, n=number), **condition), **SINGLE_USE)
        except (FailedPrecondition, Aborted):
            continue
        return


def increment_in_transaction(client: datastore.Client, an_entity: Builder, name: str) -> None:
    while True:
        try:
            with client.transaction():
                entity = client.get(client.key("Counter", name))
                entity["n"] += 1
                client.put(entity)
        except Aborted:
            continue
        return


def increment_by_query(client: datastore.Client, an_entity: Builder, name: str) -> None:
    while True:
        try:
            with client.transaction():
                (entity,) = client.query(kind="Counter", ancestor=client.key("Counter", name)).fetch()
                entity["n"] += 1
                client.put(entity)
        except Aborted:
            continue
        return


INCREMENTS = (increment_by_version, increment_in_transaction, increment_by_query)


@settings(max_examples=8, suppress_health_check=FUNCTION_SCOPED)
@given(st.lists(st.tuples(st.sampled_from(INCREMENTS), st.sampled_from("xy")), max_size=24))
def test_no_increment_is_ever_lost(
    client: datastore.Client,
    an_entity: Builder,
    jobs: list[tuple[Callable[[datastore.Client, Builder, str], None], str]],
) -> None:
    client.put_multi([an_entity("Counter", name, n=0) for name in "xy"])
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda job: job[0](client, an_entity, job[1]), jobs))
    counted = {name: client.get(client.key("Counter", name))["n"] for name in "xy"}
    assert counted == {name: sum(1 for _, wanted in jobs if wanted == name) for name in "xy"}


def test_many_waiting_writers_do_not_keep_the_reader_from_committing(
    client: datastore.Client, another_client: datastore.Client, an_entity: Builder
) -> None:
    client.put(an_entity("A", 1, n=0))
    with ThreadPoolExecutor(12) as pool:
        with client.transaction():
            entity = client.get(client.key("A", 1))
            waiting = [
                pool.submit(another_client.put, an_entity("A", 1, n=number)) for number in range(1, 13)
            ]
            entity["n"] = 100
            client.put(entity)
        for write in waiting:
            assert write.exception() is None or isinstance(write.exception(), Aborted)
