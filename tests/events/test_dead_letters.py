from collections.abc import Callable
from dataclasses import replace

import pytest

from events import __main__ as command_line
from events.envelope import wrap
from models.dead_letter import MESSAGE_BYTES, DeadLetter
from models.event import Event
from models.history import History
from models.player import Player
from models.store import Store
from tests.events.builders import NOON, a_finish, an_event, told
from tests.events.fakes import FakePubSub

FINISH = told(a_finish("ada", 500))

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def pubsub(monkeypatch: pytest.MonkeyPatch) -> FakePubSub:
    fake = FakePubSub()
    monkeypatch.setattr(command_line, "PubSub", lambda project: fake)
    return fake


@pytest.fixture
def run(store: Store, pubsub: FakePubSub, capsys: pytest.CaptureFixture[str]) -> Run:
    """Status, output and error of `python -m events ...`."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = command_line.main(["--project", store.project, *arguments])
        return status, *capsys.readouterr()

    return run


def a_letter(store: Store, subscriber: str = "history", event: Event = FINISH, **changes: object) -> str:
    """Kept; its name."""
    letter = DeadLetter(subscriber, event.id, "broken", 100, NOON, wrap(event).to_text())
    letter = replace(letter, **changes)  # type: ignore[arg-type]
    letter.keep(store)
    return letter.name


def meet(store: Store) -> None:
    store.put_many([Player("ada", "Ada", NOON).to_entity(store)])


def names(store: Store) -> set[str]:
    return {letter.name for letter in DeadLetter.all(store)}


def test_the_list_has_a_line_for_each_the_oldest_first(run: Run, store: Store) -> None:
    a_letter(store, set_aside_at=NOON.replace(hour=13))
    a_letter(store, "leaderboard", attempts=7)
    status, said, _ = run("dead-letters", "list")
    heading, *lines = said.splitlines()
    assert status == 0
    assert heading.split() == ["set", "aside", "(UTC)", "attempts", "name", "reason"]
    assert [line.split() for line in lines] == [
        ["2026-11-23", "12:00:00", "7", "leaderboard-game-of-ada-0", "broken"],
        ["2026-11-23", "13:00:00", "100", "history-game-of-ada-0", "broken"],
    ]


def test_an_empty_list_is_a_heading(run: Run) -> None:
    assert run("dead-letters", "list")[1].count("\n") == 1


def test_a_letter_is_shown_with_its_reason_and_what_it_says(run: Run, store: Store) -> None:
    name = a_letter(store)
    status, said, _ = run("dead-letters", "show", name)
    assert status == 0
    assert said.splitlines() == [name, "reason: broken", wrap(FINISH).to_text()]


def test_a_letter_that_is_not_there_is_said_to_be_missing(run: Run) -> None:
    status, _, complaint = run("dead-letters", "show", "history-x")
    assert (status, complaint) == (1, "history-x: there is no such dead letter\n")


class TestRedriving:
    def test_tells_the_subscriber_and_the_letter_goes(self, run: Run, store: Store) -> None:
        meet(store)
        name = a_letter(store)
        assert run("dead-letters", "redrive", name) == (0, f"{name}: handled\n", "")
        assert names(store) == set()
        assert len(store.query(History.KIND).entities) == 1

    def test_tells_nobody_else(self, run: Run, store: Store) -> None:
        meet(store)
        a_letter(store)
        run("dead-letters", "redrive")
        assert store.query("LeaderboardEntry").entities == []

    def test_publishes_what_the_subscriber_tells(self, run: Run, store: Store, pubsub: FakePubSub) -> None:
        meet(store)
        a_letter(store)
        run("dead-letters", "redrive")
        assert pubsub.ids == ["first-game-ada"]
        assert store.query(Event.OUTBOX).entities == []

    def test_twice_leaves_the_same_state(self, run: Run, store: Store, pubsub: FakePubSub) -> None:
        meet(store)
        for _ in range(2):
            a_letter(store)
            assert run("dead-letters", "redrive")[0] == 0
        [history] = [History.from_entity(row) for row in store.query(History.KIND).entities]
        assert history.games == 1
        assert pubsub.ids == ["first-game-ada"]

    def test_works_with_pubsub_away(self, run: Run, store: Store, pubsub: FakePubSub) -> None:
        pubsub.fails = True
        meet(store)
        a_letter(store)
        assert run("dead-letters", "redrive")[0] == 0
        assert names(store) == set()
        assert len(store.query(Event.OUTBOX).entities) == 1

    def test_of_all_goes_on_past_those_that_are_still_dead(self, run: Run, store: Store) -> None:
        meet(store)
        dead = a_letter(store, event=replace(FINISH, id="poison", version=9))
        a_letter(store)
        status, said, complaint = run("dead-letters", "redrive")
        assert status == 1
        assert said == "history-game-of-ada-0: handled\n"
        assert complaint == f"{dead}: still dead: Unreadable: GameFinished has version 2, not 9\n"
        assert names(store) == {dead}

    def test_for_a_subscriber_that_is_gone_keeps_the_letter(self, run: Run, store: Store) -> None:
        name = a_letter(store, "statistics")
        status, _, complaint = run("dead-letters", "redrive", name)
        assert status == 1
        assert "there is no subscriber 'statistics' any more" in complaint
        assert names(store) == {name}

    def test_of_what_the_subscriber_does_not_hear_lets_it_go(self, run: Run, store: Store) -> None:
        a_letter(store, event=an_event("PlayerErased"))
        assert run("dead-letters", "redrive")[0] == 0
        assert names(store) == set()

    def test_of_a_message_that_was_cut_says_so_and_keeps_the_letter(self, run: Run, store: Store) -> None:
        name = a_letter(store, message=wrap(FINISH).to_text() + " " * MESSAGE_BYTES)
        status, _, complaint = run("dead-letters", "redrive", name)
        assert status == 1
        assert complaint == (
            f"{name}: still dead: "
            "the message was too long to be kept whole; it was cut and cannot be told again\n"
        )
        assert names(store) == {name}

    @pytest.mark.parametrize("message", ["", "{}", "[]", '{"data": "x", "attributes": {}}'])
    def test_of_a_damaged_message_keeps_the_letter(self, run: Run, store: Store, message: str) -> None:
        name = a_letter(store, message=message)
        assert run("dead-letters", "redrive")[0] == 1
        assert names(store) == {name}


class TestDiscarding:
    def test_lets_go_of_those_that_are_named(self, run: Run, store: Store) -> None:
        name, other = a_letter(store), a_letter(store, "leaderboard")
        assert run("dead-letters", "discard", name) == (0, f"{name}: discarded\n", "")
        assert names(store) == {other}

    def test_twice_says_that_it_is_gone(self, run: Run, store: Store) -> None:
        name = a_letter(store)
        run("dead-letters", "discard", name)
        assert "there is no such dead letter" in run("dead-letters", "discard", name)[2]

    def test_of_nothing_in_particular_is_refused(self, run: Run, store: Store) -> None:
        a_letter(store)
        with pytest.raises(SystemExit):
            run("dead-letters", "discard")
        assert len(names(store)) == 1


def test_the_relay_says_how_many_it_has_published(run: Run, store: Store, pubsub: FakePubSub) -> None:
    store.put_many(FINISH.to_entities(store))
    assert run("relay") == (0, "1 events published from the outbox.\n", "")
    assert pubsub.ids == [FINISH.id]


def test_a_store_that_does_not_answer_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setattr("models.patience.READ_RETRY._timeout", 0.05)
    monkeypatch.setattr("models.patience.CALL_SECONDS", 0.05)
    assert run("dead-letters", "list") == (1, "", "Datastore did not answer in time.\n")
