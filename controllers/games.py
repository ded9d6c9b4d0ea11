from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response
from werkzeug.exceptions import BadRequest

from controllers import starting
from controllers.application import now, quizboard
from controllers.home import start_page
from controllers.visitor import player_id
from models import play, ranking
from models.answer import Filled, UnreadableAnswer
from models.challenge import Challenge
from models.dealing import NoSuchCategory
from models.game import Game, State
from models.naming import BadName
from views.translation import gettext, later, told

blueprint = Blueprint("games", __name__, url_prefix="/games")

_TEMPLATES = {
    State.OPEN: "games/question.html",
    State.OVERDUE: "games/feedback.html",
    State.FEEDBACK: "games/feedback.html",
    State.FINISHED: "games/result.html",
}


@blueprint.post("")
def create() -> Response | tuple[str, int]:
    try:
        move = play.start(quizboard().store, quizboard().dealer, starting.wish(), now(), quizboard().rng)
    except BadName as fault:
        return start_page(starting.typed(), {"name": told(fault)}), 422
    except NoSuchCategory:
        gone = gettext("There are no such questions any more. Choose others.")
        return start_page(starting.typed(), {"category": gone}), 422
    return starting.to_the_game(move)


@blueprint.get("/<game:game_id>")
def show(game_id: str) -> str:
    return _page(play.load(quizboard().store, game_id, player_id()))


@blueprint.post("/<game:game_id>/answers")
def answer(game_id: str) -> Response | tuple[str, int]:
    raw = None if "pass" in request.form else Filled(request.form.getlist("answer"))
    try:
        move = play.answer(quizboard().store, game_id, player_id(), _index(), raw, now())
    except UnreadableAnswer as fault:
        return _page(play.load(quizboard().store, game_id, player_id()), raw, told(fault)), 422
    quizboard().publish(move.events)
    return _to(game_id)


@blueprint.post("/<game:game_id>/questions")
def reveal(game_id: str) -> Response:
    move = play.reveal(quizboard().store, game_id, player_id(), _index(), now())
    quizboard().publish(move.events)
    return _to(game_id)


@blueprint.post("/<game:game_id>/flags")
def flag(game_id: str) -> Response:
    index, form = _index(), request.form
    reason, comment = form.get("reason", ""), form.get("comment", "")
    move = play.flag(quizboard().store, game_id, player_id(), index, reason, comment, now())
    quizboard().publish(move.events)
    return _to(game_id)


def _page(game: Game, sent: Filled | None = None, fault: str = "") -> str:
    """With what was sent and cannot be read, if that is so."""
    app, moment = quizboard(), now()
    root = game.challenge if game.finished_at else None
    taken = Challenge.load(app.store, root, game.player) if root else None
    return render_template(
        _TEMPLATES[game.state(moment)],
        game=game.seen(moment),
        typed=sent.values if sent else (),
        fault=fault,
        placings=ranking.placings_of(app.store, game),
        challenge=taken,
        challenger=taken.challenger(app.store) if taken else None,
        now=moment,
        decks=app.dealer.decks(moment),
    )


def _index() -> int:
    text = request.form.get("index", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise BadRequest(later("The form does not say which question it is about."))
    return int(text)


def _to(game_id: str) -> Response:
    return redirect(url_for("games.show", game_id=game_id), 303)
