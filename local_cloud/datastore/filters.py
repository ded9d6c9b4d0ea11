"""Filters as a choice between conjunctions (disjunctive normal form), each of which one index can answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise, product
from math import prod
from typing import NamedTuple

from local_cloud.datastore.conjunctions import EVERYTHING, Conjunction, Cut, Range
from local_cloud.datastore.entities import check_timestamp
from local_cloud.datastore.indexes import KEY_PROPERTY
from local_cloud.datastore.keys import (
    JUST_AFTER,
    Database,
    check_key,
    descendants,
    encode_key,
    fill_partition,
)
from local_cloud.datastore.messages import Filter, Key, PropertyFilter, Value
from local_cloud.datastore.ordering import LAST
from local_cloud.datastore.values import encode_value
from local_cloud.faults import invalid

MAX_DISJUNCTIONS = 30
MAX_IN_VALUES = 30
MAX_NOT_IN_VALUES = 10

_AND, _OR = 1, 2
_LESS, _LESS_OR_EQUAL, _GREATER, _GREATER_OR_EQUAL, _EQUAL, _IN = 1, 2, 3, 4, 5, 6
_NOT_EQUAL, _HAS_ANCESTOR, _NOT_IN = 9, 11, 13
_OPERATORS = {1, 2, 3, 4, 5, 6, 9, 11, 13}
_ONE_ANCESTOR = "All disjunctions must have a common and unique ancestor constraint."


class _Term(NamedTuple):
    """A property filter with its values encoded; IN is several of them with EQUAL."""

    name: str
    operator: int
    values: tuple[bytes, ...]


def parse_filter(message: Filter, partition: bytes, database: Database) -> list[Conjunction]:
    """At least one; an entity is a result if any of them holds."""
    alternatives = _alternatives(message, database)
    _check_negations(message)
    conjunctions: list[Conjunction] = []
    for terms in alternatives:
        for conjunction in _conjunctions(terms, partition):
            if conjunction not in conjunctions:
                conjunctions.append(conjunction)
    if len({conjunction.ancestor for conjunction in conjunctions}) > 1:
        raise invalid(_ONE_ANCESTOR)
    return conjunctions


def _alternatives(message: Filter, database: Database) -> list[tuple[_Term, ...]]:
    kind = message.WhichOneof("filter_type")
    if kind is None:
        return [()]
    if kind == "property_filter":
        return [(term,) for term in _terms(message.property_filter, database)]
    composite = message.composite_filter
    if not composite.filters:
        raise invalid("A composite filter must have at least one sub-filter.")
    if composite.op not in (_AND, _OR):
        raise invalid("A composite filter has no operator.")
    parts = [_alternatives(part, database) for part in composite.filters]
    # Counted before they are made: a few IN filters would have billions.
    _check_count(prod(map(len, parts)) if composite.op == _AND else sum(map(len, parts)))
    if composite.op == _OR:
        return list(chain(*parts))
    return [tuple(chain(*chosen)) for chosen in product(*parts)]


def _check_count(disjunctions: int) -> None:
    if disjunctions > MAX_DISJUNCTIONS:
        raise invalid(
            f"Too many disjunctions after normalization. Result had {disjunctions} disjunctions "
            f"which is more than the maximum of {MAX_DISJUNCTIONS}"
        )


def _terms(filter_: PropertyFilter, database: Database) -> list[_Term]:
    name, operator = str(filter_.property.name), int(filter_.op)
    if not name:
        raise invalid("The property.name is the empty string.")
    if operator not in _OPERATORS:
        raise invalid("A filter has no operator.")
    if operator == _HAS_ANCESTOR and name != KEY_PROPERTY:
        raise invalid("property must be __key__")
    if operator not in (_IN, _NOT_IN):
        return [_Term(name, operator, (_encode(name, filter_.value, database),))]
    values = tuple(dict.fromkeys(_encode(name, value, database) for value in _list_of(filter_)))
    if operator == _NOT_IN:
        return [_Term(name, operator, values)]
    return [_Term(name, _EQUAL, (value,)) for value in values]


def _list_of(filter_: PropertyFilter) -> Sequence[Value]:
    operator = "IN" if filter_.op == _IN else "NOT_IN"
    if not filter_.value.HasField("array_value"):
        raise invalid(f"{operator} requires an ArrayValue.")
    values: Sequence[Value] = filter_.value.array_value.values
    if not values:
        raise invalid(f"{operator} requires an non-empty ArrayValue.")
    if filter_.op == _IN and len(values) > MAX_IN_VALUES:
        raise invalid(
            f"IN supports up to {MAX_IN_VALUES} values. "
            f"There are {len(values)} values in the IN filter in your query."
        )
    if filter_.op == _NOT_IN and len(values) > MAX_NOT_IN_VALUES:
        raise invalid(f"NOT_IN supports up to {MAX_NOT_IN_VALUES} values.")
    return values


def _encode(name: str, value: Value, database: Database) -> bytes:
    if name != KEY_PROPERTY:
        if value.WhichOneof("value_type") is None:
            raise invalid(f'The value "{name}" does not contain a value.')
        if value.HasField("timestamp_value"):
            check_timestamp(value.timestamp_value)
        return encode_value(value)
    if value.WhichOneof("value_type") != "key_value":
        raise invalid("__key__ filter value must be a Key")
    key: Key = value.key_value
    check_key(key, allow_reserved=True)
    fill_partition(key.partition_id, database)
    return encode_key(key)


def _check_negations(message: Filter) -> None:
    operators = list(_operators(message))
    if operators.count(_NOT_EQUAL) + operators.count(_NOT_IN) > 1:
        raise invalid("Only a single 'NOT_EQUAL' or 'NOT_IN' is allowed per query.")
    if _NOT_IN in operators and (_IN in operators or -_OR in operators):
        raise invalid("'NOT_IN' cannot be used in the same query with 'IN' or 'OR'.")


def _operators(message: Filter) -> Iterator[int]:
    """Those of the property filters; an OR of several as its negative."""
    if message.HasField("composite_filter"):
        composite = message.composite_filter
        if composite.op == _OR and len(composite.filters) > 1:
            yield -_OR
        for part in composite.filters:
            yield from _operators(part)
    elif message.HasField("property_filter"):
        yield int(message.property_filter.op)


def _conjunctions(terms: tuple[_Term, ...], partition: bytes) -> Iterator[Conjunction]:
    """One, or those on both sides of what a negation excludes."""
    negations = [term for term in terms if term.operator in (_NOT_EQUAL, _NOT_IN)]
    plain = [term for term in terms if term not in negations]
    sides = _sides(negations[0].values) if negations else [None]
    for side in sides:
        conjunction = Conjunction(*descendants(partition))
        for term in plain:
            _add(conjunction, term, partition)
        if side is not None and negations[0].name == KEY_PROPERTY:
            lower, upper = side
            # Not just before a key, but just after it, its children follow.
            conjunction.narrow_keys(lower.value + JUST_AFTER if lower.value else b"", upper.value or LAST)
        elif side is not None:
            _narrow(conjunction, negations[0].name, side)
        yield conjunction


def _sides(excluded: tuple[bytes, ...]) -> list[Range | None]:
    cuts = sorted(excluded)
    middle = [Range(Cut(low, True), Cut(high, False)) for low, high in pairwise(cuts)]
    return [Range(upper=Cut(cuts[0], False)), *middle, Range(lower=Cut(cuts[-1], True))]


def _add(conjunction: Conjunction, term: _Term, partition: bytes) -> None:
    name, operator, (value,) = term
    if name == KEY_PROPERTY:
        _add_key(conjunction, operator, value, partition)
    elif operator == _EQUAL:
        if (name, value) not in conjunction.equalities:
            conjunction.equalities.append((name, value))
    elif operator in (_GREATER, _GREATER_OR_EQUAL):
        _narrow(conjunction, name, Range(lower=Cut(value, operator == _GREATER)))
    else:
        _narrow(conjunction, name, Range(upper=Cut(value, operator == _LESS_OR_EQUAL)))


def _narrow(conjunction: Conjunction, name: str, range_: Range) -> None:
    conjunction.ranges[name] = conjunction.ranges.get(name, EVERYTHING).within(range_)


def _add_key(conjunction: Conjunction, operator: int, key: bytes, partition: bytes) -> None:
    if not key.startswith(partition):
        raise invalid("The namespace of a key filter is not that of the query.")
    if operator == _HAS_ANCESTOR:
        if conjunction.ancestor not in (None, key):
            raise invalid(_ONE_ANCESTOR)
        conjunction.ancestor = key
        conjunction.narrow_keys(*descendants(key))
    elif operator == _EQUAL:
        conjunction.narrow_keys(key, key + JUST_AFTER)
    elif operator == _LESS:
        conjunction.narrow_keys(b"", key)
    elif operator == _LESS_OR_EQUAL:
        conjunction.narrow_keys(b"", key + JUST_AFTER)
    elif operator == _GREATER:
        conjunction.narrow_keys(key + JUST_AFTER, LAST)
    else:
        conjunction.narrow_keys(key, LAST)
