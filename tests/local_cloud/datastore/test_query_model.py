"""Random queries against a model that keeps entities in a list and reads the rules literally.

The server has no index.yaml, so that every query finds its index; test_index_requirements has the rest.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, product
from typing import Any

import pytest
from google.cloud import datastore
from google.cloud.datastore.query import And, Or, PropertyFilter
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from local_cloud.datastore import scans

from .conftest import a_client, a_server

NAMES = ["a", "b", "c"]
SCALARS = st.one_of(
    st.none(), st.integers(-2, 3), st.booleans(), st.sampled_from(["", "a", "b"]), st.just(1.5)
)
PROPERTY = SCALARS | st.lists(SCALARS, max_size=3)
RECORDS = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, PROPERTY)), max_size=10)
INEQUALITIES = ["<", "<=", ">", ">="]
LEAVES = st.one_of(
    st.tuples(st.sampled_from(NAMES), st.just("="), SCALARS),
    st.tuples(st.sampled_from(NAMES), st.sampled_from([*INEQUALITIES, "!="]), SCALARS),
    st.tuples(st.sampled_from(NAMES), st.just("IN"), st.lists(SCALARS, min_size=1, max_size=3)),
)
TREES = st.recursive(
    LEAVES, lambda parts: st.tuples(st.sampled_from(["and", "or"]), st.lists(parts, min_size=1, max_size=3))
)
ALONE = st.tuples(st.sampled_from(NAMES), st.just("NOT_IN"), st.lists(SCALARS, min_size=1, max_size=3))

Rank = tuple[int, Any]


@dataclass
class Asked:
    filter: Any
    order: list[str]
    key_order: list[str] = field(default_factory=list)
    """Nothing, or the order by key, after which nothing else is ordered."""
    conjunctions: list[list[Any]] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The orders, and after them the properties with an inequality, by name."""
        leaves = [leaf for conjunction in self.conjunctions for leaf in conjunction]
        implied = {name for name, operator, _ in leaves if operator != "=" and not self.key_order}
        return self.order + sorted(implied - {name.lstrip("-") for name in self.order})


@st.composite
def queries(draw: st.DrawFn) -> Asked:
    order = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    asked = Asked(
        draw(st.none() | TREES | ALONE),
        [draw(st.sampled_from(["", "-"])) + name for name in order],
        draw(st.sampled_from([[], ["__key__"], ["-__key__"]])),
    )
    asked.conjunctions = [[]] if asked.filter is None else normal_form(asked.filter)
    assume(len(asked.conjunctions) <= 12)
    negations = {id(leaf) for conjunction in asked.conjunctions for leaf in conjunction if is_negation(leaf)}
    assume(len(negations) <= 1)
    return asked


def is_negation(leaf: Any) -> bool:
    return leaf[1] in ("!=", "NOT_IN")


def normal_form(tree: Any) -> list[list[Any]]:
    if tree[0] == "and":
        return [list(chain(*chosen)) for chosen in product(*(normal_form(part) for part in tree[1]))]
    if tree[0] == "or":
        return [conjunction for part in tree[1] for conjunction in normal_form(part)]
    name, operator, value = tree
    if operator == "IN":
        return [[(name, "=", one)] for one in value]
    return [[tree]]


def rank(value: Any) -> Rank:
    if value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (2, value)
    if isinstance(value, int):
        return (1, value)
    return (3, value.encode()) if isinstance(value, str) else (4, value)


def ranks(record: dict[str, Any], name: str) -> set[Rank]:
    """The index entries of a property."""
    if name not in record:
        return set()
    value = record[name]
    if isinstance(value, list):
        return {rank(one) for one in value} or {rank(None)}
    return {rank(value)}


def fits(one: Rank, operator: str, value: Any) -> bool:
    if operator == "NOT_IN":
        return one not in {rank(excluded) for excluded in value}
    bound = rank(value)
    return {
        "<": one < bound,
        "<=": one <= bound,
        ">": one > bound,
        ">=": one >= bound,
        "!=": one != bound,
    }[operator]


def places(record: dict[str, Any], conjunction: list[Any], columns: list[str]) -> Iterator[tuple[Rank, ...]]:
    """Every combination of elements by which the entity is a result: one element meets all inequalities."""
    if not all(
        rank(value) in ranks(record, name) for name, operator, value in conjunction if operator == "="
    ):
        return
    for name in {name for name, operator, _ in conjunction if operator != "="}:
        limits = [
            (operator, value) for one, operator, value in conjunction if one == name and operator != "="
        ]
        if not any(all(fits(one, *limit) for limit in limits) for one in ranks(record, name)):
            return
    choices = []
    for column in columns:
        name = column.lstrip("-")
        limits = [
            (operator, value) for one, operator, value in conjunction if one == name and operator != "="
        ]
        equal = {rank(value) for one, operator, value in conjunction if one == name and operator == "="}
        if equal and not limits:
            choices.append({max(equal) if column.startswith("-") else min(equal)})
        else:
            fitting = {one for one in ranks(record, name) if all(fits(one, *limit) for limit in limits)}
            choices.append(fitting)
    yield from product(*choices)


def by(
    columns: list[str], key_order: list[str], rows: set[tuple[tuple[Rank, ...], int]]
) -> list[tuple[tuple[Rank, ...], int]]:
    """Stable sorts from the last order to the first; what is shown besides orders nothing after a key."""
    found = sorted(rows, key=lambda row: row[0])
    found.sort(key=lambda row: row[1], reverse=key_order == ["-__key__"])
    for position, column in reversed(list(enumerate(columns))):
        found.sort(key=lambda row: row[0][position], reverse=column.startswith("-"))
    return found


def rows(
    records: list[dict[str, Any]], asked: Asked, columns: list[str]
) -> list[tuple[tuple[Rank, ...], int]]:
    found = {
        (place, identity)
        for identity, record in enumerate(records, start=1)
        for conjunction in asked.conjunctions
        for place in places(record, conjunction, columns)
    }
    return by(asked.columns if asked.key_order else columns, asked.key_order, found)


def expected(records: list[dict[str, Any]], asked: Asked) -> list[int]:
    """Every entity once, where it comes first."""
    return list(dict.fromkeys(identity for _, identity in rows(records, asked, asked.columns)))


def built(tree: Any) -> Any:
    if tree[0] in ("and", "or"):
        return (And if tree[0] == "and" else Or)([built(part) for part in tree[1]])
    return PropertyFilter(*tree)


def build(client: datastore.Client, asked: Asked, **options: Any) -> Any:
    query = client.query(kind="Thing", order=asked.order + asked.key_order, **options)
    if asked.filter is not None:
        query.add_filter(filter=built(asked.filter))
    return query


@pytest.fixture(scope="module")
def model_client() -> Iterator[datastore.Client]:
    """Where three equal rows are a long run."""
    with pytest.MonkeyPatch.context() as patched, a_server() as server:
        patched.setattr(scans, "LONG_RUN", 3)
        with a_client(server.address, "model") as client:
            yield client


def put(client: datastore.Client, records: list[dict[str, Any]]) -> None:
    client.namespace = uuid.uuid4().hex
    entities = []
    for identity, record in enumerate(records, start=1):
        entity = datastore.Entity(client.key("Thing", identity))
        entity.update(record)
        entities.append(entity)
    client.put_multi(entities)


ONE_OF_TWO = ("or", [("a", ">=", 3), ("b", "<", 0)])


@settings(max_examples=100)
@example([{"a": [1, 4], "b": 5}], [Asked(ONE_OF_TWO, ["a"], ["__key__"], normal_form(ONE_OF_TWO))], 1)
@given(records=RECORDS, asked=st.lists(queries(), min_size=1, max_size=4), limit=st.integers(1, 5))
def test_queries_find_what_the_model_finds(
    model_client: datastore.Client, records: list[dict[str, Any]], asked: list[Asked], limit: int
) -> None:
    client = model_client
    put(client, records)
    for one in asked:
        wanted = expected(records, one)
        query = build(client, one)
        assert [entity.key.id for entity in query.fetch()] == wanted
        (counted,) = client.aggregation_query(query).count().fetch()
        assert counted[0].value == len(wanted)
        assert [entity.key.id for entity in query.fetch(limit=limit, offset=1)] == wanted[1 : limit + 1]
        assert [entity.key.id for entity in pages(query, limit)] == wanted


@settings(max_examples=60)
@given(
    records=RECORDS,
    asked=queries(),
    shown=st.sets(st.sampled_from(NAMES), min_size=1),
    data=st.data(),
)
def test_projections_show_the_rows_of_the_model(
    model_client: datastore.Client, records: list[dict[str, Any]], asked: Asked, shown: set[str], data: Any
) -> None:
    leaves = [leaf for conjunction in asked.conjunctions for leaf in conjunction]
    assume(not shown & {name for name, operator, _ in leaves if operator == "="})
    put(model_client, records)
    projection = sorted(shown)
    names = [name.lstrip("-") for name in asked.columns]
    columns = asked.columns + [name for name in projection if name not in names]
    wanted = rows(records, asked, columns)
    query = build(model_client, asked, projection=projection)
    assert [seen(entity, projection) for entity in query.fetch()] == [
        told(row, columns, projection) for row in wanted
    ]
    assert len(list(pages(query, 2))) == len(wanted)
    groups = data.draw(st.integers(0, len(asked.order)))
    if groups:
        distinct = [name.lstrip("-") for name in asked.order[:groups]]
        query.distinct_on = distinct
        firsts = {row[0][:groups]: row for row in reversed(wanted)}
        told_firsts = [told(row, columns, projection) for row in wanted if firsts[row[0][:groups]] is row]
        assert [seen(entity, projection) for entity in query.fetch()] == told_firsts
        assert [seen(entity, projection) for entity in pages(query, 2)] == told_firsts


def seen(entity: datastore.Entity, projection: list[str]) -> tuple[int, list[Rank]]:
    return entity.key.id, [rank(entity[name]) for name in projection]


def told(
    row: tuple[tuple[Rank, ...], int], columns: list[str], projection: list[str]
) -> tuple[int, list[Rank]]:
    values = dict(zip([name.lstrip("-") for name in columns], row[0], strict=True))
    return row[1], [values[name] for name in projection]


def pages(query: Any, limit: int) -> Iterator[datastore.Entity]:
    token = None
    while True:
        page = query.fetch(limit=limit, start_cursor=token)
        yield from page
        token = page.next_page_token
        if token is None:
            return
