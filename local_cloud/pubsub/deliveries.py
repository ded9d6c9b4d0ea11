"""One message on its way to one subscription, and the ids by which its deliveries are acknowledged."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from local_cloud.faults import invalid

# Begins anew above everything before a restart, so that an ack id from then is never taken for one from now.
tokens = itertools.count(time.time_ns())


@dataclass(frozen=True)
class Rules:
    """Times in seconds. max_attempts 0: never to the dead letters."""

    ack_deadline: float
    shortest_backoff: float
    longest_backoff: float
    max_attempts: int
    retention: float


class Arrival(NamedTuple):
    """published: seconds since 1970. key: empty unless the subscription keeps order."""

    number: int
    published: float
    size: int
    key: str


class Taken(NamedTuple):
    number: int
    ack_id: str
    attempt: int


@dataclass
class Holder:
    """Whoever takes messages, and how much is out with it."""

    messages: int = 0
    size: int = 0


@dataclass(slots=True)
class Entry:
    """deadline None: it waits for its turn. born: tokens of its deliveries are larger; others are stale."""

    arrival: Arrival
    due: float
    born: int
    token: int = 0
    failures: int = 0
    deadline: float | None = None
    holder: Holder | None = None
    is_acked: bool = False
    is_dead: bool = False

    @property
    def ack_id(self) -> str:
        return f"{self.arrival.number}-{self.token}"

    def is_out_as(self, token: int) -> bool:
        return self.deadline is not None and self.token == token


@dataclass
class Lane:
    """One ordering key: its messages in order, and how many of them are out."""

    numbers: list[int] = field(default_factory=list)
    leased: int = 0


def parse_ack_id(ack_id: str) -> tuple[int, int]:
    """Number and token."""
    number, _, token = ack_id.partition("-")
    if not (number.isdecimal() and token.isdecimal()):
        raise invalid(f"{ack_id!r} is no acknowledgement id.")
    return int(number), int(token)
