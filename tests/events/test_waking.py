import random
import threading
from datetime import timedelta
from functools import partial

import pytest

from events import waking
from events.counting import Progress, Unfinished, count, current_build
from events.waking import LOOKS, PACE, wake
from models.checkpoint import Checkpoint
from models.event import Event
from models.store import Store
from tests.conftest import Clock
from tests.events.builders import NOON, a_round, told
from tests.events.test_counting import games, put

FINISH = told(a_round("ada"))


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


def tick(store: Store, clock: Clock, event: Event = FINISH) -> None:
    wake(store, event, clock=clock, wait=clock.tick, rng=random.Random(1))


def test_a_game_that_ends_is_counted_at_once(store: Store, clock: Clock) -> None:
    put(store, FINISH)
    tick(store, clock)
    assert games(store) == 1
    assert clock() == NOON


def test_one_that_ends_soon_after_waits_and_is_counted_then(store: Store, clock: Clock) -> None:
    tick(store, clock)
    clock.tick(1)
    put(store, FINISH)
    tick(store, clock)
    assert games(store) == 1
    assert clock() == NOON + PACE


def test_what_was_read_meanwhile_is_not_read_again(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(store, clock)
    clock.tick(1)

    def others_count(seconds: float) -> None:
        clock.tick(PACE.total_seconds())
        count(store, current_build(), clock, random.Random(2))

    put(store, FINISH)
    monkeypatch.setattr(waking, "count", None)
    wake(store, FINISH, clock=clock, wait=others_count, rng=random.Random(1))
    assert games(store) == 1


def test_while_one_of_a_process_waits_the_others_go_at_once(store: Store, clock: Clock) -> None:
    """And what they were told of is counted by the one that waits: it reads after they came."""
    tick(store, clock)
    events = [told(a_round(f"player-{n}")) for n in range(20)]
    lookups = []

    def burst(seconds: float) -> None:
        calls_before = len(lookups)
        for event in events:
            put(store, event)
            assert wake(store, event, clock=clock, wait=pytest.fail, rng=random.Random(1)) == ()
        assert len(lookups) == calls_before
        clock.tick(seconds)

    get = store.get
    store.get = lambda *a: (lookups.append(a), get(*a))[1]  # type: ignore[method-assign, func-returns-value]
    wake(store, FINISH, clock=clock, wait=burst, rng=random.Random(1))
    assert games(store) == 20


def test_who_waits_lets_others_wait_while_it_counts(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counting(*arguments: object) -> Progress:
        assert waking._turn.acquire(blocking=False)
        waking._turn.release()
        return Progress(0, is_done=True)

    monkeypatch.setattr(waking, "count", counting)
    tick(store, clock)


def test_the_lease_of_one_that_died_is_waited_for(store: Store, clock: Clock) -> None:
    put(store, FINISH)
    store.put_many([Checkpoint(current_build()).taken("who died", NOON).to_entity(store)])
    tick(store, clock)
    assert games(store) == 1


def test_where_another_never_comes_to_an_end_cron_has_to_do(store: Store, clock: Clock) -> None:
    put(store, FINISH)
    looks = []

    def hold_on(seconds: float) -> None:
        looks.append(seconds)
        clock.tick(seconds)
        store.put_many([Checkpoint(current_build()).taken("another", clock()).to_entity(store)])

    hold_on(0)
    wake(store, FINISH, clock=clock, wait=hold_on, rng=random.Random(1))
    assert games(store) == 0
    assert len(looks) == LOOKS
    assert clock() - NOON < timedelta(seconds=40)
    tick(store, clock)
    assert games(store) == 1


def test_what_is_left_over_is_told_again(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "count", lambda *_: Progress(400, is_done=False))
    with pytest.raises(Unfinished, match="400 events are counted, and more are there"):
        tick(store, clock)


def test_a_tick_that_fails_leaves_the_turn_to_others(store: Store, clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError):
        wake(store, FINISH, clock=lambda: clock.tick(1 / 0), wait=clock.tick)
    tick(store, clock)
    assert Checkpoint.load(store, current_build()).read_at == NOON


def test_many_threads_at_once_count_every_game_once(store: Store) -> None:
    clock = Clock(NOON)
    events = [told(a_round(f"player-{n}")) for n in range(12)]
    put(store, *events)
    threads = [
        threading.Thread(target=partial(wake, store, event, clock=clock, wait=clock.tick)) for event in events
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert games(store) == 12
