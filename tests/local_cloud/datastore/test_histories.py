"""Random transactions of several clients, one step at a time: those that committed fit some serial order."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from google.api_core.exceptions import Aborted
from google.cloud import datastore
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.datastore import DatastoreServer
from local_cloud.datastore import engine as engine_module
from local_cloud.datastore.locks import Locks

from .calls import begin, commit, delete, lookup, run_query, upsert
from .conftest import INDEX_FILE, a_client

CLIENTS = 3
IDS = st.integers(1, 3)
COLOURS = st.sampled_from(["red", "blue"])
READS = st.lists(
    st.tuples(st.just("get"), IDS)
    | st.tuples(st.just("find"), COLOURS)
    | st.tuples(st.just("all"), st.none()),
    max_size=3,
)
WRITES = st.dictionaries(IDS, st.none() | COLOURS, max_size=2)
PROGRAMS = st.lists(
    st.lists(st.tuples(st.sampled_from(["write", "write", "read"]), READS, WRITES), min_size=1, max_size=3),
    min_size=CLIENTS,
    max_size=CLIENTS,
)
SCHEDULES = st.lists(st.integers(0, CLIENTS - 1), max_size=40)

# An entity is its colour and the number of the write that made it.
State = dict[int, tuple[str, int]]


@dataclass
class Done:
    """A transaction as its client has seen it."""

    reads: list[tuple[tuple[str, Any], Any]] = field(default_factory=list)
    writes: dict[int, tuple[str, int] | None] = field(default_factory=dict)

    def after(self, state: State) -> State | None:
        """None if it would have read something else in this state."""
        if any(read(state, *what) != seen for what, seen in self.reads):
            return None
        merged = {**state, **self.writes}
        return {identity: entity for identity, entity in merged.items() if entity is not None}


def read(state: State, what: str, which: Any) -> Any:
    if what == "get":
        return state.get(which)
    return {identity: one for identity, one in state.items() if which in (None, one[0])}


class Player:
    """One client that goes through its transactions step by step; what is aborted is left."""

    def __init__(
        self, client: datastore.Client, program: Any, numbers: Iterator[int], done: list[Done]
    ) -> None:
        self._client = client
        self._numbers = numbers
        self._done = done
        self._steps = self._play(program)

    def step(self) -> bool:
        return next(self._steps, self) is not self

    def _play(self, program: Any) -> Iterator[None]:
        for mode, reads, writes in program:
            mine = Done()
            transaction = begin(self._client, **({"read_only": {}} if mode == "read" else {}))
            yield
            try:
                for what in reads:
                    mine.reads.append((what, self._read(transaction, *what)))
                    yield
                if mode == "write":
                    mine.writes = {
                        identity: colour and (colour, next(self._numbers))
                        for identity, colour in writes.items()
                    }
                mutations = [self._mutation(*write) for write in mine.writes.items()]
                commit(self._client, *mutations, transaction=transaction)
            except Aborted:
                continue
            self._done.append(mine)
            yield

    def _read(self, transaction: bytes, what: str, which: Any) -> Any:
        if what == "get":
            found = lookup(self._client, self._client.key("E", which), transaction=transaction).found
            return seen(found[0])[1] if found else None
        query = {}
        if which:
            colour = {"property": {"name": "colour"}, "op": "EQUAL", "value": {"string_value": which}}
            query = {"filter": {"property_filter": colour}}
        batch = run_query(self._client, "E", {"transaction": transaction}, **query).batch
        return dict(seen(result) for result in batch.entity_results)

    def _mutation(self, identity: int, written: tuple[str, int] | None) -> dict[str, Any]:
        key = self._client.key("E", identity)
        if written is None:
            return delete(key)
        entity = datastore.Entity(key)
        entity["colour"], entity["number"] = written
        return upsert(entity)


def seen(result: Any) -> tuple[int, tuple[str, int]]:
    properties = result.entity.properties
    identity = result.entity.key.path[0].id
    return identity, (properties["colour"].string_value, properties["number"].integer_value)


def fits_some_order(left: list[Done], state: State, end: State) -> bool:
    if not left:
        return state == end
    for number, one in enumerate(left):
        after = one.after(state)
        if after is not None and fits_some_order(left[:number] + left[number + 1 :], after, end):
            return True
    return False


@pytest.fixture(scope="module", params=[False, True], ids=["pessimistic", "optimistic"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a server where nobody waits for a lock, so that one thread can play all clients."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine_module, "Locks", partial(Locks, wait_seconds=0))
        server = DatastoreServer(None, index_file=INDEX_FILE, optimistic=request.param)
        server.start()
    yield server.address
    server.stop()


@settings(max_examples=60)
@given(PROGRAMS, SCHEDULES)
def test_what_was_committed_fits_some_serial_order(address: str, programs: Any, schedule: list[int]) -> None:
    done: list[Done] = []
    numbers = itertools.count(1)
    with a_client(address, f"history-{uuid.uuid4().hex[:8]}") as client:
        players = [Player(client, program, numbers, done) for program in programs]
        for number in schedule:
            players[number].step()
        for player in players:
            while player.step():
                pass
        end = {
            entity.key.id: (entity["colour"], entity["number"]) for entity in client.query(kind="E").fetch()
        }
    assert fits_some_order(done, {}, end)
