from flask import Blueprint, Response, make_response, render_template

from controllers.application import now, quizboard
from controllers.caching import shared_briefly
from models import history

blueprint = Blueprint("players", __name__, url_prefix="/players")


@blueprint.get("/<player:player_id>")
def show(player_id: str) -> Response:
    """The same for everyone, the player too; what only the player may do is on the player's own page."""
    player, played = history.load(quizboard().store, player_id)
    html = render_template(
        "players/show.html",
        player=player,
        history=played,
        decks=quizboard().dealer.decks(now()),
        today=now().date(),
    )
    return shared_briefly(make_response(html))
