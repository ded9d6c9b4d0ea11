"""Explain: what a query would do, and what it cost."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud import datastore

from tests.conformance.calls import Builder, call


@pytest.fixture
def three(client: datastore.Client, an_entity: Builder) -> datastore.Client:
    client.put_multi([an_entity("A", n, v=n) for n in (1, 2, 3)])
    return client


def explained(client: datastore.Client, **options: Any) -> Any:
    partition = {"project_id": client.project}
    query = {"kind": [{"name": "A"}]}
    return call(client, "run_query", partition_id=partition, query=query, explain_options=options)


def test_a_plan_alone_has_no_results(three: datastore.Client) -> None:
    answer = explained(three, analyze=False)
    assert len(answer.batch.entity_results) == 0
    assert answer.explain_metrics.plan_summary.indexes_used


def test_an_analysis_has_results_and_what_they_cost(three: datastore.Client) -> None:
    answer = explained(three, analyze=True)
    stats = answer.explain_metrics.execution_stats
    assert len(answer.batch.entity_results) == 3
    assert stats.results_returned == 3
    assert stats.read_operations > 0
    assert stats.execution_duration is not None
    assert "documents_scanned" in stats.debug_stats


def test_the_client_tells_the_metrics_after_the_results(three: datastore.Client) -> None:
    query = three.query(kind="A", explain_options=datastore.ExplainOptions(analyze=True))
    iterator = query.fetch()
    assert len(list(iterator)) == 3
    assert iterator.explain_metrics.execution_stats.results_returned == 3


def test_an_aggregation_is_explained_too(three: datastore.Client) -> None:
    options = datastore.ExplainOptions(analyze=True)
    query = three.aggregation_query(three.query(kind="A"), explain_options=options).count(alias="n")
    iterator = query.fetch()
    ((count,),) = iterator
    assert count.value == 3
    assert iterator.explain_metrics.execution_stats.results_returned == 1


def test_without_asking_nothing_is_explained(three: datastore.Client) -> None:
    partition = {"project_id": three.project}
    answer = call(three, "run_query", partition_id=partition, query={"kind": [{"name": "A"}]})
    assert "plan_summary" not in answer.explain_metrics
