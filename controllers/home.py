from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, render_template

from controllers import starting
from controllers.application import now, quizboard
from controllers.caching import top_of
from controllers.visitor import player_id
from models import daily
from models.board import OVERALL, Board, Period

blueprint = Blueprint("home", __name__)

TOP_LENGTH = 5
"""Rows of today's board on the home page."""


@blueprint.get("/")
def show() -> str:
    return start_page(starting.remembered())


def start_page(typed: dict[str, str], faults: Mapping[str, str] = MappingProxyType({})) -> str:
    """The form as it was typed with what is wrong, by field; a fresh key makes sending it twice harmless."""
    today, player = Board.holding(OVERALL, Period.DAY, now()), player_id()
    day = daily.day_of(now())
    [mine] = daily.games_of(quizboard().store, player, [day]) if player else [None]
    return render_template(
        "home/show.html",
        typed=typed,
        faults=faults,
        key=starting.fresh_key(),
        decks=quizboard().dealer.decks(now()),
        day=day,
        mine=mine,
        wait=daily.wait_from(now()),
        today=top_of(today, TOP_LENGTH),
    )
