import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from events import publishing
from events.envelope import Message
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
from models.patience import StoreUnavailable
from models.store import Store
from tests.events.builders import NOON, a_finish, told
from tests.events.fakes import FakePubSub

LATER = NOON + OLD_AFTER + timedelta(seconds=1)


class Stopwatch:
    """Monotonic seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Once(FakePubSub):
    """Takes the first batch and then nothing more."""

    def __call__(self, messages: Sequence[Message], seconds: float) -> None:
        super().__call__(messages, seconds)
        self.fails = True


class Slow(Store):
    """The store, and a Pub/Sub, each call of which takes so long, or fails when its deadline is over."""

    def __init__(self, store: Store, stopwatch: Stopwatch, store_takes: float, pubsub_takes: float) -> None:
        super().__init__(store._client)
        self.steps: dict[str, float | None] = {}
        """By step, the deadline that it was given."""
        self._stopwatch = stopwatch
        self._store_takes = store_takes
        self._pubsub_takes = pubsub_takes

    def query(self, *arguments: Any, seconds: float | None = None, **more: Any) -> Any:
        self._take("query", self._store_takes, seconds)
        return super().query(*arguments, **more)

    def get_many(self, keys: Any, seconds: float | None = None) -> Any:
        self._take(f"get {len(keys)}", self._store_takes, seconds)
        return super().get_many(keys)

    def delete_many(self, keys: Any, seconds: float | None = None) -> None:
        self._take(f"delete {len(keys)}", self._store_takes, seconds)
        super().delete_many(keys)

    def send(self, messages: Sequence[Message], seconds: float) -> None:
        self._take(f"publish {len(messages)}", self._pubsub_takes, seconds)

    def _take(self, step: str, takes: float, seconds: float | None) -> None:
        assert seconds is not None
        self.steps[f"{step} again" if step in self.steps else step] = seconds
        self._stopwatch.seconds += min(takes, seconds)
        if takes > seconds:
            raise StoreUnavailable


def in_threads(number: int, do: Callable[[], bool]) -> list[bool]:
    barrier = threading.Barrier(number)

    def at_once(_: int) -> bool:
        barrier.wait()
        return do()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(at_once, range(number)))


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

    def test_takes_nothing_along_where_what_is_new_is_not_taken(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        pubsub.fails = True
        committed(store, "ada")
        publish(store, publisher, committed(store, "bob", at=LATER), LATER)
        assert pubsub.batches == [1]

    def test_strikes_off_a_row_whose_event_is_gone(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        [gone] = committed(store, "ada")
        store.delete_many([store.key(Event.KIND, gone.key_name)])
        [new] = committed(store, "bob", at=LATER)
        publish(store, publisher, [new], LATER)
        assert pubsub.ids == [new.id]
        assert outbox(store) == []

    def test_takes_along_so_many_at_most(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        committed(store, *crowd(DRAIN_LENGTH + 5))
        publish(store, publisher, committed(store, "ada", at=LATER), LATER)
        assert pubsub.batches == [1, DRAIN_LENGTH] == [1, 20]
        assert len(outbox(store)) == 5

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
        committed(store, "ada", "bob")
        publish(store, Publisher(Once()), committed(store, "cy", at=LATER), LATER)
        assert len(outbox(store)) == 2

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


class TestThePlayersTime:
    """Nobody is kept waiting for longer than PUBLISH_SECONDS, whatever is slow."""

    def test_is_shared_by_all_that_is_done_in_it(self, store: Store, stopwatch: Stopwatch) -> None:
        slow = Slow(store, stopwatch, store_takes=0.04, pubsub_takes=0.05)
        committed(store, "ada")
        publish(slow, Publisher(slow.send, stopwatch), committed(store, "bob", at=LATER), LATER)
        assert slow.steps == {
            "publish 1": PUBLISH_SECONDS,
            "delete 1": pytest.approx(0.25),
            "query": pytest.approx(0.21),
            "get 1": pytest.approx(0.17),
            "publish 1 again": pytest.approx(0.13),
            "delete 1 again": pytest.approx(0.08),
        }
        assert outbox(store) == []
        assert PUBLISH_SECONDS == 0.3

    @pytest.mark.parametrize("store_takes", [0, 0.03, 0.1, 0.2, 0.29, 0.3, 60])
    @pytest.mark.parametrize("pubsub_takes", [0, 0.03, 0.1, 0.2, 0.29, 0.3, 60])
    def test_is_kept(
        self, store: Store, stopwatch: Stopwatch, store_takes: float, pubsub_takes: float
    ) -> None:
        slow = Slow(store, stopwatch, store_takes, pubsub_takes)
        committed(store, "ada", "bob")
        begun_at = stopwatch()
        publish(slow, Publisher(slow.send, stopwatch), committed(store, "cy", at=LATER), LATER)
        assert stopwatch() - begun_at <= PUBLISH_SECONDS + 1e-9

    def test_is_not_asked_for_twice_when_it_is_over(self, store: Store, stopwatch: Stopwatch) -> None:
        slow = Slow(store, stopwatch, store_takes=0, pubsub_takes=PUBLISH_SECONDS)
        publish(slow, Publisher(slow.send, stopwatch), committed(store, "ada"), NOON)
        assert list(slow.steps) == ["publish 1"]
        assert len(outbox(store)) == 1


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

    def test_stays_closed_when_only_what_is_taken_along_fails(
        self, store: Store, stopwatch: Stopwatch
    ) -> None:
        publisher = Publisher(Once(), stopwatch)
        committed(store, "ada")
        publish(store, publisher, committed(store, "bob", at=LATER), LATER)
        assert not publisher.is_broken

    @pytest.mark.parametrize("fails", [True, False])
    def test_lets_one_caller_try_after_the_break_and_the_others_when_that_has_worked(
        self, store: Store, stopwatch: Stopwatch, fails: bool
    ) -> None:
        events = committed(store, "ada", "bob", "cy", "dee")

        class Meanwhile(FakePubSub):
            """While it is being tried, somebody else comes along."""

            def __call__(self, messages: Sequence[Message], seconds: float) -> None:
                if len(self.batches) == 1:
                    assert publisher.is_broken
                    publish(store, publisher, events[2:3], NOON)
                super().__call__(messages, seconds)

        pubsub = Meanwhile()
        publisher = Publisher(pubsub, stopwatch)
        pubsub.fails = True
        publish(store, publisher, events[:1], NOON)
        stopwatch.seconds += BREAK_SECONDS
        pubsub.fails = fails
        publish(store, publisher, events[1:2], NOON)
        publish(store, publisher, events[3:], NOON)
        assert pubsub.batches == [1, 1] if fails else [1, 1, 1]
        assert pubsub.ids == [] if fails else [events[1].id, events[3].id]

    def test_lets_one_of_many_threads_try(
        self, publisher: Publisher, pubsub: FakePubSub, stopwatch: Stopwatch
    ) -> None:
        assert sum(in_threads(20, publisher.may_try)) == 20
        pubsub.fails = True
        publisher.publish([], PUBLISH_SECONDS)
        assert sum(in_threads(20, publisher.may_try)) == 0
        stopwatch.seconds += BREAK_SECONDS
        assert sum(in_threads(20, publisher.may_try)) == 1

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
        assert outbox(store) == []

    def test_strikes_off_a_row_whose_event_is_gone_where_there_is_nothing_else(
        self, store: Store, publisher: Publisher, pubsub: FakePubSub
    ) -> None:
        [gone] = committed(store, "ada")
        store.delete_many([store.key(Event.KIND, gone.key_name)])
        assert relay(store, publisher, LATER) == 0
        assert pubsub.batches == outbox(store) == []


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "RELAY_LENGTH", 3)
