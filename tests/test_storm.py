"""The real stack in a storm: kill -9 of anything at any moment, a service that hangs, Pub/Sub away.

Afterwards nothing is lost and nothing is there twice, and no player was told anything worse than 503.
"""

import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from google.cloud import datastore
from google.pubsub_v1 import PublisherClient

from controllers.application import Quizboard
from events.publishing import (
    BREAK_SECONDS,
    OLD_AFTER,
    PUBLISH_SECONDS,
    RELAY_SECONDS,
    TOPIC,
    Publisher,
    PubSub,
)
from local_cloud.endpoint import Endpoint
from tests.conftest import Clock
from tests.controllers.api_client import ApiClient
from tests.local_cloud.pubsub.clients import PubSub as Clients
from tests.local_cloud.pubsub.clients import a_server
from tests.storm.books import Books
from tests.storm.operator import BUILT, Operator
from tests.storm.players import PatientPlayer, Player
from tests.storm.processes import send
from tests.storm.stack import POLL_SECONDS, Stack, until

SEED = 20261123
PLAYERS = ("Ada", "Bob", "Cleo")
LONGEST_LULL_SECONDS = 0.4
LAST_MOVE_SECONDS = 0.03
"""In this time a last answer is read, committed, published and struck off: the killer comes in between."""

AT_A_FINISH = 0.7
"""The part of the kills that waits for one."""

EVERYTHING = "everything at once"
LONGEST_GAME_SECONDS = 3.0
LONGEST_START_SECONDS = 1.5
HARMLESS_ROUNDS = 4
DEADLY_ROUNDS = 2
"""How often each is killed while games go on; who is deadly, once more while all is starting again.

More find more, and take longer: nearly all of the time goes into starting again.
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    yield stack
    stack.kill_all()


@pytest.fixture
def books(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Books]:
    """Reads them, past the application, from the cloud that is running."""

    def read() -> Books:
        for name, value in Endpoint(stack.data).read().items():
            monkeypatch.setenv(name, value)
        with closing(datastore.Client()) as client:
            return Books(client)

    return read


class Killer:
    """Kills by kill -9. Workers are replaced by their master; of all else the launcher makes an end."""

    def __init__(self, stack: Stack, is_finishing: threading.Event, seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self._stack = stack
        self._is_finishing = is_finishing
        self._rng = random.Random(seed)
        self._harmless = {
            "a worker of the players' service": lambda: self._some(stack.workers(of_events=False)),
            "a worker of the events service": lambda: self._some(stack.workers(of_events=True)),
        }
        self._deadly = {
            "the master of the players' service": lambda: stack.masters(of_events=False),
            "the master of the events service": lambda: stack.masters(of_events=True),
            "a guard": lambda: self._some(stack.guards()),
            "the launcher and the local cloud in it": stack.launcher,
            EVERYTHING: stack.everything,
        }

    def rage(self) -> None:
        whom = [*self._harmless] * HARMLESS_ROUNDS + [*self._deadly] * DEADLY_ROUNDS
        self._rng.shuffle(whom)
        for name in whom:
            self._lie_in_wait()
            self._kill(name)
            if name in self._deadly:
                if self.kills[name] == 1:
                    self._kill_while_starting(name)
                self._stack.until_gone()
                self._stack.start()
                self._stack.until_ready()

    def _kill_while_starting(self, name: str) -> None:
        self._stack.until_gone()
        self._stack.start()
        time.sleep(self._rng.uniform(0, LONGEST_START_SECONDS))
        self._kill(name)

    def _lie_in_wait(self) -> None:
        """For any moment, or for one at which a game is finished."""
        time.sleep(self._rng.uniform(0.1, LONGEST_LULL_SECONDS))
        if self._rng.random() < AT_A_FINISH:
            self._is_finishing.clear()
            self._is_finishing.wait(LONGEST_GAME_SECONDS)
            time.sleep(self._rng.uniform(0, LAST_MOVE_SECONDS))

    def _kill(self, name: str) -> None:
        """One that was killed just before may not be there yet again."""
        found = {**self._harmless, **self._deadly}[name]
        until(found, f"there is {name}")
        if name == EVERYTHING:
            # What a guard begins after all were listed has to be killed as well: a power cut leaves nothing.
            self._stack.kill_all()
        else:
            send(signal.SIGKILL, found())
        self.kills[name] += 1

    def _some(self, pids: list[int]) -> list[int]:
        return [self._rng.choice(sorted(pids))] if pids else []


@contextmanager
def playing(players: list[Player]) -> Iterator[None]:
    """At the end the games at hand are finished, unless something has failed already."""
    for player in players:
        player.start()
    try:
        yield
    except BaseException:
        for player in players:
            player.is_over.set()
        raise
    finally:
        for player in players:
            player.enough.set()
        for player in players:
            player.join()


@contextmanager
def building(operator: Operator) -> Iterator[None]:
    """At the end the new versions are shown, unless something has failed already."""
    operator.start()
    try:
        yield
    except BaseException:
        operator.is_over.set()
        raise
    finally:
        operator.join()


def test_a_storm_of_kills_loses_nothing_and_doubles_nothing(
    stack: Stack, books: Callable[[], Books], record_property: Callable[[str, object], None]
) -> None:
    stack.start()
    stack.until_ready()
    is_finishing = threading.Event()
    players = [Player(stack, name, seed, is_finishing) for seed, name in enumerate(PLAYERS, SEED)]
    killer, operator = Killer(stack, is_finishing, SEED), Operator(stack, SEED)
    with playing(players), building(operator):
        killer.rage()
    assert [player.failure for player in players] == [None] * len(players)

    stack.stop()
    stack.start()
    stack.until_ready()
    stack.come_to_rest()
    found = books()
    assert [found.versions(subscriber) for subscriber in BUILT] == [[2, 1], [2, 1]]
    seen = {game: points for player in players for game, points in player.finished.items()}
    record_property("kills", dict(killer.kills))
    record_property("games", len(seen))
    record_property("retries", sum(player.retries for player in players))
    assert seen == {name: game["points"] for name, game in found.games.items()}
    assert set(found.rows["Game"]) == set(seen)
    assert len(found.rows["Player"]) == len(players)
    assert not found.faults(), "\n".join(found.faults())
    assert stack.health()["dead_letters"] == 0
    stack.stop()


def test_games_go_on_while_the_events_service_hangs_and_it_catches_up(
    stack: Stack, books: Callable[[], Books]
) -> None:
    stack.start()
    stack.until_ready()
    stack.come_to_rest()
    until(lambda: stack.workers(of_events=True), "the events service has workers")
    service = stack.masters(of_events=True) + stack.workers(of_events=True)
    send(signal.SIGSTOP, service)
    players = [PatientPlayer(stack, name, seed, threading.Event()) for seed, name in enumerate(PLAYERS)]
    for player in players:
        player.play()
        player.play()
    hung = books()
    assert len(hung.games) == 2 * len(players)
    assert hung.entries == hung.histories == {}

    send(signal.SIGCONT, service)
    stack.come_to_rest()
    found = books()
    assert found.games == hung.games
    assert found.entries
    assert not found.faults(), "\n".join(found.faults())
    stack.stop()


class Calls:
    """What is asked of Google's client: one row each, the deadline and how many messages."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[tuple[float, int]] = []
        publish = PublisherClient.publish

        def counted(client: PublisherClient, request: Any, retry: Any, timeout: float) -> Any:
            assert retry is None
            self.made.append((timeout, len(request["messages"])))
            return publish(client, request=request, retry=retry, timeout=timeout)

        monkeypatch.setattr(PublisherClient, "publish", counted)


class Silence:
    """A port that takes every connection and says nothing."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL_SECONDS)
        self.port = int(self._listener.getsockname()[1])
        self.taken: list[socket.socket] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """From now on nobody is there. Idempotent."""
        self._is_over.set()
        self._thread.join()
        for connection in [self._listener, *self.taken]:
            connection.close()

    def _take(self) -> None:
        while not self._is_over.is_set():
            with suppress(TimeoutError):
                self.taken.append(self._listener.accept()[0])


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(monkeypatch)


@pytest.fixture
def silence() -> Iterator[Silence]:
    silence = Silence()
    yield silence
    silence.end()


def pubsub_at(port: int, app: Quizboard, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{port}")
    app.publisher = Publisher(PubSub(app.store.project), clock=lambda: clock.now.timestamp())


def finish_a_game(app: Quizboard) -> str:
    """Asserts that every move is answered as if nothing were the matter; its id."""
    player = ApiClient(app)
    assert player.start().status_code == 201
    assert player.play()["points"] >= 0
    return player.game_id


def outbox(app: Quizboard) -> int:
    return int(app.test_client().get("/health").json["outbox"])


@pytest.mark.parametrize("silent", [True, False], ids=["it never answers", "nobody is there"])
def test_finishing_a_game_with_pubsub_away_costs_one_short_call_in_a_break(
    silent: bool,
    app: Quizboard,
    clock: Clock,
    calls: Calls,
    silence: Silence,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not silent:
        silence.end()
    pubsub_at(silence.port, app, clock, monkeypatch)
    finish_a_game(app)
    assert calls.made == [(PUBLISH_SECONDS, 1)]
    until(lambda: len(silence.taken) == silent, "the call came as far as it could")
    finish_a_game(app)
    assert len(calls.made) == 1
    assert outbox(app) == 2

    clock.tick(BREAK_SECONDS)
    finish_a_game(app)
    finish_a_game(app)
    assert calls.made[1:] == [(PUBLISH_SECONDS, 1)]
    assert outbox(app) == 4


def test_what_waited_while_pubsub_was_away_is_published_once_it_is_back(
    app: Quizboard, clock: Clock, calls: Calls, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    pubsub_at(silence.port, app, clock, monkeypatch)
    games = [finish_a_game(app) for _ in range(3)]
    assert outbox(app) == len(games)

    silence.end()
    with a_server(None, time.time, silence.port) as server, closing(Clients(server.address)) as clients:
        topic = f"projects/{app.store.project}/topics/{TOPIC}"
        clients.publisher.create_topic(name=topic)
        everything = clients.subscription(topic, "everything")
        clock.tick(OLD_AFTER.total_seconds() + 1)
        # Google's client waits a little before it connects again.
        until(lambda: cron_has_drained_the_outbox(app), "the outbox is published")
        assert outbox(app) == 0
        assert {RELAY_SECONDS, PUBLISH_SECONDS} == {seconds for seconds, _ in calls.made}
        received = clients.pull(everything)
        assert sorted(each.message.attributes["id"] for each in received) == sorted(games)


def cron_has_drained_the_outbox(app: Quizboard) -> bool:
    return app.test_client().get("/cron/outbox", headers={"X-Appengine-Cron": "true"}).status_code == 200
