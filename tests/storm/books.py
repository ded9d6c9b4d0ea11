"""What Datastore holds, and what it should: computed from the finished games alone, by no code of ours."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any

from google.cloud import datastore

KINDS = (
    *("Game", "Player", "Event", "Outbox"),
    *("LeaderboardEntry", "History", "Receipt", "Versions", "DeadLetter"),
)
LABELS = {"day": ":%Y-%m-%d", "week": ":%G-W%V", "month": ":%Y-%m", "all": ""}
SHOWN = ("points", "correct", "elapsed_ms", "game", "name")

Row = dict[str, Any]


class Books:
    """All of it, read once: {kind: {key name: properties}}."""

    def __init__(self, client: datastore.Client) -> None:
        self.rows: dict[str, dict[str, Row]] = {
            kind: {entity.key.name: dict(entity) for entity in client.query(kind=kind).fetch()}
            for kind in KINDS
        }

    @property
    def games(self) -> dict[str, Row]:
        """The finished ones, with what their turns add up to."""
        return {
            name: game | _totals(json.loads(game["turns"])) | {"game": name}
            for name, game in self.rows["Game"].items()
            if game["finished_at"]
        }

    def versions(self, subscriber: str) -> list[int]:
        """That are to be kept up to date, the one that is shown first."""
        pointer = self.rows["Versions"].get(subscriber, {"live": 1, "beside": None})
        return [pointer[which] for which in ("live", "beside") if pointer[which]]

    @property
    def entries(self) -> dict[str, Row]:
        """By board and player, as in their keys."""
        return {name: _shown(row) for name, row in self.rows["LeaderboardEntry"].items()}

    def entries_as_they_should_be(self) -> dict[str, Row]:
        best: dict[str, Row] = {}
        for game in self.games.values():
            game["name"] = self.rows["Player"][game["player"]]["name"]
            for version, board in product(self.versions("leaderboard"), _boards(game)):
                name = f"{version}-{board}-{game['player']}"
                if _rank(game) < _rank(best.setdefault(name, game)):
                    best[name] = game
        return {name: _shown(game) for name, game in best.items()}

    @property
    def histories(self) -> dict[str, Row]:
        """By version and player, as in their keys."""
        return {
            name: {**row, "best": json.loads(row["best"]), "days": list(row["days"])}
            for name, row in self.rows["History"].items()
        }

    def histories_as_they_should_be(self) -> dict[str, Row]:
        played = self._played().items()
        return {f"{of}-{player}": row for of in self.versions("history") for player, row in played}

    def finishes_told(self) -> Counter[str]:
        """How many GameFinished each game has."""
        return Counter(json.loads(event["data"])["game"] for event in self._events("GameFinished"))

    def badges_told(self) -> Counter[tuple[str, str]]:
        """How many BadgeEarned each player and badge have."""
        told = [json.loads(event["data"]) for event in self._events("BadgeEarned")]
        return Counter((badge["player"], badge["badge"]) for badge in told)

    def badges_as_they_should_be(self) -> dict[tuple[str, str], int]:
        """In a storm nobody plays for a week, nor in so many categories as explorers do."""
        return {
            (player, badge): 1
            for player, row in self._played().items()
            for badge, is_earned in (
                ("first-game", row["games"] >= 1),
                ("ten-games", row["games"] >= 10),
                ("hundred-games", row["games"] >= 100),
                ("perfect-game", row["perfect_games"] >= 1),
            )
            if is_earned
        }

    def receipts(self) -> Counter[str]:
        return Counter(self.rows["Receipt"].keys())

    def receipts_as_they_should_be(self) -> dict[str, int]:
        return {f"history@{of}-{game}": 1 for of in self.versions("history") for game in self.games}

    def faults(self) -> list[str]:
        """What does not follow from the finished games, or does and is not there; empty when all is well."""
        return [
            *_differences("board entry", self.entries, self.entries_as_they_should_be()),
            *_differences("history", self.histories, self.histories_as_they_should_be()),
            *_differences("GameFinished of", self.finishes_told(), dict.fromkeys(self.games, 1)),
            *_differences("BadgeEarned of", self.badges_told(), self.badges_as_they_should_be()),
            *_differences("receipt", self.receipts(), self.receipts_as_they_should_be()),
            *_differences("outbox row", self.rows["Outbox"], {}),
            *_differences("dead letter", self.rows["DeadLetter"], {}),
        ]

    def _played(self) -> dict[str, Row]:
        """By player."""
        histories: dict[str, Row] = {}
        for player in {game["player"] for game in self.games.values()}:
            games = [game for game in self.games.values() if game["player"] == player]
            best = {
                scope: max(_timed_points(game) for game in games if game["category"] == scope)
                for scope in {game["category"] for game in games}
            }
            histories[player] = {
                "player": player,
                "games": len(games),
                "perfect_games": sum(game["correct"] == len(json.loads(game["turns"])) for game in games),
                "best": best,
                "days": sorted({_day(game).toordinal() for game in games}),
                "asked": sum(len(json.loads(game["turns"])) for game in games),
                "right": sum(game["correct"] for game in games),
            }
        return histories

    def _events(self, type: str) -> Iterable[Row]:
        return [event for event in self.rows["Event"].values() if event["type"] == type]


def _differences(what: str, found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> list[str]:
    return [
        f"{what} {key}: {found.get(key)}, and it should be {wanted.get(key)}"
        for key in sorted(found.keys() | wanted.keys())
        if found.get(key) != wanted.get(key)
    ]


def _totals(turns: list[Row]) -> Row:
    verdicts = [turn["verdict"] for turn in turns]
    return {
        "points": sum(verdict["points"] for verdict in verdicts),
        "correct": sum(verdict["fraction"] == "1" for verdict in verdicts),
        "elapsed_ms": sum(verdict["elapsed_ms"] for verdict in verdicts),
    }


def _boards(game: Row) -> list[str]:
    if game["pace"] == "relaxed":
        return []
    scopes = {"overall", game["category"]} - {"mix"}
    finished_at = _day(game)
    return [
        f"{scope}:{period}{finished_at.strftime(label)}"
        for scope in scopes
        for period, label in LABELS.items()
    ]


def _timed_points(game: Row) -> int:
    return 0 if game["pace"] == "relaxed" else int(game["points"])


def _rank(game: Row) -> tuple[int, datetime]:
    return (-game["points"], game["finished_at"])


def _day(game: Row) -> datetime:
    finished_at: datetime = game["finished_at"]
    return finished_at.astimezone(UTC)


def _shown(row: Row) -> Row:
    return {name: row[name] for name in SHOWN} | {"finished_at": row["finished_at"].astimezone(UTC)}
