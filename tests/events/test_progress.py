from datetime import timedelta
from io import StringIO

import pytest

from events.progress import CLEAR, PLAIN_SECONDS, Display
from events.replay import Progress, Told
from models.position import Position
from tests.conftest import Clock
from tests.events.builders import NOON


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def at(hour: int, handled: int) -> Progress:
    """Of a stream of ten hours, with one event set aside."""
    end = NOON + timedelta(hours=10)
    return Progress(NOON, Position.before(NOON + timedelta(hours=hour)), end, Told(handled, 1))


def shown(out: StringIO, clock: Clock) -> str:
    with Display(out, clock=lambda: clock.now.timestamp()) as display:
        for hour in range(1, 6):
            clock.tick(PLAIN_SECONDS / 2)
            display.show(at(hour, hour * 1_000))
    return out.getvalue()


def test_a_terminal_has_one_line_that_changes(clock: Clock) -> None:
    text = shown(Terminal(), clock)
    assert text.count("\n") == 1
    assert text.split(CLEAR)[1:3] == [
        " 10%  up to 2026-11-23 13:00:00 UTC  1,000 handled, 1 set aside  200 a second",
        " 20%  up to 2026-11-23 14:00:00 UTC  2,000 handled, 1 set aside  200 a second",
    ]
    assert text.endswith(
        CLEAR + " 50%  up to 2026-11-23 17:00:00 UTC  5,000 handled, 1 set aside  200 a second\n"
    )


def test_elsewhere_there_is_a_line_now_and_then_and_the_last(clock: Clock) -> None:
    lines = shown(StringIO(), clock).splitlines()
    assert [line[:4] for line in lines] == [" 20%", " 40%", " 50%"]


def test_nothing_is_shown_of_nothing() -> None:
    out = StringIO()
    with Display(out):
        pass
    assert out.getvalue() == ""


@pytest.mark.parametrize(("hour", "share"), [(-1, 0.0), (0, 0.0), (5, 0.5), (10, 1.0), (11, 1.0)])
def test_the_share_is_one_of_the_time(hour: int, share: float) -> None:
    assert at(hour, 0).share == share
