"""Aggregations over the results of a query: today COUNT, from index rows alone."""

from __future__ import annotations

from local_cloud.datastore.messages import AggregationQuery, AggregationResultBatch
from local_cloud.datastore.queries import NO_MORE_RESULTS, Run
from local_cloud.faults import invalid, unimplemented

MAX_AGGREGATIONS = 5


def aggregate(query: AggregationQuery, run: Run, batch: AggregationResultBatch) -> None:
    """Fill the one result that an aggregation query has."""
    if not 1 <= len(query.aggregations) <= MAX_AGGREGATIONS:
        raise invalid(f"A query has 1 to {MAX_AGGREGATIONS} aggregations.")
    properties = batch.aggregation_results.add().aggregate_properties
    for number, aggregation in enumerate(query.aggregations, start=1):
        operator = aggregation.WhichOneof("operator")
        if operator != "count":
            raise unimplemented(f"the aggregation {operator}")
        alias = aggregation.alias or f"property_{number}"
        if alias in properties:
            raise invalid(f'The alias "{alias}" is used twice.')
        properties[alias].integer_value = run.count(_up_to(aggregation.count))
    batch.more_results = NO_MORE_RESULTS


def _up_to(count: AggregationQuery) -> int | None:
    if not count.HasField("up_to"):
        return None
    if count.up_to.value <= 0:
        raise invalid("The limit of a count must be greater than zero.")
    return int(count.up_to.value)
