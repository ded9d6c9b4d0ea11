import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import wrap
from events.stages import Unfit, clean, enrich, normalise, tally, validate, window
from events.stream import Poison
from models.aggregate import Build, together
from models.event import Event, GameFinished
from models.insights import TOTALS
from models.statistics import PAGES
from tests.events.builders import NOON, a_played_game, a_round, an_event, told

BUILD = Build()


def totals(event: Event, build: Build = BUILD) -> dict[str, Any]:
    return dict(tally(event, build)[TOTALS])


class TestValidating:
    def test_takes_finished_games_and_leaves_what_else_there_is(self) -> None:
        assert validate(told(a_round("ada"))) == a_round("ada")
        assert validate(an_event("BadgeEarned")) is None
        assert tally(an_event("BadgeEarned"), BUILD) == {}

    def test_refuses_what_the_stream_could_not_read(self) -> None:
        poison = Poison("id", NOON, "GameFinished", wrap(told(a_round("ada"))), "not an event")
        with pytest.raises(Unfit, match="not an event"):
            validate(poison)


class TestCleaning:
    def test_leaves_a_game_alone_that_was_played(self) -> None:
        finished = GameFinished.of(a_played_game())
        clean(finished, finished.finished_at)
        clean(a_round("ada", fractions=(1 / 3, 0.5) * 5), NOON)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"finished_at": NOON + timedelta(hours=1)}, "the game ended at"),
            ({"started_at": NOON + timedelta(seconds=1)}, "the game began at"),
            ({"started_at": datetime(1970, 1, 1, tzinfo=UTC)}, "the game began at 1970"),
            ({"mode": "cheating"}, "no game has the mode 'cheating'"),
            ({"pace": "hasty"}, "and the pace 'hasty'"),
            ({"answers": a_round("ada").answers[:9]}, "a game has 10 questions, not 9"),
            ({"points": 9_999}, "9999 points are not the sum"),
            ({"correct": 9}, "9 right answers are not as many"),
        ],
    )
    def test_finds_what_cannot_be(self, changes: dict[str, Any], reason: str) -> None:
        with pytest.raises(Unfit, match=reason):
            clean(replace(a_round("ada"), **changes), NOON)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"points": 1_001}, "nobody gets 1001 points"),
            ({"points": -1}, "nobody gets -1 points"),
            ({"fraction": 1.5}, "right by 1.5"),
            ({"fraction": float("nan")}, "right by nan"),
            ({"elapsed_ms": -5}, "no answer takes -5 ms"),
            ({"elapsed_ms": 10**9}, "no answer takes 1000000000 ms"),
            ({"difficulty": "fiendish"}, "no question is 'fiendish'"),
        ],
    )
    def test_finds_an_answer_that_cannot_be(self, changes: dict[str, Any], reason: str) -> None:
        first, *others = a_round("ada").answers
        with pytest.raises(Unfit, match=reason):
            clean(replace(a_round("ada"), answers=[replace(first, **changes), *others]), NOON)

    def test_lets_a_relaxed_answer_take_all_day(self) -> None:
        first, *others = a_round("ada").answers
        slow = replace(first, elapsed_ms=24 * 3600 * 1000)
        clean(replace(a_round("ada"), pace="relaxed", answers=[slow, *others]), NOON)


class TestNormalising:
    def test_gives_whole_numbers_and_forgets_who_played(self) -> None:
        seen = normalise(a_round("ada", fractions=(1 / 3, 0.5, *(1,) * 8)))
        assert [(one.x, one.y) for one in seen.answers[:3]] == [(333, 8500), (500, 8333), (1000, 7833)]
        assert "ada" not in repr(seen)

    def test_a_relaxed_game_has_neither_times_nor_points_to_compare(self) -> None:
        seen = normalise(a_round("ada", pace="relaxed"))
        assert (seen.points, {one.timed_ms for one in seen.answers}) == (None, {None})
        assert "points" not in totals(told(a_round("ada", pace="relaxed")))


class TestEnriching:
    def test_adds_the_hour_by_the_owners_clock(self) -> None:
        late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
        placed = enrich(normalise(a_round("ada", late)), ZoneInfo("Asia/Kathmandu"))
        assert (placed.local.date(), placed.local.hour) == (date(2026, 11, 24), 5)


class TestWindowing:
    def test_places_a_game_in_its_hour_day_and_bucket(self) -> None:
        when = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
        found = window(enrich(normalise(a_round("ada", when)), ZoneInfo("Europe/Rome")))
        assert found["day-2026-11-22"] == {"287": [1]}
        assert {"hour:0:0", "day:2026-11-23", "games", "mode:normal"} <= found[TOTALS].keys()

    def test_counts_answers_by_category_and_difficulty(self) -> None:
        found = totals(told(a_round("ada", fractions=(1, 0.5, *(0,) * 8))))
        assert found["cell:geography:easy"][:3] == [2, 1, 1000]
        assert found["cell:music:medium"][:3] == [2, 0, 500]
        assert sum(numbers[0] for name, numbers in found.items() if name.startswith("cell")) == 10

    @pytest.mark.parametrize(("right", "step"), [(0, 0), (5, 9), (10, 18)])
    def test_places_points_in_their_step(self, right: int, step: int) -> None:
        fractions = [1] * right + [0] * (10 - right)
        assert totals(told(a_round("ada", fractions=fractions)))[f"score:{step}"] == [1]

    def test_a_question_that_is_asked_twice_counts_twice(self) -> None:
        found = tally(told(a_round("ada", questions=["q"] * 10)), BUILD)
        [page] = [found[name] for name in PAGES if name in found]
        assert page["q"][:2] == [10, 5]


@given(
    st.lists(st.lists(st.booleans(), min_size=10, max_size=10), max_size=12), st.randoms(), st.integers(1, 5)
)
def test_neither_order_nor_grouping_matters(
    games: list[list[bool]], chance: random.Random, size: int
) -> None:
    tallies = [
        tally(told(a_round(f"player-{n}", NOON + n * timedelta(hours=7), list(map(float, rights)))), BUILD)
        for n, rights in enumerate(games)
    ]
    at_once = together(tallies)
    chance.shuffle(tallies)
    in_groups = together(together(tallies[start : start + size]) for start in range(0, len(tallies), size))
    assert in_groups == at_once
