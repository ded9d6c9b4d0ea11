"""What can go wrong, and how often: drawn for every seed, so that some see one kind and some all."""

import random

USUAL = {
    "crash": 0.01,
    "interleave": 0.25,
    "interleave in a pause": 0.3,
    "interleave in the stream": 0.02,
    "store away": 0.01,
    "store slow": 0.01,
    "publish slow": 0.1,
    "commit refused": 0.05,
    "commit lost": 0.03,
    "commit applied but raised": 0.08,
    "publish fails": 0.15,
    "publish takes and raises": 0.1,
    "acknowledgement lost": 0.1,
    "told twice": 0.1,
    "told late": 0.15,
    "move sent twice": 0.3,
    "player leaves": 0.015,
    "player is renamed": 0.03,
    "start under another name": 0.2,
    "question flagged": 0.2,
    "subscriber broken": 0.1,
}


DELAYS = (0.1, 0.2, 60.0)
"""Seconds that a slow call takes, if it may."""


class Crash(BaseException):
    """The process is gone, with everything in its memory. No handler of errors sees it."""


class Faults:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._rates = {kind: rate * rng.choice((0, 1, 1, 3)) for kind, rate in USUAL.items()}
        self.on = True

    def happens(self, kind: str) -> bool:
        rate = self._rates[kind]
        return self.on and rate > 0 and self._rng.random() < rate

    def delay(self, kind: str) -> float:
        return self._rng.choice(DELAYS) if self.happens(kind) else 0.0
