from datetime import datetime, timedelta

import pytest

from events import publishing
from events.publishing import (
    BREAK_SECONDS,
    DRAIN_LENGTH,
    OLD_AFTER,
    PUBLISH_SECONDS,
    RELAY_LENGTH,
    Publisher,
    outbox_length,
    publish,
    relay,
)
from models.event import Event
from models.store import Store, StoreUnavailable
from tests.events.builders import NOON, a_finish, told
from tests.events.fakes import FakePubSub

LATER = NOON + OLD_AFTER + timedelta(seconds=1)


class Stopwatch:
    """Monotonic seconds."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def pubsub() -> FakePubSub:
    return FakePubSub()


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def publisher(pubsub: FakePubSub, stopwatch: Stopwatch) -> Publisher:
    return Publisher(pubsub, stopwatch)


def committed(store: Store, *players: str, at: datetime = NOON) -> list[Event]:
    events = [told(a_finish(player, 500, finished_at=at)) for player in players]
    store.put_many([row for event in events for row in event.to_entities(store)])
    return events


def crowd(size: int) -> list[str]:
    return [f"p{n}" for n in range(size)]


def outbox(store: Store) -> list[str]:
    return [row.key.name for row in store.query(Event.OUTBOX).entities]


class TestPublish:
    def test_strikes_off_what_pubsub_has_taken(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        events = committed(store, "ada", "bob")
        publish(store, publisher, events, NOON)
        assert pubsub.ids == [event.id for event in events]
        assert outbox(store) == []
        assert len(store.query(Event.KIND).entities) == 2

    @pytest.mark.parametrize("fault", ["fails", "forgets"])
    def test_keeps_what_pubsub_may_not_have_taken(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub, fault: str
    ) -> None:
        setattr(pubsub, fault, True)
        [event] = committed(store, "ada")
        publish(store, publisher, [event], NOON)
        assert outbox(store) == [event.key_name]

    def test_waits_for_a_moment_at_most(self, store: Store) -> None:
        waits = []

        class Sender(FakePubSub):
            def __call__(self, messages: object, seconds: float) -> None:
                waits.append(seconds)

        publish(store, Publisher(Sender()), committed(store, "ada"), NOON)
        assert waits == [PUBLISH_SECONDS] == [0.3]

    def test_does_nothing_without_events(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        committed(store, "ada")
        publish(store, publisher, [], LATER)
        assert pubsub.batches == []

    def test_takes_along_what_was_left_behind(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        [old] = committed(store, "ada")
        [new] = committed(store, "bob", at=LATER)
        publish(store, publisher, [new], LATER)
        assert pubsub.ids == [new.id, old.id]
        assert outbox(store) == []

    def test_takes_nothing_along_twice(self, store: Store, publisher: Publisher, pubsub: FakePubSub) -> None:
        """What a subscriber tells late is as old as its cause."""
        [event] = committed(store, "ada")
        publish(store, publisher, [event], LATER)
        assert pubsub.ids == [event.id]

    def test_takes_along_so_many_at_most(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        committed(store, *crowd(DRAIN_LENGTH + 5))
        publish(store, publisher, committed(store, "ada", at=LATER), LATER)
        [batch] = pubsub.batches
        assert DRAIN_LENGTH <= batch <= DRAIN_LENGTH + 1 == 21
        assert len(outbox(store)) == DRAIN_LENGTH + 6 - batch

    def test_leaves_alone_what_somebody_is_publishing_right_now(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        [young] = committed(store, "ada")
        publish(store, publisher, committed(store, "bob"), NOON + OLD_AFTER)
        assert pubsub.ids == ["game-of-bob-0"]
        assert outbox(store) == [young.key_name]

    def test_loses_nothing_of_what_it_takes_along_when_it_fails(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        pubsub.forgets = True
        committed(store, "ada", "bob")
        publish(store, publisher, committed(store, "cy", at=LATER), LATER)
        assert len(outbox(store)) == 3

    @pytest.mark.parametrize(("step", "left"), [("query", 1), ("get_many", 1), ("delete_many", 2)])
    def test_never_raises_although_datastore_goes_away_and_what_is_new_needs_nothing_old(
        self, store: Store, publisher: Publisher, monkeypatch: pytest.MonkeyPatch, step: str, left: int
    ) -> None:
        events = committed(store, "ada", "bob")

        def away(*_: object, **__: object) -> None:
            raise StoreUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(store, step, away)
            publish(store, publisher, events[:1], LATER)
        assert len(outbox(store)) == left


class TestTheBreaker:
    def test_opens_at_a_failure_and_nothing_is_tried_for_half_a_minute(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub, stopwatch: Stopwatch
    ) -> None:
        pubsub.fails = True
        publish(store, publisher, committed(store, "ada"), NOON)
        pubsub.fails = False
        stopwatch.seconds += BREAK_SECONDS - 0.1
        publish(store, publisher, committed(store, "bob"), NOON)
        assert pubsub.batches == [1]
        stopwatch.seconds += 0.1
        publish(store, publisher, committed(store, "cy"), NOON)
        assert pubsub.ids == ["game-of-cy-0"]
        assert BREAK_SECONDS == 30

    def test_reads_nothing_while_it_is_open(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pubsub.fails = True
        publish(store, publisher, committed(store, "ada"), NOON)
        assert publisher.is_broken
        [event] = committed(store, "bob")
        monkeypatch.setattr(store, "_client", None)
        publish(store, publisher, [event], LATER)

    def test_is_closed_in_a_new_process(self, publisher: Publisher) -> None:
        assert not publisher.is_broken


class TestTheRelay:
    def test_publishes_all_that_was_left_behind(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        events = committed(store, *crowd(2 * RELAY_LENGTH + 1))
        assert relay(store, publisher, LATER) == len(events) == outbox_length(store) + len(events)
        assert sorted(pubsub.ids) == sorted(event.id for event in events)
        assert pubsub.batches == [RELAY_LENGTH, RELAY_LENGTH, 1]

    @pytest.mark.parametrize("fault", ["fails", "forgets"])
    def test_stops_at_the_first_failure(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub, fault: str
    ) -> None:
        setattr(pubsub, fault, True)
        committed(store, *crowd(RELAY_LENGTH + 1))
        assert relay(store, publisher, LATER) == 0
        assert len(pubsub.batches) == 1
        assert len(outbox(store)) == RELAY_LENGTH + 1

    def test_finds_the_old_behind_any_number_of_young_ones(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub, short_pages: None
    ) -> None:
        old = committed(store, *crowd(20))
        young = committed(store, *[f"young-{name}" for name in crowd(20)], at=LATER)
        assert relay(store, publisher, LATER) == 20
        assert sorted(pubsub.ids) == sorted(event.id for event in old)
        assert sorted(outbox(store)) == sorted(event.key_name for event in young)

    def test_has_nothing_to_do_when_the_outbox_is_empty(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        assert relay(store, publisher, LATER) == 0
        assert pubsub.batches == []

    def test_goes_on_past_a_row_whose_event_is_gone(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        gone, there = committed(store, "ada", "bob")
        store.delete_many([store.key(Event.KIND, gone.key_name)])
        assert relay(store, publisher, LATER) == 1
        assert pubsub.ids == [there.id]


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "RELAY_LENGTH", 3)
