"""The Flask application together with what its controllers work with.

The Datastore client is made at first use: its channel must not be open when gunicorn forks.
"""

import logging
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from os import environ
from typing import cast

from flask import Flask, current_app, g
from google.cloud import datastore

from controllers.templates import QuickEnvironment
from events.publishing import Publisher, PubSub, publish
from events.push import Doorkeeper
from models.board import Board
from models.dealing import Dealer
from models.event import Event
from models.memory import Memory
from models.ranking import BoardPage
from models.secret import secret_key
from models.store import Store
from views.translation import ENGLISH

_log = logging.getLogger(__name__)


class Quizboard(Flask):
    jinja_environment = QuickEnvironment
    clock: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))
    rng: random.Random = random.SystemRandom()

    @cached_property
    def store(self) -> Store:
        return Store(datastore.Client())

    @cached_property
    def dealer(self) -> Dealer:
        return Dealer(self.store)

    @cached_property
    def pages(self) -> Memory[str, str]:
        """Those that are the same for everyone, by their address."""
        return Memory()

    @cached_property
    def tops(self) -> Memory[tuple[Board, int], BoardPage]:
        """Of boards, by how many rows, where they stand on pages that are not."""
        return Memory()

    @cached_property
    def publisher(self) -> Publisher:
        return Publisher(PubSub(self.store.project))

    @cached_property
    def doorkeeper(self) -> Doorkeeper:
        return Doorkeeper(self.store.project)

    @cached_property
    def signing_key(self) -> str:
        return environ.get("SECRET_KEY") or secret_key(self.store, self.rng)

    @property
    def language(self) -> str:
        """That all pages are in."""
        return environ.get("QUIZ_LANGUAGE") or ENGLISH

    @property
    def room_url(self) -> str | None:
        """By which others on the network open a site that its own machine opens by another address."""
        return environ.get("ROOM_URL")

    def warm_up(self) -> None:
        """Makes the clients, so that no player waits for them. Never raises: who needs them will say why."""
        try:
            self.publisher.warm_up()
        except Exception as error:
            _log.warning("not warm yet: %r", error)

    def publish(self, events: Sequence[Event]) -> None:
        """After the commit that holds them; a player waits for it a moment at most."""
        publish(self.store, self.publisher, events, now())


def quizboard() -> Quizboard:
    return cast(Quizboard, current_app)


def now() -> datetime:
    """When this request began to be handled: one moment for all of it."""
    if "now" not in g:
        g.now = quizboard().clock()
    return cast(datetime, g.now)
