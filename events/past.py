"""Events as they were told before, and how each becomes one of the version after.

Some still wait in a backlog, or in the stream for ever.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.event import Fact


@dataclass(frozen=True)
class GameFinished1(Fact):
    """Without what was chosen, and before there were challenges."""

    game: str
    player: str
    mode: str
    pace: str
    category: str | None
    points: int
    correct: int
    elapsed_ms: int
    rule_version: int
    started_at: datetime
    finished_at: datetime
    answers: list[dict[str, Any]]


def _with_chosen(data: dict[str, Any]) -> dict[str, Any]:
    """What was chosen was not told then."""
    return data | {"challenge": None, "answers": [answer | {"chosen": None} for answer in data["answers"]]}


@dataclass(frozen=True)
class Past:
    shape: type[Fact]
    upcast: Callable[[dict[str, Any]], dict[str, Any]]


PAST: Mapping[tuple[str, int], Past] = {("GameFinished", 1): Past(GameFinished1, _with_chosen)}
"""By type and version."""
