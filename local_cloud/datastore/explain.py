"""What explain tells of a query: the indexes of its plan, and what its execution has cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from local_cloud.datastore.indexes import Component, Index
from local_cloud.datastore.messages import ExplainMetrics
from local_cloud.datastore.plans import Plan
from local_cloud.datastore.results import Results

# So many index entries cost one read.
ENTRIES_PER_READ = 1_000
_EVERYWHERE = "Collection group"
_BELOW_AN_ANCESTOR = "Includes ancestors"


def fill_plan(metrics: ExplainMetrics, plans: Sequence[Plan]) -> None:
    for properties, scope in dict.fromkeys(told for plan in plans for told in _indexes_of(plan)):
        used = metrics.plan_summary.indexes_used.add()
        used.update({"properties": properties, "query_scope": scope})


def fill_stats(metrics: ExplainMetrics, results: Results, microseconds: int) -> None:
    stats = metrics.execution_stats
    stats.results_returned = results.returned
    entities = results.fetched
    stats.read_operations = entities or max(1, -(-results.visited // ENTRIES_PER_READ))
    stats.execution_duration.FromMicroseconds(max(microseconds, 1))
    stats.debug_stats.update(
        {
            "index_entries_scanned": str(results.visited),
            "documents_scanned": str(entities),
            "billing_details": {
                "documents_billable": str(entities),
                "index_entries_billable": str(0 if entities else results.visited),
                "small_ops": "0",
                "min_query_cost": "0" if entities or results.visited else "1",
            },
        }
    )


def _indexes_of(plan: Plan) -> Iterator[tuple[str, str]]:
    """The properties of each, and its scope."""
    key = Component("__name__", plan.key_descending)
    if plan.index is None:
        yield _text([key]), _EVERYWHERE
        return
    for index in (plan.index, *(probe.single for probe in plan.probes)):
        scope = _BELOW_AN_ANCESTOR if index.has_ancestor else _EVERYWHERE
        yield _text([*_directed(index, plan), key]), scope


def _directed(index: Index, plan: Plan) -> list[Component]:
    """A single-property index is one for both directions."""
    return [Component(name, descending or plan.row_descending) for name, descending in index.components]


def _text(components: list[Component]) -> str:
    parts = (f"{name} {'DESC' if descending else 'ASC'}" for name, descending in components)
    return f"({', '.join(parts)})"
