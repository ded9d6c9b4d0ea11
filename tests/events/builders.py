"""Facts and events in the words of the quiz: `a_finish("ada", 700)`, `told(a_finish("ada", 700))`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from models.event import (
    BadgeEarned,
    BestBeaten,
    ClosedTurn,
    Event,
    Fact,
    GameFinished,
    PlayerErased,
    PlayerRenamed,
    QuestionFlagged,
)
from models.game import Game
from tests.builders import a_game

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_finish(player: str, points: int, minute: int = 0, **changes: Any) -> GameFinished:
    """A timed mix that was finished so many minutes after NOON."""
    finished = GameFinished(
        game=f"game-of-{player}-{minute}",
        player=player,
        mode="normal",
        pace="timed",
        category=None,
        challenge=None,
        points=points,
        correct=5,
        elapsed_ms=60_000,
        rule_version=1,
        started_at=NOON,
        finished_at=NOON + timedelta(minutes=minute),
        answers=[],
    )
    return replace(finished, **changes)


def a_round(
    player: str,
    when: datetime = NOON,
    fractions: Sequence[float] = (1, 0) * 5,
    questions: Sequence[str] = tuple(f"q{n}" for n in range(10)),
    categories: Sequence[str] = ("geography", "music"),
    **changes: Any,
) -> GameFinished:
    """Ten closed questions, so right; everything in it fits together."""
    answers = [
        ClosedTurn(
            question=question,
            category=categories[n % len(categories)],
            difficulty=("easy", "medium", "hard")[n % 3],
            fraction=float(fraction),
            points=int(900 * fraction),
            elapsed_ms=1000 * (n + 1),
            late=False,
            chosen=None,
        )
        for n, (question, fraction) in enumerate(zip(questions, fractions, strict=True))
    ]
    return a_finish(
        player,
        sum(answer.points for answer in answers),
        game=f"game-of-{player}",
        answers=answers,
        correct=sum(answer.fraction == 1 for answer in answers),
        started_at=when - timedelta(minutes=2),
        finished_at=when,
        **changes,
    )


def told(finished: GameFinished) -> Event:
    """The event that a player's last move commits."""
    return finished.to_event(finished.game, finished.finished_at)


def a_played_game() -> Game:
    """Ten questions, all answered at once."""
    game = a_game()
    for index in range(game.length):
        game = game.answered(index, index % 4, NOON).revealing(index + 1, NOON)
    return game


def of_version_1(event: Event) -> Event:
    """A finished game as it was told before there were `chosen` and `challenge`."""
    answers = [
        {name: value for name, value in answer.items() if name != "chosen"}
        for answer in event.data["answers"]
    ]
    data = {name: value for name, value in event.data.items() if name != "challenge"}
    return replace(event, version=1, data=data | {"answers": answers})


def an_event(type_name: str) -> Event:
    """One of each type in the catalogue, as the application makes it."""
    facts: tuple[Fact, ...] = (
        GameFinished.of(a_played_game()),
        BestBeaten("game", "ada", 900, {"overall:all": 700}),
        BadgeEarned("ada", "first-game", "game"),
        PlayerRenamed("ada"),
        PlayerErased("ada"),
        QuestionFlagged("ada", "capital-of-peru", "typo"),
    )
    [fact] = [fact for fact in facts if type(fact).__name__ == type_name]
    return fact.to_event(f"{type_name}-1", NOON)
