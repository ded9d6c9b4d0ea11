"""Our Datastore beside Google's emulators, in turns: start, memory, time of a call; and ours among a million.

`python -m benchmarks.local_datastore [--quick]`; a full run takes minutes, mostly to fill a million entities.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from google.cloud import datastore
from google.cloud.datastore.helpers import entity_to_protobuf
from google.cloud.datastore.query import PropertyFilter

from benchmarks.datastore_engines import (
    IN_PROCESS,
    OURS,
    available,
    client_at,
    client_in_process,
    resident_mb,
    servers,
    started,
    started_in_process,
)

STARTS = 3
ROUNDS = 7
CALLS = 160
WARM_UP = 2_000
"""Of each call. Java compiles what runs often: after 200 the emulators still were as slow as ours."""

THREADS = (1, 8)
COUNTED = 100_000
UNCOUNTED = "Datastore emulator"
"""It has no indexes: it would take minutes."""

SIZES = (1_000, 1_000_000)
FILL = 500
UP_TO = 1_000
ENTITY = {"name": "Ada", "points": 9_000, "board": "overall", "place": 12345, "note": "x" * 200}


@dataclass
class Engine:
    name: str
    client: datastore.Client
    pid: int | None
    """None: in this process."""
    seconds: dict[tuple[str, int], list[float]] = field(default_factory=dict)


def engines(stack: ExitStack, folder: Path, names: Sequence[str]) -> list[Engine]:
    served = [(name, *stack.enter_context(servers(folder)[name]())) for name in names]
    them = [Engine(name, client_at(address), pid) for name, address, pid in served]
    return [Engine(IN_PROCESS, client_in_process(), None), *them]


def an_entity(client: datastore.Client, kind: str, n: int) -> datastore.Entity:
    entity = datastore.Entity(client.key(kind, n), exclude_from_indexes=("note",))
    entity.update(ENTITY, place=n)
    return entity


def fill(client: datastore.Client, kind: str, size: int) -> None:
    for start in range(0, size, FILL):
        client.put_multi([an_entity(client, kind, n + 1) for n in range(start, min(start + FILL, size))])


def get(client: datastore.Client, n: int) -> None:
    assert client.get(client.key("Get", n % 100 + 1)) is not None


def put(client: datastore.Client, n: int) -> None:
    entity = an_entity(client, "Put", n)
    entity["points"] = time.perf_counter_ns()
    client.put(entity)


def get_ten(client: datastore.Client, n: int) -> None:
    assert len(client.get_multi([client.key("Get", m + 1) for m in range(10)])) == 10


def conditional_commit(client: datastore.Client, n: int) -> None:
    """As a move of a game is written: what was read is still there."""
    entity = an_entity(client, "Move", n)
    key = entity.key.to_protobuf()
    api = client._datastore_api
    version = api.lookup(request={"project_id": client.project, "keys": [key]}).found[0].version
    entity["points"] = time.perf_counter_ns()
    mutation = {
        "upsert": entity_to_protobuf(entity),
        "base_version": version,
        "conflict_resolution_strategy": "FAIL",
    }
    single_use = {"read_write": {}}
    api.commit(
        request={
            "project_id": client.project,
            "mode": "TRANSACTIONAL",
            "mutations": [mutation],
            "single_use_transaction": single_use,
        }
    )


def transaction(client: datastore.Client, n: int) -> None:
    with client.transaction():
        entity = client.get(client.key("Move", n))
        entity["points"] += 1
        client.put(entity)


def query_hundred(client: datastore.Client, n: int) -> None:
    query = client.query(kind="Get", order=["-place"])
    assert len(list(query.fetch(limit=100))) == 100


def count_all(client: datastore.Client, n: int) -> None:
    ((result,),) = client.aggregation_query(client.query(kind="Counted")).count().fetch()
    assert result.value == COUNTED


OPERATIONS: dict[str, Callable[[datastore.Client, int], None]] = {
    "get": get,
    "put": put,
    "get_multi of 10": get_ten,
    "lookup + conditional commit": conditional_commit,
    "transaction": transaction,
    "query of 100": query_hundred,
}


def measured(engine: Engine, operation: str, threads: int) -> float:
    """Seconds a call; with several threads, until one of them is done with one."""
    call = OPERATIONS[operation]

    def calls(thread: int) -> None:
        for n in range(CALLS // threads):
            # Nobody waits for somebody else's lock.
            call(engine.client, thread * CALLS + n % 10 + 1)

    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(calls, range(threads)))
    return (time.perf_counter() - begun) / (CALLS // threads * threads)


def prepare(engine: Engine) -> None:
    client = engine.client
    fill(client, "Get", 100)
    numbers = [thread * CALLS + n + 1 for thread in range(max(THREADS)) for n in range(10)]
    client.put_multi([an_entity(client, "Move", n) for n in numbers])
    for n in range(WARM_UP):
        for operation in OPERATIONS.values():
            operation(client, n % 10 + 1)


def compare(them: list[Engine]) -> None:
    for engine in them:
        prepare(engine)
    for _ in range(ROUNDS):
        for operation in OPERATIONS:
            for threads in THREADS:
                for engine in them:
                    taken = measured(engine, operation, threads)
                    engine.seconds.setdefault((operation, threads), []).append(taken)


def count_many(them: list[Engine]) -> None:
    operation = f"count of {COUNTED:,}"
    for engine in them:
        fill(engine.client, "Counted", COUNTED)
    counting = [engine for engine in them if engine.name != UNCOUNTED]
    for _ in range(ROUNDS):
        for engine in counting:
            begun = time.perf_counter()
            count_all(engine.client, 0)
            engine.seconds.setdefault((operation, 1), []).append(time.perf_counter() - begun)


def show_starts(names: Sequence[str], folder: Path) -> None:
    starts = {
        IN_PROCESS: [started_in_process() for _ in range(STARTS)],
        **{name: [started(servers(folder)[name]) for _ in range(STARTS)] for name in names},
    }
    show_heads(list(starts))
    for row, place in (("start to first answer, s", 0), ("memory then, MB", 1)):
        show_row(row, {name: median(start[place] for start in some) for name, some in starts.items()})


def show_calls(them: list[Engine]) -> None:
    names = [engine.name for engine in them]
    show_heads(names)
    for operation, threads in them[0].seconds:
        row = f"ms: {operation}, {threads} thread{'s' if threads > 1 else ''}"
        taken = {one.name: one.seconds.get((operation, threads)) for one in them}
        show_row(row, {name: 1000 * median(some) if some else None for name, some in taken.items()})
    show_row("memory at the end, MB", {one.name: one.pid and resident_mb(one.pid) for one in them})


def show_heads(names: Sequence[str]) -> None:
    print(f"\n{'':38}", *(f"{name:>19}{'ratio':>7}" for name in names))


def show_row(row: str, figures: Mapping[str, float | None]) -> None:
    """With the ratio to our server."""
    unit = figures[OURS]
    cells = ("" if of is None or unit is None else f"{of:12.2f}{of / unit:7.2f}" for of in figures.values())
    print(f"{row:38}", *(f"{cell:>26}" for cell in cells), flush=True)


def grow(client: datastore.Client, sizes: list[int]) -> None:
    """What a call costs among few and among many entities, which is to be the same."""
    kinds = {size: f"Size{size}" for size in sizes}
    for size, kind in kinds.items():
        begun = time.perf_counter()
        fill(client, kind, size)
        print(f"filled {size:,} in {time.perf_counter() - begun:.0f} s", flush=True)
    calls: dict[str, Callable[[str, int], Any]] = {
        "get": lambda kind, size: client.get(client.key(kind, size // 2)),
        "query of 100": lambda kind, size: list(client.query(kind=kind, order=["-place"]).fetch(limit=100)),
        f"count up to {UP_TO:,}": lambda kind, size: list(_counted(client, kind, size)),
    }
    heads = [f"{size:,}" for size in sizes]
    print(f"\n{'ours, ms a call among':38}", *(f"{head:>12}" for head in heads), f"{'ratio':>8}")
    for name, call in calls.items():
        taken: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(ROUNDS * 5):
            for size, kind in kinds.items():
                begun = time.perf_counter()
                call(kind, size)
                taken[size].append(time.perf_counter() - begun)
        medians = [median(taken[size]) for size in sizes]
        cells = (f"{1000 * one:>12.2f}" for one in medians)
        print(f"{name:38}", *cells, f"{medians[-1] / medians[0]:>8.2f}")


def _counted(client: datastore.Client, kind: str, size: int) -> Any:
    query = client.query(kind=kind, filters=[PropertyFilter("place", "<=", size)])
    return client.aggregation_query(query).count().fetch(limit=UP_TO)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="neither the large count nor the million")
    is_quick = parser.parse_args().quick
    with TemporaryDirectory() as folder, ExitStack() as stack:
        names = list(available(Path(folder)))
        show_starts(names, Path(folder))
        them = engines(stack, Path(folder), names)
        compare(them)
        if not is_quick:
            count_many(them)
        show_calls(them)
        if not is_quick:
            ours = next(engine for engine in them if engine.name == OURS)
            grow(ours.client, list(SIZES))


if __name__ == "__main__":
    main()
