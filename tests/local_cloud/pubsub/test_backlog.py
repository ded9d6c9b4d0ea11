"""The state machine of a subscription under any sequence of events, without server or disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.pubsub.backlog import Backlog
from local_cloud.pubsub.backoff import (
    FIRST_WINDOW,
    LARGEST_WINDOW,
    LONGEST_PAUSE_SECONDS,
    SHORTEST_PAUSE_SECONDS,
    PushFlow,
    retry_delay,
)
from local_cloud.pubsub.deliveries import Arrival, Holder, Rules, Taken

START = 1_000_000.0
DEADLINE = 10.0
RULES = Rules(DEADLINE, 2, 60, 0, 7 * 24 * 3600)

# What happens next, and a number that chooses among what it can happen to.
steps = st.lists(
    st.tuples(st.sampled_from(["publish", "pull", "ack", "nack", "extend", "wait"]), st.integers(0, 20)),
    max_size=60,
)


@dataclass
class World:
    """A backlog and a subscriber who does what the steps say."""

    keys: list[str]
    one_per_key: bool = False
    now: float = START
    published: int = 0
    out: list[Taken] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    holder: Holder = field(default_factory=Holder)
    reminders: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.backlog = Backlog(RULES, self.reminders.append)

    def key(self, number: int) -> str:
        return self.keys[number % len(self.keys)]

    def step(self, name: str, choice: int) -> None:
        with self.backlog.changed:
            getattr(self, name)(choice)
        assert self.holder.messages >= 0
        assert (self.holder.messages == 0) == (self.holder.size == 0)

    def publish(self, choice: int) -> None:
        for _ in range(1 + choice % 3):
            self.published += 1
            arrival = Arrival(self.published, self.now, 1 + choice, self.key(self.published))
            self.backlog.add([arrival], self.now)

    def pull(self, choice: int) -> None:
        taken = self.backlog.take(self.holder, self.now, 1 + choice, one_per_key=self.one_per_key)
        self.out += taken
        self.delivered += [each.number for each in taken]

    def ack(self, choice: int) -> None:
        if self.out:
            taken = self.out.pop(choice % len(self.out))
            self.settled += self.backlog.acknowledge([taken.ack_id])

    def nack(self, choice: int) -> None:
        if self.out:
            self.backlog.postpone(self.out.pop(choice % len(self.out)).ack_id, 0, self.now)

    def extend(self, choice: int) -> None:
        if self.out:
            self.backlog.postpone(self.out[choice % len(self.out)].ack_id, 10 + choice, self.now)

    def wait(self, choice: int) -> None:
        self.now += choice
        self.backlog.tick(self.now)

    def drain(self) -> None:
        """A subscriber who acknowledges everything, woken only when the backlog asked for it."""
        for _ in range(1000):
            self.step("pull", 20)
            while self.out:
                self.step("ack", 0)
            if not self.backlog.numbers():
                return
            self.now = min((moment for moment in self.reminders if moment > self.now), default=self.now)
            self.step("wait", 0)
        raise AssertionError(f"{self.backlog.numbers()} never came.")


@settings(max_examples=150)
@given(steps, st.sampled_from([[""], ["", "ada"], ["ada", "bob", "cid"]]), st.booleans())
def test_every_message_is_settled_in_the_end_and_once(
    steps: list[tuple[str, int]], keys: list[str], one_per_key: bool
) -> None:
    world = World(keys, one_per_key)
    for step in steps:
        world.step(*step)
    world.drain()
    assert sorted(world.settled) == list(range(1, world.published + 1))
    assert world.holder == Holder()


@settings(max_examples=150)
@given(steps, st.booleans())
def test_a_key_is_never_delivered_or_settled_out_of_order(
    steps: list[tuple[str, int]], one_per_key: bool
) -> None:
    world = World(["ada", "bob"], one_per_key)
    for step in steps:
        world.step(*step)
    world.drain()
    for key in world.keys:
        numbers = [n for n in range(1, world.published + 1) if world.key(n) == key]
        assert [n for n in world.settled if world.key(n) == key] == numbers
        delivered = [n for n in world.delivered if world.key(n) == key]
        for earlier, later in pairwise(delivered):
            # Either the next one, or back to one that was not settled.
            assert numbers.index(later) <= numbers.index(earlier) + 1


@given(st.integers(1, 10_000), st.floats(0, 600), st.floats(0, 600))
def test_back_off_stays_between_its_bounds_and_never_shrinks(failures: int, a: float, b: float) -> None:
    shortest, longest = sorted((a, b))
    delay = retry_delay(failures, shortest, longest)
    assert shortest <= delay <= longest
    assert delay <= retry_delay(failures + 1, shortest, longest)


def test_nacks_in_a_row_pause_a_subscription_up_to_a_minute() -> None:
    flow = PushFlow()
    now, pauses = START, []
    for _ in range(12):
        flow.nacked(now)
        flow.nacked(now)
        pauses.append(flow.pause)
        now = flow.paused_until
    assert pauses[:4] == [SHORTEST_PAUSE_SECONDS * factor for factor in (1, 2, 4, 8)]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    flow.acked()
    assert flow.paused_until == 0


def test_nacks_far_apart_pause_but_for_a_moment() -> None:
    flow = PushFlow()
    for attempt in range(10):
        flow.nacked(START + 10 * attempt)
    assert flow.pause == SHORTEST_PAUSE_SECONDS


def test_the_window_grows_with_acks_and_begins_anew_with_a_nack() -> None:
    flow = PushFlow()
    for _ in range(100):
        flow.acked()
    assert flow.window == LARGEST_WINDOW
    flow.nacked(START)
    assert flow.window == FIRST_WINDOW
