import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from models import daily, history, leaderboard, play, ranking
from models.board import DAILY, Board, Period
from models.dealing import Dealer, TooFewQuestions
from models.event import Event
from models.game import LENGTH, Game, Mode, Pace
from models.seeding import seed
from models.store import Store
from tests.builders import a_bank
from tests.conftest import NOON

LATE = datetime(2026, 11, 23, 23, 59, 50, tzinfo=UTC)


def start(
    store: Store, player: str | None = "ada", now: datetime = NOON, pace: Pace = Pace.TIMED, key: str = "key"
) -> play.Move:
    wish = play.Start("Ada", "mix", pace, key, player)
    return daily.start(store, Dealer(store), wish, now, random.Random())


def ids(game: Game) -> list[str]:
    return [turn.question.id for turn in game.turns]


def finish(store: Store, game: Game, now: datetime) -> Event:
    for index in range(LENGTH):
        move = play.answer(store, game.id, game.player, index, game.turns[index].right_answer, now)
        move = play.reveal(store, game.id, game.player, index + 1, now) if index + 1 < LENGTH else move
    [event] = move.events
    return event


def boards(store: Store, game: Game) -> set[str]:
    return {rank.board.name for rank in ranking.ranks_of(store, play.load(store, game.id, game.player))}


def test_everybody_is_asked_the_same_ten(bank: Store) -> None:
    games = [start(bank, player).game for player in ("ada", "bob", "cy")]
    assert len({tuple(ids(game)) for game in games}) == 1
    assert len({game.turns[0].shuffle for game in games} | {game.turns[1].shuffle for game in games}) > 1
    assert {game.mode for game in games} == {Mode.DAILY}


def test_the_ten_stay_what_they_were_when_a_question_is_edited_or_gone(bank: Store) -> None:
    first = start(bank, "ada").game
    kept = [replace(one, prompt="Edited?") for one in a_bank() if one.id not in ids(first)[:5]]
    seed(bank, kept, NOON, retire_missing_from="test")
    second = start(bank, "bob").game
    assert [turn.question for turn in second.turns] == [turn.question for turn in first.turns]


def test_the_ten_of_the_last_days_do_not_come_back_soon(store: Store) -> None:
    seed(store, a_bank(each=20), NOON)
    first = start(store).game
    second = start(store, now=NOON + timedelta(days=1)).game
    assert not set(ids(first)) & set(ids(second))


def test_what_is_drawn_cannot_be_told_from_the_day(bank: Store) -> None:
    drawn = set()
    for _ in range(5):
        drawn.add(tuple(ids(start(bank).game)))
        kinds = (daily.DailyQuiz.KIND, Game.KIND, "Recent")
        bank.delete_many([row.key for kind in kinds for row in bank.query(kind).entities])
    assert len(drawn) > 1


def test_eight_who_need_the_quiz_first_at_once_get_the_same(bank: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        games = list(pool.map(lambda n: start(bank, f"player-{n}").game, range(8), timeout=60))
    assert len({tuple(ids(game)) for game in games}) == 1
    assert len(bank.query(daily.DailyQuiz.KIND).entities) == 1


def test_two_tabs_at_once_give_one_game(bank: Store) -> None:
    start(bank, "somebody")
    with ThreadPoolExecutor(4) as pool:
        moves = list(pool.map(lambda n: start(bank, key=f"tab-{n}"), range(4), timeout=60))
    assert len({move.game for move in moves}) == 1
    assert [move.is_new for move in moves].count(True) == 1


def test_a_newcomer_who_sends_twice_gets_one_game(bank: Store) -> None:
    assert start(bank, None, key="k").game == start(bank, None, key="k").game


@pytest.mark.parametrize(("first", "then"), [(Pace.TIMED, Pace.RELAXED), (Pace.RELAXED, Pace.TIMED)])
def test_the_first_start_of_either_pace_uses_up_the_day(bank: Store, first: Pace, then: Pace) -> None:
    game = start(bank, pace=first).game
    again = start(bank, pace=then, now=NOON + timedelta(hours=11), key="another")
    assert (again.game, again.is_new) == (game, False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (date(2026, 11, 30), date(2026, 12, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2028, 2, 28), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 3, 1)),
        (date(2027, 2, 28), date(2027, 3, 1)),
        (date(2026, 3, 28), date(2026, 3, 29)),  # clocks are changed in Europe
    ],
)
def test_a_day_ends_at_midnight_utc(bank: Store, before: date, after: date) -> None:
    midnight = datetime(after.year, after.month, after.day, tzinfo=UTC)
    last = start(bank, now=midnight - timedelta(microseconds=1)).game
    first = start(bank, now=midnight).game
    assert (last.id, first.id) == (f"daily-{before}-ada", f"daily-{after}-ada")
    assert (last.day, first.day) == (before, after)


def test_the_day_is_that_of_utc_wherever_the_clock_is(bank: Store) -> None:
    east = datetime(2026, 11, 24, 5, tzinfo=timezone(timedelta(hours=9)))
    assert start(bank, now=east).game.id == "daily-2026-11-23-ada"


def test_a_game_that_is_finished_after_midnight_counts_for_the_day_of_its_start(bank: Store) -> None:
    game = start(bank, now=LATE).game
    after_midnight = LATE + timedelta(seconds=20)
    event = finish(bank, game, after_midnight)
    assert boards(bank, game) == {"daily:day:2026-11-23"}
    leaderboard.record(bank, event)
    history.record(bank, event)
    [row] = ranking.page(bank, Board(DAILY, Period.DAY, "2026-11-23")).rows
    assert (row.entry.player, row.entry.finished_at) == ("ada", after_midnight)
    assert ranking.page(bank, Board(DAILY, Period.DAY, "2026-11-24")).total == 0
    assert history.streak(bank, "ada", date(2026, 11, 23)) == 1


def test_the_new_day_is_not_used_up_by_what_is_finished_in_it(bank: Store) -> None:
    game = start(bank, now=LATE).game
    finish(bank, game, LATE + timedelta(seconds=20))
    assert start(bank, now=LATE + timedelta(seconds=30)).is_new


def test_a_daily_game_stands_on_the_board_of_its_day_and_on_no_other(bank: Store) -> None:
    game = start(bank).game
    leaderboard.record(bank, finish(bank, game, NOON))
    assert boards(bank, game) == {"daily:day:2026-11-23"}
    assert [row["board"] for row in bank.query("LeaderboardEntry").entities] == ["1-daily:day:2026-11-23"]


def test_a_relaxed_daily_game_stands_nowhere(bank: Store) -> None:
    game = start(bank, pace=Pace.RELAXED).game
    leaderboard.record(bank, finish(bank, game, NOON))
    assert boards(bank, game) == set()
    assert bank.query("LeaderboardEntry").entities == []


def test_a_start_costs_three_round_trips_once_somebody_has_played(
    bank: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(bank, "bob")
    calls: list[str] = []
    api = bank._client._datastore_api
    for name in ("lookup", "commit", "run_query", "begin_transaction", "rollback", "run_aggregation_query"):
        method = getattr(api, name)

        def counted(
            *arguments: object, _name: str = name, _method: object = method, **more: object
        ) -> object:
            calls.append(_name)
            return _method(*arguments, **more)  # type: ignore[operator]

        monkeypatch.setattr(api, name, counted)
    start(bank, "ada")
    assert calls == ["lookup", "lookup", "commit"]


def test_without_questions_there_is_no_quiz(store: Store) -> None:
    with pytest.raises(TooFewQuestions):
        start(store)
    assert store.query(daily.DailyQuiz.KIND).entities == []


def test_what_was_asked_today_does_not_come_back_in_the_next_game(store: Store) -> None:
    seed(store, a_bank(each=20), NOON)
    asked = ids(start(store).game)
    wish = play.Start("Ada", "mix", Pace.TIMED, "another", "ada")
    assert not set(asked) & set(ids(play.start(store, Dealer(store), wish, NOON, random.Random(1)).game))


def test_the_days_games_of_a_player_are_found_by_the_day(bank: Store) -> None:
    game = start(bank).game
    days = [NOON.date(), NOON.date() - timedelta(days=1)]
    assert daily.games_of(bank, "ada", days) == [game, None]


@pytest.mark.parametrize(
    ("now", "seconds"),
    [(NOON, 12 * 3600), (LATE, 10), (datetime(2028, 2, 28, tzinfo=UTC), 24 * 3600)],
)
def test_the_next_quiz_comes_at_midnight(now: datetime, seconds: int) -> None:
    assert daily.wait_from(now) == timedelta(seconds=seconds)
