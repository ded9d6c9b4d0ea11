"""Shapes of the charts: numbers in, SVG paths out. The page itself says and tabulates what they show."""

from collections.abc import Iterator, Sequence
from itertools import groupby

BAR_WIDTH = 10
BAR_HEIGHT = 60
LEAST_HEIGHT = 1
"""Of a bar that stands for anything at all."""

GAP = 1
"""To each side of a bar."""

SHADES = 5


def bars(numbers: Sequence[int], first: int = 0, highest: int | None = None) -> str:
    """Bars from left to right, the tallest of BAR_HEIGHT; `first` is the place of the first one.

    `highest` is what the tallest stands for, where it is among others.
    """
    most = highest or max(numbers, default=0)
    width = BAR_WIDTH - 2 * GAP
    return "".join(
        f"M{place * BAR_WIDTH + GAP} {BAR_HEIGHT}v-{_height(number, most)}h{width}V{BAR_HEIGHT}z"
        for place, number in enumerate(numbers, first)
        if number
    )


def shades(rows: Sequence[Sequence[int]]) -> Iterator[tuple[str, str]]:
    """Of a table of numbers, strokes as wide as a row: opacity and path, shade by shade; nothing has none."""
    most = max(map(max, rows)) or 1
    for shade in range(1, SHADES + 1):
        yield f".{shade * 10 // SHADES}" if shade < SHADES else "1", "".join(_strokes(rows, shade, most))


def _height(number: int, most: int) -> int:
    return max(LEAST_HEIGHT, round(BAR_HEIGHT * number / most))


def _strokes(rows: Sequence[Sequence[int]], shade: int, most: int) -> Iterator[str]:
    for row, numbers in enumerate(rows):
        column = 0
        for is_of_it, cells in groupby(-(-SHADES * number // most) == shade for number in numbers):
            length = len(list(cells))
            if is_of_it:
                yield f"M{column} {row}h{length}"
            column += length


GLOBALS = {"bars": bars, "shades": shades}
