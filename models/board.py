"""A board: a scope and a period of UTC time, named as in the key of every entry on it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Self

from models.fault import Fault

OVERALL = "overall"
DAILY = "daily"
CHALLENGE = "challenge:"
"""What the scope of a challenge begins with; the id of its root follows."""

LABELS_KEPT = 100
"""In memory: all but a few games are of today."""

SCOPE_LENGTH = 100
"""Characters of a scope, at most."""

_SCOPE = re.compile(rf"[a-z0-9]+(-[a-z0-9]+)*|{CHALLENGE}[0-9A-Za-z][0-9A-Za-z-]*")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


class BadBoard(Fault):
    """There is no board of that scope, period or date."""


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


@dataclass(frozen=True)
class Board:
    """`at`: `2026-11-23`, `2026-W48` (ISO), `2026-11`, or nothing for all time."""

    scope: str
    period: Period
    at: str

    @classmethod
    def holding(cls, scope: str, period: Period, when: datetime) -> Self:
        """The board of that scope and period on which `when` falls."""
        return cls(scope, period, _label(period, when.astimezone(UTC).date()))

    def holds(self, when: datetime) -> bool:
        """Whether a game that ends then may come to stand on it."""
        return self.at == _label(self.period, when.astimezone(UTC).date())

    @classmethod
    def parse(cls, scope: str, period: str, at: str, now: datetime) -> Self:
        """From an address; an empty `at` is the period that `now` falls in. Raises BadBoard."""
        if len(scope) > SCOPE_LENGTH or not _SCOPE.fullmatch(scope):
            raise BadBoard("no board has the scope %(scope)r", scope=scope[:SCOPE_LENGTH])
        if period not in set(periods_of(scope)):
            raise BadBoard(
                "the board's period is one of %(periods)s, not %(period)r",
                periods=", ".join(periods_of(scope)),
                period=period,
            )
        if not at:
            return cls.holding(scope, Period(period), now)
        first = _first_day(Period(period), at)
        if first is None:
            raise BadBoard("%(at)r is not a %(period)s that a board has", at=at, period=period)
        return cls(scope, Period(period), at)

    @classmethod
    def from_name(cls, name: str) -> Self:
        """From `name`, whose scope may have colons of its own."""
        scope, _, period = name.rpartition(":")
        if period == Period.ALL:
            return cls(scope, Period.ALL, "")
        scope, _, at_period = scope.rpartition(":")
        return cls(scope, Period(at_period), period)

    @property
    def root(self) -> str | None:
        """The game that the challenge began with; None of another board."""
        return root_in(self.scope)

    @property
    def name(self) -> str:
        return ":".join(filter(None, [self.scope, self.period, self.at]))


def root_in(scope: str) -> str | None:
    """The id of a challenge's root; None of another scope."""
    return scope.removeprefix(CHALLENGE) if scope.startswith(CHALLENGE) else None


def periods_of(scope: str) -> Sequence[Period]:
    """That the scope has boards of."""
    if scope == DAILY:
        return (Period.DAY,)
    return tuple(Period) if root_in(scope) is None else (Period.ALL,)


def challenge_board(root: str) -> Board:
    return Board(f"{CHALLENGE}{root}", Period.ALL, "")


def boards_of(
    category: str | None, finished_at: datetime, daily: date | None = None, challenge: str | None = None
) -> Sequence[Board]:
    """The boards a finished game stands on: a mix (None) on overall, a category's on its own as well.

    A daily game stands on the one of its day, `daily`, and a challenge on the one of its root, `challenge`;
    neither on any other.
    """
    own = [Board(DAILY, Period.DAY, daily.isoformat())] if daily else []
    own += [challenge_board(challenge)] if challenge else []
    if own:
        return own
    scopes = [OVERALL] if category is None else [category, OVERALL]
    day = finished_at.astimezone(UTC).date()
    return [Board(scope, period, _label(period, day)) for scope in scopes for period in Period]


@lru_cache(LABELS_KEPT)
def _label(period: Period, day: date) -> str:
    if period is Period.DAY:
        return day.isoformat()
    if period is Period.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return f"{day.year:04}-{day.month:02}" if period is Period.MONTH else ""


def _first_day(period: Period, at: str) -> date | None:
    """None where `at` is not the one way to write a day, week or month."""
    try:
        if period is Period.DAY:
            day = date.fromisoformat(at)
        elif period is Period.WEEK and (week := _WEEK.fullmatch(at)):
            day = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        elif period is Period.MONTH and (month := _MONTH.fullmatch(at)):
            day = date(int(month[1]), int(month[2]), 1)
        else:
            return None
    except ValueError:
        return None
    return day if _label(period, day) == at else None
