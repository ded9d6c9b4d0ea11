"""The raw protobuf classes of google.pubsub.v1, and its times as microseconds since 1970.

Google's package ships them wrapped in proto-plus, whose attribute access costs nine times as much.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.pubsub_v1 import types

if TYPE_CHECKING:
    from google.protobuf.message import Message

    AcknowledgeRequest = Message
    CreateSnapshotRequest = Message
    DeleteSnapshotRequest = Message
    DeleteSubscriptionRequest = Message
    DeleteTopicRequest = Message
    GetSnapshotRequest = Message
    GetSubscriptionRequest = Message
    GetTopicRequest = Message
    ListSnapshotsRequest = Message
    ListSnapshotsResponse = Message
    ListSubscriptionsRequest = Message
    ListSubscriptionsResponse = Message
    ListTopicSnapshotsRequest = Message
    ListTopicSnapshotsResponse = Message
    ListTopicSubscriptionsRequest = Message
    ListTopicSubscriptionsResponse = Message
    ListTopicsRequest = Message
    ListTopicsResponse = Message
    ModifyAckDeadlineRequest = Message
    ModifyPushConfigRequest = Message
    PublishRequest = Message
    PublishResponse = Message
    PubsubMessage = Message
    PullRequest = Message
    PullResponse = Message
    PushConfig = Message
    ReceivedMessage = Message
    SeekRequest = Message
    SeekResponse = Message
    Snapshot = Message
    StreamingPullRequest = Message
    StreamingPullResponse = Message
    Subscription = Message
    Topic = Message
    UpdateSubscriptionRequest = Message
    UpdateTopicRequest = Message
else:

    def _raw(wrapped: Any) -> Any:
        return type(wrapped.pb(wrapped()))

    AcknowledgeRequest = _raw(types.AcknowledgeRequest)
    CreateSnapshotRequest = _raw(types.CreateSnapshotRequest)
    DeleteSnapshotRequest = _raw(types.DeleteSnapshotRequest)
    DeleteSubscriptionRequest = _raw(types.DeleteSubscriptionRequest)
    DeleteTopicRequest = _raw(types.DeleteTopicRequest)
    GetSnapshotRequest = _raw(types.GetSnapshotRequest)
    GetSubscriptionRequest = _raw(types.GetSubscriptionRequest)
    GetTopicRequest = _raw(types.GetTopicRequest)
    ListSnapshotsRequest = _raw(types.ListSnapshotsRequest)
    ListSnapshotsResponse = _raw(types.ListSnapshotsResponse)
    ListSubscriptionsRequest = _raw(types.ListSubscriptionsRequest)
    ListSubscriptionsResponse = _raw(types.ListSubscriptionsResponse)
    ListTopicSnapshotsRequest = _raw(types.ListTopicSnapshotsRequest)
    ListTopicSnapshotsResponse = _raw(types.ListTopicSnapshotsResponse)
    ListTopicSubscriptionsRequest = _raw(types.ListTopicSubscriptionsRequest)
    ListTopicSubscriptionsResponse = _raw(types.ListTopicSubscriptionsResponse)
    ListTopicsRequest = _raw(types.ListTopicsRequest)
    ListTopicsResponse = _raw(types.ListTopicsResponse)
    ModifyAckDeadlineRequest = _raw(types.ModifyAckDeadlineRequest)
    ModifyPushConfigRequest = _raw(types.ModifyPushConfigRequest)
    PublishRequest = _raw(types.PublishRequest)
    PublishResponse = _raw(types.PublishResponse)
    PubsubMessage = _raw(types.PubsubMessage)
    PullRequest = _raw(types.PullRequest)
    PullResponse = _raw(types.PullResponse)
    PushConfig = _raw(types.PushConfig)
    ReceivedMessage = _raw(types.ReceivedMessage)
    SeekRequest = _raw(types.SeekRequest)
    SeekResponse = _raw(types.SeekResponse)
    Snapshot = _raw(types.Snapshot)
    StreamingPullRequest = _raw(types.StreamingPullRequest)
    StreamingPullResponse = _raw(types.StreamingPullResponse)
    Subscription = _raw(types.Subscription)
    Topic = _raw(types.Topic)
    UpdateSubscriptionRequest = _raw(types.UpdateSubscriptionRequest)
    UpdateTopicRequest = _raw(types.UpdateTopicRequest)

MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp(microseconds: int) -> Timestamp:
    seconds, rest = divmod(microseconds, MICROSECONDS)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def microseconds_of(time: Timestamp) -> int:
    return int(time.seconds) * MICROSECONDS + int(time.nanos) // 1000


def seconds_of(duration: Duration) -> float:
    return float(duration.seconds) + float(duration.nanos) / 1e9


def utc(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
