"""Counts the stream into the aggregates: one counts at a time, and each event once, whatever goes wrong.

A commit can land late, between others that have been counted. So a pass reads again what is LOOK_BACK old, a
sweep all that is not settled yet, and the checkpoint's marks say what of it is new.
"""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from os import environ

from google.cloud.datastore import Entity, Key

from events.stages import Unfit, message_of, tally
from events.stream import SETTLED, Poison, fetch, keys
from models.aggregate import Aggregate, Build, Tally, build_for, together
from models.checkpoint import MOST_SEEN, Checkpoint, LeaseLost, mark_of
from models.dead_letter import DeadLetter
from models.event import Event
from models.insights import EXTREMES, complete
from models.position import Position
from models.statistics import PAGES
from models.store import Change, Store

SUBSCRIBER = "stream"

BATCH = 400
"""Events to a commit: each touches one day at most beside the totals and the pages, and 500 mutations fit."""

LOOK_BACK = timedelta(seconds=20)
"""A commit is tried for 17 seconds at most: mostly a sweep finds nothing. Clocks may differ by as much."""

SWEEP_EVERY = timedelta(minutes=1)

PASS_SECONDS = 20.0
"""No batch begins later, so that a push is answered in time; the next pass goes on."""


class Unfinished(Exception):
    """There is more to count than there was time for: whoever is told again goes on."""


_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How many events a pass has counted, and whether it came to the end of the stream."""

    events: int
    is_done: bool


def current_build() -> Build:
    """In the hours of TIME_ZONE, or those of UTC."""
    return build_for(environ.get("TIME_ZONE") or "UTC")


def count(
    store: Store,
    build: Build,
    clock: Callable[[], datetime],
    rng: random.Random,
    seconds: float = PASS_SECONDS,
    is_thorough: bool = False,
) -> Progress | None:
    """Counts what is new; None where somebody else is at it. A thorough pass is a sweep in any case.

    Raises StoreUnavailable: what was committed is counted, and the next pass goes on there.
    """
    now = clock()
    checkpoint = _take(store, build, f"{rng.getrandbits(64):016x}", now)
    if checkpoint is None:
        return None
    is_swept = checkpoint.swept_at is not None and now - checkpoint.swept_at < SWEEP_EVERY
    counter = _Pass(store, checkpoint, clock, now, is_thorough or not is_swept)
    try:
        return counter.run(now + timedelta(seconds=seconds))
    except LeaseLost:
        return None


def counted(found: Sequence[Event | Poison], build: Build) -> tuple[Tally, Sequence[DeadLetter]]:
    """What these add up to, and those that cannot be counted."""
    tallies: list[Tally] = []
    letters = []
    for one in found:
        try:
            tallies.append(tally(one, build))
        except Unfit as fault:
            letters.append(_letter(one, str(fault)))
        except Exception as error:
            # A mistake of ours: this event is for people to look at, and the others go on.
            _log.exception("event %s cannot be counted", one.id)
            letters.append(_letter(one, f"{type(error).__name__}: {error}"))
    return together(tallies), letters


@dataclass
class _Batch:
    """Keys that follow each other in the stream, and those of them that have not been counted."""

    passed: list[Position] = field(default_factory=list)
    fresh: list[Key] = field(default_factory=list)

    def add(self, key: Key, position: Position, is_fresh: bool) -> None:
        self.passed.append(position)
        if is_fresh:
            self.fresh.append(key)


class _Pass:
    def __init__(
        self,
        store: Store,
        checkpoint: Checkpoint,
        clock: Callable[[], datetime],
        now: datetime,
        is_sweep: bool,
    ) -> None:
        self._store = store
        self._checkpoint = checkpoint
        self._clock = clock
        self._now = now
        self._is_sweep = is_sweep
        self._limit = Position.before(now - SETTLED)
        self._events = 0

    def run(self, deadline: datetime) -> Progress:
        """Raises LeaseLost."""
        batch = _Batch()
        for key in keys(self._store, self._begin(), self._now + LOOK_BACK):
            position = Position.from_key_name(key.name)
            is_fresh = not self._checkpoint.has_counted(position)
            if is_fresh and self._is_full(batch, position):
                return self._leave_off(batch)
            batch.add(key, position, is_fresh)
            if len(batch.fresh) == BATCH:
                self._write(batch, self._after(batch))
                batch = _Batch()
                if self._clock() >= deadline:
                    return self._leave_off(batch)
        self._write(batch, self._at_the_end(self._after(batch)))
        return Progress(self._events, is_done=True)

    def _begin(self) -> Position:
        there = self._checkpoint
        if self._is_sweep or there.read_at is None:
            return there.settled
        return max(there.settled, Position.before(there.read_at - LOOK_BACK))

    def _is_full(self, batch: _Batch, position: Position) -> bool:
        """Whether there is no room for one mark more, and it would need one."""
        return position > self._limit and len(self._checkpoint.seen) + len(batch.fresh) >= MOST_SEEN

    def _leave_off(self, batch: _Batch) -> Progress:
        self._write(batch, replace(self._after(batch), held_until=None))
        return Progress(self._events, is_done=False)

    def _after(self, batch: _Batch) -> Checkpoint:
        """A sweep settles what it has passed and what is old enough: no mark of that is needed any more."""
        there, settled, read_at = self._checkpoint, self._checkpoint.settled, self._checkpoint.read_at
        if not batch.passed:
            return there
        last = batch.passed[-1]
        if self._is_sweep:
            settled = max(settled, min(last, self._limit))
        elif read_at:
            read_at = max(read_at, min(last.time, self._now))
        new = {mark_of(position) for position in batch.passed if position > settled}
        old = {mark_of(position) for position in batch.passed if position <= settled}
        return replace(there, settled=settled, seen=there.seen - old | new, read_at=read_at)

    def _at_the_end(self, there: Checkpoint) -> Checkpoint:
        there = replace(there, read_at=self._now, held_until=None)
        if not self._is_sweep:
            return there
        return replace(there, settled=max(there.settled, self._limit), swept_at=self._now)

    def _write(self, batch: _Batch, after: Checkpoint) -> None:
        found = fetch(self._store, batch.fresh)
        more, letters = counted(found, after.build)
        for letter in letters:
            letter.keep(self._store)
        before = self._checkpoint
        if after.held_until:
            after = after.taken(after.holder, self._clock())
        self._checkpoint = replace(after, step=before.step + 1)
        _commit(self._store, before, self._checkpoint, more)
        self._events += len(found)


def _take(store: Store, build: Build, holder: str, now: datetime) -> Checkpoint | None:
    """The lease; None where somebody else has it."""

    def take(found: list[Entity | None]) -> Change[Checkpoint | None]:
        there = Checkpoint.from_entity(build, found[0])
        if there.holder == holder:
            return Change(there)
        if there.is_held(now):
            return Change(None)
        taken = there.taken(holder, now)
        return Change(taken, puts=[taken.to_entity(store)])

    return store.change([Checkpoint.key(store, build)], take)


def _commit(store: Store, before: Checkpoint, after: Checkpoint, more: Tally) -> None:
    """The aggregates and how far they go, together or not at all. Raises LeaseLost."""
    build = after.build
    names = sorted({*more, *PAGES, EXTREMES}) if more else []

    def add(found: list[Entity | None]) -> Change[None]:
        there, *rows = found
        if Checkpoint.from_entity(build, there).follows(before):
            return Change(None)
        kept = {
            name: Aggregate.from_entity(build, name, row).sums for name, row in zip(names, rows, strict=True)
        }
        total = complete(together([kept, more])) if more else {}
        grown = [Aggregate(build, name, sums) for name, sums in total.items() if sums != kept[name]]
        return Change(None, puts=[after.to_entity(store), *(one.to_entity(store) for one in grown)])

    store.change([Checkpoint.key(store, build), *(Aggregate.key(store, build, name) for name in names)], add)


def _letter(found: Event | Poison, reason: str) -> DeadLetter:
    message = message_of(found)
    _log.error("dead letter of the stream: %s: %a", message.name, reason)
    return DeadLetter(SUBSCRIBER, message.name, reason, 1, found.time, message.to_text())
