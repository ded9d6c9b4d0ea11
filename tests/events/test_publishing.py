from datetime import timedelta

import pytest

from events import publishing
from events.publishing import OLD_AFTER, drain, publish
from events.subscribers import SUBSCRIBERS, Subscriber
from models import leaderboard
from models.board import Board, Period
from models.event import Event, GameFinished
from models.player import Player
from models.store import Store
from tests.conftest import NOON
from tests.models.test_leaderboard import a_finish

TODAY = Board.holding("overall", Period.DAY, NOON)


def committed(store: Store, player: str, points: int) -> Event:
    event = a_finish(player, points).to_event()
    store.put_many([Player(player, player.title(), NOON).to_entity(store), *event.to_entities(store)])
    return event


def outbox(store: Store) -> int:
    return len(store.query(Event.OUTBOX).entities)


def on_board(store: Store) -> list[str]:
    return [row.entry.player for row in leaderboard.page(store, TODAY).rows]


class Broken:
    """A subscriber that fails for some events, as long as it is broken."""

    def __init__(self, *ids: str) -> None:
        self.ids = set(ids)

    def __call__(self, event: Event, store: Store) -> None:
        if event.id in self.ids:
            raise RuntimeError("broken")


def broken_for(monkeypatch: pytest.MonkeyPatch, *ids: str) -> Broken:
    broken = Broken(*ids)
    table = (Subscriber("broken", frozenset({GameFinished.TYPE}), broken), *SUBSCRIBERS)
    monkeypatch.setattr(publishing, "SUBSCRIBERS", table)
    return broken


def test_what_is_published_is_handled_and_leaves_the_outbox(store: Store) -> None:
    publish(store, [committed(store, "ada", 500)], NOON)
    assert on_board(store) == ["ada"]
    assert outbox(store) == 0


def test_an_event_that_cannot_be_handled_stays_and_raises_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = committed(store, "ada", 500)
    broken_for(monkeypatch, event.id)
    publish(store, [event], NOON)
    assert outbox(store) == 1


def test_a_later_finish_takes_old_events_along(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    left_behind = committed(store, "ada", 500)
    broken = broken_for(monkeypatch, left_behind.id)
    publish(store, [left_behind], NOON)
    broken.ids.clear()
    publish(store, [committed(store, "bob", 400)], NOON + OLD_AFTER + timedelta(seconds=1))
    assert on_board(store) == ["ada", "bob"]
    assert outbox(store) == 0


def test_events_that_are_being_told_right_now_are_left_alone(store: Store) -> None:
    committed(store, "ada", 500)
    assert drain(store, NOON + OLD_AFTER) == 0
    assert outbox(store) == 1


def test_a_poison_event_stops_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    poison, good = committed(store, "ada", 500), committed(store, "bob", 400)
    broken_for(monkeypatch, poison.id)
    publish(store, [poison, good], NOON)
    assert on_board(store) == ["bob"]
    assert outbox(store) == 1


def test_an_event_comes_back_from_datastore_as_it_was(store: Store) -> None:
    event = committed(store, "ada", 500)
    entity = store.get(Event.KIND, event.key_name)
    assert entity is not None
    assert Event.from_entity(entity) == event
    assert GameFinished.from_event(event) == a_finish("ada", 500)


def test_the_key_of_an_event_spreads_and_tells_the_time() -> None:
    events = [a_finish(f"p{n}", 1).to_event() for n in range(200)]
    assert {event.key_name[0] for event in events} == set("0123456789abcdef")
    assert Event.time_of(events[0].key_name) == NOON
