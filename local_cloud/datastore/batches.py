"""Cuts the results of a query into batches that fit a response, with truthful cursors."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

from local_cloud.datastore import paths
from local_cloud.datastore.cursors import Position, encode_cursor
from local_cloud.datastore.keys import decode_key
from local_cloud.datastore.messages import Entity, EntityResult, QueryResultBatch, encoded_time
from local_cloud.datastore.paths import Mask
from local_cloud.datastore.reader import Stored
from local_cloud.datastore.results import Results
from local_cloud.datastore.scans import Hit
from local_cloud.datastore.values import decode_value

# Google's client receives at most 4 MiB; the last entity of a batch may be 1 MiB over.
BATCH_BYTES = 2_900_000
BATCH_ROWS = 300

FULL, PROJECTION, KEY_ONLY = 1, 2, 3
NO_MORE_RESULTS = 3
_NOT_FINISHED, _AFTER_LIMIT, _AFTER_CURSOR = 1, 2, 4


def fill_batch(batch: QueryResultBatch, results: Results, mask: Mask | None) -> None:
    """The first batch of results."""
    batch.entity_result_type = _result_type(results)
    batch.snapshot_version = results.reader.last_version()
    with closing(results.hits()) as hits:
        position = _skip(hits, results, batch)
        _take(hits, results, mask, batch, position)


def fill_found(result: EntityResult, stored: Stored, mask: Mask | None = None) -> int:
    """An entity as it is stored, or what the mask leaves of it, with what is known about it; its size."""
    entity = stored.entity if mask is None else _masked(stored.entity, mask)
    result.entity = entity
    result.version = stored.version
    result.create_time = encoded_time(stored.created)
    result.update_time = encoded_time(stored.version)
    return len(entity)


def _result_type(results: Results) -> int:
    if results.query.keys_only:
        return KEY_ONLY
    return PROJECTION if results.query.projection else FULL


def _skip(hits: Generator[Hit, None, None], results: Results, batch: QueryResultBatch) -> Position:
    position = results.start
    while batch.skipped_results < results.query.offset:
        hit = next(hits, None)
        if hit is None:
            break
        batch.skipped_results += 1
        position = Position(hit.cursor_columns, hit.key)
    if batch.skipped_results:
        batch.skipped_cursor = encode_cursor(*position, results.signature)
    return position


def _take(
    hits: Generator[Hit, None, None],
    results: Results,
    mask: Mask | None,
    batch: QueryResultBatch,
    position: Position,
) -> None:
    limit, signature = results.query.limit, results.signature
    cursor = encode_cursor(*position, signature)
    taken = size = 0
    for hit in hits:
        if taken == limit:
            batch.more_results = _AFTER_LIMIT
            break
        if taken == BATCH_ROWS or size > BATCH_BYTES:
            batch.more_results = _NOT_FINISHED
            break
        result = batch.entity_results.add()
        size += _fill_result(result, hit, results, mask)
        taken += 1
        result.cursor = cursor = encode_cursor(hit.cursor_columns, hit.key, signature)
        size += len(cursor)
    else:
        batch.more_results = _AFTER_LIMIT if limit == 0 else _at_the_end(results)
    results.returned += taken
    batch.end_cursor = cursor


def _at_the_end(results: Results) -> int:
    if results.end is not None and results.has_more_after(results.end):
        return _AFTER_CURSOR
    return NO_MORE_RESULTS


def _fill_result(result: EntityResult, hit: Hit, results: Results, mask: Mask | None) -> int:
    """The size of what was filled in, about."""
    if results.shows_entities:
        return fill_found(result, results.fetch(hit), mask)
    result.entity = entity = _projected(hit, results).SerializeToString()
    return len(entity)


def _masked(stored: bytes, mask: Mask) -> bytes:
    return bytes(paths.only(Entity.FromString(stored), mask).SerializeToString())


def _projected(hit: Hit, results: Results) -> Entity:
    entity = Entity(key=decode_key(hit.key))
    for name, value in results.values(hit).items():
        if name in results.query.projection:
            decode_value(value, entity.properties[name])
    return entity
