"""Builds what the subscribers keep anew while everything around breaks, and shows that then."""

import threading
import time
from random import Random

from tests.storm.stack import LIMIT_SECONDS, Stack

BUILT = ("leaderboard", "history")
VERSION = "2"
PAUSE_SECONDS = 1.0
KILLED_WITHIN_SECONDS = 3.0


class Operator(threading.Thread):
    """Types each command until it works; each first try of a build is killed somewhere on its way."""

    def __init__(self, stack: Stack, seed: int) -> None:
        super().__init__(name="operator", daemon=True)
        self.tries = 0
        self.is_over = threading.Event()
        """Nothing is typed any more."""
        self._stack = stack
        self._rng = Random(seed)

    def run(self) -> None:
        for subscriber in BUILT:
            self._begin_and_kill("replay", subscriber, "--into", VERSION)
            self._until_it_works("replay", subscriber, "--into", VERSION)
            self._until_it_works("versions", "flip", subscriber, VERSION)

    def _begin_and_kill(self, *words: str) -> None:
        process = self._stack.operate(*words)
        time.sleep(self._rng.uniform(0, KILLED_WITHIN_SECONDS))
        process.kill()
        process.wait()

    def _until_it_works(self, *words: str) -> None:
        """Or not in time: then the version is not there afterwards."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while (
            not self.is_over.is_set() and time.monotonic() < deadline and self._stack.operate(*words).wait()
        ):
            self.tries += 1
            time.sleep(PAUSE_SECONDS)
