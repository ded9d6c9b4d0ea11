import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from models.memory import KEPT_FOR, MOST, Memory
from tests.conftest import NOON


def test_what_was_just_made_is_not_made_again() -> None:
    memory: Memory[str, int] = Memory()
    made = iter(range(9))
    met = [memory.get("a", NOON + KEPT_FOR * times, lambda: next(made)) for times in (0, 0.9, 1, 1.9, 2)]
    assert met == [0, 0, 1, 1, 2]


def test_what_could_not_be_made_is_tried_again() -> None:
    memory: Memory[str, float] = Memory()
    with pytest.raises(ZeroDivisionError):
        memory.get("a", NOON, lambda: 1 / 0)
    assert memory.get("a", NOON, lambda: 1.0) == 1.0


def test_memory_holds_so_much_and_lets_the_oldest_go() -> None:
    memory: Memory[int, str] = Memory()
    for n in range(MOST + 1):
        memory.get(n, NOON, lambda: "old")
    assert len(memory._values) == MOST
    assert [memory.get(n, NOON, lambda: "new") for n in (MOST, 0)] == ["old", "new"]


def test_threads_may_share_it() -> None:
    """They take turns as often as they can, and everything drives something else out."""
    memory: Memory[int, int] = Memory(kept_for=timedelta(0), most=2)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            met = list(pool.map(lambda n: memory.get(n % 4, NOON, lambda: n % 4), range(60_000)))
    finally:
        sys.setswitchinterval(usual)
    assert met == [n % 4 for n in range(60_000)]
