"""What may stand in an address for one of our ids: Datastore refuses long and reserved key names."""

from werkzeug.routing import BaseConverter


class GameId(BaseConverter):
    regex = "[0-9A-Za-z][0-9A-Za-z-]{0,99}"
