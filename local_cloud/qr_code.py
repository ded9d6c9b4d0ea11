"""A QR code for a terminal, dark on light whatever colours the terminal has."""

import itertools

QUIET = 4
"""Light modules around it, which a reader needs to find it."""

# Of the 256 colours, those that no theme changes: black on white.
_COLOURS = "\x1b[38;5;16;48;5;231m"
_PLAIN = "\x1b[0m"
_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
"""Two modules, one above the other, are about as wide as high in the place of one character."""


def qr_lines(text: str) -> list[str]:
    # Only for who looks at it: importing it takes longer than all the rest of the launcher.
    import segno

    rows = [tuple(row) for row in segno.make_qr(text).matrix_iter(border=QUIET)]
    pairs = itertools.zip_longest(rows[::2], rows[1::2], fillvalue=(0,) * len(rows[0]))
    return [
        f"{_COLOURS}{''.join(_HALVES[modules] for modules in zip(*pair, strict=True))}{_PLAIN}"
        for pair in pairs
    ]


def width_of(lines: list[str]) -> int:
    """Columns that they take on the screen."""
    return len(lines[0]) - len(_COLOURS) - len(_PLAIN)
