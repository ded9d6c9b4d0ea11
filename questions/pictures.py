"""Reads the picture that a question names: a file beside the question file."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

PICTURE_BYTES = 200_000
"""Of a picture, at most: what one entity holds, and what a phone on a train loads."""

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
SIDE = 4_096
"""Pixels of a side, at most."""


class BadPicture(Exception):
    """It is not there, or cannot be shown; the sentence says what would be right."""


@dataclass(frozen=True)
class Loaded:
    """`format` is one of FORMATS; `width` and `height` in pixels."""

    content: bytes
    format: str
    width: int
    height: int


def load(folder: Path, name: str) -> Loaded:
    """Raises BadPicture."""
    content = _content(folder, name)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if max(picture.size) > SIDE:
                raise BadPicture(f"the image {name!r} is larger than {SIDE} by {SIDE} pixels")
            picture.load()
            return Loaded(content, picture.format or "", *picture.size)
    except UnidentifiedImageError:
        raise BadPicture(f"{name!r} is no image of the kinds {', '.join(FORMATS)}") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPicture(f"the image {name!r} is broken: {error}") from None


def _content(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BadPicture(f"the image {name!r} is not beside the question file or in a folder there")
        if path.stat().st_size > PICTURE_BYTES:
            raise BadPicture(f"the image {name!r} has more than {PICTURE_BYTES} bytes")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadPicture(f"the image {name!r} cannot be read: {reason}") from None
