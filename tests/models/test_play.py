import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions

from models import play, player
from models.dealing import Dealer, NoSuchCategory
from models.event import Event
from models.flag import Flag
from models.game import LENGTH, Game, OutOfTurn, Pace, State
from models.patience import StoreUnavailable
from models.player import Player
from models.recent import Recent
from models.store import Store
from tests.conftest import NOON


def a_start(**changes: object) -> play.Start:
    return play.Start(**({"name": "Ada", "category": "mix", "pace": Pace.TIMED, "key": "key-1"} | changes))


@pytest.fixture
def dealer(bank: Store) -> Dealer:
    return Dealer(bank)


def begin(store: Store, **changes: object) -> Game:
    return play.start(store, Dealer(store), a_start(**changes), NOON, random.Random(7)).game


def play_to_the_end(store: Store, game: Game, now: datetime) -> play.Move:
    for index in range(LENGTH):
        move = play.answer(store, game.id, game.player, index, game.turns[index].right_answer, now)
        if index + 1 < LENGTH:
            play.reveal(store, game.id, game.player, index + 1, now)
    return move


def test_a_game_begins_with_its_first_question_revealed_and_the_player_known(bank: Store) -> None:
    game = begin(bank)
    assert play.load(bank, game.id, game.player) == game
    assert game.turn.revealed_at == NOON
    assert Player.from_id(bank, game.player).name == "Ada"


def test_the_same_start_twice_is_one_game(bank: Store) -> None:
    assert begin(bank) == begin(bank)


def test_the_same_key_of_another_player_is_another_game(bank: Store) -> None:
    assert begin(bank, player="a").id != begin(bank, player="b").id


@pytest.mark.parametrize("change", [{"pace": Pace.RELAXED}, {"category": "music"}])
def test_a_key_cannot_start_two_kinds_of_game(bank: Store, change: dict[str, object]) -> None:
    begin(bank)
    with pytest.raises(play.KeyReused):
        begin(bank, **change)


def test_a_new_name_is_the_players_from_then_on(bank: Store) -> None:
    game = begin(bank)
    begin(bank, player=game.player, key="key-2", name="Countess")
    assert Player.from_id(bank, game.player) == Player(game.player, "Countess", NOON)


def test_a_start_under_another_name_is_told_as_a_renaming(bank: Store) -> None:
    game = begin(bank)
    for name, told in (("Ada", []), ("Countess", ["PlayerRenamed"]), ("Countess", [])):
        wish = a_start(player=game.player, key=f"key of {name}", name=name)
        move = play.start(bank, Dealer(bank), wish, NOON, random.Random(7))
        assert [event.type for event in move.events] == told
    [kept] = bank.query(Event.KIND).entities
    assert bank.get(Event.OUTBOX, kept.key.name) is not None


def test_a_category_nobody_seeded_is_refused(bank: Store) -> None:
    with pytest.raises(NoSuchCategory):
        begin(bank, category="chess")


@pytest.mark.parametrize("player", ["somebody else", None, ""])
def test_somebody_elses_game_is_no_game(bank: Store, player: str | None) -> None:
    game = begin(bank)
    for move in (
        lambda: play.load(bank, game.id, player),
        lambda: play.answer(bank, game.id, player, 0, 0, NOON),
        lambda: play.reveal(bank, game.id, player, 1, NOON),
    ):
        with pytest.raises(play.NoSuchGame):
            move()


def test_eight_answers_at_once_count_once(bank: Store) -> None:
    game = begin(bank)
    with ThreadPoolExecutor(8) as pool:
        moves = list(
            pool.map(lambda n: play.answer(bank, game.id, game.player, 0, n % 4, NOON), range(8), timeout=60)
        )
    assert sum(move.is_new for move in moves) == 1
    assert len({move.game.turns[0].verdict for move in moves}) == 1
    assert play.load(bank, game.id, game.player) == moves[0].game


def test_an_answer_racing_with_the_time_out_leaves_one_verdict(bank: Store) -> None:
    game = begin(bank)
    late = NOON + timedelta(minutes=1)
    with ThreadPoolExecutor(2) as pool:
        answer = pool.submit(play.answer, bank, game.id, game.player, 0, 0, late)
        reveal = pool.submit(play.reveal, bank, game.id, game.player, 1, late)
        answer.result(60)
        reveal.result(60)
    after = play.load(bank, game.id, game.player)
    assert after.index == 1
    assert after.points == 0


def test_the_finish_keeps_game_event_and_outbox_in_one_commit(bank: Store) -> None:
    game = begin(bank)
    move = play_to_the_end(bank, game, NOON)
    [event] = move.events
    assert move.game.state(NOON) is State.FINISHED
    assert bank.get(Event.KIND, event.key_name) is not None
    assert bank.get(Event.OUTBOX, event.key_name) is not None
    assert event.data["points"] == move.game.points == 10_000
    assert len(event.data["answers"]) == LENGTH
    assert "Ada" not in str(event)


def test_nothing_of_a_finish_is_kept_when_its_commit_fails(
    bank: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = begin(bank)
    for index in range(LENGTH - 1):
        play.answer(bank, game.id, game.player, index, 0, NOON)
        play.reveal(bank, game.id, game.player, index + 1, NOON)

    def refused(*_: object) -> None:
        raise exceptions.Aborted("no")

    with monkeypatch.context() as patch:
        patch.setattr(bank, "_commit", refused)
        patch.setattr(bank, "_pause", lambda attempt: None)
        with pytest.raises(StoreUnavailable):
            play.answer(bank, game.id, game.player, LENGTH - 1, 0, NOON)
    assert play.load(bank, game.id, game.player).finished_at is None
    assert bank.query(Event.KIND).entities == []
    assert bank.query(Event.OUTBOX).entities == []


def test_the_finish_told_twice_is_one_event(bank: Store) -> None:
    """Also when the first commit raised and yet was applied."""
    game = begin(bank)
    commit = bank._commit

    def answered_but_lost(*arguments: object) -> None:
        commit(*arguments)  # type: ignore[arg-type]
        raise exceptions.DeadlineExceeded("no answer")

    bank._commit = answered_but_lost  # type: ignore[method-assign]
    play_to_the_end(bank, game, NOON)
    assert len(bank.query(Event.KIND).entities) == 1


def test_a_move_out_of_turn_changes_nothing(bank: Store) -> None:
    game = begin(bank)
    with pytest.raises(OutOfTurn):
        play.reveal(bank, game.id, game.player, 1, NOON)
    assert play.load(bank, game.id, game.player) == game


def test_a_move_costs_one_lookup_and_one_commit(bank: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    game = begin(bank)
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
    play.answer(bank, game.id, game.player, 0, 0, NOON)
    assert calls == ["lookup", "commit"]
    calls.clear()
    play.answer(bank, game.id, game.player, 0, 0, NOON)
    assert calls == ["lookup"]
    calls.clear()
    dealer = Dealer(bank)
    dealer.decks(NOON)
    play.start(bank, dealer, a_start(key="key-3"), NOON, random.Random(1))
    assert calls[1:] == ["lookup", "lookup", "commit"]


def just_before_the_commit(store: Store, do: Callable[[], object]) -> None:
    """Of the next one."""
    commit = store._commit

    def interrupted(*arguments: Any) -> None:
        store._commit = commit  # type: ignore[method-assign]
        do()
        commit(*arguments)

    store._commit = interrupted  # type: ignore[method-assign]


class TestWhoHasLeft:
    def test_has_no_game_any_more_from_the_first_moment(self, bank: Store) -> None:
        game = begin(bank)
        play.answer(bank, game.id, game.player, 0, 0, NOON)
        player.erase(bank, game.player, NOON)
        for move in (
            lambda: play.load(bank, game.id, game.player),
            lambda: play.answer(bank, game.id, game.player, 0, 0, NOON),
            lambda: play.reveal(bank, game.id, game.player, 1, NOON),
            lambda: play.flag(bank, game.id, game.player, 0, "typo", "", NOON),
        ):
            with pytest.raises(play.NoSuchGame):
                move()
        assert bank.query(Flag.KIND).entities == []

    def test_starts_as_a_newcomer_and_twice_as_the_same(self, bank: Store) -> None:
        game = begin(bank)
        player.erase(bank, game.player, NOON)
        again = [begin(bank, player=game.player, key="key-2", name="Bob") for _ in range(2)]
        assert again[0] == again[1]
        assert again[0].player != game.player
        assert Player.from_id(bank, again[0].player).name == "Bob"
        assert Player.from_id_or_none(bank, game.player) is None

    def test_does_not_come_back_with_the_form_of_the_first_game(self, bank: Store) -> None:
        players = []
        for _ in range(3):
            players.append(begin(bank).player)
            player.erase(bank, players[-1], NOON)
        assert len(set(players)) == 3
        assert {row["name"] for row in bank.query(Player.KIND).entities} == {""}

    def test_while_a_game_starts_starts_it_as_a_newcomer(self, bank: Store) -> None:
        ada = begin(bank).player
        just_before_the_commit(bank, lambda: player.erase(bank, ada, NOON))
        game = begin(bank, player=ada, key="key-2")
        assert game.player != ada
        assert [row["player"] for row in bank.query(Game.KIND).entities].count(ada) == 1
        assert bank.get(Recent.KIND, game.player) is not None

    def test_while_a_flag_is_kept_leaves_none_once_the_games_are_gone(self, bank: Store) -> None:
        game = begin(bank)
        play.answer(bank, game.id, game.player, 0, 0, NOON)
        just_before_the_commit(bank, lambda: bank.delete_many([bank.key(Game.KIND, game.id)]))
        with pytest.raises(play.NoSuchGame):
            play.flag(bank, game.id, game.player, 0, "typo", "", NOON)
        assert bank.query(Flag.KIND).entities == []
