from flask import Blueprint, Response, jsonify

from controllers.application import now, quizboard
from controllers.caching import shared_briefly
from events.counting import current_build
from models.insights import Insights
from views import shapes

blueprint = Blueprint("api_insights", __name__, url_prefix="/api/v1/insights")


@blueprint.get("")
def show() -> Response:
    found = Insights.load(quizboard().store, current_build(), now())
    return shared_briefly(jsonify(shapes.insights(found)))
