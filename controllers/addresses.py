"""What may stand in an address for one of our ids: Datastore refuses long and reserved key names."""

from werkzeug.routing import BaseConverter


class Sha256(BaseConverter):
    regex = "[0-9a-f]{64}"


class GameId(BaseConverter):
    regex = "[0-9A-Za-z][0-9A-Za-z-]{0,99}"


class PlayerId(GameId):
    pass
