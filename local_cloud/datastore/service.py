"""The calls of google.datastore.v1.Datastore, each from a request to a response or a Fault."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from local_cloud.datastore.aggregations import fill_aggregates, parse_aggregations
from local_cloud.datastore.batches import BATCH_BYTES, NO_MORE_RESULTS, fill_batch, fill_found
from local_cloud.datastore.commits import Commits
from local_cloud.datastore.concurrency import Concurrency, Region
from local_cloud.datastore.explain import fill_plan, fill_stats
from local_cloud.datastore.ids import Ids
from local_cloud.datastore.index_file import recommendation
from local_cloud.datastore.keys import (
    Database,
    check_incomplete,
    check_key,
    database_of,
    encode_key,
    fill_partition,
)
from local_cloud.datastore.messages import (
    AllocateIdsRequest,
    AllocateIdsResponse,
    BeginTransactionRequest,
    BeginTransactionResponse,
    CommitRequest,
    CommitResponse,
    Entity,
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
from local_cloud.datastore.metadata import is_metadata, metadata, plan_metadata
from local_cloud.datastore.paths import parse_mask
from local_cloud.datastore.planner import MissingIndex, plan_query
from local_cloud.datastore.plans import Plan
from local_cloud.datastore.query import Query, parse_query
from local_cloud.datastore.reader import Entities
from local_cloud.datastore.reads import Reads
from local_cloud.datastore.results import Results
from local_cloud.datastore.storage import Storage
from local_cloud.datastore.transactions import Transactions
from local_cloud.faults import failed_precondition, invalid, unimplemented

# However long the keys are: Google's client asks again at most 128 times.
LEAST_BYTES_FOUND = 100_000


class DatastoreService:
    def __init__(self, storage: Storage, concurrency: Concurrency, transactions: Transactions) -> None:
        self._storage = storage
        self._transactions = transactions
        self._ids = Ids(storage)
        self._reads = Reads(storage, concurrency, transactions)
        self._commits = Commits(storage, concurrency, transactions, self._ids)
        # SQLite lets go of the interpreter at every row: side by side, batches take longer than in turn.
        self._filling = threading.Lock()

    def lookup(self, request: LookupRequest) -> LookupResponse:
        database = database_of(request.project_id, request.database_id)
        for key in request.keys:
            fill_partition(key.partition_id, database)
            check_key(key, allow_reserved=True)
        keys = [encode_key(key) for key in request.keys]
        response = LookupResponse()
        with self._reads.looking_up(request.read_options, database, keys) as read:
            response.transaction = read.begun
            set_time(response.read_time, read.moment)
            _fill_lookup(response, request, keys, read.source)
        return response

    def run_query(self, request: RunQueryRequest) -> RunQueryResponse:
        _check_query_type(request, "one of fields Query.query and Query.gql_query must be set")
        database = database_of(request.project_id, request.database_id)
        query = parse_query(request.query, request.partition_id, database)
        if query.projection and request.HasField("property_mask"):
            raise invalid("property masks are not allowed on projection queries")
        mask = parse_mask(request.property_mask) if request.HasField("property_mask") else None
        response = RunQueryResponse()
        with self._run(request, response, query, database) as results:
            if results is not None:
                with self._filling:
                    fill_batch(response.batch, results, mask)
        return response

    def run_aggregation_query(self, request: RunAggregationQueryRequest) -> RunAggregationQueryResponse:
        _check_query_type(request, "one of fields aggregation_query and gql_query must be set")
        database = database_of(request.project_id, request.database_id)
        query = parse_query(request.aggregation_query.nested_query, request.partition_id, database)
        aggregations = parse_aggregations(request.aggregation_query, query)
        response = RunAggregationQueryResponse()
        with self._run(request, response, query, database) as results:
            if results is not None:
                fill_aggregates(response.batch, aggregations, results)
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
            check_incomplete(key)
        self._ids.complete(list(request.keys))
        return AllocateIdsResponse(keys=request.keys)

    def reserve_ids(self, request: ReserveIdsRequest) -> ReserveIdsResponse:
        database = database_of(request.project_id, request.database_id)
        for key in request.keys:
            fill_partition(key.partition_id, database)
            check_key(key)
        self._ids.reserve(list(request.keys))
        return ReserveIdsResponse()

    @contextmanager
    def _run(
        self,
        request: RunQueryRequest | RunAggregationQueryRequest,
        response: RunQueryResponse | RunAggregationQueryResponse,
        query: Query,
        database: Database,
    ) -> Iterator[Results | None]:
        """None if only the plan is asked for. Explains it, too, if that is asked for."""
        plans = plan_metadata(query) if is_metadata(query) else self._plan(query)
        if request.HasField("explain_options"):
            fill_plan(response.explain_metrics, plans)
            if not request.explain_options.analyze:
                response.batch.more_results = NO_MORE_RESULTS
                yield None
                return
        regions = [Region(query.kind, plan) for plan in plans]
        with self._reads.reading(request.read_options, database, regions) as read:
            response.transaction = read.begun
            set_time(response.batch.read_time, read.moment)
            asked = metadata(read.source, query, plans) if is_metadata(query) else nullcontext(read.source)
            with asked as reader:
                results = Results(reader, query, plans)
                began = self._storage.now()
                yield results
                if request.HasField("explain_options"):
                    fill_stats(response.explain_metrics, results, self._storage.now() - began)

    def _plan(self, query: Query) -> list[Plan]:
        """Without an index.yaml the indexes that are missing are made: then the first query takes longer."""
        while True:
            try:
                return plan_query(query, self._storage.indexes, exact=not self._storage.is_strict)
            except MissingIndex as missing:
                if self._storage.is_strict:
                    raise failed_precondition(recommendation(missing.index)) from missing
                self._storage.add_index(missing.index)


def _check_query_type(request: RunQueryRequest | RunAggregationQueryRequest, refusal: str) -> None:
    kind = request.WhichOneof("query_type")
    if kind is None:
        raise invalid(refusal)
    if kind == "gql_query":
        raise unimplemented("GQL")


def _fill_lookup(
    response: LookupResponse, request: LookupRequest, keys: Sequence[bytes], entities: Entities
) -> None:
    """What does not fit the response is deferred: the client asks again for it."""
    # All keys are in the response, be they found, missing or deferred.
    room = max(BATCH_BYTES - request.ByteSize(), LEAST_BYTES_FOUND)
    mask = parse_mask(request.property_mask) if request.HasField("property_mask") else None
    for key, encoded in zip(request.keys, keys, strict=True):
        if room < 0:
            response.deferred.append(key)
            continue
        stored = entities.get(encoded)
        if stored is None:
            missing = response.missing.add()
            missing.entity = Entity(key=key).SerializeToString()
            missing.version = entities.last_version()
        else:
            found = response.found.add()
            room -= fill_found(found, stored, mask)
