from flask import Blueprint, Response, jsonify

from controllers.application import now, quizboard

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def show() -> tuple[Response, int]:
    """200 when a game can be started. Datastore that does not answer is a 503 by the table of errors."""
    questions = sum(deck.size for deck in quizboard().dealer.decks(now()))
    return jsonify({"status": "ready" if questions else "no questions", "questions": questions}), (
        200 if questions else 503
    )


@blueprint.get("/_ah/warmup")
def warm_up() -> tuple[str, int]:
    """Reads what the first player would otherwise wait for."""
    quizboard().dealer.decks(now())
    return "", 204
