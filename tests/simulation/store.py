"""Datastore in memory beneath the application's own Store.

`change`, with its conditions, its attempts and its reading again, is the application's; only what would
travel to Google is replaced, and fails, loses answers and lets others in between as Google's may.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from types import SimpleNamespace
from typing import Any

from google.api_core.exceptions import Aborted, DeadlineExceeded
from google.cloud.datastore import Entity, Key

from models.event import Event
from models.patience import CALL_SECONDS, StoreUnavailable
from models.reading import Reading
from models.store import Filter, Page, Store
from tests.simulation.faults import Faults

OPERATORS = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
MISSING = 0
"""The version of what is not there."""


class SimulatedKey(Key):
    """One for each kind and name. Google's copies its whole path whenever it is asked for a part of it."""

    kind = name = ""
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind, name, project="simulation")
        self.kind, self.name = kind, name


_keys: dict[tuple[str, str], SimulatedKey] = {}


@dataclass(frozen=True)
class Mutation:
    key: Key
    entity: Entity | None
    """None deletes."""
    based_on: int | None
    """The version that must still be there; None where any will do."""


class SimulatedReading(Reading):
    def mutations(self, puts: Sequence[Entity], deletes: Sequence[Key]) -> list[Mutation]:
        written = [Mutation(entity.key, entity, self._base(entity.key)) for entity in puts]
        return written + [Mutation(key, None, self._base(key)) for key in deletes]

    def _base(self, key: Key) -> int | None:
        return self.versions.get(key, MISSING) if key in self.asked and not self.transaction else None


class SimulatedStore(Store):
    """`between` is called between any two steps: it may raise, and it may let others do things.

    `wait` lets seconds pass.
    """

    def __init__(
        self,
        faults: Faults,
        between: Callable[[str], None],
        wait: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        super().__init__(SimpleNamespace(project="simulation", key=_key), clock)
        self._faults = faults
        self._between = between
        self._wait = wait
        self._version = MISSING
        self._rows: dict[str, dict[str, tuple[int, Entity]]] = {}
        self.watch: Callable[[Entity | None, Entity], None] = lambda before, entity: None
        """Sees everything that is written, and what was there before."""
        self.wake: Callable[[Event], Sequence[Event]] = lambda event: ()
        """Counts the stream, in the time and with the chance of whoever has this store."""

    def share(self, other: "SimulatedStore", *kinds: str) -> None:
        """Has the same rows of those kinds, which nobody writes any more."""
        self._rows |= {kind: other._rows[kind] for kind in kinds}

    def all(self, kind: str) -> list[Entity]:
        """For whoever checks: no step, and nothing goes wrong."""
        return [entity for _, (_, entity) in sorted(self._rows.get(kind, {}).items())]

    def get_many(self, keys: Sequence[Key], seconds: float | None = None) -> list[Entity | None]:
        self._call("get", seconds)
        return [self._there(key)[1] for key in keys]

    def query(
        self,
        kind: str,
        filters: Sequence[Filter] = (),
        order: Sequence[str] = (),
        limit: int | None = None,
        after: str | None = None,
        keys_only: bool = False,
        seconds: float | None = None,
    ) -> Page:
        self._call(f"query {kind}", seconds)
        if order:
            raise NotImplementedError("nothing that is simulated orders by a property")
        found = [entity for entity in self._matching(kind, filters) if not after or entity.key.name > after]
        return Page(found[:limit], found[:limit][-1].key.name if found[:limit] else None)

    def count(self, kind: str, filters: Sequence[Filter], up_to: int | None = None) -> int:
        return len(self.query(kind, filters, limit=up_to).entities)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        raise NotImplementedError("nothing that is simulated reads in a snapshot")
        yield

    def put_many(self, entities: Sequence[Entity]) -> None:
        self._write([Mutation(entity.key, entity, None) for entity in entities])

    def delete_many(self, keys: Sequence[Key], seconds: float | None = None) -> None:
        self._write([Mutation(key, None, None) for key in keys], seconds)

    def _read(self, keys: Sequence[Key], isolated: bool) -> SimulatedReading:
        self._call("lookup", None)
        reading = SimulatedReading(frozenset(keys))
        for key in keys:
            version, entity = self._there(key)
            if entity is not None:
                reading.versions[key], reading.entities[key] = version, entity
        if isolated:
            # What was read stands in for the locks: whoever comes between makes this commit fail.
            reading.transaction = {key: self._there(key)[0] for key in keys}  # type: ignore[assignment]
        return reading

    def _commit(self, mutations: list[Mutation], transaction: Any) -> None:  # type: ignore[override]
        self._between("before a commit")
        if self._faults.happens("commit refused"):
            raise Aborted("no reason")
        if self._faults.happens("commit lost"):
            raise DeadlineExceeded("not applied")
        conditions = [(one.key, one.based_on) for one in mutations if one.based_on is not None]
        for key, version in (*conditions, *(transaction or {}).items()):
            if self._there(key)[0] != version:
                raise Aborted("somebody came between")
        self._apply(mutations)
        self._between("after a commit")
        if self._faults.happens("commit applied but raised"):
            raise DeadlineExceeded("applied")

    def _roll_back(self, transaction: Any) -> None:
        pass

    def _pause(self, attempt: int) -> None:
        self._between("pause")

    def _write(self, mutations: Sequence[Mutation], seconds: float | None = None) -> None:
        """One after the other: whoever is interrupted leaves half of it."""
        for one in mutations:
            self._call("write", seconds)
            self._apply([one])

    def _call(self, what: str, seconds: float | None) -> None:
        self._between(what)
        takes, deadline = self._faults.delay("store slow"), CALL_SECONDS if seconds is None else seconds
        self._wait(min(takes, deadline))
        if takes > deadline or self._faults.happens("store away"):
            raise StoreUnavailable(what)

    def _apply(self, mutations: Sequence[Mutation]) -> None:
        self._version += 1
        for one in mutations:
            rows = self._rows.setdefault(one.key.kind, {})
            if one.entity is None:
                rows.pop(one.key.name, None)
            else:
                _, before = self._there(one.key)
                rows[one.key.name] = (self._version, one.entity)
                self.watch(before, one.entity)

    def _there(self, key: Key) -> tuple[int, Entity | None]:
        return self._rows.get(key.kind, {}).get(key.name, (MISSING, None))

    def _matching(self, kind: str, filters: Sequence[Filter]) -> list[Entity]:
        return [entity for entity in self.all(kind) if all(_matches(entity, *filter) for filter in filters)]


def _matches(entity: Entity, name: str, operator: str, value: Any) -> bool:
    """Of a kind, keys order by name."""
    if name == "__key__":
        return bool(OPERATORS[operator](entity.key.name, value.name))
    return bool(OPERATORS[operator](entity[name], value))


def _key(kind: str, name: str) -> SimulatedKey:
    return _keys.get((kind, name)) or _keys.setdefault((kind, name), SimulatedKey(kind, name))
