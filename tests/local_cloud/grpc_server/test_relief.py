from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from local_cloud.grpc_server.relief import PATIENCE_SECONDS, Relief

LOOKS = 20


class Reader:
    """Answers a call, or several: one after the other as it is looked at."""

    def __init__(self, *calls: Any) -> None:
        self._calls = iter(calls)
        self._call: Any = None
        self.relieved: SimpleQueue[Any] = SimpleQueue()

    @property
    def answering(self) -> Any:
        self._call = next(self._calls, self._call)
        return self._call

    def relieve(self, call: Any) -> None:
        self._call = None
        self.relieved.put(call)


class Watched:
    """Connections, and how often they were looked at."""

    def __init__(self) -> None:
        self.readers: list[Reader] = []
        self.looked: SimpleQueue[None] = SimpleQueue()

    def __call__(self) -> list[Reader]:
        self.looked.put(None)
        return list(self.readers)

    def has_looked(self, within: float = 60) -> bool:
        try:
            self.looked.get(timeout=within)
        except Empty:
            return False
        return True


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def relief(watched: Watched) -> Iterator[Relief]:
    relief = Relief("test", watched)
    relief.start()
    yield relief
    relief.stop()


def test_who_is_kept_by_a_call_is_relieved(relief: Relief, watched: Watched) -> None:
    kept = Reader("long")
    watched.readers += [Reader(), kept]
    relief.begin()
    assert kept.relieved.get(timeout=60) == "long"


def test_who_answers_one_call_after_the_other_reads_on(relief: Relief, watched: Watched) -> None:
    quick, kept = Reader(*range(LOOKS)), Reader(*range(LOOKS), "long")
    watched.readers += [quick, kept]
    relief.begin()
    assert kept.relieved.get(timeout=60) == "long"
    assert quick.relieved.get(timeout=60) == LOOKS - 1


def test_without_calls_nobody_is_looked_at(relief: Relief, watched: Watched) -> None:
    assert not watched.has_looked(within=10 * PATIENCE_SECONDS)
    for _ in range(3):
        relief.begin()
        assert watched.has_looked()
        while watched.has_looked(within=1):
            pass


def test_it_stops_while_it_sleeps_and_while_it_looks(watched: Watched) -> None:
    for is_needed in (False, True):
        relief = Relief("test", watched)
        relief.start()
        if is_needed:
            relief.begin()
        relief.stop()
