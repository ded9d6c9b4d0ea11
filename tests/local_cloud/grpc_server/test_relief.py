from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from local_cloud.grpc_server.relief import PATIENCE_SECONDS, Relief

MANY = [f"call {n}" for n in range(20)]


class Reader:
    """In the place of a connection: answers a call, or one after the other as it is looked at."""

    def __init__(self, *calls: str) -> None:
        self._calls = iter(calls)
        self._call: str | None = None
        self._looks: SimpleQueue[None] = SimpleQueue()
        self.relieved: SimpleQueue[Any] = SimpleQueue()

    @property
    def answering(self) -> Any:
        self._looks.put(None)
        self._call = next(self._calls, self._call)
        return self._call

    def relieve(self, call: Any) -> None:
        self._call = None
        self.relieved.put(call)

    def is_looked_at(self, within: float = 60) -> bool:
        try:
            self._looks.get(timeout=within)
        except Empty:
            return False
        return True


@pytest.fixture
def relief() -> Iterator[Relief]:
    relief = Relief("test")
    relief.start()
    yield relief
    relief.stop()


def joined(relief: Relief, *calls: str) -> Reader:
    reader: Any = Reader(*calls)
    relief.join(reader)
    return reader  # type: ignore[no-any-return]  # it stands in the place of a connection


def test_who_is_kept_by_a_call_is_relieved(relief: Relief) -> None:
    joined(relief)
    kept = joined(relief, "long")
    relief.begin()
    assert kept.relieved.get(timeout=60) == "long"


def test_who_answers_one_call_after_the_other_reads_on(relief: Relief) -> None:
    quick, kept = joined(relief, *MANY), joined(relief, *MANY, "long")
    relief.begin()
    assert kept.relieved.get(timeout=60) == "long"
    assert quick.relieved.get(timeout=60) == MANY[-1]


def test_without_calls_nobody_is_looked_at(relief: Relief) -> None:
    idle = joined(relief)
    assert not idle.is_looked_at(within=10 * PATIENCE_SECONDS)
    for _ in range(3):
        relief.begin()
        assert idle.is_looked_at()
        while idle.is_looked_at(within=1):
            pass


def test_who_has_left_is_not_looked_at(relief: Relief) -> None:
    gone, kept = joined(relief, "long"), joined(relief, "long")
    relief.leave(gone)  # type: ignore[arg-type]  # it stands in the place of a connection
    relief.begin()
    assert kept.relieved.get(timeout=60) == "long"
    assert not gone.is_looked_at(within=0)


@pytest.mark.parametrize("is_needed", [False, True])
def test_it_stops_while_it_sleeps_and_while_it_looks(is_needed: bool) -> None:
    relief = Relief("test")
    relief.start()
    if is_needed:
        relief.begin()
    relief.stop()
