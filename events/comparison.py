"""The same events counted once more, at one go and without checkpoint, marks or lease, to compare with."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from events.counting import BATCH, LOOK_BACK, counted
from events.stream import Poison, read
from models.aggregate import Aggregate, Build, Tally, together
from models.checkpoint import Checkpoint
from models.event import Event
from models.insights import complete
from models.position import Position
from models.store import Store


def compare(store: Store, build: Build, now: datetime) -> tuple[Position, list[str]]:
    """Up to where all is counted, and a line for each number that should be another: none is expected."""
    with store.snapshot():
        checkpoint, kept = Checkpoint.load(store, build), Aggregate.all(store, build)
    found = read(store, Position.START, now + LOOK_BACK)
    should_be = batch((one for one in found if checkpoint.has_counted(Position.of(one))), build)
    return checkpoint.settled, list(differences(kept, should_be))


def batch(found: Iterable[Event | Poison], build: Build) -> Tally:
    """What all of them add up to."""
    total: Tally = {}
    events = iter(found)
    while some := list(islice(events, BATCH)):
        total = together([total, counted(some, build)[0]])
    return complete(total)


def differences(kept: Tally, should_be: Tally) -> Iterator[str]:
    for name in sorted({*kept, *should_be}):
        there, wanted = kept.get(name, {}), should_be.get(name, {})
        for what in sorted({*there, *wanted}):
            if there.get(what) != wanted.get(what):
                yield f"{name}, {what}: {there.get(what)} is kept, it should be {wanted.get(what)}"
