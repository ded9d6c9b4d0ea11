"""A QR code as the drawing of one SVG path."""

from functools import lru_cache
from typing import NamedTuple

QUIET = 4
"""Light modules around it, which a reader needs to find it."""


KEPT = 16
"""Codes in memory: to make one takes longer than the page around it, and they are of few addresses."""


class QrCode(NamedTuple):
    """`path` is stroked with a width of 1, in a square of `side` by `side`."""

    side: int
    path: str


@lru_cache(maxsize=KEPT)
def qr_code(text: str) -> QrCode:
    # Importing it takes a tenth of a cold start, and most pages have no code.
    import segno

    rows = [bytes(row) for row in segno.make_qr(text).matrix_iter(border=QUIET)]
    path = "".join(f"M{x} {y}.5h{length}" for y, row in enumerate(rows) for x, length in _dark_runs(row))
    return QrCode(len(rows), path)


def _dark_runs(row: bytes) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for x, is_dark in enumerate(row):
        if is_dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif is_dark:
            runs.append((x, 1))
    return runs


GLOBALS = {"qr_code": qr_code}
