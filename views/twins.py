"""Names that look the same on one page of a board, told apart by a few digits of the opaque player ids."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from models.lookalikes import appearance
from models.ranking import Ranked

MARK_LENGTH = 2
"""Digits, at least: more where those of two are the same."""


def twin_marks(rows: Iterable[Ranked]) -> Mapping[str, str]:
    """Marks by player, for those alone who have a twin on the page."""
    players = defaultdict(set)
    for row in rows:
        players[appearance(row.entry.name)].add(row.entry.player)
    return {
        player: player[: _telling_length(twins)]
        for twins in players.values()
        if len(twins) > 1
        for player in twins
    }


def _telling_length(twins: set[str]) -> int:
    length = MARK_LENGTH
    while len({twin[:length] for twin in twins}) < len(twins):
        length += 1
    return length


GLOBALS = {"twin_marks": twin_marks}
