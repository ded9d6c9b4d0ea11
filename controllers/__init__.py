"""HTTP: one blueprint for each noun, and what they share. A controller loads, calls one verb, responds."""

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from controllers import (
    assets,
    challenges,
    cron,
    daily,
    errors,
    games,
    health,
    home,
    images,
    insights,
    join,
    leaderboards,
    logs,
    me,
    players,
    pubsub,
    security,
)
from controllers.addresses import GameId, PlayerId, Sha256, url_for
from controllers.api import categories as api_categories
from controllers.api import games as api_games
from controllers.api import insights as api_insights
from controllers.api import leaderboards as api_leaderboards
from controllers.api import openapi as api_openapi
from controllers.application import Quizboard
from models.store import Store
from views import charts, closed, qr_code, translation, twins, words

VIEWS = Path(__file__).parent.parent / "views"

BODY_BYTES = 16 * 1024
"""Of a request, at most: no form or JSON of ours comes near."""

NOUNS = (
    home,
    daily,
    challenges,
    games,
    images,
    leaderboards,
    insights,
    join,
    players,
    me,
    health,
    pubsub,
    cron,
    api_categories,
    api_games,
    api_insights,
    api_leaderboards,
    api_openapi,
)


class OrderedJSON(DefaultJSONProvider):
    """Fields come as the shapes order them."""

    sort_keys = False


def create_app(
    store: Store | None = None,
    clock: Callable[[], datetime] | None = None,
    rng: random.Random | None = None,
) -> Quizboard:
    """The application. The arguments are for tests: a store, a clock and chance of their own."""
    app = Quizboard("quizboard", template_folder=str(VIEWS), static_folder=None)
    for name, value in {"store": store, "clock": clock, "rng": rng}.items():
        if value is not None:
            setattr(app, name, value)
    _configure(app)
    logs.register(app)
    app.before_request(security.refuse_foreign_changes)
    app.after_request(security.add_headers)
    for noun in NOUNS:
        app.register_blueprint(noun.blueprint)
    assets.register(app)
    errors.register(app)
    return app


def _configure(app: Quizboard) -> None:
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.json = OrderedJSON(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["url_for"] = url_for
    app.jinja_env.globals |= words.GLOBALS | closed.GLOBALS | twins.GLOBALS | qr_code.GLOBALS | charts.GLOBALS
    translation.speak(translation.Language.of(app.language))
    translation.register(app.jinja_env)
    app.url_map.converters |= {"game": GameId, "player": PlayerId, "sha256": Sha256}
    # App Engine's front end is the one proxy before us.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]  # as Flask's documentation wraps it
