"""Players, subscribers, cron and an operator, and everything that goes wrong; one seed decides it all."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from controllers.pubsub import DELIVERY_COUNT, SOURCE_SUBSCRIPTION
from events import counting, dead_letters, delivery
from events.counting import Unfinished, count, current_build
from events.envelope import Message
from events.publishing import PUBLISH_SECONDS, publish, relay
from events.replay import Replay
from events.subscribers import SUBSCRIBERS, Subscriber
from events.waking import wake
from models import version
from models.dead_letter import DeadLetter
from models.event import Event
from models.game import Mode
from models.play import NoSuchGame
from models.player import NoSuchPlayer, Player, erase, rename
from models.store import Store
from models.version import GRACE
from tests.simulation import poison
from tests.simulation.machine import Machine, Process
from tests.simulation.players import Sitting
from tests.simulation.router import DAY, DEAD_LETTERS, LATEST

HOUR = 3600.0
MIDNIGHT = 12 * HOUR
"""The first one after the START."""
A_ROUNDING_ERROR = 1e-6

NAMES = ("Ada", "Bob", "Cy", "Countess")

PAUSES = (0.3, 0.3, 2.0, 10.0, 30.0)
"""What a person takes for a move."""

REST_WITHIN = LATEST + 2 * DAY
"""How long after the last fault everything must have come to rest."""


Step = tuple[float, Callable[[Process], object]]
"""Seconds to wait before it, and what is done."""


class OutOfOrder(Exception):
    """A subscriber cannot handle an event just now."""


class Restless(Exception):
    """Long after the last fault, something still goes on."""


class World(Machine):
    def __init__(self, seed: int, trace: bool = False) -> None:
        super().__init__(seed, trace, self._push)
        self.told: set[tuple[str, str]] = set()
        """Subscriber and event, of all that was handled."""
        self.poison: list[Message] = []
        self.surprises: list[str] = []
        """Who waited too long; what a subscriber raised although neither it nor the store was broken."""
        self.left: set[str] = set()
        """Who has asked to be erased."""
        self._broken: dict[tuple[str, str], bool] = {}
        self._stopped: dict[str, tuple[float, float]] = {}
        self.store.wake = self._wake
        self._people()

    def run(self) -> None:
        """Everything that goes wrong, and then how it comes to rest. Raises Restless."""
        self.run_until(self._stop_at)
        self.faults.on = False
        self.note("the last fault is over")
        while self.tasks or self.outbox or self._operate():
            if self.seconds > self._stop_at + REST_WITHIN:
                raise Restless(f"{len(self.tasks)} tasks, {len(self.outbox)} events in the outbox")
            self.run_until(max(self.seconds + HOUR, self.tasks[0][0] if self.tasks else 0.0))
            self._cron()
        self.run_until(self.seconds + HOUR)
        self._cron()

    @property
    def outbox(self) -> list[str]:
        return [row.key.name for row in self.store.all(Event.OUTBOX)]

    @property
    def letters(self) -> list[DeadLetter]:
        return [DeadLetter.from_entity(row) for row in self.store.all(DeadLetter.KIND)]

    def _people(self) -> None:
        rng = self.rng
        span = rng.choice((20.0, 60.0, HOUR, 12 * DAY))
        self._stop_at = span + rng.choice((60.0, HOUR, DAY))
        self.players = ["ada", "bob", "cy"][: rng.randint(1, 3)]
        for number in range(rng.choice((1, 1, 2, 2, 3, 4, 11))):
            sitting = Sitting.drawn(rng, rng.choice(self.players), number, from_the_start=rng.random() < 0.05)
            if self.faults.happens("start under another name"):
                sitting.name = rng.choice(NAMES)
            begin = number * DAY if span > DAY else span * rng.random()
            if sitting.mode is Mode.DAILY and rng.random() < 0.3:
                begin = MIDNIGHT - rng.choice(PAUSES)
            self.later(begin, f"{sitting.player} begins {number}", lambda s=sitting: self._sit(s))
        for _ in range(rng.choice((0, 1, 3))):
            self.later(span * rng.random(), "poison", self._poison)
        for _ in range(rng.randint(0, 4)):
            self.later(self._stop_at * rng.random(), "cron", self._cron)
            self.later(self._stop_at * rng.random(), "an operator", self._operate)
        if rng.random() < 0.2:
            start, end = sorted((self._stop_at * rng.random(), self._stop_at * rng.random()))
            self._stopped[rng.choice(list(SUBSCRIBERS))] = (start, end)
        if rng.random() < 0.3:
            name = rng.choice([name for name in SUBSCRIBERS if name != counting.SUBSCRIBER])
            self.later(self._stop_at * rng.random(), f"{name} is replayed", lambda: self._replay(name))
        for name in (name for name, one in SUBSCRIBERS.items() if one.keeps and rng.random() < 0.3):
            self.later(self._stop_at * rng.random(), f"{name} is built", lambda name=name: self._build(name))

    def _sit(self, sitting: Sitting, is_copy: bool = False) -> None:
        """As the controllers do it: one verb, then its events are published. A person tries again."""

        def move(process: Process) -> None:
            if sitting.seen is None:
                self._publish(process, sitting.begin(self.store, process.dealer, self.now, self.rng))
                return
            is_flag = self.faults.happens("question flagged")
            done = sitting.move(self.store, self.now, self.rng, is_flag)
            self._publish(process, done.events)
            sitting.seen = done.game

        try:
            went_well = self.in_process("web", move)
        except (NoSuchGame, NoSuchPlayer):
            self._see_that_it_is_gone(sitting)
            return
        if is_copy or sitting.is_over or not (went_well or not self.faults.on or self.rng.random() < 0.8):
            return
        pause = self.rng.choice(PAUSES)
        self.later(pause, f"{sitting.player} goes on", lambda: self._sit(sitting))
        if self.faults.happens("move sent twice"):
            self.later(pause, f"{sitting.player} goes on, again", lambda: self._sit(sitting, is_copy=True))

    def _see_that_it_is_gone(self, sitting: Sitting) -> None:
        if sitting.player not in self.left:
            self.surprises.append(f"{sitting.player} is here, and yet there is no such game")

    def _publish(self, process: Process, events: Sequence[Event]) -> None:
        before = self.waited
        publish(self.store, process.publisher, events, self.now)
        if self.waited - before > PUBLISH_SECONDS + A_ROUNDING_ERROR:
            self.surprises.append(f"somebody waited {self.waited - before} seconds")

    def _of_somebody(self, do: Callable[[str], None]) -> None:
        """Who has played before."""
        if players := [row.key.name for row in self.store.all(Player.KIND)]:
            do(self.rng.choice(players))

    def _erase(self, player: str) -> None:
        self.left.add(player)

        def leave(process: Process) -> None:
            self._publish(process, erase(self.store, player, self.now))

        if not self.in_process("web", leave):
            self.later(1.0, f"{player} tries to leave again", lambda: self._erase(player))

    def _rename(self, player: str) -> None:
        def take(process: Process) -> None:
            name = self.rng.choice(NAMES)
            self._publish(process, rename(self.store, player, name, self.now))

        with suppress(NoSuchPlayer):
            self.in_process("web", take)

    def _poison(self) -> None:
        message = poison.draw(self.rng, len(self.poison))
        self.poison.append(message)
        self.router.take(message)

    def _push(self, subscriber: str, message: Message, attempts: int) -> bool:
        """As the endpoint does it."""

        def receive(process: Process) -> None:
            if subscriber == DEAD_LETTERS:
                source = message.attributes[SOURCE_SUBSCRIPTION].removeprefix("quizboard-")
                count = int(message.attributes[DELIVERY_COUNT])
                delivery.give_up(self.store, source, message, count, self.now)
                return
            count = attempts if attempts < self.router.attempts else delivery.ATTEMPTS
            told = delivery.deliver(self.store, self._subscriber(subscriber), message, count, self.now)
            self._publish(process, told)

        if self.faults.happens("player leaves"):
            self.later(0.0, "an erasure", lambda: self._of_somebody(self._erase))
        if self.faults.happens("player is renamed"):
            self.later(0.0, "a renaming", lambda: self._of_somebody(self._rename))
        if self._is_stopped(subscriber):
            return False
        try:
            return self.in_process("events", receive)
        except (OutOfOrder, Unfinished):
            return False
        except Exception as error:
            self.surprises.append(f"{subscriber} cannot handle {message.attributes.get('id')}: {error!r}")
            return False

    def _subscriber(self, name: str) -> Subscriber:
        """The application's own, which cannot handle some events while the faults last."""

        def handle(store: Store, event: Event) -> Sequence[Event]:
            if self._is_broken(name, event.id):
                raise OutOfOrder
            told = SUBSCRIBERS[name].handle(store, event)
            self.told.add((name, event.id))
            return told

        return replace(SUBSCRIBERS[name], handle=handle)

    def _is_stopped(self, subscriber: str) -> bool:
        start, end = self._stopped.get(subscriber, (0.0, 0.0))
        return self.faults.on and start <= self.seconds < end

    def _is_broken(self, subscriber: str, event: str) -> bool:
        if (subscriber, event) not in self._broken:
            self._broken[subscriber, event] = self.faults.happens("subscriber broken")
        return self.faults.on and self._broken[subscriber, event]

    def _replay(self, name: str) -> None:
        def replay(process: Process) -> None:
            deque(self._replay_of(name, process).gaps(), maxlen=0)

        if not self.in_process("an operator", replay):
            self.later(1.0, f"{name} is replayed, again", lambda: self._replay(name))

    def _build(self, name: str) -> None:
        """Into a new version, in steps that are done again until they are done."""
        keeps = SUBSCRIBERS[name].keeps
        build = [
            (0.0, lambda process: deque(self._replay_of(name, process).into(2), maxlen=0)),
            (self.rng.choice(PAUSES), lambda _: version.flip(self.store, name, 2, self.now)),
        ]
        clean = (GRACE.total_seconds(), lambda _: sum(version.remove(self.store, name, keeps, 1, self.now)))
        self._do_in_turn(name, build if self.rng.random() < 0.4 else [*build, clean])

    def _do_in_turn(self, name: str, steps: Sequence[Step]) -> None:
        (_, step), *rest = steps
        if not self.in_process("an operator", step):
            self.later(1.0, f"{name} is built, again", lambda: self._do_in_turn(name, steps))
        elif rest:
            self.later(rest[0][0], f"{name} is built, further", lambda: self._do_in_turn(name, rest))

    def _replay_of(self, name: str, process: Process) -> Replay:
        return Replay(self.store, process.publisher, self._subscriber(name), lambda: self.now)

    def _cron(self) -> None:
        self.in_process("events", lambda process: relay(self.store, process.publisher, self.now) and None)
        self.in_process("events", lambda process: self._count())

    def _count(self) -> None:
        count(self.store, current_build(), lambda: self.now, self.rng, is_thorough=True)

    def _wake(self, event: Event) -> Sequence[Event]:
        def wait(seconds: float) -> None:
            self.wait(seconds)
            self.between("waiting for its turn to count")

        return wake(self.store, event, clock=lambda: self.now, wait=wait, rng=self.rng)

    def _operate(self) -> int:
        """Redrives what can be; how many letters that were."""
        return sum(self._redrive(letter) for letter in self.letters)

    def _redrive(self, letter: DeadLetter) -> bool:
        def redrive(process: Process) -> None:
            dead_letters.redrive(self.store, process.publisher, letter, self.now)
            self.told.add((letter.subscriber, letter.event))

        if self._is_stopped(letter.subscriber) or self._is_broken(letter.subscriber, letter.event):
            return False
        try:
            return self.in_process("an operator", redrive)
        except dead_letters.StillDead as reason:
            self.note(f"{letter.name}: {reason}")
            return False
