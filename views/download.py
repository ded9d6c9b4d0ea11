"""All that is kept of a player, as one JSON text that is written while it is read: it may be long."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from models.flag import Flag
from models.game import Game
from models.history import History
from models.leaderboard import LeaderboardEntry
from models.personal_data import PersonalData
from models.player import Player
from views import shapes


def chunks(kept: PersonalData) -> Iterator[str]:
    yield f'{{"player": {_json(_player(kept.player))},\n"history": {_json(_history(kept.history))}'
    lists: Mapping[str, Iterable[dict[str, Any]]] = {
        "games": map(_game, kept.games),
        "board_entries": map(_entry, kept.entries),
        "flags": map(_flag, kept.flags),
    }
    for name, rows in lists.items():
        yield f',\n"{name}": ['
        for place, row in enumerate(rows):
            yield (",\n" if place else "\n") + _json(row)
        yield "]"
    yield "}\n"


def _player(player: Player) -> dict[str, Any]:
    return {"id": player.id, "name": player.name, "created_at": shapes.moment(player.created_at)}


def _history(history: History) -> dict[str, Any]:
    return {
        "games": history.games,
        "perfect_games": history.perfect_games,
        "questions": history.asked,
        "right": history.right,
        "best": history.best_games,
        "days": [day.isoformat() for day in sorted(history.days)],
        "longest_streak": history.longest_streak,
        "badges": sorted(history.badges),
    }


def _game(game: Game) -> dict[str, Any]:
    """What is not asked yet is not told, and the right answer only of what is closed."""
    return {
        "id": game.id,
        "category": game.category,
        "mode": str(game.mode),
        "pace": str(game.pace),
        "started_at": shapes.moment(game.started_at),
        "finished_at": shapes.moment(game.finished_at),
        "points": game.points,
        "questions": [_question(game, index) for index in range(game.index + 1)],
    }


def _question(game: Game, index: int) -> dict[str, Any]:
    turn = game.turns[index]
    asked = {"question": shapes.question(game, index)}
    if turn.verdict is None:
        return asked
    answered = {"answer": turn.verdict.answer, "answered_at": shapes.moment(turn.verdict.closed_at)}
    return asked | answered | {"feedback": shapes.feedback(game, index)}


def _entry(entry: LeaderboardEntry) -> dict[str, Any]:
    return {
        "board": entry.board.name,
        "name": entry.name,
        "points": entry.points,
        "correct": entry.correct,
        "seconds": entry.elapsed_ms / 1000,
        "finished_at": shapes.moment(entry.finished_at),
        "game": entry.game,
    }


def _flag(flag: Flag) -> dict[str, Any]:
    return {
        "question": flag.question,
        "reason": str(flag.reason),
        "comment": flag.comment,
        "flagged_at": shapes.moment(flag.flagged_at),
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
