"""Push: what is posted, what acknowledges, what comes again, and who waits for whom."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from google.auth.transport.requests import Request
from google.oauth2 import id_token

from local_cloud.pubsub import PubSubServer
from local_cloud.pubsub.backoff import FIRST_WINDOW
from tests.local_cloud.pubsub.clients import Clock, PubSub, texts
from tests.local_cloud.pubsub.endpoint import Endpoint, Push

Later = Callable[[float], None]

RETRY = {"minimum_backoff": {"seconds": 10}, "maximum_backoff": {"seconds": 600}}
POISON = base64.b64encode(b"poison")
ACCOUNT = "pusher@quiz.iam.gserviceaccount.com"


@pytest.fixture
def topic(cloud: PubSub) -> str:
    return cloud.topic()


@pytest.fixture
def pushed(cloud: PubSub, topic: str, endpoint: Endpoint) -> Callable[..., str]:
    """pushed(name, **fields): a subscription that pushes to the endpoint."""

    def subscribe(name: str = "leaderboard", push: dict[str, Any] | None = None, **fields: Any) -> str:
        config = {"push_endpoint": endpoint.url} | (push or {})
        return cloud.subscription(topic, name, push_config=config, **fields)

    return subscribe


def test_the_body_is_the_documented_one(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    subscription = pushed(enable_message_ordering=True)
    (id_,) = cloud.publish(topic, "hello", key="ada", colour="blue")
    (push,) = endpoint.wait_for(1)
    message = push.json["message"]
    published = message["publishTime"]
    assert push.json == {
        "message": {
            "data": base64.b64encode(b"hello").decode(),
            "attributes": {"colour": "blue"},
            "messageId": id_,
            "message_id": id_,
            "publishTime": published,
            "publish_time": published,
            "orderingKey": "ada",
        },
        "subscription": subscription,
    }
    assert published.endswith("Z")
    assert push.headers["Content-Type"] == "application/json"
    assert push.headers["Authorization"] is None


def test_data_and_attributes_may_be_absent(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    pushed()
    cloud.publish(topic, "", only="attributes")
    cloud.publish(topic, "only data")
    pushes = endpoint.wait_for(2)
    messages = sorted((push.json["message"] for push in pushes), key=lambda m: int(m["messageId"]))
    assert "data" not in messages[0]
    assert "attributes" not in messages[1]
    assert "orderingKey" not in messages[1]


def test_the_path_and_query_of_the_endpoint_are_kept(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    pushed(push={"push_endpoint": f"{endpoint.url}/a%20b?token=x&y=z"})
    cloud.publish(topic, "one")
    assert endpoint.wait_for(1)[0].path == "/push/a%20b?token=x&y=z"


def test_unwrapped_the_body_is_the_data(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    pushed(push={"no_wrapper": {}})
    cloud.publish(topic, "hello", colour="blue")
    (push,) = endpoint.wait_for(1)
    assert push.body == b"hello"
    assert push.headers["colour"] is None


def test_unwrapped_metadata_goes_into_headers(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    subscription = pushed(push={"no_wrapper": {"write_metadata": True}})
    (id_,) = cloud.publish(topic, "hello", colour="blue")
    (push,) = endpoint.wait_for(1)
    assert push.headers["x-goog-pubsub-subscription-name"] == subscription
    assert push.headers["x-goog-pubsub-message-id"] == id_
    assert push.headers["x-goog-pubsub-publish-time"].endswith("Z")
    assert push.headers["colour"] == "blue"


@pytest.mark.parametrize("status", [102, 200, 201, 202, 204])
def test_these_statuses_acknowledge(
    server: PubSubServer,
    cloud: PubSub,
    topic: str,
    endpoint: Endpoint,
    pushed: Callable[..., str],
    status: int,
) -> None:
    endpoint.answer = lambda push: status
    backlog = server._catalogue.subscription(pushed()).backlog
    cloud.publish(topic, "one")
    endpoint.wait_for(1)
    with backlog.changed:
        assert backlog.changed.wait_for(lambda: not backlog.numbers(), 5)


@pytest.mark.parametrize("status", [203, 206, 301, 400, 404, 429, 500, 503, None])
def test_every_other_answer_brings_it_again(
    cloud: PubSub,
    topic: str,
    endpoint: Endpoint,
    pushed: Callable[..., str],
    later: Later,
    status: int | None,
) -> None:
    endpoint.answer = lambda push: 204 if len(endpoint.pushes) > 1 else status
    pushed()
    cloud.publish(topic, "one")
    first, second = endpoint.wait_for(2, lambda: later(0.1))
    assert first.message_id == second.message_id


def test_no_answer_within_the_deadline_brings_it_again(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], later: Later
) -> None:
    endpoint.answer = lambda push: 204 if len(endpoint.pushes) > 1 else endpoint.hang(push)
    pushed(ack_deadline_seconds=20)
    cloud.publish(topic, "one")
    endpoint.wait_for(1)
    first, second = endpoint.wait_for(2, lambda: later(1))
    assert first.message_id == second.message_id
    assert second.at - first.at >= 20


def test_the_retry_policy_spaces_the_deliveries(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], later: Later
) -> None:
    endpoint.answer = lambda push: 503
    pushed(retry_policy=RETRY)
    cloud.publish(topic, "one")
    pushes = endpoint.wait_for(4, lambda: later(1))
    gaps = [later.at - earlier.at for earlier, later in pairwise(pushes)]
    assert all(gap >= least for gap, least in zip(gaps, (10, 20, 40), strict=True))


def test_a_delivery_attempt_is_told_with_a_dead_letter_policy_only(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], later: Later
) -> None:
    endpoint.answer = lambda push: 503
    dead = cloud.topic("dead")
    pushed(dead_letter_policy={"dead_letter_topic": dead, "max_delivery_attempts": 5})
    cloud.publish(topic, "one")
    pushes = endpoint.wait_for(3, lambda: later(1))
    assert [push.json["deliveryAttempt"] for push in pushes] == [1, 2, 3]


def test_push_keeps_the_order_of_a_key(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], later: Later
) -> None:
    failed: set[str] = set()

    def fail_each_once(push: Push) -> int:
        if push.message_id in failed:
            return 204
        failed.add(push.message_id)
        return 500

    endpoint.answer = fail_each_once
    pushed(enable_message_ordering=True)
    ids = cloud.publish(topic, "one", "two", "three", key="ada")
    pushes = endpoint.wait_for(6, lambda: later(1))
    assert [push.message_id for push in pushes] == [id_ for id_ in ids for _ in range(2)]


def test_a_hung_endpoint_delays_no_other_subscription(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], clock: Clock
) -> None:
    endpoint.answer = endpoint.hang
    pushed("hung", ack_deadline_seconds=600)
    other = Endpoint(clock)
    cloud.subscription(topic, "healthy", push_config={"push_endpoint": other.url})
    cloud.publish(topic, *(f"{n}" for n in range(50)))
    other.wait_for(50)
    assert len(endpoint.pushes) <= FIRST_WINDOW
    other.close()


def test_a_hung_message_delays_no_other_of_its_subscription(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    endpoint.answer = lambda push: endpoint.hang(push) if POISON in push.body else 204
    pushed(ack_deadline_seconds=600)
    cloud.publish(topic, "poison")
    cloud.publish(topic, *(f"{n}" for n in range(30)))
    endpoint.wait_for(31)


def test_a_stopped_endpoint_loses_nothing(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], clock: Clock, later: Later
) -> None:
    endpoint.close()
    pushed(retry_policy=RETRY)
    ids = cloud.publish(topic, *(f"{n}" for n in range(20)))
    for _ in range(30):
        later(5)
    returned = Endpoint(clock, endpoint.port)
    # A busy machine may answer late, and a message then comes twice before another comes once.
    while not {push.message_id for push in returned.pushes} >= set(ids):
        returned.wait_for(len(returned.pushes) + 1, lambda: later(5))
    returned.close()


def test_a_dead_endpoint_is_not_hammered(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    together = threading.Barrier(FIRST_WINDOW)

    def fail_together(push: Push) -> int:
        together.wait(5)
        return 500

    endpoint.answer = fail_together
    pushed()
    cloud.publish(topic, *(f"{n}" for n in range(20)))
    endpoint.wait_for(FIRST_WINDOW)
    assert endpoint.stays_silent(FIRST_WINDOW)


def test_a_failing_message_delays_no_new_one(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], later: Later
) -> None:
    endpoint.answer = lambda push: 500 if POISON in push.body else 204
    pushed(retry_policy=RETRY)
    cloud.publish(topic, "poison")
    endpoint.wait_for(1)
    endpoint.wait_for(2, lambda: later(1))
    before = len(endpoint.pushes)
    (healthy,) = cloud.publish(topic, "healthy")
    pushes = endpoint.wait_for(before + 1, lambda: later(0.1))
    assert pushes[before].message_id == healthy


def test_without_an_endpoint_push_pauses_and_the_backlog_can_be_pulled(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    subscription = pushed()
    cloud.subscriber.modify_push_config(request={"subscription": subscription, "push_config": {}})
    cloud.publish(topic, "one")
    assert endpoint.stays_silent(0)
    received = cloud.pull(subscription)
    assert texts(received) == ["one"]
    cloud.nack(subscription, *received)
    config = {"push_endpoint": endpoint.url}
    cloud.subscriber.modify_push_config(request={"subscription": subscription, "push_config": config})
    endpoint.wait_for(1)


def test_a_new_endpoint_gets_what_the_old_one_refused(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], clock: Clock, later: Later
) -> None:
    endpoint.answer = lambda push: 500
    subscription = pushed()
    (id_,) = cloud.publish(topic, "one")
    endpoint.wait_for(1)
    other = Endpoint(clock)
    config = {"push_endpoint": other.url}
    cloud.subscriber.modify_push_config(request={"subscription": subscription, "push_config": config})
    assert other.wait_for(1, lambda: later(0.1))[0].message_id == id_
    other.close()


def test_a_deleted_subscription_is_pushed_no_more(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], later: Later
) -> None:
    endpoint.answer = lambda push: 500
    subscription = pushed(retry_policy=RETRY)
    cloud.publish(topic, "one")
    endpoint.wait_for(1)
    cloud.subscriber.delete_subscription(request={"subscription": subscription})
    later(700)
    assert endpoint.stays_silent(1)


def test_an_attribute_that_fits_no_header_is_a_failed_push(
    cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str], later: Later
) -> None:
    pushed(push={"no_wrapper": {"write_metadata": True}}, retry_policy=RETRY)
    cloud.publish(topic, "one", broken="two\r\nlines: injected")
    cloud.publish(topic, "two")
    assert endpoint.wait_for(1, lambda: later(0.1))[0].body == b"two"


def test_the_token_is_one_that_googles_library_accepts(
    server: PubSubServer, cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    pushed(push={"oidc_token": {"service_account_email": ACCOUNT, "audience": "quiz-push"}})
    cloud.publish(topic, "one")
    scheme, _, token = endpoint.wait_for(1)[0].headers["Authorization"].partition(" ")
    assert scheme == "Bearer"
    claims = _verified(token, "quiz-push", server.certificates_url)
    assert claims["iss"] == "https://accounts.google.com"
    assert claims["email"] == claims["sub"] == ACCOUNT
    assert claims["email_verified"] is True
    assert claims["exp"] - claims["iat"] == 3600
    with pytest.raises(ValueError, match="audience"):
        _verified(token, "someone else", server.certificates_url)


def test_without_an_audience_it_is_the_endpoint(
    server: PubSubServer, cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    pushed(push={"oidc_token": {"service_account_email": ACCOUNT}})
    cloud.publish(topic, "one")
    token = endpoint.wait_for(1)[0].headers["Authorization"].removeprefix("Bearer ")
    assert _verified(token, endpoint.url, server.certificates_url)["aud"] == endpoint.url


def test_stop_does_not_wait_for_a_hung_endpoint(
    server: PubSubServer, cloud: PubSub, topic: str, endpoint: Endpoint, pushed: Callable[..., str]
) -> None:
    endpoint.answer = endpoint.hang
    pushed(ack_deadline_seconds=600)
    cloud.publish(topic, "one")
    endpoint.wait_for(1)
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(tuple(server.address.split(":"))).close()  # type: ignore[arg-type]


def _verified(token: str, audience: str, certificates_url: str) -> dict[str, Any]:
    claims = id_token.verify_token(
        token, Request(), audience=audience, certs_url=certificates_url, clock_skew_in_seconds=10
    )
    return dict(json.loads(json.dumps(claims)))
