"""What the forms that start a game have in common: name, pace, a key that makes sending twice harmless."""

from flask import redirect, request, url_for
from werkzeug import Response

from controllers.application import quizboard
from controllers.visitor import player_id, remember
from models import play
from models.game import MIX, Pace
from models.naming import clean_name
from models.player import Player

FIELDS = ("name", "known", "pace", "category")


def typed() -> dict[str, str]:
    return {field: request.form.get(field, "") for field in FIELDS}


def remembered() -> dict[str, str]:
    """What the form begins with: the name of who was here before; `known` stays, whatever is typed."""
    known = player_id()
    player = Player.from_id_or_none(quizboard().store, known) if known else None
    name = player.name if player else ""
    return {"name": name, "known": name, "category": MIX, "pace": Pace.TIMED}


def wish() -> play.Start:
    """What was typed. The key holds for this wish only: who goes back and changes it wants another game.

    Raises BadName.
    """
    form, key = typed(), request.form.get("key") or fresh_key()
    return play.Start(
        name=clean_name(form["name"]),
        is_renaming=form["name"] != form["known"],
        category=form["category"] or MIX,
        pace=Pace.RELAXED if form["pace"] == Pace.RELAXED else Pace.TIMED,
        key=f"{key} {form['category']} {form['pace']}",
        player=player_id(),
    )


def to_the_game(move: play.Move) -> Response:
    quizboard().publish(move.events)
    game = move.game
    return remember(redirect(url_for("games.show", game_id=game.id), 303), game.player)


def fresh_key() -> str:
    return f"{quizboard().rng.getrandbits(128):032x}"
