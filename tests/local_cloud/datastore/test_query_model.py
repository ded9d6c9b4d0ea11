"""Random queries against a model that keeps entities in a list and reads the rules literally."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from google.cloud import datastore
from google.cloud.datastore.query import PropertyFilter
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.datastore import DatastoreServer

from .conftest import a_client

SCALARS = st.one_of(
    st.none(), st.integers(-2, 3), st.booleans(), st.sampled_from(["", "a", "b"]), st.just(1.5)
)
PROPERTY = SCALARS | st.lists(SCALARS, max_size=3)
RECORDS = st.lists(st.fixed_dictionaries({}, optional={"a": PROPERTY, "b": PROPERTY}), max_size=12)
OPERATORS = ["<", "<=", ">", ">="]
# Those for which index.yaml or the built-in indexes have something, with and without a = or b = beside.
ORDERS = [[], ["a"], ["-a"], ["b"], ["-b"], ["a", "b"], ["a", "-b"], ["-b", "a"], ["b", "-a"]]


@dataclass
class Asked:
    equalities: list[tuple[str, Any]]
    bounds: list[tuple[str, Any]]
    order: list[str]

    @property
    def equal_names(self) -> set[str]:
        return {name for name, _ in self.equalities}

    @property
    def columns(self) -> list[str]:
        """The orders that matter."""
        return [name for name in self.order if name.lstrip("-") not in self.equal_names]


@st.composite
def queries(draw: st.DrawFn) -> Asked:
    order = draw(st.sampled_from(ORDERS))
    equal = draw(st.sampled_from([[], ["a"], ["b"], ["a", "a"], ["a", "b"]]))
    asked = Asked([(name, draw(SCALARS)) for name in equal], [], order)
    if asked.columns:
        asked.bounds = draw(st.lists(st.tuples(st.sampled_from(OPERATORS), SCALARS), max_size=2))
    return asked


def rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (2, value)
    if isinstance(value, int):
        return (1, value)
    return (3, value.encode()) if isinstance(value, str) else (4, value)


def ranks(record: dict[str, Any], name: str) -> set[tuple[int, Any]]:
    """The index entries of a property."""
    if name not in record:
        return set()
    value = record[name]
    if isinstance(value, list):
        return {rank(one) for one in value} or {rank(None)}
    return {rank(value)}


def fits(one: tuple[int, Any], bounds: list[tuple[str, Any]]) -> bool:
    tests = {
        "<": lambda bound: one < bound,
        "<=": lambda bound: one <= bound,
        ">": lambda bound: one > bound,
        ">=": lambda bound: one >= bound,
    }
    return all(tests[operator](rank(value)) for operator, value in bounds)


def expected(records: list[dict[str, Any]], asked: Asked) -> list[int]:
    """Ids in order: stable sorts from the last order to the first, each by the extreme value that fits."""
    found = []
    for identity, record in enumerate(records, start=1):
        if not all(rank(value) in ranks(record, name) for name, value in asked.equalities):
            continue
        best: dict[str, tuple[int, Any]] = {}
        for position, column in enumerate(asked.columns):
            name = column.lstrip("-")
            fitting = [one for one in ranks(record, name) if position or fits(one, asked.bounds)]
            if fitting:
                best[column] = max(fitting) if column.startswith("-") else min(fitting)
        if len(best) == len(asked.columns):
            found.append((identity, best))
    found.sort(key=lambda pair: pair[0])
    for column in reversed(asked.columns):
        found.sort(key=lambda pair: pair[1][column], reverse=column.startswith("-"))
    return [identity for identity, _ in found]


def build(client: datastore.Client, asked: Asked) -> Any:
    query = client.query(kind="Thing", order=asked.order)
    for name, value in asked.equalities:
        query.add_filter(filter=PropertyFilter(name, "=", value))
    for operator, value in asked.bounds:
        query.add_filter(filter=PropertyFilter(asked.columns[0].lstrip("-"), operator, value))
    return query


@pytest.fixture(scope="module")
def model_client(server: DatastoreServer) -> Iterator[datastore.Client]:
    with a_client(server.address, f"model-{uuid.uuid4().hex[:8]}") as client:
        yield client


@settings(max_examples=60)
@given(records=RECORDS, asked=st.lists(queries(), min_size=1, max_size=6), limit=st.integers(1, 5))
def test_queries_find_what_the_model_finds(
    model_client: datastore.Client, records: list[dict[str, Any]], asked: list[Asked], limit: int
) -> None:
    client = model_client
    namespace = uuid.uuid4().hex
    client.namespace = namespace
    entities = []
    for identity, record in enumerate(records, start=1):
        entity = datastore.Entity(client.key("Thing", identity))
        entity.update(record)
        entities.append(entity)
    client.put_multi(entities)
    for one in asked:
        wanted = expected(records, one)
        query = build(client, one)
        assert [entity.key.id for entity in query.fetch()] == wanted
        (counted,) = client.aggregation_query(query).count().fetch()
        assert counted[0].value == len(wanted)
        assert [entity.key.id for entity in query.fetch(limit=limit, offset=1)] == wanted[1 : limit + 1]
        assert pages(query, limit) == wanted


def pages(query: Any, limit: int) -> list[int]:
    ids: list[int] = []
    token = None
    while True:
        page = query.fetch(limit=limit, start_cursor=token)
        ids += [entity.key.id for entity in page]
        token = page.next_page_token
        if token is None:
            return ids
