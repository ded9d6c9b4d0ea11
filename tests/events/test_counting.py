"""However the stream comes and whatever goes wrong, what is kept is what one batch over all of it gives."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import counting
from events.comparison import batch, compare, differences
from events.counting import BATCH, LOOK_BACK, SWEEP_EVERY, Progress, count, current_build
from events.stream import SETTLED, read
from models.aggregate import Aggregate, Build, Tally, build_for
from models.checkpoint import LEASE, MARK_BYTES, MOST_SEEN, Checkpoint
from models.dead_letter import DeadLetter
from models.event import Event, GameFinished
from models.insights import EXTREMES, TOTALS
from models.patience import StoreUnavailable
from models.position import Position
from models.statistics import PAGES
from models.store import MUTATIONS_PER_COMMIT, Store
from tests.conftest import Clock
from tests.events.builders import NOON, a_finish, a_round, an_event, told
from tests.simulation.faults import Crash, Faults
from tests.simulation.store import SimulatedStore

BUILD = Build()
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Commit:
    """An event, and how long after its time it can be seen."""

    event: Event
    late: timedelta

    @property
    def lands_at(self) -> datetime:
        return self.event.time + self.late


def a_commit(n: int, happened: int, late: int, kind: str, rights: list[bool]) -> Commit:
    time = NOON + timedelta(seconds=happened)
    event = told(a_round(f"player-{n}", time, fractions=[float(right) for right in rights]))
    others = {
        "another type": lambda: an_event("BestBeaten"),
        "unreadable": lambda: replace(event, version=9),
        "absurd": lambda: replace(event, data=event.data | {"points": 10**6}),
    }
    if kind in others:
        event = replace(others[kind](), id=event.id, time=time)
    return Commit(event, timedelta(seconds=late))


COMMITS = st.lists(
    st.tuples(
        st.integers(0, 900),
        st.integers(0, int(SETTLED.total_seconds()) - 1) | st.just(0),
        st.sampled_from(["finished", "finished", "finished", "another type", "unreadable", "absurd"]),
        st.lists(st.booleans(), min_size=10, max_size=10),
    ),
    max_size=25,
).map(lambda drawn: [a_commit(n, *one) for n, one in enumerate(drawn)])
"""Many a one lands after others that happened later."""

PASSES = st.lists(st.tuples(st.integers(0, 1500), st.booleans()), max_size=20).map(sorted)
"""At which second, and whether by cron."""


class Machine:
    """Processors on one Datastore, each of which may be killed or overtaken between any two calls."""

    def __init__(self, commits: list[Commit], seed: int) -> None:
        self.rng = random.Random(seed)
        self.faults = Faults(self.rng)
        self.clock = Clock(NOON)
        self.store = SimulatedStore(self.faults, self.between, lambda seconds: None, lambda: 0.0)
        self.landing = sorted(commits, key=lambda commit: commit.lands_at)
        self.is_nested = False

    def between(self, step: str) -> None:
        if self.faults.happens("crash"):
            raise Crash(step)
        if not self.is_nested and self.faults.happens("interleave"):
            self.is_nested = True
            self.clock.tick(self.rng.choice((0, 0, 1, 40)))
            self.land()
            if self.rng.random() < 0.3:
                self.count(self.rng.random() < 0.3)
            self.is_nested = False

    def land(self) -> None:
        while self.landing and self.landing[0].lands_at <= self.clock():
            event = self.landing.pop(0).event
            is_on, self.faults.on = self.faults.on, False
            self.store.put_many(event.to_entities(self.store))
            self.faults.on = is_on

    def count(self, is_thorough: bool) -> None:
        try:
            count(self.store, BUILD, self.clock, self.rng, is_thorough=is_thorough)
        except (Crash, StoreUnavailable):
            self.is_nested = False

    def run(self, passes: list[tuple[int, bool]]) -> None:
        for at, is_thorough in passes:
            self.clock.now = max(self.clock.now, NOON + timedelta(seconds=at))
            self.land()
            self.count(is_thorough)
        self.faults.on = False
        self.clock.tick(DAY.total_seconds())
        self.land()
        self.count(is_thorough=True)


def kept(store: Store) -> Tally:
    if isinstance(store, SimulatedStore):
        return {
            (name := row.key.name.partition(":")[2]): Aggregate.from_entity(BUILD, name, row).sums
            for row in store.all(Aggregate.KIND)
        }
    return Aggregate.all(store, BUILD)


def put(store: Store, *events: Event) -> None:
    store.put_many([event.to_entities(store)[0] for event in events])


def run(store: Store, clock: Callable[[], datetime], seed: int = 1, **options: Any) -> Progress | None:
    return count(store, BUILD, clock, random.Random(seed), **options)


def games(store: Store) -> int:
    [totals] = Aggregate.load_many(store, BUILD, [TOTALS])
    return totals.sums.get("games", [0])[0]


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BATCH", 3)


@pytest.mark.usefixtures("_small_batches")
class TestWhatIsKept:
    @given(commits=COMMITS, passes=PASSES, seed=st.integers(0, 2**32))
    @settings(
        max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    )
    def test_is_what_a_batch_gives_whoever_is_killed_or_comes_between(
        self, commits: list[Commit], passes: list[tuple[int, bool]], seed: int
    ) -> None:
        machine = Machine(commits, seed)
        machine.run(passes)
        there = list(read(machine.store, Position.START, machine.clock()))
        assert len(there) == len(commits)
        assert list(differences(kept(machine.store), batch(there, BUILD))) == []
        bad = {
            one.event.id for one in commits if one.event.version == 9 or one.event.data.get("points") == 10**6
        }
        assert {letter["event"] for letter in machine.store.all(DeadLetter.KIND)} == bad

    @given(commits=COMMITS, passes=PASSES)
    @settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_is_what_a_batch_gives_on_the_real_datastore(
        self, store: Store, commits: list[Commit], passes: list[tuple[int, bool]]
    ) -> None:
        for kind in (Event.KIND, Checkpoint.KIND, Aggregate.KIND):
            store.delete_many([row.key for row in store.query(kind, keys_only=True).entities])
        clock, landing = Clock(NOON), sorted(commits, key=lambda commit: commit.lands_at)
        for at, is_thorough in [*passes, (24 * 3600, True)]:
            clock.now = NOON + timedelta(seconds=at)
            put(store, *(one.event for one in landing if one.lands_at <= clock.now))
            landing = [one for one in landing if one.lands_at > clock.now]
            assert run(store, clock, is_thorough=is_thorough) is not None
            assert compare(store, BUILD, clock())[1] == []
        assert games(store) == sum(
            one.event.type == GameFinished.__name__
            and one.event.version == GameFinished.VERSION
            and one.event.data["points"] < 10**6
            for one in commits
        )


def test_a_game_is_counted_by_the_pass_that_its_own_event_wakes(store: Store) -> None:
    put(store, told(a_round("ada")))
    assert run(store, lambda: NOON) == Progress(1, is_done=True)
    assert games(store) == 1
    assert run(store, lambda: NOON + SECOND) == Progress(0, is_done=True)
    assert games(store) == 1


def test_an_event_that_lands_late_is_counted_by_a_sweep_and_only_once(store: Store) -> None:
    clock = Clock(NOON + timedelta(minutes=4))
    put(store, told(a_round("ada", NOON + timedelta(minutes=4))))
    run(store, clock)
    put(store, told(a_round("bob", NOON)))
    clock.tick(5)
    run(store, clock)
    assert games(store) == 1
    clock.tick(SWEEP_EVERY.total_seconds())
    for _ in range(3):
        run(store, clock)
    assert games(store) == 2


def test_what_is_settled_leaves_no_mark(store: Store) -> None:
    clock = Clock(NOON)
    put(store, *(told(a_round(f"player-{n}", NOON + n * SECOND)) for n in range(10)))
    clock.tick(10)
    run(store, clock)
    assert len(Checkpoint.load(store, BUILD).seen) == 10
    clock.now = NOON + SETTLED + 4 * SECOND
    run(store, clock)
    assert len(Checkpoint.load(store, BUILD).seen) == 6
    clock.now += SETTLED
    run(store, clock)
    assert Checkpoint.load(store, BUILD).seen == frozenset()
    assert games(store) == 10


def test_a_long_past_is_counted_without_marks_and_in_parts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "BATCH", 4)
    put(store, *(told(a_round(f"player-{n}", NOON + n * DAY)) for n in range(10)))
    clock = Clock(NOON + 30 * DAY)
    assert run(store, clock, seconds=0) == Progress(4, is_done=False)
    assert games(store) == 4
    assert run(store, clock, seconds=0) == Progress(4, is_done=False)
    assert run(store, clock, seconds=0) == Progress(2, is_done=True)
    assert games(store) == 10
    assert Checkpoint.load(store, BUILD).seen == frozenset()


def test_marks_have_room_enough_and_what_needs_one_too_many_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_SEEN", 4)
    put(store, *(told(a_round(f"player-{n}", NOON)) for n in range(6)))
    clock = Clock(NOON)
    for _ in range(3):
        progress = run(store, clock, is_thorough=True)
        assert progress
        assert not progress.is_done
        assert len(Checkpoint.load(store, BUILD).seen) == 4
    clock.tick(SETTLED.total_seconds() + 1)
    run(store, clock)
    assert games(store) == 6


class TestTheLease:
    def test_keeps_others_away_until_it_is_over(self, store: Store) -> None:
        clock = Clock(NOON)
        put(store, told(a_round("ada")))
        died = Checkpoint(BUILD).taken("who died", NOON)
        store.put_many([died.to_entity(store)])
        assert run(store, clock) is None
        clock.tick(LEASE.total_seconds())
        assert run(store, clock) == Progress(1, is_done=True)

    def test_is_given_back(self, store: Store) -> None:
        run(store, lambda: NOON)
        assert not Checkpoint.load(store, BUILD).is_held(NOON)

    def test_that_was_lost_makes_the_commit_fail(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        put(store, told(a_round("ada")))
        fetch = counting.fetch

        def slowly(store: Store, keys: Any) -> Any:
            monkeypatch.setattr(counting, "fetch", fetch)
            assert run(store, lambda: NOON + LEASE, seed=2) == Progress(1, is_done=True)
            return fetch(store, keys)

        monkeypatch.setattr(counting, "fetch", slowly)
        assert run(store, lambda: NOON, seed=1) is None
        assert games(store) == 1


class TestABadEvent:
    @pytest.fixture
    def bad(self) -> Event:
        return told(a_finish("bob", 500))

    def test_is_set_aside_with_the_reason_and_the_others_go_on(self, store: Store, bad: Event) -> None:
        put(store, told(a_round("ada")), bad, told(a_round("cy")))
        assert run(store, lambda: NOON) == Progress(3, is_done=True)
        assert games(store) == 2
        [letter] = DeadLetter.all(store)
        assert (letter.subscriber, letter.event) == ("stream", bad.id)
        assert letter.reason == "a game has 10 questions, not 0"

    def test_for_which_there_is_a_mistake_of_ours_is_set_aside_too(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tally = counting.tally

        def mistaken(found: Any, build: Build) -> Tally:
            if "ada" in found.id:
                raise ZeroDivisionError("ours")
            return tally(found, build)

        monkeypatch.setattr(counting, "tally", mistaken)
        put(store, told(a_round("ada")), told(a_round("bob")))
        run(store, lambda: NOON)
        assert games(store) == 1
        assert [letter.reason for letter in DeadLetter.all(store)] == ["ZeroDivisionError: ours"]


class TestTheZone:
    @pytest.fixture(autouse=True)
    def _forget(self) -> Iterator[None]:
        build_for.cache_clear()
        yield
        build_for.cache_clear()

    def test_is_utc_unless_another_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("TIME_ZONE", raising=False)
        assert current_build() == Build("UTC")
        monkeypatch.setenv("TIME_ZONE", "Europe/Rome")
        assert current_build() == Build("Europe/Rome")

    def test_that_nobody_knows_is_said_and_is_utc(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("TIME_ZONE", "../Atlantis")
        assert current_build() == Build("UTC")
        assert "'../Atlantis' is no time zone" in caplog.text

    def test_is_counted_for_itself(self, store: Store) -> None:
        put(store, told(a_round("ada", NOON)))
        run(store, lambda: NOON)
        count(store, Build("Asia/Tokyo"), lambda: NOON, random.Random(1))
        assert "hour:0:12" in Aggregate.all(store, BUILD)[TOTALS]
        assert "hour:0:21" in Aggregate.all(store, Build("Asia/Tokyo"))[TOTALS]


def test_comparing_tells_every_number_that_is_wrong(store: Store) -> None:
    put(store, told(a_round("ada")))
    run(store, lambda: NOON)
    assert compare(store, BUILD, NOON)[1] == []
    totals = Aggregate.all(store, BUILD)[TOTALS]
    store.put_many([Aggregate(BUILD, TOTALS, {**totals, "games": [2]}).to_entity(store)])
    assert compare(store, BUILD, NOON)[1] == ["totals, games: [2] is kept, it should be [1]"]


def test_a_pass_costs_a_handful_of_operations(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen queries, because the stream has sixteen ranges; else a lookup of events and two commits."""
    put(store, *(told(a_round(f"player-{n}")) for n in range(50)))
    calls: list[str] = []
    for name in ("query", "get_many", "change"):
        called = getattr(store, name)
        monkeypatch.setattr(
            store,
            name,
            lambda *a, _name=name, _called=called, **b: (calls.append(_name), _called(*a, **b))[1],
        )
    run(store, lambda: NOON)
    assert (calls.count("query"), calls.count("get_many"), calls.count("change")) == (16, 1, 2)


def test_the_figures_fit_together() -> None:
    assert LOOK_BACK < SETTLED
    assert MOST_SEEN * MARK_BYTES < 1_000_000
    written_each_time = (*PAGES, TOTALS, EXTREMES, Checkpoint.KIND)
    assert BATCH + len(written_each_time) <= MUTATIONS_PER_COMMIT
