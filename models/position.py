"""Where something stands in the stream of events: by its time and, among equals, by its id."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Protocol, Self

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Happened(Protocol):
    """What stands in the stream."""

    @property
    def id(self) -> str: ...

    @property
    def time(self) -> datetime: ...


@dataclass(frozen=True, order=True)
class Position:
    """At an event, or before all others (START). As text it orders likewise."""

    START: ClassVar["Position"]

    microseconds: int
    """Since 1970."""
    id: str

    @classmethod
    def of(cls, event: Happened) -> Self:
        return cls(_microseconds_of(event.time), event.id)

    @classmethod
    def before(cls, time: datetime) -> Self:
        """Before whatever happened at that time or later."""
        return cls(_microseconds_of(time), "")

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises ValueError."""
        microseconds, _, id = text.partition("-")
        return cls(int(microseconds), id)

    @classmethod
    def from_key_name(cls, name: str) -> Self:
        """Of an Event or its row in the outbox."""
        return cls.from_text(name.partition("-")[2])

    def __str__(self) -> str:
        return f"{self.microseconds:016}-{self.id}"

    @property
    def time(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.microseconds)


Position.START = Position(0, "")


def _microseconds_of(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
