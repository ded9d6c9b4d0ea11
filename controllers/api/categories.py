from flask import Blueprint, Response, jsonify

from controllers.application import now, quizboard
from views import shapes

blueprint = Blueprint("api_categories", __name__, url_prefix="/api/v1/categories")


@blueprint.get("")
def index() -> Response:
    return jsonify([shapes.category(deck) for deck in quizboard().dealer.decks(now())])
