import importlib
import itertools
import pkgutil
import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from google.cloud.datastore import Key

import models
from models import history, leaderboard, personal_data, play, player
from models.dealing import Dealer
from models.event import Event, GameFinished, PlayerErased
from models.game import LENGTH, Game, Pace
from models.leaderboard import LeaderboardEntry
from models.patience import StoreUnavailable
from models.personal_data import PersonalData
from models.player import NoSuchPlayer, Player
from models.store import Store
from models.version import FIRST
from tests.conftest import NOON

KEPT_OF_A_PLAYER = {"Flag", "Game", "History", "LeaderboardEntry", "Receipt", "Recent"}
OF_NOBODY = {
    "Aggregate",
    "Bookmark",
    "Checkpoint",
    "DailyQuiz",
    "DeadLetter",
    "Event",
    "Image",
    "Player",
    "Question",
    "Versions",
}
"""Of a player, a tombstone and an opaque id at most."""


def playing(store: Store, name: str, games: int = 3) -> str:
    """Plays to the end, with a flag in each game; everybody who hears of it does. The id."""
    dealer, id = Dealer(store), None
    for number in range(games):
        wish = play.Start(name, "mix", Pace.TIMED, f"{name} {number}", id)
        game = play.start(store, dealer, wish, NOON, random.Random(number)).game
        id = game.player
        for index in range(LENGTH):
            move = play.answer(store, game.id, id, index, 0, NOON + timedelta(minutes=number))
            play.reveal(store, game.id, id, index + 1, NOON)
        play.flag(store, game.id, id, 0, "typo", "", NOON)
        hear(store, *move.events)
    assert id is not None
    return id


def hear(store: Store, *finishes: Event) -> None:
    for event in finishes:
        leaderboard.record(store, event)
        history.record(store, event)


def erased(player_id: str) -> Event:
    return PlayerErased(player_id).to_event(f"erased-{player_id}", NOON)


def kept(store: Store) -> dict[str, dict[str, object]]:
    """By kind and key name, of the kinds that are kept of players."""
    return {
        kind: {row.key.name: dict(row) for row in store.query(kind).entities} for kind in KEPT_OF_A_PLAYER
    }


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_data, "BATCH", 2)
    monkeypatch.setattr(personal_data, "GAMES_AT_ONCE", 2)


class TestRemoving:
    def test_takes_everything_and_nothing_of_anybody_else(self, bank: Store) -> None:
        bob = playing(bank, "Bob")
        before = kept(bank)
        assert all(before.values())
        ada = playing(bank, "Ada")
        player.erase(bank, ada, NOON)
        assert personal_data.remove(bank, erased(ada)) == ()
        assert kept(bank) == before
        assert Player.from_id(bank, bob).name == "Bob"

    def test_leaves_no_name_in_an_event(self, bank: Store) -> None:
        ada = playing(bank, "Ada")
        player.erase(bank, ada, NOON)
        personal_data.remove(bank, erased(ada))
        events = bank.query(Event.KIND).entities
        assert events
        assert not [row for row in events if "Ada" in row["data"]]

    def test_goes_on_after_it_was_interrupted_wherever_that_was(self, bank: Store) -> None:
        ada = playing(bank, "Ada")
        player.erase(bank, ada, NOON)
        delete_many, calls = bank.delete_many, 0

        def interrupted(keys: Sequence[Key], seconds: float | None = None) -> None:
            nonlocal calls
            calls += 1
            if calls > patience:
                raise StoreUnavailable
            delete_many(keys)

        bank.delete_many = interrupted  # type: ignore[method-assign]
        for patience in itertools.count():
            calls = 0
            try:
                personal_data.remove(bank, erased(ada))
                break
            except StoreUnavailable:
                assert calls == patience + 1
        assert patience > 3
        assert not any(kept(bank).values())

    def test_is_not_undone_by_a_finished_game_that_is_told_late_or_again(self, bank: Store) -> None:
        ada = playing(bank, "Ada")
        finishes = [
            Event.from_entity(row)
            for row in bank.query(Event.KIND).entities
            if row["type"] == GameFinished.__name__
        ]
        player.erase(bank, ada, NOON)
        hear(bank, *finishes)
        personal_data.remove(bank, erased(ada))
        hear(bank, *finishes, *finishes)
        assert not any(kept(bank).values())


class TestWhatIsTold:
    def test_is_everything_of_the_player(self, bank: Store) -> None:
        playing(bank, "Bob")
        ada = playing(bank, "Ada")
        told = PersonalData.of(bank, ada)
        assert (told.player.name, told.history.games) == ("Ada", 3)
        assert {game.id for game in told.games} == {
            row.key.name for row in bank.query(Game.KIND).entities if row["player"] == ada
        }
        entries = list(told.entries)
        assert len(entries) == 4
        assert {type(entry) for entry in entries} == {LeaderboardEntry}
        assert {flag.player for flag in told.flags} == {ada}

    def test_of_who_has_finished_nothing_is_an_empty_history(self, bank: Store) -> None:
        ada = playing(bank, "Ada", games=1)
        bank.delete_many([history.History.key(bank, ada, FIRST)])
        assert PersonalData.of(bank, ada).history == history.History(ada)

    def test_of_nobody_is_nothing(self, bank: Store) -> None:
        ada = playing(bank, "Ada", games=1)
        player.erase(bank, ada, NOON)
        for id in (ada, "nobody"):
            with pytest.raises(NoSuchPlayer):
                PersonalData.of(bank, id)


def test_every_kind_is_known_to_be_of_a_player_or_of_nobody() -> None:
    """Who adds a kind decides here, and in `personal_data`, what becomes of it."""
    modules = [importlib.import_module(f"models.{one.name}") for one in pkgutil.iter_modules(models.__path__)]
    kinds = {one.KIND for module in modules for one in vars(module).values() if hasattr(one, "KIND")}
    assert kinds == KEPT_OF_A_PLAYER | OF_NOBODY
