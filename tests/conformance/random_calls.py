"""Random entities, queries and mutations, small enough that they meet each other often.

All of it is plain data, so that a failing example reads as it was made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import permutations, product
from typing import Any

import yaml
from google.cloud import datastore
from google.cloud.datastore.helpers import GeoPoint
from google.cloud.datastore.query import And, Or, PropertyFilter
from hypothesis import strategies as st

KIND = "R"
PROPERTIES = ("a", "b")
IDS = range(1, 7)
# Two microseconds: equal to the integer 2 in every index.
MOMENT = datetime(1970, 1, 1, 0, 0, 0, 2, tzinfo=UTC)

# The classic engine fails at some cursors that stand at a place.
PLACELESS = st.one_of(
    st.none(),
    st.integers(-1, 3),
    st.just(MOMENT),
    st.booleans(),
    st.sampled_from(["", "a", "b", "é"]),
    st.sampled_from([b"a", b"\x00", b"\xff"]),
    st.sampled_from([-1.5, -0.0, 0.0, 2.0, float("inf")]),
)
SCALARS = PLACELESS | st.builds(GeoPoint, st.sampled_from([0, 1]), st.sampled_from([0, 1]))
ARRAYS = st.lists(PLACELESS, min_size=1, max_size=3)


def records(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """What the entities hold, one after another by id; None where there is none."""
    one = st.fixed_dictionaries({}, optional=dict.fromkeys(PROPERTIES, values))
    return st.lists(one, min_size=2, max_size=len(IDS))


@dataclass(frozen=True)
class Bound:
    name: str
    operator: str
    value: Any

    def built(self, client: datastore.Client) -> Any:
        value = a_key(client, self.value) if self.name == "__key__" else self.value
        return PropertyFilter(self.name, self.operator, value)


@dataclass(frozen=True)
class Several:
    every: bool
    parts: tuple[Bound | Several, ...]

    def built(self, client: datastore.Client) -> Any:
        return (And if self.every else Or)([part.built(client) for part in self.parts])


@dataclass(frozen=True)
class Asked:
    """A query. `under`: the id of an ancestor."""

    filters: list[Bound | Several]
    order: list[str] = field(default_factory=list)
    projection: list[str] = field(default_factory=list)
    distinct_on: list[str] = field(default_factory=list)
    under: int | None = None
    offset: int = 0
    limit: int | None = None

    def built(self, client: datastore.Client) -> Any:
        ancestor = None if self.under is None else client.key("P", self.under)
        query = client.query(
            kind=KIND,
            ancestor=ancestor,
            order=self.order,
            projection=self.projection,
            distinct_on=self.distinct_on,
        )
        for one in self.filters:
            query.add_filter(filter=one.built(client))
        return query


def a_key(client: datastore.Client, number: int) -> datastore.Key:
    """Of one of two parents, so that ancestors mean something."""
    return client.key("P", number % 2 + 1, KIND, number)


def an_entity(client: datastore.Client, number: int, record: dict[str, Any]) -> datastore.Entity:
    entity = datastore.Entity(a_key(client, number))
    entity.update(record)
    return entity


KEY_BOUNDS = st.builds(
    Bound, st.just("__key__"), st.sampled_from(["<", "<=", ">", ">=", "="]), st.sampled_from(list(IDS))
)


def property_bounds(operators: list[str], values: st.SearchStrategy[Any] = SCALARS) -> st.SearchStrategy[Any]:
    return st.builds(Bound, st.sampled_from(PROPERTIES), st.sampled_from(operators), values)


LISTS = st.builds(
    Bound,
    st.sampled_from(PROPERTIES),
    st.sampled_from(["IN", "NOT_IN"]),
    st.lists(SCALARS, min_size=1, max_size=3),
)
PLAIN = property_bounds(["=", "<", "<=", ">", ">="])
ANY = st.one_of(PLAIN, property_bounds(["!="]), LISTS)
TREES = st.recursive(
    ANY,
    lambda part: st.builds(Several, st.booleans(), st.lists(part, min_size=2, max_size=3).map(tuple)),
    max_leaves=4,
)


@st.composite
def orders(draw: st.DrawFn) -> list[str]:
    """The last is the key: without it engines differ in what decides between equals."""
    names = draw(st.permutations(PROPERTIES))[: draw(st.integers(0, len(PROPERTIES)))]
    directed = [draw(st.sampled_from(["", "-"])) + name for name in names]
    return [*directed, draw(st.sampled_from(["__key__", "__key__", "-__key__"]))]


@st.composite
def conjunctions(draw: st.DrawFn) -> Asked:
    """What also the classic engine understands: bounds on one property, which is ordered first."""
    name = draw(st.sampled_from(PROPERTIES))
    equal = draw(st.lists(property_bounds(["="], PLACELESS), max_size=2))
    bounds = draw(st.lists(property_bounds(["<", "<=", ">", ">="], PLACELESS), max_size=2))
    filters = [*equal, *(Bound(name, one.operator, one.value) for one in bounds)]
    order = draw(orders())
    if bounds:
        order = [draw(st.sampled_from(["", "-"])) + name, *(one for one in order if one.lstrip("-") != name)]
    return Asked(filters, order, **draw(windows()), under=draw(st.sampled_from([None, None, 1, 2])))


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    limit = draw(st.one_of(st.none(), st.integers(1, 4)))
    return {"offset": draw(st.integers(0, 2)), "limit": limit}


@st.composite
def queries(draw: st.DrawFn) -> Asked:
    """Anything at all, but that an order by key comes after every property with a bound."""
    filters = draw(st.lists(st.one_of(TREES, KEY_BOUNDS), max_size=2))
    *order, last = draw(orders())
    bounded = {name for one in filters for name in _bounded(one)} - {"__key__"}
    order += sorted(bounded - {name.lstrip("-") for name in order})
    return Asked(filters, [*order, last], **draw(windows()), under=draw(st.sampled_from([None, None, 1, 2])))


def _bounded(one: Bound | Several) -> set[str]:
    if isinstance(one, Several):
        return {name for part in one.parts for name in _bounded(part)}
    return set() if one.operator in ("=", "IN") else {one.name}


@st.composite
def projections(draw: st.DrawFn) -> Asked:
    names = draw(st.permutations(PROPERTIES))[: draw(st.integers(1, len(PROPERTIES)))]
    distinct = names[: draw(st.integers(0, len(names)))]
    order = [*(draw(st.sampled_from(["", "-"])) + name for name in names), "__key__"]
    filters = draw(
        st.lists(property_bounds(["<", ">="]).filter(lambda one: one.name == names[0]), max_size=1)
    )
    return Asked(filters, order, list(names), list(distinct), **draw(windows()))


def random_indexes() -> str:
    """index.yaml's entries for whatever the random queries may need."""
    directions = ("asc", "desc")
    sequences = [
        [{"name": name, "direction": direction} for name, direction in zip(names, chosen, strict=True)]
        for length in range(len(PROPERTIES) + 1)
        for names in permutations(PROPERTIES, length)
        for chosen in product(directions, repeat=length)
    ]
    entries = [
        {
            "kind": KIND,
            "ancestor": ancestor,
            "properties": [*sequence, {"name": "__key__", "direction": direction}],
        }
        for sequence in sequences
        for ancestor in (False, True)
        for direction in directions
    ]
    return yaml.safe_dump(entries)
