import itertools
import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud.datastore import Entity

from events import replay as replaying
from events.envelope import Message, unwrap
from events.publishing import Publisher
from events.replay import MOST_SET_ASIDE, Progress, Replay, Told, TooManyFail
from events.subscribers import SUBSCRIBERS, Subscriber
from models import history, leaderboard, personal_data, player, version
from models.bookmark import Bookmark
from models.comparison import differences
from models.dead_letter import DeadLetter
from models.event import BestBeaten, Event, GameFinished
from models.history import History
from models.leaderboard import LeaderboardEntry
from models.patience import StoreUnavailable
from models.player import Player
from models.position import Position
from models.receipt import Receipt
from models.store import Store
from models.version import GRACE, Versions, WrongVersion
from tests.events.builders import NOON, a_finish, an_event, of_version_1, told
from tests.events.fakes import FakePubSub

LATER = NOON + timedelta(days=1)
KEPT = (LeaderboardEntry.KIND, History.KIND, Receipt.KIND)
VERSIONED = ("leaderboard", "history")


class Recording:
    """A subscriber that writes down what it is told, in the order in which it is."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.faults: dict[str, Exception] = {}

    def __call__(self, store: Store, event: Event) -> Sequence[Event]:
        if fault := self.faults.get(event.id):
            raise fault
        self.heard.append(event)
        return []

    @property
    def subscriber(self) -> Subscriber:
        return Subscriber("recording", hears=(GameFinished,), tells=(), handle=self)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "BATCH", 3)
    monkeypatch.setattr(version, "BATCH", 3)


@pytest.fixture
def recording() -> Recording:
    return Recording()


def a_replay(store: Store, subscriber: Subscriber | str, pubsub: FakePubSub | None = None) -> Replay:
    one = SUBSCRIBERS[subscriber] if isinstance(subscriber, str) else subscriber
    return Replay(store, Publisher(pubsub or FakePubSub()), one, now=lambda: LATER)


def through(steps: Iterator[Progress]) -> Told:
    """To the end; what was told in all."""
    told = Told()
    for progress in steps:
        told = progress.told
    return told


def commit(store: Store, *events: Event) -> list[Event]:
    """As the last moves of games of players who are here do it."""
    players = [Player(event.data["player"], event.data["player"].title(), NOON) for event in events]
    for one in players:
        store.insert(one.to_entity(store))
    store.put_many([event.to_entities(store)[0] for event in events])
    return list(events)


def some_finishes(number: int, rng: random.Random | None = None) -> list[Event]:
    """Of several players, one in each minute."""
    rng = rng or random.Random(number)
    names, categories = ("ada", "bob", "cy"), (None, "music", "art")
    return [
        told(a_finish(rng.choice(names), rng.randrange(10_000), n, category=rng.choice(categories)))
        for n in range(number)
    ]


def kept(store: Store) -> dict[str, dict[str, Any]]:
    return {kind: {row.key.name: dict(row) for row in store.query(kind).entities} for kind in KEPT}


def of_version(rows: dict[str, dict[str, Any]], number: int) -> dict[str, set[str]]:
    """The names, without the version."""
    return {
        kind: {
            name.replace(f"@{number}-", "@-", 1) if "@" in name else name.removeprefix(f"{number}-")
            for name in named
            if name.startswith((f"{number}-", f"history@{number}-"))
        }
        for kind, named in rows.items()
    }


class TestFillingGaps:
    def test_tells_all_that_the_subscriber_hears_in_order(self, store: Store, recording: Recording) -> None:
        events = commit(store, *some_finishes(8), an_event("PlayerRenamed"))
        assert through(a_replay(store, recording.subscriber).gaps()) == Told(handled=8)
        by_player = [[e for e in events if e.data["player"] == name] for name in ("ada", "bob", "cy")]
        for theirs in by_player:
            heard = [event for event in recording.heard if event in theirs]
            assert heard == [event for event in theirs if event.type == "GameFinished"]

    def test_may_begin_later(self, store: Store, recording: Recording) -> None:
        events = commit(store, *some_finishes(8))
        through(a_replay(store, recording.subscriber).gaps(since=events[5].time))
        assert sorted(recording.heard, key=Position.of) == events[5:]

    def test_tells_old_versions_in_the_newest(self, store: Store, recording: Recording) -> None:
        event = told(a_finish("ada", 500))
        commit(store, of_version_1(event))
        through(a_replay(store, recording.subscriber).gaps())
        assert recording.heard == [event]

    def test_leaves_what_it_would_have_been_had_nothing_been_missed(self, store: Store) -> None:
        events = commit(store, *some_finishes(20))
        for event in events[::2]:
            leaderboard.record(store, event)
            history.record(store, event)
        for name in VERSIONED:
            through(a_replay(store, name).gaps())
        once = kept(store)
        for name in VERSIONED:
            through(a_replay(store, name).gaps())
        for event in events:
            leaderboard.record(store, event)
            history.record(store, event)
        assert kept(store) == once
        assert len(once["Receipt"]) == 20

    def test_publishes_what_comes_of_it_and_nothing_the_second_time(self, store: Store) -> None:
        commit(store, told(a_finish("ada", 500)), told(a_finish("ada", 700, 1)))
        pubsub = FakePubSub()
        for _ in range(2):
            through(a_replay(store, "leaderboard", pubsub).gaps())
        assert [unwrap(message).type for message in pubsub.taken] == [BestBeaten.__name__]
        assert store.query(Event.OUTBOX).entities == []

    def test_shows_how_far_it_is(self, store: Store, recording: Recording) -> None:
        commit(store, *(told(a_finish("ada", 1, hour * 60)) for hour in range(0, 25, 4)))
        shares = [round(step.share, 3) for step in a_replay(store, recording.subscriber).gaps()]
        assert shares == [round(8 / 24, 3), round(20 / 24, 3), 1, 1]

    def test_of_an_empty_stream_is_through_at_once(self, store: Store, recording: Recording) -> None:
        assert through(a_replay(store, recording.subscriber).gaps()) == Told()


class TestAnInterruptedReplay:
    def test_goes_on_where_it_was(self, store: Store, recording: Recording) -> None:
        events = commit(store, *some_finishes(8))
        steps = a_replay(store, recording.subscriber).gaps()
        next(steps)
        del steps
        assert through(a_replay(store, recording.subscriber).gaps()) == Told(handled=5)
        assert sorted(recording.heard, key=Position.of) == events

    def test_begins_anew_once_it_was_through(self, store: Store, recording: Recording) -> None:
        commit(store, *some_finishes(8))
        for _ in range(2):
            assert through(a_replay(store, recording.subscriber).gaps()) == Told(handled=8)
        assert store.query(Bookmark.KIND).entities == []

    @pytest.mark.parametrize("name", VERSIONED)
    def test_leaves_the_same_wherever_it_was_interrupted(
        self, store: Store, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Every call to Datastore fails once, then the same command is run again."""
        commit(store, *some_finishes(7))
        calls = {"query": store.query, "get_many": store.get_many, "put_many": store.put_many}
        calls |= {"_commit": store._commit, "delete_many": store.delete_many}
        for patience in itertools.count():
            steps = itertools.count()
            for call, real in calls.items():

                def unsteady(*arguments: Any, real: Any = real, steps: Any = steps, **options: Any) -> Any:
                    if next(steps) == patience:  # noqa: B023 - not called after its round
                        raise StoreUnavailable
                    return real(*arguments, **options)

                monkeypatch.setattr(store, call, unsteady)
            replay = a_replay(store, name)
            try:
                through(replay.into(2))
                break
            except StoreUnavailable:
                continue
        assert patience > 20
        monkeypatch.undo()
        assert Versions.of(store, name).is_whole
        through(a_replay(store, name).gaps())
        assert list(differences(store, SUBSCRIBERS[name].keeps, 1, 2)) == []
        rows = kept(store)
        assert of_version(rows, 1) == of_version(rows, 2)
        assert store.query(DeadLetter.KIND).entities == []


class TestABadEvent:
    def test_that_cannot_be_read_is_a_dead_letter_and_the_rest_is_told(
        self, store: Store, recording: Recording
    ) -> None:
        events = commit(store, *some_finishes(8))
        commit(store, replace(events[3], version=9))
        assert through(a_replay(store, recording.subscriber).gaps()) == Told(7, 1)
        [letter] = DeadLetter.all(store)
        assert (letter.name, letter.reason) == (
            f"recording-{events[3].id}",
            "GameFinished has version 2, not 9",
        )

    def test_that_nobody_can_make_anything_of_is_nobodys(self, store: Store, recording: Recording) -> None:
        """As live: a subscription's filter would not let it through either."""
        commit(
            store, replace(an_event("PlayerErased"), version=9), replace(an_event("PlayerRenamed"), type="?")
        )
        assert through(a_replay(store, recording.subscriber).gaps()) == Told()

    def test_that_has_lost_even_its_type_is_a_dead_letter_of_whoever_comes_by(
        self, store: Store, recording: Recording
    ) -> None:
        [event] = commit(store, told(a_finish("ada", 500)))
        store.put_many([store.entity(Event.KIND, event.key_name, {})])
        assert through(a_replay(store, recording.subscriber).gaps()) == Told(0, 1)
        assert [letter.name for letter in DeadLetter.all(store)] == [f"recording-{event.id}"]

    def test_that_the_subscriber_cannot_handle_is_a_dead_letter_that_can_be_told_again(
        self, store: Store, recording: Recording
    ) -> None:
        events = commit(store, *some_finishes(8))
        recording.faults = {events[0].id: RuntimeError("broken"), events[7].id: KeyError("x")}
        assert through(a_replay(store, recording.subscriber).gaps()) == Told(6, 2)
        letters = DeadLetter.all(store)
        assert {letter.reason for letter in letters} == {"RuntimeError: broken", "KeyError: 'x'"}
        assert {unwrap(Message.from_text(letter.message)).id for letter in letters} == set(recording.faults)

    def test_is_not_to_blame_when_too_many_are(self, store: Store, recording: Recording) -> None:
        events = commit(store, *(told(a_finish("ada", 1, n)) for n in range(MOST_SET_ASIDE + 20)))
        recording.faults = {event.id: RuntimeError("broken") for event in events}
        with pytest.raises(TooManyFail):
            through(a_replay(store, recording.subscriber).gaps())
        assert MOST_SET_ASIDE <= DeadLetter.count(store) < len(events)

    def test_is_told_again_when_it_is_the_store_that_is_away(
        self, store: Store, recording: Recording
    ) -> None:
        events = commit(store, *some_finishes(8))
        recording.faults = {events[4].id: StoreUnavailable()}
        with pytest.raises(StoreUnavailable):
            through(a_replay(store, recording.subscriber).gaps())
        recording.faults = {}
        through(a_replay(store, recording.subscriber).gaps())
        assert {event.id for event in recording.heard} == {event.id for event in events}
        assert DeadLetter.count(store) == 0


class TestANewVersion:
    def test_is_what_the_stream_says_whatever_the_old_one_has(self, store: Store) -> None:
        events = commit(store, *some_finishes(12))
        for event in events:
            history.record(store, event)
            leaderboard.record(store, event)
        right = kept(store)
        damaged = store.query(LeaderboardEntry.KIND).entities
        store.put_many([_damaged(store, entity) for entity in damaged[::5]])
        store.put_many([History("ada", games=99).to_entity(store, 1)])
        for name in VERSIONED:
            through(a_replay(store, name).into(2))
            found = list(differences(store, SUBSCRIBERS[name].keeps, 1, 2))
            assert found
            assert all(one.one is not None and one.other is not None for one in found)
            version.flip(store, name, 2, NOON)
            list(version.remove(store, name, SUBSCRIBERS[name].keeps, 1, NOON + GRACE))
        assert of_version(kept(store), 2) == of_version(right, 1)
        assert of_version(kept(store), 1) == {kind: set() for kind in KEPT}

    def test_tells_the_world_nothing_that_it_knows(self, store: Store) -> None:
        events = commit(store, told(a_finish("ada", 500)), told(a_finish("ada", 700, 1)))
        for event in events:
            leaderboard.record(store, event)
            history.record(store, event)
        known = {row.key.name for row in store.query(Event.KIND).entities}
        pubsub = FakePubSub()
        for name in VERSIONED:
            through(a_replay(store, name, pubsub).into(2))
        assert pubsub.taken == []
        assert {row.key.name for row in store.query(Event.KIND).entities} == known

    def test_tells_what_was_pending_once_however_it_becomes_known(self, store: Store) -> None:
        """What an event brings about is told although its first hearer was a build that is live by now."""
        commit(store, told(a_finish("ada", 500)))
        pubsub = FakePubSub()
        through(a_replay(store, "history", pubsub).into(2))
        version.flip(store, "history", 2, NOON)
        late = history.record(store, told(a_finish("ada", 500)))
        assert [unwrap(message).data["badge"] for message in pubsub.taken] == ["first-game"]
        assert not late

    def test_has_nobody_who_was_erased_and_an_erasure_takes_from_all_versions(self, store: Store) -> None:
        for event in commit(store, *some_finishes(12)):
            history.record(store, event)
            leaderboard.record(store, event)
        erase(store, "ada")
        for name in VERSIONED:
            through(a_replay(store, name).into(2))
        rows = kept(store)
        assert [name for named in rows.values() for name in named if name.endswith("-ada")] == []
        assert set(rows["History"]) == {f"{of}-{name}" for of in (1, 2) for name in ("bob", "cy")}
        erase(store, "bob")
        left = {
            row["player"]
            for kind in (LeaderboardEntry.KIND, History.KIND)
            for row in kept(store)[kind].values()
        }
        assert left == {"cy"}

    def test_has_the_names_of_now(self, store: Store) -> None:
        commit(store, *some_finishes(6))
        player.rename(store, "ada", "Countess", NOON)
        through(a_replay(store, "leaderboard").into(2))
        for event in player.rename(store, "bob", "Bobby", NOON):
            leaderboard.rename(store, event)
        names = {(row["board"][0], row["name"]) for row in kept(store)["LeaderboardEntry"].values()}
        assert names == {(of, name) for of in "12" for name in ("Countess", "Bobby", "Cy")}

    def test_that_is_dropped_meanwhile_is_not_whole(self, store: Store) -> None:
        commit(store, *some_finishes(7))
        steps = a_replay(store, "history").into(2)
        next(steps)
        list(version.remove(store, "history", history.KEEPS, 2, NOON))
        with pytest.raises(WrongVersion):
            through(steps)
        assert of_version(kept(store), 2) == {kind: set() for kind in KEPT}

    def test_that_was_dropped_is_built_from_the_beginning_the_next_time(self, store: Store) -> None:
        commit(store, *some_finishes(7))
        next(a_replay(store, "history").into(2))
        list(version.remove(store, "history", history.KEEPS, 2, NOON))
        assert through(a_replay(store, "history").into(2)) == Told(handled=7)
        assert list(differences(store, history.KEEPS, 1, 2)) == []

    @pytest.mark.parametrize("name", VERSIONED)
    def test_misses_nothing_while_many_games_end(self, store: Store, name: str) -> None:
        """By threads that commit and tell in their own time. Of the first game of each, nobody is told."""
        subscriber, players, games = SUBSCRIBERS[name], 6, 25
        half = threading.Barrier(players + 1)
        commit(store, *(told(a_finish(f"p{n}", 1, 0)) for n in range(players)))

        def finish_games(n: int) -> None:
            rng, waiting = random.Random(n), []
            for game in range(1, games):
                if game == games // 3:
                    half.wait()
                event = told(a_finish(f"p{n}", rng.randrange(50), game, category=rng.choice([None, "art"])))
                store.put_many([event.to_entities(store)[0]])
                waiting.append(event)
                rng.shuffle(waiting)
                while waiting and rng.random() < 0.6:
                    subscriber.handle(store, waiting.pop())
            for event in waiting:
                subscriber.handle(store, event)

        with ThreadPoolExecutor(players + 4) as pool:
            finishing = [pool.submit(finish_games, n) for n in range(players)]
            half.wait()
            replay = replace(a_replay(store, name), spread=pool.map)
            through(replay.into(2))
            version.flip(store, name, 2, NOON)
            for one in finishing:
                one.result()
        assert list(differences(store, subscriber.keeps, 1, 2)) == []
        rows = kept(store)
        assert of_version(rows, 1) == of_version(rows, 2)
        if name == "history":
            counted = {row["games"] for row in rows["History"].values()}
            assert counted == {games}
            assert len(rows["Receipt"]) == 2 * players * games


def erase(store: Store, name: str) -> None:
    for event in player.erase(store, name, NOON):
        personal_data.remove(store, event)


def _damaged(store: Store, entity: Entity) -> Entity:
    return store.entity(
        entity.kind,
        entity.key.name,
        {**entity, "points": 1, "place": 1},
        leaderboard.LeaderboardEntry.INDEXED,
    )
