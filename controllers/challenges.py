from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, redirect, render_template, url_for
from werkzeug import Response

from controllers import starting
from controllers.application import now, quizboard
from controllers.caching import top_of
from controllers.visitor import player_id
from models import challenge
from models.board import challenge_board
from models.challenge import Challenge
from models.naming import BadName
from views.translation import told

blueprint = Blueprint("challenges", __name__, url_prefix="/challenges")

TOP_LENGTH = 10
"""Rows of the challenge's board; the others are on the board's own pages."""


@blueprint.get("/<game:root>")
def show(root: str) -> str | Response:
    found = Challenge.load(quizboard().store, root, player_id())
    return _page(found, starting.remembered()) if found.root == root else _to(found.root)


@blueprint.post("/<game:root>")
def create(root: str) -> Response | tuple[str, int]:
    try:
        wish = starting.wish()
    except BadName as fault:
        found = Challenge.load(quizboard().store, root, player_id())
        return _page(found, starting.typed(), {"name": told(fault)}), 422
    move = challenge.start(quizboard().store, root, wish, now(), quizboard().rng)
    return _to(root) if move.game.finished_at else starting.to_the_game(move)


def _page(found: Challenge, typed: dict[str, str], faults: Mapping[str, str] = MappingProxyType({})) -> str:
    return render_template(
        "challenges/show.html",
        challenge=found,
        challenger=found.challenger(quizboard().store),
        board=top_of(challenge_board(found.root), TOP_LENGTH),
        me=player_id(),
        typed=typed,
        faults=faults,
        key=starting.fresh_key(),
        now=now(),
    )


def _to(root: str) -> Response:
    return redirect(url_for("challenges.show", root=root), 303)
