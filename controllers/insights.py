from flask import Blueprint, Response, make_response, render_template

from controllers.application import now, quizboard
from controllers.caching import REFRESH_SECONDS, made_once, shared_briefly
from events.counting import current_build
from models.insights import Insights

blueprint = Blueprint("insights", __name__, url_prefix="/insights")


@blueprint.get("")
def show() -> Response:
    return shared_briefly(make_response(made_once(_page)))


def _page() -> str:
    return render_template(
        "insights/show.html",
        found=Insights.load(quizboard().store, current_build(), now()),
        decks=quizboard().dealer.decks(now()),
        refresh_seconds=REFRESH_SECONDS,
    )
