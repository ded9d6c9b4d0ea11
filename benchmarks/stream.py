"""The stream, short and long: events a second, memory and the bill of Datastore, by what is done with it.

`python -m benchmarks.stream [SIZE ...]`; a million take minutes to write. Every row is of a process of its
own. What else is to be measured is another function in JOBS.
"""

import itertools
import json
import logging
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, islice, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import datastore
from google.cloud.datastore import helpers

from benchmarks.cloud import ROOT, local_datastore
from events.counting import BATCH, count
from events.publishing import Publisher
from events.replay import WORKERS, Replay
from events.stream import SETTLED, keys, read
from events.subscribers import SUBSCRIBERS
from local_cloud.datastore.keys import encode_key, encode_partition
from local_cloud.datastore.reader import Place
from local_cloud.datastore.storage import Storage
from local_cloud.sqlite_file import SqliteFile
from models.aggregate import Build
from models.event import ClosedTurn, Event, GameFinished
from models.game import LENGTH
from models.player import Player
from models.position import Position
from models.store import Store

SIZES = (1_000, 10_000)
MOST_READ = 50_000
MOST_COUNTED = 10_000
MOST_REPLAYED = 1_000
"""Of a stream's events. Where the next one costs the same, a part says as much as the whole."""

FILL = 10_000
PLAYERS = 50
"""However long the stream: so what is replayed brings about the same."""

EVERY = timedelta(seconds=5)
"""A game is finished."""

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
COLUMNS = ("events", "a second", "MB", "round trips", "reads", "small", "writes")

Job = Callable[[Store, datetime], Iterable[int]]
"""Goes through the stream up to that time; how many events at each step."""


def a_finish() -> Event:
    answers = [
        ClosedTurn(f"q-{n:07}", "geography", "easy", 1.0, 900 if n else -2, 4_000, False, [n % 4])
        for n in range(LENGTH)
    ]
    finished = GameFinished(
        game="GAME",
        player="PLAYER",
        mode="normal",
        pace="timed",
        category="geography",
        challenge=None,
        points=-1,
        correct=LENGTH,
        elapsed_ms=40_000,
        rule_version=1,
        started_at=NOON,
        finished_at=NOON,
        answers=answers,
    )
    return finished.to_event("GAME", NOON)


def rows(store: Store, size: int) -> Iterator[Any]:
    """As if so many games had been finished, and nobody had been told. All alike, but in what matters."""
    rng, one = random.Random(1), a_finish()
    for n in range(PLAYERS):
        yield helpers.entity_to_protobuf(Player(f"player-{n}", "Ada", NOON).to_entity(store))._pb
    row = helpers.entity_to_protobuf(one.to_entities(store)[0])._pb
    text = row.properties["data"].string_value
    for n in range(size):
        first, others = rng.randrange(1_000), (LENGTH - 1) * 900
        event = replace(one, id=f"{rng.getrandbits(128):032x}", time=NOON + n * EVERY)
        values = {
            '"GAME"': f'"{event.id}"',
            '"PLAYER"': f'"player-{rng.randrange(PLAYERS)}"',
            '"points": -1': f'"points": {first + others}',
            '"points": -2': f'"points": {first}',
            NOON.isoformat(): event.time.isoformat(),
        }
        data = text
        for place, value in values.items():
            data = data.replace(place, value)
        row.key.path[0].name = event.key_name
        row.properties["id"].string_value = event.id
        row.properties["time"].timestamp_value.FromDatetime(event.time)
        row.properties["data"].string_value = data
        yield row


def fill(folder: Path, size: int) -> None:
    """Past the API, for a million's sake; before there is a server."""
    file = SqliteFile(folder)
    file.open()
    storage = Storage(file, [], lambda: time.time_ns() // 1_000)
    storage.open()
    left = rows(a_store(size, credentials=AnonymousCredentials()), size)
    while some := next(left, None):
        with storage.writing() as writer:
            for row in chain([some], islice(left, FILL)):
                partition = encode_partition(row.key.partition_id)
                writer.put(Place(encode_key(row.key), partition, row.key.path[0].kind), row, None)
    storage.close()
    file.close()


def a_store(size: int, **credentials: Any) -> Store:
    return Store(datastore.Client(project=f"benchmark-{size}", **credentials))


def read_the_keys(store: Store, until: datetime) -> Iterator[int]:
    return (1 for _ in islice(keys(store, Position.START, until), MOST_READ))


def read_the_events(store: Store, until: datetime) -> Iterator[int]:
    return (1 for _ in islice(read(store, Position.START, until), MOST_READ))


def replayed_to(name: str) -> Job:
    def replay(store: Store, until: datetime) -> Iterator[int]:
        with ThreadPoolExecutor(WORKERS) as pool:
            replay = Replay(store, Publisher(TakesAll()), SUBSCRIBERS[name], lambda: until, pool.map)
            before = 0
            for step in replay.gaps():
                yield step.told.handled - before
                before = step.told.handled
                if before >= MOST_REPLAYED:
                    return

    return replay


def counted(store: Store, until: datetime) -> Iterator[int]:
    """In one pass, whose clock runs on a second whenever it is looked at: so it leaves off in time."""
    seconds = itertools.count()
    progress = count(
        store,
        Build(),
        lambda: until + SETTLED + next(seconds) * timedelta(seconds=1),
        random.Random(1),
        seconds=2 * MOST_COUNTED / BATCH,
    )
    assert progress
    yield progress.events


JOBS: Mapping[str, Job] = {
    "keys": read_the_keys,
    "events": read_the_events,
    "counted": counted,
    "replayed to history": replayed_to("history"),
    "replayed to leaderboard": replayed_to("leaderboard"),
}


class TakesAll:
    """In place of Pub/Sub."""

    def __call__(self, messages: object, seconds: float) -> None: ...

    def warm_up(self) -> None: ...


class Billed:
    """The client's way to Datastore; counts round trips and what each would cost."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self.counts: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            answer = getattr(self._api, name)(*arguments, **options)
            self.counts["round trips"] += 1
            self._bill(name, options.get("request"), answer)
            return answer

        return call

    def _bill(self, name: str, request: Any, answer: Any) -> None:
        """An empty query costs a read; keys alone cost nothing but the query's."""
        if name == "lookup":
            self.counts["reads"] += len(request["keys"])
        elif name == "run_query":
            is_keys_only = answer.batch.entity_result_type.name == "KEY_ONLY"
            found = len(answer.batch.entity_results)
            self.counts["reads"] += 1 if is_keys_only else max(1, found)
            self.counts["small"] += found if is_keys_only else 0
        elif name == "commit":
            mutations = request["mutations"] if isinstance(request, dict) else request.mutations
            self.counts["writes"] += len(mutations)


def measure(job: str, size: int) -> None:
    """Prints the figures of one job as JSON."""
    logging.disable()
    store = a_store(size)
    billed = Billed(store._client._datastore_api)
    store._client._datastore_api_internal = billed
    begun = time.perf_counter()
    events = sum(JOBS[job](store, NOON + size * EVERY))
    seconds = time.perf_counter() - begun
    print(json.dumps({"events": events, "a second": events / seconds, **billed.counts}))


def this(*words: object) -> list[str]:
    return [sys.executable, "-m", "benchmarks.stream", *map(str, words)]


def measured(job: str, size: int) -> dict[str, float]:
    """In a process of its own, with the most MB that it had."""
    # Until it runs its own program it has the memory of this one, which therefore stays small.
    with subprocess.Popen(
        this("--measure", job, size), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        figures: dict[str, float] = json.loads(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return figures | {"MB": usage.ru_maxrss / 1024}


def main(sizes: list[int]) -> None:
    print(
        f"{'stream':>10}  {'job':<24}" + "".join(f"{column:>13}" for column in COLUMNS) + "   a second, ratio"
    )
    first: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        for size in sizes:
            subprocess.run(this("--fill", folder, size), cwd=ROOT, check=True)
        with local_datastore(folder):
            for size, job in product(sizes, JOBS):
                figures = measured(job, size)
                ratio = figures["a second"] / first.setdefault(job, figures["a second"])
                row = "".join(f"{figures.get(column, 0):>13,.0f}" for column in COLUMNS)
                print(f"{size:>10,}  {job:<24}{row}   {ratio:.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["--fill"]:
        fill(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
