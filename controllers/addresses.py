"""Links, and what may stand in one for an id of ours: Datastore refuses long and reserved key names."""

from functools import lru_cache
from typing import Any

import flask
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
    """Flask's, for templates: a link without its host is built once, a board has a hundred of them."""
    return flask.url_for(endpoint, _external=True, **values) if _external else _path(endpoint, **values)


@lru_cache(KEPT)
def _path(endpoint: str, **values: Any) -> str:
    return flask.url_for(endpoint, **values)
