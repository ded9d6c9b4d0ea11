"""Points for an answer: pure, in integers, so that any game can be scored again from its record."""

from fractions import Fraction

RULE_VERSION = 1
FULL_POINTS = 1000
FREE_MS = 500
"""An answer faster than this counts as immediate."""
GRACE_MS = 1000
"""How long after the deadline an answer still counts: the network's share, not the player's."""


def points(fraction: Fraction, elapsed_ms: int, limit_ms: int | None) -> int:
    """1000 * fraction * (1 - t / 2T), rounded half up; without a limit (relaxed) 1000 * fraction.

    `fraction`: how right the answer is, 0 to 1. `elapsed_ms`: t, already clamped to 0..T. `limit_ms`: T.
    A late answer is worth nothing and never comes here.
    """
    if limit_ms is None:
        return _half_up(FULL_POINTS * fraction)
    elapsed = 0 if elapsed_ms < FREE_MS else elapsed_ms
    return _half_up(FULL_POINTS * fraction * Fraction(2 * limit_ms - elapsed, 2 * limit_ms))


def is_late(elapsed_ms: int, limit_ms: int | None) -> bool:
    return limit_ms is not None and elapsed_ms > limit_ms + GRACE_MS


def clamped(elapsed_ms: int, limit_ms: int | None) -> int:
    elapsed = max(0, elapsed_ms)
    return elapsed if limit_ms is None else min(elapsed, limit_ms)


def _half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))
