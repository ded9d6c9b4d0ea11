from flask import Blueprint, Response, jsonify

from controllers.application import now, quizboard
from events.publishing import outbox_length
from models.dead_letter import DeadLetter

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def show() -> tuple[Response, int]:
    """200 when a game can be started. Datastore that does not answer is a 503 by the table of errors."""
    questions = sum(deck.size for deck in quizboard().dealer.decks(now()))
    report = {
        "status": "ready" if questions else "no questions",
        "questions": questions,
        "dead_letters": DeadLetter.count(quizboard().store),
        "outbox": outbox_length(quizboard().store),
    }
    return jsonify(report), 200 if questions else 503


@blueprint.get("/_ah/warmup")
def warm_up() -> tuple[str, int]:
    """Reads what the first player would otherwise wait for."""
    quizboard().dealer.decks(now())
    quizboard().warm_up()
    return "", 204
