import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from models import challenge, daily, leaderboard, play, ranking
from models.board import challenge_board
from models.challenge import Challenge, NoSuchChallenge
from models.dealing import Dealer
from models.event import Event
from models.game import LENGTH, Game, Mode, Pace
from models.leaderboard import LeaderboardEntry
from models.player import Player
from models.ranking import Rank
from models.store import Store
from tests.conftest import NOON

TOMORROW = NOON + timedelta(days=1)


def wish(player: str | None, pace: Pace = Pace.TIMED, category: str = "mix", key: str = "key") -> play.Start:
    return play.Start((player or "newcomer").title(), category, pace, key, player)


def a_root(store: Store, player: str = "ada", pace: Pace = Pace.TIMED, category: str = "music") -> Game:
    return finished(store, a_start(store, player, pace, category))


def a_start(store: Store, player: str = "ada", pace: Pace = Pace.TIMED, category: str = "music") -> Game:
    return play.start(store, Dealer(store), wish(player, pace, category), NOON, random.Random(3)).game


def a_daily_root(store: Store, player: str = "ada") -> Game:
    return finished(store, daily.start(store, Dealer(store), wish(player), NOON, random.Random(3)).game)


def take(
    store: Store,
    root: str,
    player: str | None,
    pace: Pace = Pace.TIMED,
    now: datetime = NOON,
    key: str = "key",
) -> play.Move:
    return challenge.start(store, root, wish(player, pace, key=key), now, random.Random(5))


def finished(store: Store, game: Game, right: int = LENGTH, now: datetime | None = None) -> Game:
    now = now or game.started_at
    for index in range(LENGTH):
        answer = game.turns[index].right_answer if index < right else None
        move = play.answer(store, game.id, game.player, index, answer, now)
        move = play.reveal(store, game.id, game.player, index + 1, now) if index + 1 < LENGTH else move
    return move.game


def told(store: Store, game: Game) -> None:
    """As the subscriber hears of it."""
    [event] = [
        one for one in map(Event.from_entity, store.query(Event.KIND).entities) if one.data["game"] == game.id
    ]
    leaderboard.record(store, event)


def standing(store: Store, root: str) -> list[tuple[int, str]]:
    page = ranking.page(store, challenge_board(root))
    return [(row.rank, row.entry.player) for row in page.rows]


def boards_in(store: Store) -> set[str]:
    return {row["board"] for row in store.query(LeaderboardEntry.KIND).entities}


def test_a_friend_is_asked_the_same_ten_in_another_shuffle(bank: Store) -> None:
    root = a_root(bank)
    game = take(bank, root.id, "bob").game
    assert [turn.question for turn in game.turns] == [turn.question for turn in root.turns]
    assert [turn.shuffle for turn in game.turns] != [turn.shuffle for turn in root.turns]
    assert (game.mode, game.challenge, game.category) == (Mode.CHALLENGE, root.id, "music")


def test_a_second_start_of_either_pace_finds_the_first(bank: Store) -> None:
    root = a_root(bank)
    first = take(bank, root.id, "bob")
    again = take(bank, root.id, "bob", Pace.RELAXED, TOMORROW, key="another")
    assert (first.is_new, again.is_new, again.game) == (True, False, first.game)


def test_two_tabs_at_once_give_one_game(bank: Store) -> None:
    root = a_root(bank)
    with ThreadPoolExecutor(4) as pool:
        moves = list(pool.map(lambda n: take(bank, root.id, "bob", key=f"tab-{n}"), range(4), timeout=60))
    assert len({move.game for move in moves}) == 1


def test_a_newcomer_who_sends_twice_gets_one_game(bank: Store) -> None:
    root = a_root(bank)
    assert take(bank, root.id, None).game == take(bank, root.id, None).game


def test_who_challenges_has_played_already(bank: Store) -> None:
    root = a_root(bank)
    assert take(bank, root.id, "ada") == play.Move(root, is_new=False)
    assert Challenge.load(bank, root.id, "ada").is_own


def test_a_challenge_of_a_challenge_leads_to_the_same_root(bank: Store) -> None:
    root = a_root(bank)
    bobs = finished(bank, take(bank, root.id, "bob").game)
    assert bobs.root == root.id
    assert Challenge.load(bank, bobs.id, "cy").root == root.id
    assert take(bank, bobs.id, "cy").game.challenge == root.id
    assert take(bank, bobs.id, "ada").game == root


@pytest.mark.parametrize("player", ["ada", "bob", None])
def test_what_is_not_finished_is_no_challenge(bank: Store, player: str | None) -> None:
    game = play.start(bank, Dealer(bank), wish("ada"), NOON, random.Random(3)).game
    for id in (game.id, "nowhere"):
        with pytest.raises(NoSuchChallenge):
            Challenge.load(bank, id, player)


def test_friends_and_the_root_stand_on_the_board_of_the_challenge_and_on_no_other(bank: Store) -> None:
    root = a_root(bank)
    bobs = finished(bank, take(bank, root.id, "bob").game, right=4)
    assert boards_in(bank) == set()
    for _ in range(2):
        told(bank, bobs)
    assert standing(bank, root.id) == [(1, "ada"), (2, "bob")]
    assert boards_in(bank) == {f"1-challenge:{root.id}:all"}
    [rank] = ranking.ranks_of(bank, bobs)
    assert (rank.board, rank.rank, rank.total) == (challenge_board(root.id), 2, 2)


def test_the_root_stands_there_although_its_friend_was_relaxed(bank: Store) -> None:
    root = a_root(bank)
    told(bank, finished(bank, take(bank, root.id, "bob", Pace.RELAXED).game))
    assert standing(bank, root.id) == [(1, "ada")]


def test_a_relaxed_root_is_on_no_board_but_the_link_works(bank: Store) -> None:
    root = a_root(bank, pace=Pace.RELAXED)
    told(bank, finished(bank, take(bank, root.id, "bob").game))
    assert standing(bank, root.id) == [(1, "bob")]


@pytest.mark.parametrize(("right", "rank"), [(4, 2), (LENGTH, 1)])
def test_a_friend_is_ranked_beside_the_root_before_either_has_an_entry(
    bank: Store, right: int, rank: int
) -> None:
    root = finished(bank, a_start(bank), right=7)
    bobs = finished(bank, take(bank, root.id, "bob").game, right=right)
    for _ in range(2):
        [ranked] = ranking.ranks_of(bank, bobs)
        [placing] = ranking.placings_of(bank, bobs)
        assert ranked == placing.rank == Rank(challenge_board(root.id), rank, 2)
        told(bank, bobs)


def test_a_second_friend_is_ranked_beside_the_root_once(bank: Store) -> None:
    root = a_root(bank)
    told(bank, finished(bank, take(bank, root.id, "bob").game, right=4))
    [ranked] = ranking.ranks_of(bank, finished(bank, take(bank, root.id, "cy").game, right=5))
    assert (ranked.rank, ranked.total) == (2, 3)


def test_no_root_is_counted_that_will_be_on_no_board(bank: Store) -> None:
    players = {"ada": Pace.RELAXED, "cy": Pace.TIMED, "di": Pace.TIMED}
    relaxed, left, gone = (a_root(bank, player, pace) for player, pace in players.items())
    games = [finished(bank, take(bank, root.id, "bob").game, right=4) for root in (relaxed, left, gone)]
    bank.put_many([Player(left.player, "", NOON, erased_at=NOON).to_entity(bank)])
    bank.delete_many([bank.key(Game.KIND, gone.id)])
    for game in games:
        [ranked] = ranking.ranks_of(bank, game)
        assert (ranked.rank, ranked.total) == (1, 1)


def test_nobody_who_has_left_comes_back_with_a_challenge(bank: Store) -> None:
    root = a_root(bank)
    bobs = finished(bank, take(bank, root.id, "bob").game)
    bank.put_many([Player("ada", "", NOON, erased_at=NOON).to_entity(bank)])
    told(bank, bobs)
    assert standing(bank, root.id) == [(1, "bob")]
    found = Challenge.load(bank, root.id, "cy")
    assert found.game == root
    assert found.challenger(bank) is None


def test_the_root_stands_there_also_when_the_friend_has_left(bank: Store) -> None:
    root = a_root(bank)
    bobs = finished(bank, take(bank, root.id, "bob").game)
    bank.put_many([Player("bob", "", NOON, erased_at=NOON).to_entity(bank)])
    told(bank, bobs)
    assert standing(bank, root.id) == [(1, "ada")]


def test_a_challenge_goes_on_without_its_root(bank: Store) -> None:
    """Whose player has left and taken all games along."""
    root = a_root(bank)
    bobs = finished(bank, take(bank, root.id, "bob").game)
    bank.delete_many([bank.key(Game.KIND, root.id)])
    told(bank, bobs)
    assert standing(bank, root.id) == [(1, "bob")]
    found = Challenge.load(bank, root.id, "bob")
    assert (found.game, found.mine, found.challenger(bank), found.is_own) == (None, bobs, None, False)
    cys = take(bank, root.id, "cy").game
    assert [turn.question for turn in cys.turns] == [turn.question for turn in root.turns]
    assert cys.category == "music"


class TestADailyRoot:
    def test_is_taken_by_the_daily_quiz_while_its_day_lasts(self, bank: Store) -> None:
        root = a_daily_root(bank)
        game = take(bank, root.id, "bob").game
        assert (game.id, game.mode, game.challenge) == ("daily-2026-11-23-bob", Mode.DAILY, root.id)
        assert not daily.start(bank, Dealer(bank), wish("bob"), NOON, random.Random()).is_new
        told(bank, finished(bank, game))
        assert boards_in(bank) == {"1-daily:day:2026-11-23", f"1-challenge:{root.id}:all"}
        assert {player for _, player in standing(bank, root.id)} == {"ada", "bob"}

    def test_is_played_already_by_who_had_the_daily_quiz_of_its_day(self, bank: Store) -> None:
        root = a_daily_root(bank)
        bobs = a_daily_root(bank, "bob")
        for now in (NOON, TOMORROW):
            assert take(bank, root.id, "bob", now=now) == play.Move(bobs, is_new=False)

    def test_is_a_challenge_like_any_other_later(self, bank: Store) -> None:
        root = a_daily_root(bank)
        game = take(bank, root.id, "bob", now=TOMORROW).game
        assert (game.mode, game.challenge) == (Mode.CHALLENGE, root.id)
        assert [turn.question for turn in game.turns] == [turn.question for turn in root.turns]
        assert daily.start(bank, Dealer(bank), wish("bob"), TOMORROW, random.Random()).is_new

    def test_has_the_same_ten_as_every_other_of_its_day_and_they_are_played_once(self, bank: Store) -> None:
        first, second = a_daily_root(bank), a_daily_root(bank, "cy")
        bobs = take(bank, first.id, "bob", now=TOMORROW).game
        assert take(bank, second.id, "bob", now=TOMORROW, key="another") == play.Move(bobs, is_new=False)
        found = Challenge.load(bank, second.id, "bob")
        assert (found.root, found.game, found.mine) == (second.id, second, bobs)
        assert Challenge.load(bank, bobs.id, "di").root == bobs.challenge == first.id

    def test_of_another_day_is_another_challenge(self, bank: Store) -> None:
        first = a_daily_root(bank)
        start = daily.start(bank, Dealer(bank), wish("ada"), TOMORROW, random.Random(3))
        second = finished(bank, start.game)
        later = TOMORROW + timedelta(days=1)
        moves = [take(bank, root.id, "bob", now=later, key=root.id) for root in (first, second)]
        assert [move.is_new for move in moves] == [True, True]


def test_neither_looking_nor_starting_costs_more_among_many(
    bank: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = a_root(bank)
    for n in range(12):
        take(bank, root.id, f"friend-{n}")
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
    Challenge.load(bank, root.id, "friend-3")
    assert calls == ["lookup"]
    calls.clear()
    take(bank, root.id, "bob")
    assert calls == ["lookup", "lookup", "commit"]
