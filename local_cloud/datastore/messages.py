"""The messages of google.datastore.v1, made of their description.

Google's package has them, too, but takes longer to import, and more memory, than all else that a server is.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

DESCRIPTION = Path(__file__).with_name("messages.binpb")

_AS_BYTES = {"entity", "create_time", "update_time"}


def _with_results_of_bytes(file: FileDescriptorProto) -> FileDescriptorProto:
    """A result holds bytes: its entity goes out as it lies in storage, unread."""
    for message in file.message_type:
        if message.name == "EntityResult":
            for field in message.field:
                if field.name in _AS_BYTES:
                    field.type = FieldDescriptorProto.TYPE_BYTES
                    field.ClearField("type_name")
    return file


# Of our own: in the common one stand the same messages of Google's client, if that is here.
_pool = DescriptorPool()
for _file in FileDescriptorSet.FromString(DESCRIPTION.read_bytes()).file:
    _pool.Add(_with_results_of_bytes(_file))


def _message(name: str) -> Any:
    return GetMessageClass(_pool.FindMessageTypeByName(name))


AggregationQuery: Any = _message("google.datastore.v1.AggregationQuery")
AggregationResultBatch: Any = _message("google.datastore.v1.AggregationResultBatch")
AllocateIdsRequest: Any = _message("google.datastore.v1.AllocateIdsRequest")
AllocateIdsResponse: Any = _message("google.datastore.v1.AllocateIdsResponse")
ArrayValue: Any = _message("google.datastore.v1.ArrayValue")
BeginTransactionRequest: Any = _message("google.datastore.v1.BeginTransactionRequest")
BeginTransactionResponse: Any = _message("google.datastore.v1.BeginTransactionResponse")
CommitRequest: Any = _message("google.datastore.v1.CommitRequest")
CommitResponse: Any = _message("google.datastore.v1.CommitResponse")
Entity: Any = _message("google.datastore.v1.Entity")
EntityResult: Any = _message("google.datastore.v1.EntityResult")
ExplainMetrics: Any = _message("google.datastore.v1.ExplainMetrics")
Filter: Any = _message("google.datastore.v1.Filter")
Key: Any = _message("google.datastore.v1.Key")
LookupRequest: Any = _message("google.datastore.v1.LookupRequest")
LookupResponse: Any = _message("google.datastore.v1.LookupResponse")
Mutation: Any = _message("google.datastore.v1.Mutation")
MutationResult: Any = _message("google.datastore.v1.MutationResult")
PartitionId: Any = _message("google.datastore.v1.PartitionId")
PropertyFilter: Any = _message("google.datastore.v1.PropertyFilter")
PropertyMask: Any = _message("google.datastore.v1.PropertyMask")
PropertyTransform: Any = _message("google.datastore.v1.PropertyTransform")
QueryMessage: Any = _message("google.datastore.v1.Query")
QueryResultBatch: Any = _message("google.datastore.v1.QueryResultBatch")
ReadOptions: Any = _message("google.datastore.v1.ReadOptions")
ReserveIdsRequest: Any = _message("google.datastore.v1.ReserveIdsRequest")
ReserveIdsResponse: Any = _message("google.datastore.v1.ReserveIdsResponse")
RollbackRequest: Any = _message("google.datastore.v1.RollbackRequest")
RollbackResponse: Any = _message("google.datastore.v1.RollbackResponse")
RunAggregationQueryRequest: Any = _message("google.datastore.v1.RunAggregationQueryRequest")
RunAggregationQueryResponse: Any = _message("google.datastore.v1.RunAggregationQueryResponse")
RunQueryRequest: Any = _message("google.datastore.v1.RunQueryRequest")
RunQueryResponse: Any = _message("google.datastore.v1.RunQueryResponse")
TransactionOptions: Any = _message("google.datastore.v1.TransactionOptions")
Value: Any = _message("google.datastore.v1.Value")
Timestamp: Any = _message("google.protobuf.Timestamp")

MICROSECONDS = 1_000_000


def set_time(timestamp: Timestamp, microseconds: int) -> None:
    """Fill a Timestamp in place from microseconds since 1970."""
    timestamp.seconds, rest = divmod(microseconds, MICROSECONDS)
    timestamp.nanos = rest * 1000


@lru_cache(maxsize=1_000)
def encoded_time(microseconds: int) -> bytes:
    """A Timestamp as bytes: entities that were written together have the same one."""
    timestamp = Timestamp()
    set_time(timestamp, microseconds)
    return bytes(timestamp.SerializeToString())


def microseconds_of(timestamp: Timestamp) -> int:
    """Datastore keeps microseconds; what is finer is cut."""
    return int(timestamp.seconds) * MICROSECONDS + int(timestamp.nanos) // 1000
