from flask import Blueprint, Response, make_response, render_template, request

from controllers.application import now, quizboard
from controllers.board_addresses import board_at
from controllers.caching import REFRESH_SECONDS, made_once, shared_briefly
from controllers.join import is_for_this_machine_only, own_address
from controllers.visitor import player_id
from models import ranking
from models.board import OVERALL, Board, Period

blueprint = Blueprint("leaderboards", __name__, url_prefix="/leaderboard")

SCREEN_LENGTH = 10
"""Rows that can be read from the back of a room."""


@blueprint.get("")
def show() -> Response:
    on_a_screen = request.args.get("view") == "screen"
    return shared_briefly(make_response(made_once(_on_a_screen if on_a_screen else _in_pages)))


@blueprint.get("/me")
def me() -> str:
    """Apart from the board, so that the board is the same for everyone."""
    board, player = _board(), player_id()
    standing = ranking.standing(quizboard().store, board, player) if player else None
    return render_template(
        "leaderboards/me.html",
        board=board,
        standing=standing,
        decks=quizboard().dealer.decks(now()),
        now=now(),
    )


def _in_pages() -> str:
    page = ranking.page(quizboard().store, _board(), after=request.args.get("after"))
    decks = quizboard().dealer.decks(now())
    return render_template("leaderboards/show.html", page=page, decks=decks, now=now())


def _on_a_screen() -> str:
    return render_template(
        "leaderboards/screen.html",
        page=ranking.page(quizboard().store, _board(), limit=SCREEN_LENGTH),
        decks=quizboard().dealer.decks(now()),
        now=now(),
        address=own_address(),
        is_for_this_machine_only=is_for_this_machine_only(),
        refresh_seconds=REFRESH_SECONDS,
    )


def _board() -> Board:
    wanted = request.args
    return board_at(wanted.get("scope", OVERALL), wanted.get("period", Period.DAY), wanted.get("at", ""))
