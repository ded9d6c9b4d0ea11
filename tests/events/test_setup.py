from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, NotFound
from google.pubsub_v1 import types

from events.delivery import ATTEMPTS
from events.setup import Setup, UnknownSubscriber
from events.subscribers import SUBSCRIBERS
from models.event import PlayerErased

PUSH_BASE = "https://events.example"

UNCHANGEABLE = {"name", "topic", "filter", "enable_message_ordering"}
"""Of a subscription, whatever the mask says."""


class FakeCloud:
    """Topics and subscriptions, by the documented rules; both of Google's clients in one."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.subscriptions: dict[str, types.Subscription] = {}
        self.changes: list[str] = []
        """What was made, deleted or became different."""

    def create_topic(self, name: str) -> None:
        if name in self.topics:
            raise AlreadyExists(name)
        self.topics.add(name)
        self.changes.append(f"+ {short(name)}")

    def create_subscription(self, request: types.Subscription) -> None:
        if request.name in self.subscriptions:
            raise AlreadyExists(request.name)
        for topic in filter(None, [request.topic, request.dead_letter_policy.dead_letter_topic]):
            if topic not in self.topics:
                raise NotFound(topic)
        self.subscriptions[request.name] = deepcopy(request)
        self.changes.append(f"+ {short(request.name)}")

    def get_subscription(self, subscription: str) -> types.Subscription:
        return deepcopy(self.subscriptions[subscription])

    def update_subscription(self, subscription: types.Subscription, update_mask: Any) -> None:
        assert not UNCHANGEABLE & set(update_mask.paths)
        there = self.subscriptions[subscription.name]
        for path in update_mask.paths:
            if getattr(there, path) != getattr(subscription, path):
                setattr(there, path, deepcopy(getattr(subscription, path)))
                self.changes.append(f"~ {short(subscription.name)} {path}")

    def delete_subscription(self, subscription: str) -> None:
        del self.subscriptions[subscription]
        self.changes.append(f"- {short(subscription)}")

    def list_topic_subscriptions(self, topic: str) -> list[str]:
        return [name for name, one in self.subscriptions.items() if one.topic == topic]

    def forget_topic(self, name: str) -> None:
        """As when somebody deletes it: its subscriptions stay, and lead nowhere."""
        self.topics.remove(name)
        for one in self.subscriptions.values():
            if one.topic == name:
                one.topic = "_deleted-topic_"


def short(name: str) -> str:
    return name.rsplit("/", 1)[1]


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


def set_up(cloud: FakeCloud, *paused: str, push_base: str = PUSH_BASE) -> list[str]:
    """What it says; what it changes is in `cloud.changes`, of this run only."""
    cloud.changes.clear()
    setup = Setup("quiz", push_base, frozenset(paused), cloud, cloud)  # type: ignore[arg-type]
    return list(setup.run())


def of(cloud: FakeCloud, name: str) -> types.Subscription:
    return cloud.subscriptions[f"projects/quiz/subscriptions/quizboard-{name}"]


def test_the_first_run_makes_everything(cloud: FakeCloud) -> None:
    assert set_up(cloud) == [
        "topic quizboard-events: made",
        "topic quizboard-dead-letters: made",
        "subscription quizboard-leaderboard: made",
        "subscription quizboard-history: made",
        "subscription quizboard-names: made",
        "subscription quizboard-erasure: made",
        "subscription quizboard-stream: made",
        "subscription quizboard-dead-letters: made",
    ]
    assert cloud.topics == {f"projects/quiz/topics/quizboard-{name}" for name in ("events", "dead-letters")}
    assert {short(name) for name in cloud.subscriptions} == {
        f"quizboard-{name}" for name in (*SUBSCRIBERS, "dead-letters")
    }


def test_a_second_run_changes_nothing(cloud: FakeCloud) -> None:
    set_up(cloud)
    said = set_up(cloud)
    assert cloud.changes == []
    assert all(line.endswith((": is there", ": up to date")) for line in said)


def test_a_subscription_pushes_with_our_token_and_gives_up_at_last(cloud: FakeCloud) -> None:
    set_up(cloud)
    one = of(cloud, "history")
    assert one.push_config.push_endpoint == "https://events.example/pubsub/history"
    token = one.push_config.oidc_token
    assert (token.service_account_email, token.audience) == (
        "quizboard-push@quiz.iam.gserviceaccount.com",
        "quizboard-push",
    )
    assert one.filter == 'attributes.type = "GameFinished"'
    assert one.dead_letter_policy.dead_letter_topic == "projects/quiz/topics/quizboard-dead-letters"
    assert one.dead_letter_policy.max_delivery_attempts == ATTEMPTS == 100
    backoff = (one.retry_policy.minimum_backoff, one.retry_policy.maximum_backoff)
    assert [delay.total_seconds() for delay in backoff] == [10, 600]
    assert one.message_retention_duration.days == 7


def test_no_subscription_dies_of_being_idle(cloud: FakeCloud) -> None:
    """A policy without a time to live says never; no policy at all says 31 days."""
    set_up(cloud)
    for one in cloud.subscriptions.values():
        assert "expiration_policy" in one
        assert not one.expiration_policy.ttl


def test_dead_letters_are_pushed_and_never_given_up(cloud: FakeCloud) -> None:
    set_up(cloud)
    one = of(cloud, "dead-letters")
    assert one.topic == "projects/quiz/topics/quizboard-dead-letters"
    assert one.push_config.push_endpoint == "https://events.example/pubsub/dead-letters"
    assert (one.filter, one.dead_letter_policy.max_delivery_attempts) == ("", 0)


def test_who_is_paused_is_pushed_nothing_until_set_up_without(cloud: FakeCloud) -> None:
    set_up(cloud)
    before = of(cloud, "history")
    assert "subscription quizboard-history: paused" in set_up(cloud, "history")
    assert cloud.changes == ["~ quizboard-history push_config"]
    assert of(cloud, "history").push_config == types.PushConfig()
    set_up(cloud, "history")
    assert cloud.changes == []
    set_up(cloud)
    assert cloud.changes == ["~ quizboard-history push_config"]
    assert of(cloud, "history") == before


def test_pausing_somebody_unknown_does_nothing(cloud: FakeCloud) -> None:
    with pytest.raises(UnknownSubscriber, match="there is no subscriber histroy"):
        set_up(cloud, "histroy")
    assert cloud.topics == set()


def test_another_address_is_brought_to_all(cloud: FakeCloud) -> None:
    set_up(cloud)
    set_up(cloud, push_base="https://moved.example")
    assert {short(name) for name in cloud.subscriptions} == {change.split()[1] for change in cloud.changes}
    assert {one.push_config.push_endpoint[:22] for one in cloud.subscriptions.values()} == {
        "https://moved.example/"
    }


def table(monkeypatch: pytest.MonkeyPatch, subscribers: Mapping[str, Any]) -> None:
    monkeypatch.setattr("events.setup.SUBSCRIBERS", subscribers)


def test_a_subscriber_that_is_gone_takes_its_subscription_along(
    cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(cloud)
    somebody_elses = types.Subscription(
        name="projects/quiz/subscriptions/analytics", topic="projects/quiz/topics/quizboard-events"
    )
    cloud.create_subscription(somebody_elses)
    table(monkeypatch, {"leaderboard": SUBSCRIBERS["leaderboard"]})
    gone = ("history", "names", "erasure", "stream")
    assert set_up(cloud)[-4:] == [f"subscription quizboard-{name}: removed" for name in gone]
    assert cloud.changes == [f"- quizboard-{name}" for name in gone]
    assert somebody_elses.name in cloud.subscriptions


def test_a_new_subscriber_gets_its_own(cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(cloud)
    table(monkeypatch, {**SUBSCRIBERS, "insights": replace(SUBSCRIBERS["history"], name="insights")})
    set_up(cloud)
    assert cloud.changes == ["+ quizboard-insights"]


def test_who_hears_something_else_has_a_subscription_made_anew(
    cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(cloud)
    curious = replace(SUBSCRIBERS["history"], hears=(*SUBSCRIBERS["history"].hears, PlayerErased))
    table(monkeypatch, {**SUBSCRIBERS, "history": curious})
    assert "subscription quizboard-history: made anew, with another filter or topic" in set_up(cloud)
    assert cloud.changes == ["- quizboard-history", "+ quizboard-history"]
    assert of(cloud, "history").filter == (
        'attributes.type = "GameFinished" OR attributes.type = "PlayerErased"'
    )
    set_up(cloud)
    assert cloud.changes == []


def test_subscriptions_of_a_topic_that_was_removed_are_made_anew(cloud: FakeCloud) -> None:
    set_up(cloud)
    cloud.forget_topic("projects/quiz/topics/quizboard-events")
    set_up(cloud)
    assert cloud.changes == [
        "+ quizboard-events",
        "- quizboard-leaderboard",
        "+ quizboard-leaderboard",
        "- quizboard-history",
        "+ quizboard-history",
        "- quizboard-names",
        "+ quizboard-names",
        "- quizboard-erasure",
        "+ quizboard-erasure",
        "- quizboard-stream",
        "+ quizboard-stream",
    ]
