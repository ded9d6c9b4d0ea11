"""The key that signs player tokens, where the owner sets none: made once, kept in Datastore.

Whoever can read the project's Datastore can read it; set SECRET_KEY to keep it elsewhere.
"""

import random

from models.store import Store

KIND = "Secret"
_NAME = "player-tokens"
_BITS = 256


def secret_key(store: Store, rng: random.Random) -> str:
    """`rng` must be a cryptographic one. The first caller's key stands, for every instance."""
    made = store.entity(KIND, _NAME, {"key": f"{rng.getrandbits(_BITS):064x}"})
    key: str = store.insert(made)["key"]
    return key
