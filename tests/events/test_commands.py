"""`python -m events replay` and `versions`, as an operator types them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from events import __main__ as commands
from events.publishing import Publisher
from models import version
from models.board import Board, Period
from models.bookmark import Bookmark
from models.event import Event
from models.player import Player
from models.ranking import page
from models.store import Store
from models.version import GRACE, Versions
from tests.events.builders import NOON, a_finish, told
from tests.events.fakes import FakePubSub

TODAY = Board.holding("overall", Period.DAY, NOON)

Command = Callable[[str], int]


@pytest.fixture
def command(store: Store, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Types it; what the program would exit with."""
    monkeypatch.setattr(commands, "_store", lambda options: store)
    monkeypatch.setattr(commands, "_publisher", lambda store: Publisher(FakePubSub()))
    return lambda line: commands.main(line.split())


@pytest.fixture
def finishes(store: Store) -> list[Event]:
    """Of three players, told to nobody."""
    events = [told(a_finish(name, 500 + n, n)) for n, name in enumerate(("ada", "bob", "cy"))]
    store.put_many([Player(name, name.title(), NOON).to_entity(store) for name in ("ada", "bob", "cy")])
    store.put_many([event.to_entities(store)[0] for event in events])
    return events


def test_a_replay_fills_the_gaps_and_says_how_far_it_came(
    store: Store, command: Command, finishes: list[Event], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("replay leaderboard") == 0
    assert page(store, TODAY).total == len(finishes)
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("100%  up to ")
    assert "3 handled, 0 set aside" in line


@pytest.mark.parametrize("since", ["2026-11-23T12:01", "2026-11-23T13:01+01:00"])
def test_a_replay_may_begin_at_a_time_which_is_utc_if_it_does_not_say(
    store: Store, command: Command, finishes: list[Event], since: str
) -> None:
    assert command(f"replay leaderboard --from {since}") == 0
    assert page(store, TODAY).total == 2


def test_a_replay_that_is_interrupted_says_so_and_goes_on(
    store: Store,
    command: Command,
    finishes: list[Event],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("events.replay.BATCH", 2)
    keep = Bookmark.keep

    def keep_and_be_interrupted(bookmark: Bookmark, store: Store) -> None:
        keep(bookmark, store)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Bookmark, "keep", keep_and_be_interrupted)
        assert command("replay leaderboard") == 130
    assert page(store, TODAY).total == 2
    said = capsys.readouterr()
    assert said.err == "Interrupted; the same command goes on there.\n"
    assert "Goes on" not in said.out
    assert command("replay leaderboard") == 0
    assert page(store, TODAY).total == 3
    begun, done = capsys.readouterr().out.splitlines()
    assert begun.startswith("Goes on where it was interrupted at 20")
    assert "1 handled" in done


def test_a_version_is_built_compared_flipped_and_the_old_one_removed(
    store: Store,
    command: Command,
    finishes: list[Event],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(commands, "SHOWN", 2)
    extra = a_finish("zoe", 9999)
    store.put_many([Player("zoe", "Zoe", NOON).to_entity(store)])
    commands.SUBSCRIBERS["leaderboard"].handle(store, told(extra))
    assert command("replay leaderboard --into 2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4] == "leaderboard: 1 is live, 2 is beside it, whole"
    assert all(line.startswith("missing  LeaderboardEntry overall:") for line in lines[-3:-1])
    assert lines[-1] == "4 differences between 1 and 2."

    assert command("versions flip leaderboard 2") == 0
    assert command("versions flip leaderboard 2") == 0
    assert capsys.readouterr().out == "leaderboard: 2 is live, 1 is beside it, whole\n" * 2
    assert page(Store(store._client), TODAY).total == 3

    assert command("versions remove leaderboard 1") == 1
    assert "1 may go 10 minutes after the flip" in capsys.readouterr().err
    now = commands._now()
    monkeypatch.setattr(commands, "_now", lambda: now + GRACE + timedelta(seconds=1))
    assert command("versions remove leaderboard 1") == 0
    assert command("versions list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "16 rows removed. leaderboard: 2 is live",
        "leaderboard: 2 is live",
        "history: 1 is live",
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("replay leaderboard --into 1", "1 is not a new version: leaderboard: 1 is live."),
        ("replay names --into 2", "names keeps no versions."),
        ("versions flip history 2", "2 is not whole: history: 1 is live."),
        ("versions remove history 1", "1 is shown: history: 1 is live."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    store: Store, command: Command, line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(line) == 1
    assert capsys.readouterr().err == f"{sentence}\n"
    assert store.query(Versions.KIND).entities == []


@pytest.mark.parametrize(
    "line",
    [
        "replay nobody",
        "replay",
        "replay leaderboard --into two",
        "replay leaderboard --from yesterday",
        "replay leaderboard --into 2 --from 2026-11-23",
        "versions flip names 2",
        "versions flip leaderboard",
    ],
)
def test_what_makes_no_sense_is_refused(command: Command, line: str) -> None:
    with pytest.raises(SystemExit) as refused:
        command(line)
    assert refused.value.code == 2


def test_comparing_without_a_second_version_compares_nothing(
    store: Store, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("versions compare history") == 0
    version.begin(store, "history", 2)
    assert command("versions compare history") == 0
    assert capsys.readouterr().out.splitlines() == [
        "history: 1 is live",
        "history: 1 is live, 2 is beside it, not whole yet",
        "0 differences between 1 and 2.",
    ]
