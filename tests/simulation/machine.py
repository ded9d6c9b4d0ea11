"""Virtual time, what is to be done in it, and the processes that do it and go."""

import heapq
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from events.publishing import Publisher
from models.dealing import Dealer
from models.patience import StoreUnavailable
from tests.builders import START
from tests.simulation.faults import Crash, Faults
from tests.simulation.players import SEEDED, bank
from tests.simulation.router import Push, Router
from tests.simulation.store import SimulatedStore

DEEPEST = 2
"""How many may be at work when yet another comes between."""

MOMENT = 60.0
"""Of what is due so soon, any may come between."""

INTERLEAVE = {"pause": "interleave in a pause", "query Event": "interleave in the stream"}
"""What is more or less likely than at any other step: the stream is read in sixteen."""

Task = tuple[float, int, str, Callable[[], None]]


class Process:
    """What is in memory, and gone after a crash."""

    def __init__(self, machine: "Machine") -> None:
        self.publisher = Publisher(machine.router, clock=lambda: machine.seconds)
        self.dealer = Dealer(machine.store)


class Machine:
    """One thread. `push` is where the router leads to."""

    def __init__(self, seed: int, trace: bool, push: Push) -> None:
        self.rng = random.Random(seed)
        self.seconds = 0.0
        self.waited = 0.0
        """The seconds that whoever is at work has spent on slow calls."""
        self.faults = Faults(self.rng)
        self.store = SimulatedStore(self.faults, self.between, self.wait, lambda: self.seconds)
        self.store.share(bank(), *SEEDED)
        self.router = Router(self.rng, self.faults, self.between, self.wait, self.later, push)
        self.tasks: list[Task] = []
        self.trace: list[str] = []
        self._is_traced = trace
        self._number = self._depth = 0
        self._processes: dict[str, Process] = {}

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def later(self, delay: float, what: str, do: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self.tasks, (self.seconds + delay, self._number, what, do))

    def run_until(self, end: float) -> None:
        while self.tasks and self.tasks[0][0] <= end:
            self._do(heapq.heappop(self.tasks))
        self.seconds = max(self.seconds, end)

    def between(self, step: str) -> None:
        """Between any two steps the process may go, and others may do something. Raises Crash."""
        if self.faults.happens("crash"):
            self.note(f"crash: {step}")
            raise Crash(step)
        interleave = INTERLEAVE.get(step, "interleave")
        if self.tasks and self._depth < DEEPEST and self.faults.happens(interleave):
            self.note(f"meanwhile: {step}")
            self._depth, waited = self._depth + 1, self.waited
            self._meanwhile()
            self._depth, self.waited = self._depth - 1, waited

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.waited += seconds

    def process(self, name: str) -> Process:
        return self._processes.get(name) or self._processes.setdefault(name, Process(self))

    def in_process(self, name: str, do: Callable[[Process], object]) -> bool:
        """Whether it went well. After a crash the next one finds a fresh process."""
        try:
            do(self.process(name))
        except Crash:
            self._processes.pop(name, None)
            return False
        except StoreUnavailable:
            self.note("the store is away")
            return False
        return True

    def note(self, what: str) -> None:
        if self._is_traced:
            self.trace.append(f"{self.now:%d %H:%M:%S.%f} {'  ' * self._depth}{what}")

    def _meanwhile(self) -> None:
        soon = [task for task in self.tasks if task[0] < self.seconds + MOMENT]
        if soon:
            task = self.rng.choice(soon)
            self.tasks.remove(task)
            heapq.heapify(self.tasks)
            self._do(task)

    def _do(self, task: Task) -> None:
        at, _, what, do = task
        self.seconds = max(self.seconds, at)
        self.note(what)
        do()
