"""Reads QR codes as a phone does."""

from collections.abc import Iterable

import zxingcpp
from PIL import Image

MODULE = 4
"""Pixels of a module's side."""


def text_of(modules: Iterable[tuple[int, int]], side: int) -> str:
    """What the code with these dark modules says."""
    picture = Image.new("L", (side * MODULE, side * MODULE), "white")
    for x, y in modules:
        picture.paste("black", (x * MODULE, y * MODULE, (x + 1) * MODULE, (y + 1) * MODULE))
    return read(picture)


def read(picture: Image.Image) -> str:
    [found] = zxingcpp.read_barcodes(picture)
    return found.text
