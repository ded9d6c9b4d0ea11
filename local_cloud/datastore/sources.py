"""FROM and WHERE of a scan, such that SQLite seeks to where it begins, and ends where it ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from local_cloud.datastore.ordering import LAST, complement
from local_cloud.datastore.plans import Edge, Plan

# Between some bytes and the next that there can be.
NEXT = b"\x00"


class Condition(NamedTuple):
    text: str
    parameters: tuple[object, ...]


@dataclass
class Source:
    """Only our own words are put together; values are parameters.

    `least` and `most` bound the rows. Of two bounds on the same side SQLite might seek to the wrong one.
    `start`: after this row and key, where keys go the other way than rows.
    """

    table: str
    key: str
    conditions: list[Condition] = field(default_factory=list)
    least: Condition | None = None
    most: Condition | None = None
    start: tuple[bytes, bytes] | None = None

    def where(self, text: str, *parameters: object) -> None:
        self.conditions.append(Condition(text, parameters))

    def within(self, row: bytes) -> Source:
        """Another, of the rows that are equal to this one."""
        conditions = [*self.conditions, Condition("r.row = ?", (row,))]
        return replace(self, conditions=conditions, least=None, most=None)

    def beyond(self, row: bytes, descending: bool) -> Source:
        """Another, of the rows that come after this one."""
        if descending:
            return replace(self, most=Condition("r.row < ?", (row,)))
        return replace(self, least=Condition("r.row > ?", (row,)))

    @property
    def parameters(self) -> list[object]:
        return [parameter for condition in self._all for parameter in condition.parameters]

    @property
    def _all(self) -> list[Condition]:
        return self.conditions + [bound for bound in (self.least, self.most) if bound]

    def __str__(self) -> str:
        return f"{self.table} WHERE {' AND '.join(condition.text for condition in self._all)}"


def limit_keys(source: Source, plan: Plan) -> None:
    source.where(f"{source.key} >= ? AND {source.key} < ?", plan.key_lower, plan.key_upper)


def limit_key_window(source: Source, plan: Plan, after: Edge | None, until: Edge | None) -> None:
    """Without columns an edge without a key is before all rows: only constants stand before them."""
    later, earlier = ("<", ">=") if plan.key_descending else (">", "<=")
    if after and after.key is not None:
        source.where(f"{source.key} {later} ?", after.key)
    if until:
        source.where(f"{source.key} {earlier} ?" if until.key is not None else "?", until.key or 0)


def limit_rows(source: Source, plan: Plan, after: Edge | None, until: Edge | None) -> None:
    """To those of the plan's range that come after the one edge, and not after the other."""
    lower, upper = plan.lower, plan.upper
    for edge, is_start in ((after, True), (until, False)):
        if edge is None:
            continue
        # What comes later is larger, or smaller.
        is_from_here_up = is_start is not plan.row_descending
        cut = _cut(plan, edge, is_from_here_up)
        lower, upper = (max(lower, cut), upper) if is_from_here_up else (lower, min(upper, cut))
        if edge.key is not None:
            later = "r.key < ?" if plan.key_descending else "r.key > ?"
            side = later if is_start else f"NOT {later}"
            source.where(f"(r.row <> ? OR {side})", _row(plan, edge), edge.key)
    source.least, source.most = Condition("r.row >= ?", (lower,)), Condition("r.row < ?", (upper,))
    if after and after.key is not None and lower <= _row(plan, after) < upper:
        _begin_within_equal_rows(source, plan, (_row(plan, after), after.key))


def _cut(plan: Plan, edge: Edge, is_from_here_up: bool) -> bytes:
    """The bytes that part the rows: an edge is between two of them, or, with a key, within equal ones."""
    row = _row(plan, edge)
    if edge.key is not None:
        return row if is_from_here_up else row + NEXT
    if plan.row_descending:
        return row if edge.is_after else row + NEXT
    return row + LAST if edge.is_after else row


def _begin_within_equal_rows(source: Source, plan: Plan, start: tuple[bytes, bytes]) -> None:
    """Where rows and keys go the same way, SQLite finds the place at once."""
    if plan.row_descending is not plan.key_descending:
        source.start = start
    elif plan.row_descending:
        source.most = Condition("(r.row, r.key) < (?, ?)", start)
    else:
        source.least = Condition("(r.row, r.key) > (?, ?)", start)


def _row(plan: Plan, edge: Edge) -> bytes:
    return plan.prefix + (complement(edge.columns) if plan.row_descending else edge.columns)
