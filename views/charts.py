"""Shapes of the charts: numbers in, SVG paths out. The page itself says and tabulates what they show."""

from collections.abc import Iterator, Sequence

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


def shades(numbers: Sequence[int], most: int) -> Iterator[tuple[str, str]]:
    """Cells side by side, by shade: opacity and path. `most` is what the darkest stands for."""
    for shade in range(1, SHADES + 1):
        columns = [n for n, number in enumerate(numbers) if -(-SHADES * number // most) == shade]
        if columns:
            yield f"{shade / SHADES:.1f}", "".join(f"M{column} 0h.9v1h-.9z" for column in columns)


def _height(number: int, most: int) -> int:
    return max(LEAST_HEIGHT, round(BAR_HEIGHT * number / most))


GLOBALS = {"bars": bars, "shades": shades}
