"""What an entity loses and gets in the indexes when it is overwritten is the difference of all its rows."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from local_cloud.datastore.indexes import Component, Index, changed_rows, index_rows
from local_cloud.datastore.messages import Entity, Value

SCALARS = st.one_of(
    st.just({"null_value": 0}),
    st.sampled_from([0, 1, -1]).map(lambda it: {"integer_value": it}),
    st.sampled_from([0.0, -0.0, 1.0, float("nan")]).map(lambda it: {"double_value": it}),
    st.sampled_from(["", "a"]).map(lambda it: {"string_value": it}),
)
MARKED = st.tuples(SCALARS, st.booleans()).map(lambda it: {**it[0], "exclude_from_indexes": it[1]})
VALUES = st.one_of(
    MARKED,
    st.lists(MARKED, max_size=3).map(lambda it: {"array_value": {"values": it}}),
    st.dictionaries(st.sampled_from("xy"), MARKED).map(lambda it: {"entity_value": {"properties": it}}),
)
RECORDS = st.dictionaries(st.sampled_from(["a", "b", "c", "a.x"]), VALUES)
COMPOSITES = st.sampled_from([[], [Index("K", (Component("a"), Component("b", True)))]])

ZERO, MINUS_ZERO = ({"a": {"double_value": zero}} for zero in (0.0, -0.0))
DOTTED = {"a.x": {"integer_value": 1}}
EMBEDDED = {"a": {"entity_value": {"properties": {"x": {"integer_value": 1}}}}}


def an_entity(record: dict[str, Any]) -> Entity:
    return Entity(properties={name: Value(**value) for name, value in record.items()})


@given(before=RECORDS, after=RECORDS, composites=COMPOSITES)
@example(before=ZERO, after=MINUS_ZERO, composites=[])
@example(before=DOTTED, after={**DOTTED, **EMBEDDED}, composites=[])
@example(before={**DOTTED, **EMBEDDED}, after=EMBEDDED, composites=[])
def test_a_change_is_the_difference(
    before: dict[str, Any], after: dict[str, Any], composites: list[Index]
) -> None:
    old, new = an_entity(before), an_entity(after)
    rows_before, rows_after = index_rows(old, composites), index_rows(new, composites)
    assert changed_rows(old, new, composites) == (rows_before - rows_after, rows_after - rows_before)
