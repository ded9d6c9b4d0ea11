"""The page of whoever is asking: their name, what is kept of them, and the way out."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response

from controllers.application import now, quizboard
from controllers.visitor import forget, player_id
from models import player
from models.naming import BadName, clean_name
from models.personal_data import PersonalData
from models.player import NoSuchPlayer, Player
from views import download
from views.translation import told

blueprint = Blueprint("me", __name__, url_prefix="/me")


@blueprint.get("")
def show() -> str:
    return _page()


@blueprint.post("/name")
def rename() -> Response | tuple[str, int]:
    typed = request.form.get("name", "")
    try:
        name = clean_name(typed)
    except BadName as fault:
        return _page(typed, told(fault)), 422
    quizboard().publish(player.rename(quizboard().store, _my_id(), name, now()))
    return _to_my_page()


@blueprint.post("/erasure")
def erase() -> Response:
    """Sent again, by who is nobody any more, it leads to the same page."""
    if known := player_id():
        quizboard().publish(player.erase(quizboard().store, known, now()))
    return forget(_to_my_page())


@blueprint.get("/data")
def data() -> Response:
    kept = PersonalData.of(quizboard().store, _my_id())
    response = Response(download.chunks(kept), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="quizboard.json"'
    return response


def _page(typed: str | None = None, fault: str = "") -> str:
    """With the name as it was typed, where it cannot be used."""
    known = player_id()
    me = Player.from_id_or_none(quizboard().store, known) if known else None
    return render_template("me/show.html", me=me, typed=typed, fault=fault)


def _my_id() -> str:
    """Raises NoSuchPlayer for a newcomer."""
    known = player_id()
    if known is None:
        raise NoSuchPlayer
    return known


def _to_my_page() -> Response:
    return redirect(url_for("me.show"), 303)
