import itertools
from collections.abc import Sequence
from datetime import timedelta

import pytest
from google.cloud.datastore import Entity, Key

from models import history, leaderboard, ranking, version
from models.board import Board, Period
from models.comparison import Difference, differences
from models.history import History
from models.leaderboard import LeaderboardEntry
from models.patience import StoreUnavailable
from models.player import Player
from models.receipt import Receipt
from models.store import RECENT_SECONDS, Change, Store
from models.version import FIRST, GRACE, Rows, Versions, WrongVersion
from tests.conftest import Clock
from tests.events.builders import NOON, a_finish, told

LATER = NOON + GRACE
NUMBERS = Rows("Number", "", lambda entity: entity["n"])


def a_pointer(store: Store) -> Versions:
    return Versions.of(store, "numbers")


def write(store: Store, version: int, **numbers: int) -> None:
    store.put_many([store.entity("Number", f"{version}-{name}", {"n": n}) for name, n in numbers.items()])


def count_up(store: Store) -> Sequence[int]:
    """A subscriber's verb: adds one in every version that is fed; which these were."""

    def keys(versions: Versions) -> list[Key]:
        return [store.key("Number", f"{number}-a") for number in versions.fed]

    def add(versions: Versions, found: list[Entity | None]) -> Change[Sequence[int]]:
        puts = [
            store.entity("Number", f"{number}-a", {"n": (entity["n"] if entity else 0) + 1})
            for number, entity in zip(versions.fed, found, strict=True)
        ]
        return Change(versions.fed, puts=puts)

    return version.change(store, "numbers", keys, add)


def number(store: Store, of: int) -> int:
    entity = store.get("Number", f"{of}-a")
    return int(entity["n"]) if entity else 0


class TestThePointer:
    def test_of_who_never_had_another_version_points_to_the_first(self, store: Store) -> None:
        assert a_pointer(store) == Versions("numbers", live=FIRST)
        assert a_pointer(store).fed == a_pointer(store).all == (FIRST,)

    def test_goes_from_one_version_to_the_next(self, store: Store) -> None:
        assert version.begin(store, "numbers", 2).fed == (1, 2)
        assert version.make_whole(store, "numbers", 2).is_whole
        assert version.flip(store, "numbers", 2, NOON).fed == (2, 1)
        assert list(version.remove(store, "numbers", [], 1, LATER)) == []
        assert a_pointer(store) == Versions("numbers", live=2, flipped_at=NOON, builds=1)

    def test_may_be_flipped_back_because_the_old_version_is_fed_until_it_goes(self, store: Store) -> None:
        version.begin(store, "numbers", 2)
        version.make_whole(store, "numbers", 2)
        version.flip(store, "numbers", 2, NOON)
        assert version.flip(store, "numbers", 1, LATER).fed == (1, 2)

    def test_is_where_it_was_after_the_same_step_again(self, store: Store) -> None:
        steps = (
            lambda: version.begin(store, "numbers", 2),
            lambda: version.make_whole(store, "numbers", 2),
            lambda: version.flip(store, "numbers", 2, NOON),
        )
        for step in steps:
            after = step()
            assert step() == a_pointer(store) == after

    @pytest.mark.parametrize("number", [-1, 0, 1])
    def test_takes_no_version_that_is_no_new_one(self, store: Store, number: int) -> None:
        with pytest.raises(WrongVersion, match=f"{number} is not a new version: numbers: 1 is live"):
            version.begin(store, "numbers", number)

    def test_has_room_for_one_beside_the_live_one(self, store: Store) -> None:
        version.begin(store, "numbers", 2)
        with pytest.raises(WrongVersion, match="2 stands there already"):
            version.begin(store, "numbers", 3)

    def test_flips_to_nothing_that_is_not_whole(self, store: Store) -> None:
        version.begin(store, "numbers", 2)
        for number in (2, 3):
            with pytest.raises(WrongVersion, match="2 is beside it, not whole yet"):
                version.flip(store, "numbers", number, NOON)
        assert a_pointer(store).live == FIRST

    def test_lets_nothing_go_that_is_live_or_is_still_shown_somewhere(self, store: Store) -> None:
        version.begin(store, "numbers", 2)
        version.make_whole(store, "numbers", 2)
        version.flip(store, "numbers", 2, NOON)
        for number, now in ((2, LATER), (1, LATER - timedelta(seconds=1))):
            with pytest.raises(WrongVersion, match=f"^{number} "):
                list(version.remove(store, "numbers", [], number, now))
        assert a_pointer(store).fed == (2, 1)

    def test_is_left_alone_where_a_version_goes_that_is_gone_or_never_was(self, store: Store) -> None:
        write(store, 3, a=1)
        for _ in range(2):
            assert list(version.remove(store, "numbers", [NUMBERS], 3, NOON)) in ([1], [0])
            assert a_pointer(store) == Versions("numbers")

    def test_lets_a_build_go_that_nobody_wants_any_more(self, store: Store) -> None:
        version.begin(store, "numbers", 2)
        list(version.remove(store, "numbers", [], 2, NOON))
        with pytest.raises(WrongVersion, match="2 is not beside the live version any more"):
            version.make_whole(store, "numbers", 2)
        assert version.begin(store, "numbers", 2).fed == (1, 2)


class TestAChange:
    def test_writes_every_version_that_is_fed(self, store: Store) -> None:
        assert count_up(store) == (1,)
        version.begin(store, "numbers", 2)
        assert count_up(store) == (1, 2)
        version.make_whole(store, "numbers", 2)
        version.flip(store, "numbers", 2, NOON)
        assert count_up(store) == (2, 1)
        list(version.remove(store, "numbers", [], 1, LATER))
        assert count_up(store) == (2,)
        assert (number(store, 1), number(store, 2)) == (3, 3)

    def test_costs_one_lookup_and_one_commit(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        count_up(store)
        reads = itertools.count()
        monkeypatch.setattr(store, "get_many", lambda *_: pytest.fail("a lookup more"))
        read = store._read
        monkeypatch.setattr(store, "_read", lambda *arguments: next(reads) < 1 and read(*arguments))
        assert count_up(store) == (1,)


class TestRemoving:
    def test_takes_all_of_a_version_and_nothing_of_another(self, store: Store) -> None:
        for of in (1, 2, 10, 20, 22):
            write(store, of, a=of, b=of)
        version.begin(store, "numbers", 2)
        assert sum(version.remove(store, "numbers", [NUMBERS], 2, NOON)) == 2
        names = [row.key.name for row in store.query("Number").entities]
        assert names == [f"{of}-{name}" for of in (1, 10, 20, 22) for name in "ab"]

    def test_goes_on_after_it_was_interrupted_wherever_that_was(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(version, "BATCH", 2)
        write(store, 2, **{f"n{n}": n for n in range(5)})
        version.begin(store, "numbers", 2)
        delete_many, commit = store.delete_many, store._commit
        for patience in itertools.count():
            steps = itertools.count()

            def step(steps: "itertools.count[int]" = steps, patience: int = patience) -> None:
                if next(steps) >= patience:
                    raise StoreUnavailable

            monkeypatch.setattr(store, "delete_many", lambda keys: (step(), delete_many(keys)))
            monkeypatch.setattr(store, "_commit", lambda *what: (step(), commit(*what)))
            try:
                list(version.remove(store, "numbers", [NUMBERS], 2, NOON))
                break
            except StoreUnavailable:
                with pytest.raises(WrongVersion):
                    version.flip(store, "numbers", 2, NOON)
        assert patience > 1
        assert a_pointer(store).all == (1,)
        assert store.query("Number").entities == []


class TestComparing:
    def differences(self, store: Store) -> list[Difference]:
        return list(differences(store, [NUMBERS], 1, 2))

    def test_finds_nothing_between_equals(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(version, "BATCH", 2)
        for of in (1, 2, 10):
            write(store, of, **{f"n{n}": n for n in range(7)})
        assert self.differences(store) == []

    def test_finds_what_is_missing_what_is_extra_and_what_is_other(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(version, "BATCH", 2)
        write(store, 1, a=1, b=2, c=3, e=5)
        write(store, 2, b=2, c=4, d=4, e=5, f=6)
        assert [str(one).split()[:3] for one in self.differences(store)] == [
            ["missing", "Number", "a:"],
            ["other", "Number", "c:"],
            ["extra", "Number", "d:"],
            ["extra", "Number", "f:"],
        ]

    def test_looks_again_at_what_was_written_in_between(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(store, 1, a=1)
        snapshot = store.snapshot

        def after_the_other_is_written() -> object:
            write(store, 2, a=1)
            return snapshot()

        monkeypatch.setattr(store, "snapshot", after_the_other_is_written)
        assert self.differences(store) == []


class TestWhoShows:
    def test_the_live_version_sees_a_flip_some_seconds_later_and_reads_the_pointer_only_then(
        self, store: Store, clock: Clock
    ) -> None:
        store = Store(store._client, clock=lambda: clock.now.timestamp())
        assert Versions.recent(store, "numbers").live == 1
        version.begin(store, "numbers", 2)
        version.make_whole(store, "numbers", 2)
        version.flip(store, "numbers", 2, NOON)
        clock.tick(RECENT_SECONDS)
        assert Versions.recent(store, "numbers").live == 1
        clock.tick(1)
        assert Versions.recent(store, "numbers").live == 2

    def test_boards_and_histories_shows_those_of_the_live_version(self, store: Store) -> None:
        store.put_many([Player("ada", "Ada", NOON).to_entity(store)])
        for subscriber in ("leaderboard", "history"):
            version.begin(store, subscriber, 2)
        finish = told(a_finish("ada", 500))
        leaderboard.record(store, finish)
        history.record(store, finish)
        board = Board.holding("overall", Period.DAY, NOON)
        for of in (1, 2):
            fresh = Store(store._client)
            assert ranking.page(fresh, board).total == 1
            assert ranking.standing(fresh, board, "ada") is not None
            assert len(list(LeaderboardEntry.of_player(fresh, "ada"))) == 4
            assert history.load(fresh, "ada")[1].games == 1
            assert history.streak(fresh, "ada", NOON.date()) == 1
            for subscriber, keeps in (("leaderboard", leaderboard.KEEPS), ("history", history.KEEPS)):
                if of == 1:
                    version.make_whole(store, subscriber, 2)
                    version.flip(store, subscriber, 2, NOON)
                    list(version.remove(store, subscriber, keeps, 1, LATER))
        assert [row.key.name for row in store.query(History.KIND).entities] == ["2-ada"]
        assert [row.key.name for row in store.query(Receipt.KIND).entities] == [f"history@2-{finish.id}"]
