"""What a topic, a subscription or a message may look like, and what is filled in where nothing is said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from google.protobuf.field_mask_pb2 import FieldMask

from local_cloud.faults import invalid, unimplemented
from local_cloud.pubsub.deliveries import Rules
from local_cloud.pubsub.filters import compile_filter
from local_cloud.pubsub.messages import (
    PublishRequest,
    PubsubMessage,
    PushConfig,
    Subscription,
    Topic,
    seconds_of,
)
from local_cloud.pubsub.names import check_name

MAX_REQUEST_MESSAGES = 1000
MAX_MESSAGE_BYTES = 10 * 1000 * 1000
MAX_ATTRIBUTES = 100
MAX_ATTRIBUTE_KEY_BYTES = 256
MAX_ATTRIBUTE_VALUE_BYTES = 1024
MAX_ORDERING_KEY_BYTES = 1024
MIN_ACK_DEADLINE_SECONDS, MAX_ACK_DEADLINE_SECONDS = 10, 600
DEFAULT_ACK_DEADLINE_SECONDS = 10
MIN_RETENTION_SECONDS, MAX_RETENTION_SECONDS = 600, 31 * 24 * 3600
DEFAULT_RETENTION_SECONDS = 7 * 24 * 3600
MIN_DELIVERY_ATTEMPTS, MAX_DELIVERY_ATTEMPTS = 5, 100
DEFAULT_DELIVERY_ATTEMPTS = 5
MAX_BACKOFF_SECONDS = 600
DEFAULT_MIN_BACKOFF_SECONDS, DEFAULT_MAX_BACKOFF_SECONDS = 10, 600
MIN_EXPIRATION_SECONDS = 24 * 3600
DEFAULT_EXPIRATION_SECONDS = 31 * 24 * 3600

_TOPIC_LEFT_OUT = ("schema_settings", "kms_key_name", "ingestion_data_source_settings", "message_transforms")
_SUBSCRIPTION_LEFT_OUT = (
    "bigquery_config",
    "cloud_storage_config",
    "bigtable_config",
    "message_transforms",
    "enable_exactly_once_delivery",
)
_TOPIC_MUTABLE = {"labels", "message_retention_duration", "message_storage_policy"}
_SUBSCRIPTION_MUTABLE = {
    "push_config",
    "ack_deadline_seconds",
    "retain_acked_messages",
    "message_retention_duration",
    "labels",
    "expiration_policy",
    "dead_letter_policy",
    "retry_policy",
}


def complete_topic(topic: Topic) -> None:
    """Check it in place."""
    check_name(topic.name, "topics")
    _refuse(topic, _TOPIC_LEFT_OUT)
    if topic.HasField("message_retention_duration"):
        _check_retention(seconds_of(topic.message_retention_duration))


def complete_subscription(subscription: Subscription) -> None:
    """Check it and fill in the defaults, in place. Topics it names may not exist."""
    check_name(subscription.name, "subscriptions")
    _refuse(subscription, _SUBSCRIPTION_LEFT_OUT)
    compile_filter(subscription.filter)
    subscription.push_config.SetInParent()
    check_push_config(subscription.push_config)
    subscription.ack_deadline_seconds = subscription.ack_deadline_seconds or DEFAULT_ACK_DEADLINE_SECONDS
    check_ack_deadline(subscription.ack_deadline_seconds)
    if not subscription.HasField("message_retention_duration"):
        subscription.message_retention_duration.seconds = DEFAULT_RETENTION_SECONDS
    _check_retention(seconds_of(subscription.message_retention_duration))
    if not subscription.HasField("expiration_policy"):
        subscription.expiration_policy.ttl.seconds = DEFAULT_EXPIRATION_SECONDS
    _check_expiration(subscription)
    _complete_dead_letter_policy(subscription)
    _complete_retry_policy(subscription)
    subscription.detached = False
    subscription.ClearField("topic_message_retention_duration")
    subscription.state = 1


def update_topic(topic: Topic, wanted: Topic, mask: FieldMask) -> Topic:
    return _updated(topic, wanted, mask, _TOPIC_MUTABLE)


def update_subscription(subscription: Subscription, wanted: Subscription, mask: FieldMask) -> Subscription:
    return _updated(subscription, wanted, mask, _SUBSCRIPTION_MUTABLE)


def rules_of(subscription: Subscription, topic: Topic | None) -> Rules:
    """What the topic retains stays available to its subscriptions."""
    has_retry_policy = subscription.HasField("retry_policy")
    retry = subscription.retry_policy
    of_topic = seconds_of(topic.message_retention_duration) if topic is not None else 0
    return Rules(
        ack_deadline=subscription.ack_deadline_seconds,
        shortest_backoff=seconds_of(retry.minimum_backoff) if has_retry_policy else 0,
        longest_backoff=seconds_of(retry.maximum_backoff) if has_retry_policy else 0,
        max_attempts=subscription.dead_letter_policy.max_delivery_attempts,
        retention=max(seconds_of(subscription.message_retention_duration), of_topic),
    )


def check_ack_deadline(seconds: int) -> None:
    if not MIN_ACK_DEADLINE_SECONDS <= seconds <= MAX_ACK_DEADLINE_SECONDS:
        raise invalid(
            f"An acknowledgement deadline has {MIN_ACK_DEADLINE_SECONDS} to {MAX_ACK_DEADLINE_SECONDS} "
            f"seconds, not {seconds}."
        )


def check_push_config(config: PushConfig) -> None:
    """Without an endpoint it is a pull subscription."""
    if not config.push_endpoint:
        return
    try:
        url = urlsplit(config.push_endpoint)
        is_usable = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not config.push_endpoint.isascii() or any(c.isspace() for c in config.push_endpoint):
        raise invalid(f"The push endpoint {config.push_endpoint!r} is no http or https URL.")


def check_publish(request: PublishRequest) -> None:
    if not 1 <= len(request.messages) <= MAX_REQUEST_MESSAGES:
        raise invalid(
            f"A publish request has 1 to {MAX_REQUEST_MESSAGES} messages, not {len(request.messages)}."
        )
    if request.ByteSize() > MAX_MESSAGE_BYTES:
        raise invalid(f"A publish request has at most {MAX_MESSAGE_BYTES} bytes.")
    for message in request.messages:
        _check_message(message)


def _check_message(message: PubsubMessage) -> None:
    if not message.data and not message.attributes:
        raise invalid("A message has data or at least one attribute.")
    if len(message.attributes) > MAX_ATTRIBUTES:
        raise invalid(f"A message has at most {MAX_ATTRIBUTES} attributes.")
    if len(message.ordering_key.encode()) > MAX_ORDERING_KEY_BYTES:
        raise invalid(f"An ordering key has at most {MAX_ORDERING_KEY_BYTES} bytes.")
    for key, value in message.attributes.items():
        if not 1 <= len(key.encode()) <= MAX_ATTRIBUTE_KEY_BYTES:
            raise invalid(f"The key of an attribute has 1 to {MAX_ATTRIBUTE_KEY_BYTES} bytes.")
        if len(value.encode()) > MAX_ATTRIBUTE_VALUE_BYTES:
            raise invalid(f"The value of an attribute has at most {MAX_ATTRIBUTE_VALUE_BYTES} bytes.")


def _updated(resource: Any, wanted: Any, mask: FieldMask, mutable: set[str]) -> Any:
    """A changed copy, not checked yet."""
    if not mask.paths:
        raise invalid("The update mask is empty.")
    if not mask.IsValidForDescriptor(resource.DESCRIPTOR):
        raise invalid(f"The update mask names an unknown field: {', '.join(mask.paths)}.")
    for path in mask.paths:
        if path.partition(".")[0] not in mutable:
            raise invalid(f"{path} cannot be changed.")
    changed = type(resource)()
    changed.CopyFrom(resource)
    mask.MergeMessage(wanted, changed, replace_message_field=True, replace_repeated_field=True)
    return changed


def _refuse(resource: Topic | Subscription, fields: Iterable[str]) -> None:
    set_fields = {field.name for field, _ in resource.ListFields()}
    for name in fields:
        if name in set_fields:
            raise unimplemented(name)


def _check_retention(seconds: float) -> None:
    if not MIN_RETENTION_SECONDS <= seconds <= MAX_RETENTION_SECONDS:
        raise invalid(
            f"Messages are retained for {MIN_RETENTION_SECONDS} to {MAX_RETENTION_SECONDS} seconds, "
            f"not {seconds:g}."
        )


def _check_expiration(subscription: Subscription) -> None:
    policy = subscription.expiration_policy
    if policy.HasField("ttl") and seconds_of(policy.ttl) < MIN_EXPIRATION_SECONDS:
        raise invalid(f"A subscription expires after {MIN_EXPIRATION_SECONDS} seconds at the soonest.")


def _complete_dead_letter_policy(subscription: Subscription) -> None:
    if not subscription.HasField("dead_letter_policy"):
        return
    policy = subscription.dead_letter_policy
    check_name(policy.dead_letter_topic, "topics")
    policy.max_delivery_attempts = policy.max_delivery_attempts or DEFAULT_DELIVERY_ATTEMPTS
    if not MIN_DELIVERY_ATTEMPTS <= policy.max_delivery_attempts <= MAX_DELIVERY_ATTEMPTS:
        raise invalid(
            f"max_delivery_attempts is {MIN_DELIVERY_ATTEMPTS} to {MAX_DELIVERY_ATTEMPTS}, "
            f"not {policy.max_delivery_attempts}."
        )


def _complete_retry_policy(subscription: Subscription) -> None:
    if not subscription.HasField("retry_policy"):
        return
    policy = subscription.retry_policy
    if not policy.HasField("minimum_backoff"):
        policy.minimum_backoff.seconds = DEFAULT_MIN_BACKOFF_SECONDS
    if not policy.HasField("maximum_backoff"):
        policy.maximum_backoff.seconds = DEFAULT_MAX_BACKOFF_SECONDS
    shortest, longest = seconds_of(policy.minimum_backoff), seconds_of(policy.maximum_backoff)
    if not 0 <= shortest <= longest <= MAX_BACKOFF_SECONDS:
        raise invalid(
            f"A back-off from {shortest:g} to {longest:g} seconds does not lie between 0 and "
            f"{MAX_BACKOFF_SECONDS}."
        )
