"""The raw protobuf classes of google.datastore.v1.

Google's package ships them wrapped in proto-plus, whose attribute access costs nine times as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.cloud.datastore_v1 import types
from google.protobuf.timestamp_pb2 import Timestamp

if TYPE_CHECKING:
    from google.protobuf.message import Message

    AggregationQuery = Message
    AggregationResultBatch = Message
    AllocateIdsRequest = Message
    ArrayValue = Message
    AllocateIdsResponse = Message
    BeginTransactionRequest = Message
    BeginTransactionResponse = Message
    CommitRequest = Message
    CommitResponse = Message
    Entity = Message
    EntityResult = Message
    ExplainMetrics = Message
    Filter = Message
    Key = Message
    LookupRequest = Message
    LookupResponse = Message
    Mutation = Message
    MutationResult = Message
    PartitionId = Message
    PropertyFilter = Message
    PropertyTransform = Message
    PropertyMask = Message
    QueryMessage = Message
    QueryResultBatch = Message
    ReadOptions = Message
    ReserveIdsRequest = Message
    ReserveIdsResponse = Message
    RollbackRequest = Message
    RollbackResponse = Message
    RunAggregationQueryRequest = Message
    RunAggregationQueryResponse = Message
    RunQueryRequest = Message
    RunQueryResponse = Message
    TransactionOptions = Message
    Value = Message
else:

    def _raw(wrapped: Any) -> Any:
        return type(wrapped.pb(wrapped()))

    AggregationQuery = _raw(types.AggregationQuery)
    AggregationResultBatch = _raw(types.AggregationResultBatch)
    AllocateIdsRequest = _raw(types.AllocateIdsRequest)
    ArrayValue = _raw(types.ArrayValue)
    AllocateIdsResponse = _raw(types.AllocateIdsResponse)
    BeginTransactionRequest = _raw(types.BeginTransactionRequest)
    BeginTransactionResponse = _raw(types.BeginTransactionResponse)
    CommitRequest = _raw(types.CommitRequest)
    CommitResponse = _raw(types.CommitResponse)
    Entity = _raw(types.Entity)
    EntityResult = _raw(types.EntityResult)
    ExplainMetrics = _raw(types.ExplainMetrics)
    Filter = _raw(types.Filter)
    Key = _raw(types.Key)
    LookupRequest = _raw(types.LookupRequest)
    LookupResponse = _raw(types.LookupResponse)
    Mutation = _raw(types.Mutation)
    MutationResult = _raw(types.MutationResult)
    PartitionId = _raw(types.PartitionId)
    PropertyFilter = _raw(types.PropertyFilter)
    PropertyTransform = _raw(types.PropertyTransform)
    PropertyMask = _raw(types.PropertyMask)
    QueryMessage = _raw(types.Query)
    QueryResultBatch = _raw(types.QueryResultBatch)
    ReadOptions = _raw(types.ReadOptions)
    ReserveIdsRequest = _raw(types.ReserveIdsRequest)
    ReserveIdsResponse = _raw(types.ReserveIdsResponse)
    RollbackRequest = _raw(types.RollbackRequest)
    RollbackResponse = _raw(types.RollbackResponse)
    RunAggregationQueryRequest = _raw(types.RunAggregationQueryRequest)
    RunAggregationQueryResponse = _raw(types.RunAggregationQueryResponse)
    RunQueryRequest = _raw(types.RunQueryRequest)
    RunQueryResponse = _raw(types.RunQueryResponse)
    TransactionOptions = _raw(types.TransactionOptions)
    Value = _raw(types.Value)

MICROSECONDS = 1_000_000


def set_time(timestamp: Timestamp, microseconds: int) -> None:
    """Fill a Timestamp in place from microseconds since 1970."""
    timestamp.seconds, rest = divmod(microseconds, MICROSECONDS)
    timestamp.nanos = rest * 1000


def microseconds_of(timestamp: Timestamp) -> int:
    """Datastore keeps microseconds; what is finer is cut."""
    return int(timestamp.seconds) * MICROSECONDS + int(timestamp.nanos) // 1000
