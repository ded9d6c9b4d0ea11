"""The daily quiz. Whenever its form was shown, it starts the quiz of the day on which it is sent."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from flask import Blueprint, render_template
from werkzeug import Response

from controllers import starting
from controllers.application import now, quizboard
from controllers.caching import top_of
from controllers.visitor import player_id
from models import daily, history, ranking
from models.board import DAILY, Board, Period
from models.naming import BadName
from views.translation import told

blueprint = Blueprint("daily", __name__, url_prefix="/daily")

TOP_LENGTH = 5
"""Rows of yesterday's board."""


@blueprint.get("")
def show() -> str:
    return _page(starting.remembered())


@blueprint.post("")
def create() -> Response | tuple[str, int]:
    try:
        wish = starting.wish()
    except BadName as fault:
        return _page(starting.typed(), {"name": told(fault)}), 422
    move = daily.start(quizboard().store, quizboard().dealer, wish, now(), quizboard().rng)
    return starting.to_the_game(move)


def _page(typed: dict[str, str], faults: Mapping[str, str] = MappingProxyType({})) -> str:
    yesterday = Board.holding(DAILY, Period.DAY, now() - timedelta(days=1))
    return render_template(
        "daily/show.html",
        typed=typed,
        faults=faults,
        key=starting.fresh_key(),
        day=daily.day_of(now()),
        wait=daily.wait_from(now()),
        yesterday=top_of(yesterday, TOP_LENGTH),
        now=now(),
        **_of_the_player(player_id()),
    )


def _of_the_player(player: str | None) -> dict[str, Any]:
    """What is told to one and not to everyone."""
    if player is None:
        return {"mine": None, "mine_yesterday": None, "ranks": (), "ranks_yesterday": (), "streak": 0}
    store, today = quizboard().store, daily.day_of(now())
    mine, before = daily.games_of(store, player, [today, today - timedelta(days=1)])
    return {
        "mine": mine,
        "mine_yesterday": before,
        "ranks": ranking.ranks_of(store, mine) if mine else (),
        "ranks_yesterday": ranking.ranks_of(store, before) if before else (),
        "streak": history.streak(store, player, today),
    }
