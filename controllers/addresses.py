"""Links, and what may stand in one for an id of ours: Datastore refuses long and reserved key names."""

from functools import lru_cache
from typing import Any

import flask
from flask import request
from werkzeug.routing import BaseConverter

KEPT = 5_000
"""Links in memory, a few hundred bytes each."""


class Sha256(BaseConverter):
    regex = "[0-9a-f]{64}"


class GameId(BaseConverter):
    regex = "[0-9A-Za-z][0-9A-Za-z-]{0,99}"


class PlayerId(GameId):
    pass


def url_for(endpoint: str, _external: bool = False, **values: Any) -> str:
    """Flask's, for templates: a path is built once, a board has a hundred of them.

    The application is at the root of its host.
    """
    path = _path(endpoint, **values)
    return f"{request.scheme}://{request.host}{path}" if _external else path


@lru_cache(KEPT)
def _path(endpoint: str, **values: Any) -> str:
    return flask.url_for(endpoint, **values)
