from datetime import timedelta

import pytest

from models import player
from models.event import Event
from models.player import NoSuchPlayer, Player
from models.store import Store
from tests.events.builders import NOON

LATER = NOON + timedelta(minutes=1)


def meet(store: Store) -> Player:
    ada = Player("ada", "Ada", NOON)
    store.put_many([ada.to_entity(store)])
    return ada


def names(store: Store, kind: str) -> list[str]:
    return [row.key.name for row in store.query(kind).entities]


class TestRenaming:
    def test_keeps_the_name_and_tells_of_it_in_one_commit(self, store: Store) -> None:
        meet(store)
        [event] = player.rename(store, "ada", "Countess", LATER)
        assert Player.from_id(store, "ada") == Player("ada", "Countess", NOON)
        assert (event.type, event.data) == ("PlayerRenamed", {"player": "ada"})
        for kind in (Event.KIND, Event.OUTBOX):
            assert names(store, kind) == [event.key_name]

    def test_to_the_same_name_is_none(self, store: Store) -> None:
        meet(store)
        assert player.rename(store, "ada", "Ada", LATER) == ()
        assert names(store, Event.KIND) == []

    def test_to_and_fro_is_two(self, store: Store) -> None:
        meet(store)
        for minute, name in enumerate(("Countess", "Ada")):
            player.rename(store, "ada", name, NOON + timedelta(minutes=minute))
        assert len(names(store, Event.KIND)) == 2

    def test_of_nobody_is_refused(self, store: Store) -> None:
        meet(store)
        player.erase(store, "ada", NOON)
        for id in ("ada", "bob"):
            with pytest.raises(NoSuchPlayer):
                player.rename(store, id, "Countess", LATER)


class TestErasing:
    def test_leaves_a_tombstone_without_a_name_and_tells_of_it(self, store: Store) -> None:
        meet(store)
        [event] = player.erase(store, "ada", LATER)
        [kept] = map(Player.from_entity, store.query(Player.KIND).entities)
        assert kept == Player("ada", "", NOON, erased_at=LATER)
        assert Player.from_id_or_none(store, "ada") is None
        assert (event.id, event.type, event.data) == ("erased-ada", "PlayerErased", {"player": "ada"})
        for kind in (Event.KIND, Event.OUTBOX):
            assert names(store, kind) == [event.key_name]
        with pytest.raises(NoSuchPlayer):
            Player.from_id(store, "ada")

    def test_twice_is_once(self, store: Store) -> None:
        meet(store)
        player.erase(store, "ada", NOON)
        assert player.erase(store, "ada", LATER) == ()
        assert len(names(store, Event.KIND)) == 1

    def test_of_nobody_does_nothing(self, store: Store) -> None:
        assert player.erase(store, "nobody", NOON) == ()
        assert names(store, Player.KIND) == []
