from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from controllers.api.body import BadBody
from controllers.application import quizboard
from controllers.board_addresses import board_at
from controllers.caching import shared_briefly
from controllers.visitor import player_id
from models import ranking
from models.board import Board
from views import shapes

blueprint = Blueprint("api_leaderboards", __name__, url_prefix="/api/v1/leaderboards")


@blueprint.get("/<scope>/<period>")
def show(scope: str, period: str) -> Response:
    board, after = _board(scope, period), request.args.get("after")
    page = ranking.page(quizboard().store, board, after, _limit())
    return shared_briefly(jsonify(shapes.board_page(page)))


@blueprint.get("/<scope>/<period>/me")
def me(scope: str, period: str) -> Response:
    player = player_id()
    standing = ranking.standing(quizboard().store, _board(scope, period), player) if player else None
    if standing is None:
        raise NotFound("You are not on this board.")
    return jsonify(shapes.standing(standing))


def _board(scope: str, period: str) -> Board:
    return board_at(scope, period, request.args.get("at", ""))


def _limit() -> int:
    """Raises BadBody."""
    text = request.args.get("limit", str(ranking.PAGE_LENGTH))
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(ranking.PAGE_LENGTH))
    if not is_number or not 1 <= int(text) <= ranking.PAGE_LENGTH:
        raise BadBody(f"'limit' is a number from 1 to {ranking.PAGE_LENGTH}")
    return int(text)
