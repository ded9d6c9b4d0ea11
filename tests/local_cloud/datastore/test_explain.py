from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import datastore
from google.cloud.datastore.query import Or, PropertyFilter

Builder = Callable[..., datastore.Entity]
PLAN = datastore.ExplainOptions(analyze=False)
ANALYZE = datastore.ExplainOptions(analyze=True)
F = PropertyFilter


@pytest.mark.parametrize(
    ("asked", "indexes"),
    [
        ({}, ["(__name__ ASC)"]),
        ({"order": ["a"]}, ["(a ASC, __name__ ASC)"]),
        ({"order": ["-a"]}, ["(a DESC, __name__ ASC)"]),
        ({"order": ["a", "-b"]}, ["(a ASC, b DESC, __name__ ASC)"]),
        ({"filters": [F("a", "=", 1), F("b", "=", 2)]}, ["(a ASC, __name__ ASC)", "(b ASC, __name__ ASC)"]),
        (
            {"filters": [Or([F("a", "=", 1), F("b", "=", 2)])]},
            ["(a ASC, __name__ ASC)", "(b ASC, __name__ ASC)"],
        ),
        ({"filters": [F("a", "IN", [1, 2])]}, ["(a ASC, __name__ ASC)"]),
    ],
)
def test_a_plan_names_the_indexes_and_runs_nothing(
    client: datastore.Client, an_entity: Builder, asked: dict[str, Any], indexes: list[str]
) -> None:
    client.put(an_entity("Thing", 1, a=1, b=2))
    results = client.query(kind="Thing", explain_options=PLAN, **asked).fetch()
    assert list(results) == []
    used = results.explain_metrics.plan_summary.indexes_used
    assert used == [{"properties": one, "query_scope": "Collection group"} for one in indexes]


@pytest.mark.parametrize(
    ("order", "properties", "scope"),
    [
        (["place"], "(place ASC, __name__ ASC)", "Includes ancestors"),
        ([], "(__name__ ASC)", "Collection group"),
    ],
)
def test_an_index_below_ancestors_is_named_so(
    client: datastore.Client, order: list[str], properties: str, scope: str
) -> None:
    """As Google's client's own system tests expect it; an ancestor alone is a range of keys."""
    parent = client.key("Parent", 1)
    results = client.query(kind="Entry", ancestor=parent, order=order, explain_options=PLAN).fetch()
    assert list(results) == []
    used = results.explain_metrics.plan_summary.indexes_used
    assert used == [{"properties": properties, "query_scope": scope}]


def stats_of(results: Any) -> tuple[int, int, Any, Any]:
    stats = results.explain_metrics.execution_stats
    assert stats.execution_duration.total_seconds() > 0
    debug = stats.debug_stats
    return (
        stats.results_returned,
        stats.read_operations,
        debug["index_entries_scanned"],
        debug["documents_scanned"],
    )


def test_analyze_runs_the_query_and_counts(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("Thing", n, a=n % 3) for n in range(1, 10)])
    results = client.query(kind="Thing", filters=[F("a", "=", 1)], explain_options=ANALYZE).fetch()
    assert [entity.key.id for entity in results] == [1, 4, 7]
    assert stats_of(results) == (3, 3, "3", "3")
    query = client.query(kind="Thing", explain_options=ANALYZE)
    query.keys_only()
    results = query.fetch(limit=4)
    assert len(list(results)) == 4
    assert stats_of(results)[:2] == (4, 1)


def test_an_aggregation_is_explained_too(client: datastore.Client, an_entity: Builder) -> None:
    client.put_multi([an_entity("Thing", n, a=n) for n in range(1, 4)])
    query = client.query(kind="Thing")
    results = client.aggregation_query(query, explain_options=ANALYZE).count().sum("a").fetch()
    assert sorted(result.value for result in next(iter(results))) == [3, 6]
    assert stats_of(results) == (1, 1, "3", "0")
    plan = client.aggregation_query(query, explain_options=PLAN).count().fetch()
    assert list(plan) == []
    assert plan.explain_metrics.plan_summary.indexes_used[0]["properties"] == "(__name__ ASC)"
