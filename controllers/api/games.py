import re
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, request

from controllers.addresses import GameId
from controllers.api.body import BadBody, json_body
from controllers.application import now, quizboard
from controllers.visitor import player_id, player_token
from models import challenge, daily, play, ranking
from models.game import MIX, Game, Pace
from models.naming import clean_name
from views import shapes

blueprint = Blueprint("api_games", __name__, url_prefix="/api/v1/games")

OPTIONAL = {"category": str, "pace": str, "daily": bool, "challenge": str}

KEY_LENGTHS = range(16, 256)
"""Characters of an idempotency key: for a newcomer it is as good as a password, so not too few."""


@blueprint.post("")
def create() -> tuple[Response, int]:
    body = json_body(required={"name": str}, optional=OPTIONAL)
    move = _start(body)
    quizboard().publish(move.events)
    return jsonify(shapes.started(move.game, player_token(move.game.player))), 201 if move.is_new else 200


@blueprint.get("/<game:game_id>")
def show(game_id: str) -> Response:
    return jsonify(_shape(play.load(quizboard().store, game_id, player_id())))


@blueprint.post("/<game:game_id>/answers")
def answer(game_id: str) -> Response:
    body = json_body(required={"index": int, "answer": object})
    index = body["index"]
    move = play.answer(quizboard().store, game_id, player_id(), index, body["answer"], now())
    quizboard().publish(move.events)
    return jsonify(shapes.feedback(move.game, index))


@blueprint.post("/<game:game_id>/questions")
def reveal(game_id: str) -> tuple[Response, int]:
    index = json_body(required={"index": int})["index"]
    move = play.reveal(quizboard().store, game_id, player_id(), index, now())
    quizboard().publish(move.events)
    if index > move.game.index:
        return jsonify(_shape(move.game)), 200
    return jsonify(shapes.question(move.game, index)), 201 if move.is_new else 200


@blueprint.post("/<game:game_id>/flags")
def flag(game_id: str) -> tuple[Response, int]:
    body = json_body(required={"index": int, "reason": str}, optional={"comment": str})
    index, reason, comment = body["index"], body["reason"], body.get("comment", "")
    move = play.flag(quizboard().store, game_id, player_id(), index, reason, comment, now())
    quizboard().publish(move.events)
    return jsonify({"index": index, "reason": reason}), 201 if move.is_new else 200


def _start(body: dict[str, Any]) -> play.Move:
    wish = play.Start(
        name=clean_name(body["name"]),
        category=body.get("category", MIX),
        pace=_pace(body.get("pace", Pace.TIMED)),
        key=_idempotency_key(),
        player=player_id(),
    )
    store, dealer, rng = quizboard().store, quizboard().dealer, quizboard().rng
    if len([kind for kind in ("category", "daily", "challenge") if body.get(kind)]) > 1:
        raise BadBody("a game is of a 'category', the 'daily' quiz or a 'challenge': send one of them")
    if body.get("daily"):
        return daily.start(store, dealer, wish, now(), rng)
    if "challenge" in body:
        return challenge.start(store, _root(body["challenge"]), wish, now(), rng)
    # The same key is the same start, and is answered as the first was.
    return replace(play.start(store, dealer, wish, now(), rng), is_new=True)


def _root(id: str) -> str:
    """An id that a game can have. Raises BadBody."""
    if not re.fullmatch(GameId.regex, id):
        raise BadBody("'challenge' is the id of a finished game")
    return id


def _shape(game: Game) -> dict[str, Any]:
    return shapes.game(game, now(), ranking.ranks_of(quizboard().store, game))


def _pace(value: str) -> Pace:
    if value not in set(Pace):
        raise BadBody(f"'pace' is one of {', '.join(Pace)}")
    return Pace(value)


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key") or f"{quizboard().rng.getrandbits(128):032x}"
    if len(key) not in KEY_LENGTHS:
        raise BadBody(f"an Idempotency-Key has {KEY_LENGTHS[0]} to {KEY_LENGTHS[-1]} characters")
    return key
