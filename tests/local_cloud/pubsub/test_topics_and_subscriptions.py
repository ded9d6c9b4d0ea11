"""Topics and subscriptions: their lives, their names, their limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.api_core import exceptions
from google.protobuf.field_mask_pb2 import FieldMask

from tests.local_cloud.pubsub.clients import PROJECT, PubSub, texts

DAY = 24 * 3600


def update(cloud: PubSub, subscription: str, *paths: str, **fields: Any) -> Any:
    request = {
        "subscription": {"name": subscription, **fields},
        "update_mask": FieldMask(paths=paths or list(fields)),
    }
    return cloud.subscriber.update_subscription(request=request)


def get(cloud: PubSub, subscription: str) -> Any:
    return cloud.subscriber.get_subscription(request={"subscription": subscription})


def test_a_topic_is_found_until_it_is_deleted(cloud: PubSub) -> None:
    topic = cloud.topic(labels={"team": "quiz"})
    found = cloud.publisher.get_topic(request={"topic": topic})
    assert (found.name, dict(found.labels)) == (topic, {"team": "quiz"})
    cloud.publisher.delete_topic(request={"topic": topic})
    with pytest.raises(exceptions.NotFound):
        cloud.publisher.get_topic(request={"topic": topic})


def test_a_name_is_taken_once(cloud: PubSub) -> None:
    topic = cloud.topic()
    cloud.subscription(topic)
    with pytest.raises(exceptions.AlreadyExists):
        cloud.topic()
    with pytest.raises(exceptions.AlreadyExists):
        cloud.subscription(topic)


def test_what_does_not_exist_is_not_found(cloud: PubSub) -> None:
    topic, subscription = f"projects/{PROJECT}/topics/none", f"projects/{PROJECT}/subscriptions/none"
    calls: list[Callable[[], Any]] = [
        lambda: cloud.publish(topic, "one"),
        lambda: cloud.publisher.delete_topic(request={"topic": topic}),
        lambda: cloud.publisher.list_topic_subscriptions(request={"topic": topic}),
        lambda: cloud.subscription(topic),
        lambda: get(cloud, subscription),
        lambda: cloud.pull(subscription),
        lambda: update(cloud, subscription, ack_deadline_seconds=20),
        lambda: cloud.subscriber.delete_subscription(request={"subscription": subscription}),
        lambda: cloud.subscriber.acknowledge(request={"subscription": subscription, "ack_ids": ["1-1"]}),
    ]
    for call in calls:
        with pytest.raises(exceptions.NotFound):
            call()


@pytest.mark.parametrize(
    "name",
    ["ab", "1abc", "googabc", "a" * 256, "a b c", "abc/def", "äbc", ""],
)
def test_a_bad_name_is_refused(cloud: PubSub, name: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        cloud.topic(name)


@pytest.mark.parametrize("name", ["abc", "a" * 255, "a-b_c.d~e+f%g9"])
def test_a_good_name_is_taken(cloud: PubSub, name: str) -> None:
    assert cloud.subscription(cloud.topic(name), name).endswith(name)


def test_lists_come_by_project_in_order_and_in_pages(cloud: PubSub) -> None:
    topics = [cloud.topic(f"topic-{n}") for n in range(5)]
    cloud.publisher.create_topic(request={"name": "projects/other/topics/other"})
    listed = cloud.publisher.list_topics(request={"project": f"projects/{PROJECT}", "page_size": 2})
    assert [topic.name for topic in listed] == topics
    subscriptions = [cloud.subscription(topics[0], f"sub-{n}") for n in range(3)]
    found = cloud.subscriber.list_subscriptions(request={"project": f"projects/{PROJECT}"})
    assert [subscription.name for subscription in found] == subscriptions
    attached = cloud.publisher.list_topic_subscriptions(request={"topic": topics[0], "page_size": 1})
    assert list(attached) == subscriptions


def test_a_subscription_says_its_defaults(cloud: PubSub) -> None:
    found = get(cloud, cloud.subscription(cloud.topic()))
    assert found.ack_deadline_seconds == 10
    assert found.message_retention_duration.total_seconds() == 7 * DAY
    assert found.expiration_policy.ttl.total_seconds() == 31 * DAY
    assert found.push_config.push_endpoint == ""
    assert found.state == 1
    assert "retry_policy" not in found
    assert "dead_letter_policy" not in found


def test_policies_say_their_defaults(cloud: PubSub) -> None:
    topic = cloud.topic()
    subscription = cloud.subscription(
        topic, retry_policy={}, dead_letter_policy={"dead_letter_topic": topic}, expiration_policy={}
    )
    found = get(cloud, subscription)
    assert found.retry_policy.minimum_backoff.total_seconds() == 10
    assert found.retry_policy.maximum_backoff.total_seconds() == 600
    assert found.dead_letter_policy.max_delivery_attempts == 5
    assert "ttl" not in found.expiration_policy


@pytest.mark.parametrize(
    "fields",
    [
        {"ack_deadline_seconds": 9},
        {"ack_deadline_seconds": 601},
        {"message_retention_duration": {"seconds": 599}},
        {"message_retention_duration": {"seconds": 31 * DAY + 1}},
        {"expiration_policy": {"ttl": {"seconds": DAY - 1}}},
        {"retry_policy": {"minimum_backoff": {"seconds": 601}}},
        {"retry_policy": {"maximum_backoff": {"seconds": 601}}},
        {"retry_policy": {"minimum_backoff": {"seconds": 20}, "maximum_backoff": {"seconds": 10}}},
        {"dead_letter_policy": {"dead_letter_topic": "nonsense"}},
        {"dead_letter_policy": {"max_delivery_attempts": 5}},
        {"push_config": {"push_endpoint": "nonsense"}},
        {"push_config": {"push_endpoint": "ftp://127.0.0.1/"}},
        {"push_config": {"push_endpoint": "http://127.0.0.1:99999/"}},
        {"filter": "nonsense"},
        {"filter": f'attributes.a = "{"x" * 256}"'},
    ],
    ids=str,
)
def test_what_is_out_of_bounds_is_refused(cloud: PubSub, fields: dict[str, Any]) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        cloud.subscription(cloud.topic(), **fields)


@pytest.mark.parametrize("attempts", [1, 4, 101])
def test_delivery_attempts_have_bounds(cloud: PubSub, attempts: int) -> None:
    topic = cloud.topic()
    policy = {"dead_letter_topic": topic, "max_delivery_attempts": attempts}
    with pytest.raises(exceptions.InvalidArgument, match="5 to 100"):
        cloud.subscription(topic, dead_letter_policy=policy)


def test_a_dead_letter_topic_must_exist(cloud: PubSub) -> None:
    policy = {"dead_letter_topic": f"projects/{PROJECT}/topics/none"}
    with pytest.raises(exceptions.NotFound):
        cloud.subscription(cloud.topic(), dead_letter_policy=policy)


@pytest.mark.parametrize(
    "fields",
    [
        {"enable_exactly_once_delivery": True},
        {"bigquery_config": {"table": "p.d.t"}},
        {"cloud_storage_config": {"bucket": "b"}},
    ],
    ids=str,
)
def test_what_is_left_out_says_so(cloud: PubSub, fields: dict[str, Any]) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match=next(iter(fields))):
        cloud.subscription(cloud.topic(), **fields)


def test_an_update_changes_what_its_mask_names(cloud: PubSub) -> None:
    subscription = cloud.subscription(cloud.topic(), ack_deadline_seconds=30, labels={"a": "1", "b": "2"})
    updated = update(cloud, subscription, "labels", labels={"c": "3"}, ack_deadline_seconds=99)
    assert dict(updated.labels) == {"c": "3"}
    assert get(cloud, subscription).ack_deadline_seconds == 30
    update(cloud, subscription, "retry_policy", retry_policy={"minimum_backoff": {"seconds": 1}})
    assert get(cloud, subscription).retry_policy.minimum_backoff.total_seconds() == 1
    update(cloud, subscription, "retry_policy")
    assert "retry_policy" not in get(cloud, subscription)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("filter", {"filter": "attributes:a"}),
        ("topic", {"topic": f"projects/{PROJECT}/topics/other"}),
        ("name", {}),
        ("enable_message_ordering", {"enable_message_ordering": True}),
        ("ack_deadline_seconds", {"ack_deadline_seconds": 5}),
    ],
)
def test_a_refused_update_changes_nothing(cloud: PubSub, path: str, fields: dict[str, Any]) -> None:
    subscription = cloud.subscription(cloud.topic(), ack_deadline_seconds=30)
    before = get(cloud, subscription)
    with pytest.raises(exceptions.InvalidArgument):
        update(cloud, subscription, path, **fields)
    assert get(cloud, subscription) == before


def test_an_empty_mask_is_refused(cloud: PubSub) -> None:
    subscription = cloud.subscription(cloud.topic())
    with pytest.raises(exceptions.InvalidArgument, match="mask is empty"):
        cloud.subscriber.update_subscription(
            request={"subscription": {"name": subscription}, "update_mask": FieldMask()}
        )


def test_a_topic_can_be_updated(cloud: PubSub) -> None:
    topic = cloud.topic()
    subscription = cloud.subscription(topic)
    wanted = {"name": topic, "labels": {"a": "1"}, "message_retention_duration": {"seconds": 3600}}
    mask = FieldMask(paths=["labels", "message_retention_duration"])
    updated = cloud.publisher.update_topic(request={"topic": wanted, "update_mask": mask})
    assert dict(updated.labels) == {"a": "1"}
    assert get(cloud, subscription).topic_message_retention_duration.total_seconds() == 3600


def test_a_subscription_survives_its_topic(cloud: PubSub) -> None:
    topic = cloud.topic()
    subscription = cloud.subscription(topic)
    cloud.publish(topic, "one")
    cloud.publisher.delete_topic(request={"topic": topic})
    assert get(cloud, subscription).topic == "_deleted-topic_"
    assert texts(cloud.pull(subscription)) == ["one"]
    cloud.topic()
    cloud.publish(topic, "for others")
    assert cloud.pull(subscription) == []


def test_a_subscription_made_anew_starts_empty(cloud: PubSub) -> None:
    topic = cloud.topic()
    subscription = cloud.subscription(topic)
    cloud.publish(topic, "one")
    cloud.subscriber.delete_subscription(request={"subscription": subscription})
    cloud.subscription(topic)
    assert cloud.pull(subscription) == []


def test_a_subscription_may_follow_a_topic_of_another_project(cloud: PubSub) -> None:
    topic = "projects/other/topics/theirs"
    cloud.publisher.create_topic(request={"name": topic})
    subscription = cloud.subscription(topic)
    cloud.publish(topic, "one")
    assert texts(cloud.pull(subscription)) == ["one"]
