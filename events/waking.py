"""Wakes the counting of the stream when a game has ended: it is soon counted, and a burst costs little.

The message is only a hint; the checkpoint says what is to be done. One thread of a process waits for its turn
and then counts for all that came meanwhile, so those go at once.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from events.counting import Unfinished, count, current_build
from models.checkpoint import Checkpoint
from models.event import Event
from models.store import Store

PACE = timedelta(seconds=5)
"""Between two passes: each asks Datastore 16 times at least."""

LOOKS = 7
"""So often whoever waits looks at the checkpoint, PACE apart: longer than the lease of one that has died."""

_turn = threading.Lock()
_CHANCE = random.SystemRandom()


def wake(
    store: Store,
    event: Event,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    wait: Callable[[float], None] = time.sleep,
    rng: random.Random = _CHANCE,
) -> Sequence[Event]:
    """Sees to it that somebody reads the stream after this moment. `wait` takes seconds.

    Gives up where others never come to an end: cron comes by. Raises Unfinished, to be told again.
    """
    if not _turn.acquire(blocking=False):
        return ()
    try:
        is_ours = _wait_for_turn(store, clock, wait)
    finally:
        _turn.release()
    progress = count(store, current_build(), clock, rng) if is_ours else None
    if progress and not progress.is_done:
        raise Unfinished(f"{progress.events} events are counted, and more are there")
    return ()


def _wait_for_turn(store: Store, clock: Callable[[], datetime], wait: Callable[[float], None]) -> bool:
    """Whether it is for us to count: nobody does, and nobody has since we came."""
    came_at = clock()
    for look in range(LOOKS):
        there, now = Checkpoint.load(store, current_build()), clock()
        if there.read_at and there.read_at > came_at:
            return False
        since = now - there.read_at if there.read_at else PACE
        if since >= PACE and not there.is_held(now):
            return True
        if look < LOOKS - 1:
            wait((PACE if there.is_held(now) else PACE - since).total_seconds())
    return False
