"""The calls of google.datastore.v1.Datastore, each from a request to a response or a Fault."""

from __future__ import annotations

import time
from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp

from local_cloud.datastore.aggregations import aggregate
from local_cloud.datastore.commits import Commits
from local_cloud.datastore.ids import Ids
from local_cloud.datastore.indexes import Index
from local_cloud.datastore.keys import check_key, database_of, encode_key, fill_partition, is_complete
from local_cloud.datastore.locks import Locks, Region
from local_cloud.datastore.messages import (
    AllocateIdsRequest,
    AllocateIdsResponse,
    BeginTransactionRequest,
    BeginTransactionResponse,
    CommitRequest,
    CommitResponse,
    LookupRequest,
    LookupResponse,
    ReserveIdsRequest,
    ReserveIdsResponse,
    RollbackRequest,
    RollbackResponse,
    RunAggregationQueryRequest,
    RunAggregationQueryResponse,
    RunQueryRequest,
    RunQueryResponse,
    set_time,
)
from local_cloud.datastore.paths import parse_mask
from local_cloud.datastore.planner import plan_query
from local_cloud.datastore.queries import BATCH_BYTES, Run, fill_found
from local_cloud.datastore.query import Query, parse_query
from local_cloud.datastore.reads import Reads
from local_cloud.datastore.storage import Reader, Storage
from local_cloud.datastore.transactions import Transactions
from local_cloud.faults import invalid, unimplemented


class DatastoreService:
    def __init__(
        self, storage: Storage, locks: Locks, transactions: Transactions, indexes: Sequence[Index]
    ) -> None:
        self._indexes = indexes
        self._transactions = transactions
        self._ids = Ids(storage)
        self._reads = Reads(storage, locks, transactions)
        self._commits = Commits(storage, locks, transactions, self._ids)

    def lookup(self, request: LookupRequest) -> LookupResponse:
        database = database_of(request.project_id, request.database_id)
        for key in request.keys:
            fill_partition(key.partition_id, database)
            check_key(key, allow_reserved=True)
        keys = [encode_key(key) for key in request.keys]
        response = LookupResponse()
        with self._reads.reading(request.read_options, database, keys) as read:
            response.transaction = read.begun
            _set_now(response.read_time)
            _fill_lookup(response, request, keys, read.reader)
        return response

    def run_query(self, request: RunQueryRequest) -> RunQueryResponse:
        if request.WhichOneof("query_type") == "gql_query":
            raise unimplemented("GQL")
        if request.HasField("explain_options"):
            raise unimplemented("explain")
        if request.HasField("property_mask"):
            raise unimplemented("property_mask of a query")
        database = database_of(request.project_id, request.database_id)
        query = parse_query(request.query, request.partition_id, database)
        plan = plan_query(query, self._indexes)
        response = RunQueryResponse()
        with self._reads.reading(request.read_options, database, _region(query)) as read:
            response.transaction = read.begun
            _set_now(response.batch.read_time)
            Run(read.reader, query, plan).fill(response.batch)
        return response

    def run_aggregation_query(self, request: RunAggregationQueryRequest) -> RunAggregationQueryResponse:
        if request.WhichOneof("query_type") == "gql_query":
            raise unimplemented("GQL")
        if request.HasField("explain_options"):
            raise unimplemented("explain")
        database = database_of(request.project_id, request.database_id)
        aggregation = request.aggregation_query
        query = parse_query(aggregation.nested_query, request.partition_id, database)
        plan = plan_query(query, self._indexes)
        response = RunAggregationQueryResponse()
        with self._reads.reading(request.read_options, database, _region(query)) as read:
            response.transaction = read.begun
            _set_now(response.batch.read_time)
            aggregate(aggregation, Run(read.reader, query, plan), response.batch)
        return response

    def begin_transaction(self, request: BeginTransactionRequest) -> BeginTransactionResponse:
        database = database_of(request.project_id, request.database_id)
        transaction = self._transactions.begin(database, request.transaction_options)
        return BeginTransactionResponse(transaction=transaction.id)

    def commit(self, request: CommitRequest) -> CommitResponse:
        return self._commits.commit(request, database_of(request.project_id, request.database_id))

    def rollback(self, request: RollbackRequest) -> RollbackResponse:
        database = database_of(request.project_id, request.database_id)
        self._transactions.roll_back(request.transaction, database)
        return RollbackResponse()

    def allocate_ids(self, request: AllocateIdsRequest) -> AllocateIdsResponse:
        database = database_of(request.project_id, request.database_id)
        for key in request.keys:
            fill_partition(key.partition_id, database)
            check_key(key, complete=False)
            if is_complete(key):
                raise invalid("The key to allocate an id for is complete already.")
        self._ids.complete(list(request.keys))
        return AllocateIdsResponse(keys=request.keys)

    def reserve_ids(self, request: ReserveIdsRequest) -> ReserveIdsResponse:
        database = database_of(request.project_id, request.database_id)
        for key in request.keys:
            fill_partition(key.partition_id, database)
            check_key(key)
        self._ids.reserve(list(request.keys))
        return ReserveIdsResponse()


def _fill_lookup(
    response: LookupResponse, request: LookupRequest, keys: Sequence[bytes], reader: Reader
) -> None:
    """What does not fit the response is deferred: the client asks again for it."""
    size = 0
    mask = parse_mask(request.property_mask) if request.HasField("property_mask") else None
    for key, encoded in zip(request.keys, keys, strict=True):
        if size > BATCH_BYTES:
            response.deferred.append(key)
            continue
        stored = reader.get(encoded)
        if stored is None:
            missing = response.missing.add()
            missing.entity.key.CopyFrom(key)
            missing.version = reader.last_version()
        else:
            fill_found(response.found.add(), stored, mask)
            size += len(stored.entity)


def _region(query: Query) -> Region:
    return Region(query.key_lower, query.key_upper, query.kind)


def _set_now(timestamp: Timestamp) -> None:
    set_time(timestamp, time.time_ns() // 1_000)
