"""The calls of Publisher and Subscriber, each from a request to a response or a Fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.field_mask_pb2 import FieldMask

from local_cloud.faults import invalid
from local_cloud.pubsub import messages
from local_cloud.pubsub.catalogue import Catalogue
from local_cloud.pubsub.checks import MAX_ACK_DEADLINE_SECONDS, check_publish
from local_cloud.pubsub.exchange import Exchange
from local_cloud.pubsub.messages import microseconds_of
from local_cloud.pubsub.names import check_project, project_of
from local_cloud.pubsub.push import Pushers
from local_cloud.pubsub.replay import Replay

MAX_PAGE = 1000

Call = Callable[[Any], Any]


class PublisherService:
    def __init__(self, catalogue: Catalogue, exchange: Exchange, replay: Replay) -> None:
        self._catalogue = catalogue
        self._exchange = exchange
        self._replay = replay

    def calls(self) -> dict[str, tuple[Call, Any]]:
        """From the name of a method to the call and the class of its request."""
        return {
            "CreateTopic": (self.create_topic, messages.Topic),
            "GetTopic": (self.get_topic, messages.GetTopicRequest),
            "UpdateTopic": (self.update_topic, messages.UpdateTopicRequest),
            "ListTopics": (self.list_topics, messages.ListTopicsRequest),
            "DeleteTopic": (self.delete_topic, messages.DeleteTopicRequest),
            "ListTopicSubscriptions": (
                self.list_topic_subscriptions,
                messages.ListTopicSubscriptionsRequest,
            ),
            "ListTopicSnapshots": (self.list_topic_snapshots, messages.ListTopicSnapshotsRequest),
            "Publish": (self.publish, messages.PublishRequest),
        }

    def create_topic(self, request: messages.Topic) -> messages.Topic:
        return self._catalogue.create_topic(request).resource

    def get_topic(self, request: messages.GetTopicRequest) -> messages.Topic:
        return self._catalogue.topic(request.topic).resource

    def update_topic(self, request: messages.UpdateTopicRequest) -> messages.Topic:
        return self._catalogue.update_topic(request.topic, request.update_mask).resource

    def list_topics(self, request: messages.ListTopicsRequest) -> messages.ListTopicsResponse:
        topics = [topic.resource for topic in self._catalogue.topics(_project(request))]
        page, token = _page(topics, request, lambda topic: topic.name)
        return messages.ListTopicsResponse(topics=page, next_page_token=token)

    def delete_topic(self, request: messages.DeleteTopicRequest) -> Empty:
        self._catalogue.delete_topic(request.topic)
        return Empty()

    def list_topic_subscriptions(
        self, request: messages.ListTopicSubscriptionsRequest
    ) -> messages.ListTopicSubscriptionsResponse:
        topic = self._catalogue.topic(request.topic)
        names = [subscription.resource.name for subscription in self._catalogue.attached(topic)]
        page, token = _page(names, request, str)
        return messages.ListTopicSubscriptionsResponse(subscriptions=page, next_page_token=token)

    def list_topic_snapshots(
        self, request: messages.ListTopicSnapshotsRequest
    ) -> messages.ListTopicSnapshotsResponse:
        topic = self._catalogue.topic(request.topic).resource.name
        snapshots = self._replay.snapshots(project_of(topic))
        names = [snapshot.name for snapshot in snapshots if snapshot.topic == topic]
        page, token = _page(names, request, str)
        return messages.ListTopicSnapshotsResponse(snapshots=page, next_page_token=token)

    def publish(self, request: messages.PublishRequest) -> messages.PublishResponse:
        check_publish(request)
        ids = self._exchange.publish(request.topic, request.messages)
        return messages.PublishResponse(message_ids=ids)


class SubscriberService:
    """Pull and StreamingPull, which wait, are in pull.py."""

    def __init__(self, catalogue: Catalogue, exchange: Exchange, replay: Replay, pushers: Pushers) -> None:
        self._catalogue = catalogue
        self._exchange = exchange
        self._replay = replay
        self._pushers = pushers

    def calls(self) -> dict[str, tuple[Call, Any]]:
        """From the name of a method to the call and the class of its request."""
        return {
            "CreateSubscription": (self.create_subscription, messages.Subscription),
            "GetSubscription": (self.get_subscription, messages.GetSubscriptionRequest),
            "UpdateSubscription": (self.update_subscription, messages.UpdateSubscriptionRequest),
            "ListSubscriptions": (self.list_subscriptions, messages.ListSubscriptionsRequest),
            "DeleteSubscription": (self.delete_subscription, messages.DeleteSubscriptionRequest),
            "ModifyPushConfig": (self.modify_push_config, messages.ModifyPushConfigRequest),
            "Acknowledge": (self.acknowledge, messages.AcknowledgeRequest),
            "ModifyAckDeadline": (self.modify_ack_deadline, messages.ModifyAckDeadlineRequest),
            "CreateSnapshot": (self.create_snapshot, messages.CreateSnapshotRequest),
            "GetSnapshot": (self.get_snapshot, messages.GetSnapshotRequest),
            "ListSnapshots": (self.list_snapshots, messages.ListSnapshotsRequest),
            "DeleteSnapshot": (self.delete_snapshot, messages.DeleteSnapshotRequest),
            "Seek": (self.seek, messages.SeekRequest),
        }

    def create_subscription(self, request: messages.Subscription) -> messages.Subscription:
        subscription = self._catalogue.create_subscription(request)
        self._pushers.match(subscription)
        return self._catalogue.described(subscription)

    def get_subscription(self, request: messages.GetSubscriptionRequest) -> messages.Subscription:
        return self._catalogue.described(self._catalogue.subscription(request.subscription))

    def update_subscription(self, request: messages.UpdateSubscriptionRequest) -> messages.Subscription:
        subscription = self._catalogue.update_subscription(request.subscription, request.update_mask)
        self._pushers.match(subscription)
        return self._catalogue.described(subscription)

    def list_subscriptions(
        self, request: messages.ListSubscriptionsRequest
    ) -> messages.ListSubscriptionsResponse:
        found = [self._catalogue.described(each) for each in self._catalogue.subscriptions(_project(request))]
        page, token = _page(found, request, lambda subscription: subscription.name)
        return messages.ListSubscriptionsResponse(subscriptions=page, next_page_token=token)

    def delete_subscription(self, request: messages.DeleteSubscriptionRequest) -> Empty:
        self._pushers.remove(self._catalogue.delete_subscription(request.subscription))
        return Empty()

    def modify_push_config(self, request: messages.ModifyPushConfigRequest) -> Empty:
        wanted = messages.Subscription(name=request.subscription, push_config=request.push_config)
        mask = FieldMask(paths=["push_config"])
        self._pushers.match(self._catalogue.update_subscription(wanted, mask))
        return Empty()

    def acknowledge(self, request: messages.AcknowledgeRequest) -> Empty:
        if not request.ack_ids:
            raise invalid("There is no acknowledgement id.")
        self._exchange.acknowledge(self._catalogue.subscription(request.subscription), request.ack_ids)
        return Empty()

    def modify_ack_deadline(self, request: messages.ModifyAckDeadlineRequest) -> Empty:
        seconds = request.ack_deadline_seconds
        if not request.ack_ids:
            raise invalid("There is no acknowledgement id.")
        if not 0 <= seconds <= MAX_ACK_DEADLINE_SECONDS:
            raise invalid(f"The new deadline is 0 to {MAX_ACK_DEADLINE_SECONDS} seconds, not {seconds}.")
        subscription = self._catalogue.subscription(request.subscription)
        self._exchange.postpone(subscription, [(ack_id, seconds) for ack_id in request.ack_ids])
        return Empty()

    def create_snapshot(self, request: messages.CreateSnapshotRequest) -> messages.Snapshot:
        subscription = self._catalogue.subscription(request.subscription)
        return self._replay.create_snapshot(request.name, subscription, request.labels)

    def get_snapshot(self, request: messages.GetSnapshotRequest) -> messages.Snapshot:
        return self._replay.snapshot(request.snapshot)

    def list_snapshots(self, request: messages.ListSnapshotsRequest) -> messages.ListSnapshotsResponse:
        snapshots = self._replay.snapshots(_project(request))
        page, token = _page(snapshots, request, lambda snapshot: snapshot.name)
        return messages.ListSnapshotsResponse(snapshots=page, next_page_token=token)

    def delete_snapshot(self, request: messages.DeleteSnapshotRequest) -> Empty:
        self._replay.delete_snapshot(request.snapshot)
        return Empty()

    def seek(self, request: messages.SeekRequest) -> messages.SeekResponse:
        subscription = self._catalogue.subscription(request.subscription)
        target = request.WhichOneof("target")
        if target == "time":
            self._replay.seek_to_time(subscription, microseconds_of(request.time))
        elif target == "snapshot":
            self._replay.seek_to_snapshot(subscription, request.snapshot)
        else:
            raise invalid("A seek goes to a time or to a snapshot.")
        return messages.SeekResponse()


def _project(request: Any) -> str:
    check_project(request.project)
    return str(request.project.removeprefix("projects/"))


def _page(items: Iterable[Any], request: Any, name: Callable[[Any], str]) -> tuple[list[Any], str]:
    """The token of a page is the name of the last item before it."""
    size = min(request.page_size, MAX_PAGE) if request.page_size > 0 else MAX_PAGE
    rest = [item for item in items if name(item) > request.page_token]
    page = rest[:size]
    return page, name(page[-1]) if len(rest) > size else ""
