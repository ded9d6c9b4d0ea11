"""Random commits, conditional or not, with masks and transforms; and random steps of a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.cloud import datastore
from hypothesis import strategies as st

from tests.conformance.random_calls import ARRAYS, PROPERTIES, SCALARS, a_key, an_entity
from tests.local_cloud.datastore.calls import delete, insert, update, upsert

# Few, so that mutations meet.
IDS = (1, 2, 3)
RECORDS = st.fixed_dictionaries({}, optional=dict.fromkeys(PROPERTIES, SCALARS | ARRAYS))
OPERATIONS = {"insert": insert, "update": update, "upsert": upsert}


@dataclass(frozen=True)
class Change:
    """One mutation. `condition`: the version as it is (0) or was (-1), if there is an entity."""

    operation: str
    number: int
    record: dict[str, Any]
    mask: list[str] | None = None
    transforms: tuple[dict[str, Any], ...] = ()
    condition: int | None = None

    def built(self, client: datastore.Client, versions: dict[int, int]) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if self.condition is not None and self.number in versions and self.operation != "insert":
            options["base_version"] = versions[self.number] + self.condition
            options["conflict_resolution_strategy"] = "FAIL"
        if self.operation == "delete":
            return delete(a_key(client, self.number), **options)
        if self.mask is not None:
            options["property_mask"] = {"paths": self.mask}
        if self.transforms:
            options["property_transforms"] = list(self.transforms)
        return OPERATIONS[self.operation](an_entity(client, self.number, self.record), **options)


@dataclass(frozen=True)
class Commit:
    is_transaction: bool
    changes: list[Change]


NUMBERS = st.one_of(
    st.builds(dict, integer_value=st.sampled_from([-1, 0, 2, 2**63 - 1, -(2**63)])),
    st.builds(dict, double_value=st.sampled_from([-1.5, 0.0, 2.0, float("inf")])),
)
ELEMENTS = st.builds(
    dict,
    values=st.lists(
        st.one_of(NUMBERS, st.just({"string_value": "a"}), st.just({"null_value": 0})), max_size=3
    ),
)


def transforms() -> st.SearchStrategy[dict[str, Any]]:
    by_number = [st.fixed_dictionaries({name: NUMBERS}) for name in ("increment", "maximum", "minimum")]
    by_elements = [
        st.fixed_dictionaries({name: ELEMENTS})
        for name in ("append_missing_elements", "remove_all_from_array")
    ]
    return st.builds(
        lambda name, what: {"property": name, **what},
        st.sampled_from(PROPERTIES),
        st.one_of(*by_number, *by_elements),
    )


def plain_changes() -> st.SearchStrategy[Change]:
    """What also the classic engine understands."""
    return st.builds(
        Change,
        st.sampled_from(["insert", "update", "upsert", "upsert", "delete"]),
        st.sampled_from(IDS),
        RECORDS,
        condition=st.sampled_from([None, None, 0, -1]),
    )


def changes() -> st.SearchStrategy[Change]:
    return st.builds(
        Change,
        st.sampled_from(["insert", "update", "upsert", "upsert"]),
        st.sampled_from(IDS),
        RECORDS,
        mask=st.none() | st.lists(st.sampled_from([*PROPERTIES, "absent"]), unique=True),
        transforms=st.lists(transforms(), max_size=2).map(tuple),
        condition=st.sampled_from([None, None, None, 0, -1]),
    )


def commits(change: st.SearchStrategy[Change]) -> st.SearchStrategy[list[Commit]]:
    one = st.builds(Commit, st.booleans(), st.lists(change, min_size=1, max_size=3))
    return st.lists(one.filter(_is_settled), min_size=1, max_size=6)


def _is_settled(commit: Commit) -> bool:
    """Engines differ where an entity is changed again after a condition, or inserted after something else."""
    for position, change in enumerate(commit.changes):
        earlier = [other for other in commit.changes[:position] if other.number == change.number]
        conditions = [other.condition for other in (*earlier, change) if other.condition is not None]
        if earlier and (change.operation == "insert" or conditions):
            return False
    return True


@dataclass(frozen=True)
class Step:
    """Something that is done inside of an open transaction, or outside of it."""

    does: str
    number: int
    value: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["get", "query", "put", "delete", "put outside", "put outside", "get outside"]),
        st.sampled_from(IDS),
        st.integers(1, 3),
    ),
    max_size=8,
)
