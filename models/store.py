"""The one place that talks to Datastore.

The trap it exists for: a commit that raised may still have been applied, so nothing is ever written a
second time without reading again first.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from google.api_core import exceptions
from google.cloud import datastore
from google.cloud.datastore import Entity, Key, helpers
from google.cloud.datastore_v1 import types

from models import patience
from models.patience import StoreUnavailable, plain_errors
from models.reading import Reading, key_message

CHANGE_ATTEMPTS = 10
CHANGE_SECONDS = 12.0
"""No attempt begins later: who asked has given up by then, and asks again."""

FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.5

RECENT_SECONDS = 30.0
"""How old an entity may be that is read by `recent`."""

MUTATIONS_PER_COMMIT = 500
KEYS_PER_LOOKUP = 500

Filter = tuple[str, str, Any]
T = TypeVar("T")


class BadCursor(Exception):
    """The place to go on from is not one that a page gave out."""


@dataclass(frozen=True)
class Change(Generic[T]):
    """What a verb made of the entities it was shown: its result and what is to be written for it."""

    result: T
    puts: Sequence[Entity] = ()
    deletes: Sequence[Key] = ()


@dataclass(frozen=True)
class Page:
    """Some entities of a query, and the cursor to go on from."""

    entities: list[Entity]
    cursor: str | None


class Store:
    def __init__(self, client: datastore.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._pause_rng = random.Random()
        self._recent: dict[tuple[str, str], tuple[float, Entity | None]] = {}

    @property
    def project(self) -> str:
        return str(self._client.project)

    def key(self, kind: str, name: str) -> Key:
        key: Key = self._client.key(kind, name)
        return key

    def entity(
        self, kind: str, name: str, properties: Mapping[str, Any], indexed: Sequence[str] = ()
    ) -> Entity:
        """An entity of which only the named properties are indexed: an index costs at every write."""
        entity = Entity(self.key(kind, name), exclude_from_indexes=tuple(set(properties) - set(indexed)))
        entity.update(properties)
        return entity

    def get(self, kind: str, name: str) -> Entity | None:
        return self.get_many([self.key(kind, name)])[0]

    def recent(self, kind: str, name: str) -> Entity | None:
        """As it was at most RECENT_SECONDS ago: for what is read all the time and hardly ever changes."""
        read_at, entity = self._recent.get((kind, name), (float("-inf"), None))
        if self._clock() - read_at > RECENT_SECONDS:
            read_at, entity = self._recent[kind, name] = self._clock(), self.get(kind, name)
        return entity

    def get_many(self, keys: Sequence[Key], seconds: float | None = None) -> list[Entity | None]:
        """The entities of `keys`, in their order, None where there is none. One round trip for 500 keys.

        With `seconds`, here and below: a round trip is tried once, and takes no longer.
        """
        found: dict[Key, Entity] = {}
        options, waiting = self._options(), self._waiting(seconds)
        with plain_errors():
            for some in _slices(keys, KEYS_PER_LOOKUP):
                found |= self._look_up(some, options, waiting).entities
        return [found.get(key) for key in keys]

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
        """Raises BadCursor where `after` is not a cursor that an earlier page of this query gave."""
        query = self._query(kind, filters, order)
        if keys_only:
            query.keys_only()
        with plain_errors(), _cursor_errors(after):
            iterator = query.fetch(limit=limit, start_cursor=after, **self._waiting(seconds))
            entities = list(iterator)
        token = iterator.next_page_token
        return Page(entities, token.decode() if token else None)

    def pages(
        self, kind: str, filters: Sequence[Filter], size: int, keys_only: bool = False
    ) -> Iterator[list[Entity]]:
        """All that match, so many at a time; what is deleted on the way disturbs nothing."""
        after, is_last = None, False
        while not is_last:
            page = self.query(kind, filters, limit=size, after=after, keys_only=keys_only)
            after, is_last = page.cursor, len(page.entities) < size
            yield page.entities

    def pages_between(
        self, kind: str, after: str, before: str, size: int, keys_only: bool = False
    ) -> Iterator[list[Entity]]:
        """Those whose key names lie between these, in the order of their names, so many at a time."""
        last, end, is_last = self.key(kind, after), self.key(kind, before), False
        while not is_last:
            between = [("__key__", ">", last), ("__key__", "<", end)]
            found = self.query(kind, between, limit=size, keys_only=keys_only).entities
            yield found
            is_last = len(found) < size
            last = found[-1].key if found else last

    def count(self, kind: str, filters: Sequence[Filter], up_to: int | None = None) -> int:
        """How many entities match, `up_to` at most. Datastore bills one read for a thousand of them."""
        query = self._client.aggregation_query(self._query(kind, filters)).count(alias="n")
        with plain_errors():
            [[answer]] = query.fetch(limit=up_to, **self._waiting())
        return int(answer.value)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Inside, every read of this thread sees the same moment.

        Begun at once: begun later, the client's queries would each open a transaction and forget it.
        """
        with plain_errors(), self._client.transaction(read_only=True):
            yield

    def change(
        self,
        keys: Sequence[Key],
        verb: Callable[[list[Entity | None]], Change[T]],
        isolated: bool = False,
    ) -> T:
        """Reads `keys`, lets `verb` decide, writes what it decided; one lookup and one commit.

        The commit holds only if none of the written entities changed in between. If it does not hold, or
        if it is not known whether it did, everything starts again at the reading: so `verb` must be free
        of effects, and must find its own work done when it was. With `isolated` the entities that were
        read but not written may not have changed either (a transaction, which locks them).

        Raises StoreUnavailable after CHANGE_ATTEMPTS attempts or CHANGE_SECONDS, and whatever `verb` raises.
        """
        failure: Exception | None = None
        deadline = time.monotonic() + CHANGE_SECONDS
        for attempt in range(CHANGE_ATTEMPTS):
            if time.monotonic() > deadline:
                break
            try:
                return self._attempt(keys, verb, isolated)
            except (*patience.CONFLICTS, *patience.UNCERTAIN) as error:
                failure = error
            self._pause(attempt)
        raise StoreUnavailable("no commit held in time") from failure

    def insert(self, entity: Entity) -> Entity:
        """Writes `entity` unless there is one; returns the one that is there afterwards."""

        def insert_if_missing(found: list[Entity | None]) -> Change[Entity]:
            there = found[0]
            return Change(there) if there is not None else Change(entity, puts=[entity])

        return self.change([entity.key], insert_if_missing)

    def put_many(self, entities: Sequence[Entity]) -> None:
        """Writes all, whatever was there, MUTATIONS_PER_COMMIT at a time. Safe to do twice."""
        self._write_blindly([types.Mutation(upsert=helpers.entity_to_protobuf(e)) for e in entities])

    def delete_many(self, keys: Sequence[Key], seconds: float | None = None) -> None:
        self._write_blindly([types.Mutation(delete=key.to_protobuf()) for key in keys], seconds)

    def _options(self) -> types.ReadOptions:
        """Of the snapshot, where there is one."""
        current = self._client.current_transaction
        return types.ReadOptions(transaction=current.id if current else None)

    def _waiting(self, seconds: float | None = None, otherwise: float | None = None) -> dict[str, Any]:
        if seconds is not None:
            return {"retry": patience.ONCE, "timeout": seconds}
        is_in_transaction = self._client.current_transaction is not None
        return {
            "retry": patience.READ_RETRY_IN_TRANSACTION if is_in_transaction else patience.READ_RETRY,
            "timeout": otherwise or patience.CALL_SECONDS,
        }

    def _query(self, kind: str, filters: Sequence[Filter], order: Sequence[str] = ()) -> datastore.Query:
        query: datastore.Query = self._client.query(kind=kind, order=order)
        for name, operator, value in filters:
            query.add_filter(filter=datastore.query.PropertyFilter(name, operator, value))
        return query

    def _attempt(
        self, keys: Sequence[Key], verb: Callable[[list[Entity | None]], Change[T]], isolated: bool
    ) -> T:
        reading = self._read(keys, isolated)
        try:
            change = verb([reading.entities.get(key) for key in keys])
            if change.puts or change.deletes:
                self._commit(reading.mutations(change.puts, change.deletes), reading.transaction)
            elif reading.transaction:
                self._roll_back(reading.transaction)
        except BaseException:
            if reading.transaction:
                self._roll_back(reading.transaction)
            raise
        return change.result

    def _read(self, keys: Sequence[Key], isolated: bool) -> Reading:
        options = types.ReadOptions(new_transaction={"read_write": {}} if isolated else None)
        again = patience.READ_RETRY_IN_TRANSACTION if isolated else patience.READ_RETRY
        # What is aborted passes through: `change` then begins again.
        with plain_errors((exceptions.RetryError,)):
            return self._look_up(keys, options, {"retry": again, "timeout": patience.CALL_SECONDS})

    def _look_up(
        self, keys: Sequence[Key], options: types.ReadOptions, waiting: Mapping[str, Any]
    ) -> Reading:
        """The public client hides versions, which a conditional commit needs, and takes longer."""
        reading = Reading(frozenset(keys))
        wanted = [key_message(key) for key in keys]
        while wanted:
            answer = self._client._datastore_api.lookup(
                request={"project_id": self._client.project, "keys": wanted, "read_options": options},
                **waiting,
            )._pb
            for found in answer.found:
                entity = helpers.entity_from_protobuf(found.entity)
                reading.entities[entity.key] = entity
                reading.versions[entity.key] = found.version
            if answer.transaction:
                reading.transaction = answer.transaction
                options = types.ReadOptions(transaction=answer.transaction)
            wanted = list(answer.deferred)
        return reading

    def _commit(self, mutations: list[types.Mutation], transaction: bytes | None) -> None:
        request = types.CommitRequest(
            project_id=self._client.project,
            mode=types.CommitRequest.Mode.TRANSACTIONAL,
            mutations=mutations,
        )
        if transaction is None:
            request.single_use_transaction = types.TransactionOptions(read_write={})
        else:
            request.transaction = transaction
        self._client._datastore_api.commit(request=request, timeout=patience.CALL_SECONDS)

    def _roll_back(self, transaction: bytes) -> None:
        """Gives the locks back at once; if that fails they expire by themselves."""
        with suppress(exceptions.GoogleAPICallError):
            self._client._datastore_api.rollback(
                request={"project_id": self._client.project, "transaction": transaction},
                timeout=patience.CALL_SECONDS,
            )

    def _write_blindly(self, mutations: list[types.Mutation], seconds: float | None = None) -> None:
        for some in _slices(mutations, MUTATIONS_PER_COMMIT):
            with plain_errors():
                self._client._datastore_api.commit(
                    request={
                        "project_id": self._client.project,
                        "mode": types.CommitRequest.Mode.NON_TRANSACTIONAL,
                        "mutations": some,
                    },
                    **self._waiting(seconds, patience.BATCH_SECONDS),
                )

    def _pause(self, attempt: int) -> None:
        longest = min(FIRST_PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS)
        time.sleep(self._pause_rng.uniform(0, longest))


def _slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


@contextmanager
def _cursor_errors(cursor: str | None) -> Iterator[None]:
    try:
        yield
    except (exceptions.InvalidArgument, ValueError) as error:
        if cursor is None:
            raise
        raise BadCursor(cursor) from error
