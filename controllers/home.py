from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, render_template

from controllers.application import now, quizboard
from controllers.visitor import player_id
from models import leaderboard
from models.board import OVERALL, Board, Period
from models.game import MIX, Pace
from models.player import Player

blueprint = Blueprint("home", __name__)

TOP_LENGTH = 5
"""Rows of today's board on the home page."""


@blueprint.get("/")
def show() -> str:
    known = player_id()
    player = Player.from_id_or_none(quizboard().store, known) if known else None
    return start_page({"name": player.name if player else "", "category": MIX, "pace": Pace.TIMED})


def start_page(typed: dict[str, str], faults: Mapping[str, str] = MappingProxyType({})) -> str:
    """The form as it was typed with what is wrong, by field; a fresh key makes sending it twice harmless."""
    today = Board.holding(OVERALL, Period.DAY, now())
    return render_template(
        "home/show.html",
        typed=typed,
        faults=faults,
        key=f"{quizboard().rng.getrandbits(128):032x}",
        decks=quizboard().dealer.decks(now()),
        today=leaderboard.page(quizboard().store, today, limit=TOP_LENGTH),
    )
