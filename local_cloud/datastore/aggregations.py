"""Aggregations over the results of a query, from index rows alone.

A sum or an average needs its property in the rows: all aggregations beside it see only entities that have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from itertools import count

from local_cloud.datastore.batches import NO_MORE_RESULTS
from local_cloud.datastore.cursors import Position
from local_cloud.datastore.indexes import KEY_PROPERTY
from local_cloud.datastore.keys import check_name
from local_cloud.datastore.messages import AggregationQuery, AggregationResultBatch, Value
from local_cloud.datastore.query import Query
from local_cloud.datastore.results import Results
from local_cloud.datastore.scans import Hit
from local_cloud.datastore.transforms import LARGEST_INTEGER, SMALLEST_INTEGER
from local_cloud.datastore.values import decode_number
from local_cloud.faults import invalid

MAX_AGGREGATIONS = 5


class Aggregation:
    """`up_to`: how far a count goes; `name`: the property that is summed or averaged."""

    def __init__(self, message: AggregationQuery, alias: str) -> None:
        self.operator = message.WhichOneof("operator")
        self.alias = alias
        self.up_to: int | None = None
        self.name: str | None = None
        if self.operator == "count":
            if message.count.HasField("up_to"):
                self.up_to = int(message.count.up_to.value)
                if self.up_to < 0:
                    raise invalid(
                        "The `up_to` value in a COUNT aggregation must be greater than or equal to zero."
                    )
        elif self.operator in ("sum", "avg"):
            self.name = str(getattr(message, self.operator).property.name)
            if not self.name:
                raise invalid("Empty aggregation field.")
            if self.name == KEY_PROPERTY:
                raise invalid("Aggregations are not supported for the property: __key__")
        else:
            raise invalid("An aggregation has no operator.")


def parse_aggregations(message: AggregationQuery, query: Query) -> list[Aggregation]:
    """The query then asks for the rows that they need."""
    if not 1 <= len(message.aggregations) <= MAX_AGGREGATIONS:
        raise invalid(f"A query has 1 to {MAX_AGGREGATIONS} aggregations.")
    numbers = count(start=1)
    # Only those without a name of their own are numbered.
    aliases = [one.alias or f"property_{next(numbers)}" for one in message.aggregations]
    aggregations = [Aggregation(*one) for one in zip(message.aggregations, aliases, strict=True)]
    for alias in aliases:
        check_name("alias", alias)
        if aliases.count(alias) > 1:
            raise invalid(f'The alias "{alias}" is used twice.')
    names = [aggregation.name for aggregation in aggregations if aggregation.name]
    if names and query.keys_only:
        raise invalid(
            "Aggregation over non-key properties is not supported for base query that only returns keys."
        )
    query.show(names)
    return aggregations


def fill_aggregates(
    batch: AggregationResultBatch, aggregations: Sequence[Aggregation], results: Results
) -> None:
    batch.more_results = NO_MORE_RESULTS
    results.returned += 1
    properties = batch.aggregation_results.add().aggregate_properties
    if all(aggregation.operator == "count" for aggregation in aggregations):
        for aggregation in aggregations:
            properties[aggregation.alias].integer_value = results.count(aggregation.up_to)
        return
    sums = _Sums(aggregations, results)
    for aggregation in aggregations:
        sums.fill(properties[aggregation.alias], aggregation)


class _Sums:
    """One pass over the rows. Of an array every distinct element is summed; its entity counts once."""

    def __init__(self, aggregations: Sequence[Aggregation], results: Results) -> None:
        self._results = results
        names = {aggregation.name for aggregation in aggregations if aggregation.name}
        self._totals: dict[str, int | float] = dict.fromkeys(names, 0)
        self._summed = dict.fromkeys(names, 0)
        self._counted = 0
        self._previous: Position | None = None
        skipped = taken = 0
        with closing(results.hits()) as hits:
            for hit in hits:
                if skipped < results.query.offset:
                    skipped += 1
                    continue
                if taken == results.query.limit:
                    break
                taken += 1
                self._add(hit)

    def fill(self, value: Value, aggregation: Aggregation) -> None:
        if aggregation.name is None:
            most = self._counted if aggregation.up_to is None else aggregation.up_to
            value.integer_value = min(self._counted, most)
            return
        total, summed = self._totals[aggregation.name], self._summed[aggregation.name]
        if aggregation.operator == "sum":
            _fill_sum(value, total)
        elif summed:
            value.double_value = float(total) / summed
        else:
            value.null_value = 0

    def _add(self, hit: Hit) -> None:
        # What an entity shows beside its row makes several hits of it.
        if hit.position != self._previous and (not hit.repeats or self._results.is_first(hit)):
            self._counted += 1
        self._previous = hit.position
        for name, value in self._results.values(hit).items():
            if name in self._totals:
                number = decode_number(value)
                if number is not None:
                    self._totals[name] += number
                    self._summed[name] += 1


def _fill_sum(value: Value, total: int | float) -> None:
    if isinstance(total, int) and SMALLEST_INTEGER <= total <= LARGEST_INTEGER:
        value.integer_value = total
    else:
        value.double_value = float(total)
