import itertools
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import history
from models.event import BadgeEarned, Event, GameFinished
from models.game import LENGTH
from models.history import History
from models.player import Player
from models.receipt import Receipt
from models.store import Store
from tests.events.builders import NOON, a_finish, told

_numbers = itertools.count()


def meet(store: Store, *players: str) -> None:
    store.put_many([Player(player, player.title(), NOON).to_entity(store) for player in players])


def play(store: Store, *finishes: GameFinished) -> list[Event]:
    """What the history tells of them."""
    return [event for finish in finishes for event in history.record(store, told(finish))]


def history_of(store: Store, player: str) -> History | None:
    entity = store.get(History.KIND, f"1-{player}")
    return History.from_entity(entity) if entity else None


def on_days(days: Iterable[date], player: str = "ada") -> History:
    """Of a player who has played once on each."""
    kept = History(player)
    for day in days:
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        kept = kept.with_game(a_finish(player, 0, finished_at=at))
    return kept


def in_a_row(first: date, length: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(length)]


def badges_of(events: list[Event]) -> set[str]:
    return {BadgeEarned.from_event(event).badge for event in events}


class TestGames:
    def test_are_counted_with_the_best_of_each_category(self, store: Store) -> None:
        meet(store, "ada")
        games = [("music", 500), ("music", 900), ("music", 700), (None, 300)]
        play(store, *[a_finish("ada", points, n, category=slug) for n, (slug, points) in enumerate(games)])
        kept = history_of(store, "ada")
        assert kept is not None
        assert (kept.games, kept.best) == (4, {"music": 900, "mix": 300})

    def test_without_a_point_count_as_well(self, store: Store) -> None:
        meet(store, "ada")
        play(store, a_finish("ada", 0, correct=0))
        kept = history_of(store, "ada")
        assert kept is not None
        assert (kept.games, kept.perfect_games, kept.best) == (1, 0, {"mix": 0})

    def test_at_leisure_are_no_best_ones(self, store: Store) -> None:
        meet(store, "ada")
        games = [("music", 500, "timed"), ("music", 9000, "relaxed"), (None, 8000, "relaxed")]
        for order in (games, games[::-1]):
            kept = History("ada")
            for slug, points, pace in order:
                kept = kept.with_game(a_finish("ada", points, category=slug, pace=pace))
            assert (kept.games, kept.best) == (3, {"music": 500, "mix": 0})
            assert kept.best_games == {"music": 500}

    def test_at_leisure_explore_categories_as_well(self) -> None:
        kept = History("ada")
        for slug in "abcde":
            assert "explorer" not in kept.badges
            kept = kept.with_game(a_finish("ada", 5000, category=slug, pace="relaxed"))
        assert "explorer" in kept.badges

    def test_at_leisure_count_as_well(self, store: Store) -> None:
        meet(store, "ada")
        assert badges_of(play(store, a_finish("ada", 5000, pace="relaxed"))) == {"first-game"}

    def test_of_two_players_are_two_histories(self, store: Store) -> None:
        meet(store, "ada", "bob")
        play(store, a_finish("ada", 1), a_finish("bob", 2), a_finish("bob", 3, 1))
        kept = [history_of(store, player) for player in ("ada", "bob")]
        assert [one and one.games for one in kept] == [1, 2]

    def test_fall_on_the_day_of_utc(self) -> None:
        zone = datetime.fromisoformat("2026-11-24T00:30:00+01:00")
        assert History("ada").with_game(a_finish("ada", 0, finished_at=zone)).days == {date(2026, 11, 23)}


class TestStreaks:
    @pytest.mark.parametrize(
        ("first", "last"),
        [
            (date(2026, 1, 29), date(2026, 2, 4)),
            (date(2024, 2, 26), date(2024, 3, 3)),
            (date(2025, 2, 25), date(2025, 3, 3)),
            (date(2026, 12, 29), date(2027, 1, 4)),
        ],
    )
    def test_run_over_the_end_of_a_month_a_year_and_a_leap_day(self, first: date, last: date) -> None:
        kept = on_days(in_a_row(first, 7))
        assert kept.days == {day for day in in_a_row(first, 10) if day <= last}
        assert kept.longest_streak == kept.streak_until(last) == 7

    def test_end_where_a_day_is_missing(self) -> None:
        days = [*in_a_row(date(2024, 2, 27), 2), *in_a_row(date(2024, 3, 1), 3)]
        kept = on_days(days)
        assert kept.longest_streak == 3
        assert kept.streak_until(date(2024, 3, 2)) == 2
        assert kept.streak_until(date(2024, 2, 29)) == 0

    def test_last_until_a_day_is_over_without_a_game(self) -> None:
        kept = on_days(in_a_row(date(2026, 11, 20), 3))
        today = date(2026, 11, 22)
        assert [kept.streak_on(today + timedelta(days=n)) for n in (0, 1, 2)] == [3, 3, 0]

    def test_of_nobody_are_none(self) -> None:
        assert History("ada").longest_streak == 0

    @given(days=st.sets(st.dates(date(2023, 12, 1), date(2024, 4, 1)), max_size=60))
    def test_are_those_of_a_plain_count(self, days: set[date]) -> None:
        best = run = 0
        for day in in_a_row(date(2023, 12, 1), 130):
            run = run + 1 if day in days else 0
            best = max(best, run)
        assert History("ada", days=frozenset(days)).longest_streak == best


class TestBadges:
    @pytest.mark.parametrize(
        ("kept", "badges"),
        [
            (History("ada"), set()),
            (History("ada", games=1), {"first-game"}),
            (History("ada", games=9), {"first-game"}),
            (History("ada", games=10), {"first-game", "ten-games"}),
            (History("ada", games=100), {"first-game", "ten-games", "hundred-games"}),
            (History("ada", games=1, perfect_games=1), {"first-game", "perfect-game"}),
            (History("ada", best=dict.fromkeys("abcd", 1) | {"mix": 1}), set()),
            (History("ada", best=dict.fromkeys("abcde", 1)), {"explorer"}),
            (History("ada", days=frozenset(in_a_row(date(2026, 1, 1), 6))), set()),
            (History("ada", days=frozenset(in_a_row(date(2026, 1, 1), 7))), {"week-streak"}),
            (History("ada", days=frozenset(in_a_row(date(2026, 1, 1), 30))), {"week-streak", "month-streak"}),
        ],
    )
    def test_follow_from_the_history(self, kept: History, badges: set[str]) -> None:
        assert kept.badges == badges

    def test_are_told_when_they_are_earned_and_never_again(self, store: Store) -> None:
        meet(store, "ada")
        first = a_finish("ada", 10_000, correct=LENGTH)
        events = play(store, first)
        assert [event.id for event in events] == ["first-game-ada", "perfect-game-ada"]
        assert {(event.causation_id, event.time) for event in events} == {(told(first).id, NOON)}
        assert play(store, a_finish("ada", 10_000, 1, correct=LENGTH)) == []

    def test_are_kept_with_their_rows_in_the_outbox(self, store: Store) -> None:
        meet(store, "ada")
        [event] = play(store, a_finish("ada", 1))
        for kind in (Event.KIND, Event.OUTBOX):
            assert [row.key.name for row in store.query(kind).entities] == [event.key_name]


class TestReceipts:
    def test_make_a_second_telling_harmless(self, store: Store) -> None:
        meet(store, "ada")
        finish = a_finish("ada", 500)
        assert len(play(store, finish)) == 1
        assert play(store, finish, finish) == []
        kept = history_of(store, "ada")
        assert kept is not None
        assert kept.games == 1

    def test_are_one_for_each_event_and_tell_when_it_was(self, store: Store) -> None:
        meet(store, "ada")
        finish = a_finish("ada", 500, 3)
        play(store, finish)
        receipt = store.get(Receipt.KIND, f"history@1-{finish.game}")
        assert receipt is not None
        assert receipt["event_time"] == finish.finished_at


class TestWhoWasErased:
    @pytest.mark.parametrize("player", ["ada", "nobody"])
    def test_does_not_come_back(self, store: Store, player: str) -> None:
        store.put_many([Player("ada", "", NOON, erased_at=NOON).to_entity(store)])
        assert play(store, a_finish(player, 500)) == []
        for kind in (History.KIND, Receipt.KIND, Event.KIND, Event.OUTBOX):
            assert store.query(kind).entities == []

    def test_keeps_a_history_as_it_was_until_somebody_removes_it(self, store: Store) -> None:
        meet(store, "ada")
        play(store, a_finish("ada", 500))
        store.put_many([Player("ada", "", NOON, erased_at=NOON).to_entity(store)])
        play(store, a_finish("ada", 900, 1))
        kept = history_of(store, "ada")
        assert kept is not None
        assert kept.best == {"mix": 500}


def test_a_history_comes_back_from_datastore_as_it_was(store: Store) -> None:
    meet(store, "ada")
    play(store, *[a_finish("ada", n, n * 24 * 60, category="music", correct=LENGTH) for n in range(3)])
    days = frozenset(in_a_row(date(2026, 11, 23), 3))
    assert history_of(store, "ada") == History("ada", 3, 3, {"music": 2}, days, 30, 30)


def test_a_history_of_before_right_answers_were_counted_begins_to_count_them(store: Store) -> None:
    meet(store, "ada")
    play(store, a_finish("ada", 500))
    entity = store.get(History.KIND, "1-ada")
    assert entity is not None
    for name in ("asked", "right"):
        del entity[name]
    store.put_many([entity])
    kept = history_of(store, "ada")
    assert kept is not None
    assert (kept.games, kept.asked, kept.right) == (1, 0, 0)
    play(store, a_finish("ada", 500, 1, correct=7))
    kept = history_of(store, "ada")
    assert kept is not None
    assert (kept.games, kept.asked, kept.right) == (2, 10, 7)


CATEGORIES = (None, "art", "birds", "cities", "drama", "elements")
games = st.tuples(
    st.integers(0, 12 * 24 * 60), st.sampled_from(CATEGORIES), st.integers(0, 10_000), st.integers(9, LENGTH)
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(played=st.lists(games, min_size=1, max_size=14, unique_by=lambda game: game[0]), chance=st.randoms())
def test_any_order_and_repeats_give_the_same_history_and_the_same_badges(
    store: Store, played: list[tuple[int, str | None, int, int]], chance: random.Random
) -> None:
    outcomes = []
    repeated = played + chance.choices(played, k=len(played) // 2)
    for order in (played, repeated, chance.sample(repeated, len(repeated))):
        player = f"player{next(_numbers)}"
        meet(store, player)
        finishes = [
            a_finish(player, points, minute, category=category, correct=correct)
            for minute, category, points, correct in order
        ]
        events = play(store, *finishes)
        kept = history_of(store, player)
        assert kept is not None
        assert len({event.id for event in events}) == len(events)
        assert badges_of(events) == kept.badges
        outcomes.append((replace(kept, player=""), badges_of(events)))
    assert outcomes[0] == outcomes[1] == outcomes[2]
