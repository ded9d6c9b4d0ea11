"""A number as people type it: 1500, 1,500, 1 500, 1.500,75, −2,5 or ١٥٠٠."""

import re
import unicodedata

from models.typed import without_format

NUMERAL_LENGTH = 40
"""Characters of a typed number, at most."""

_SIGNS = str.maketrans("−–٫٬", "--.,")
"""Two kinds of minus, and what Arabic numbers have for a point and between thousands."""

_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3}){2,}")
_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_SPACES = re.compile(r"(?<=\d)[\s'’_](?=\d{3}(?:\D|$))")


def read_number(typed: str) -> int | float | None:
    """None where it is no number. As in English, `1,500` is a thousand and a half, `1.500` one and a half."""
    if len(typed) > NUMERAL_LENGTH:
        return None
    text = unicodedata.normalize("NFKC", without_format(typed)).strip().translate(_SIGNS)
    text = "".join(str(unicodedata.decimal(character, character)) for character in text)
    text = _with_point(_SPACES.sub("", text))
    if not text.isascii() or not _PLAIN.fullmatch(text):
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


def _with_point(text: str) -> str:
    """With a decimal point, and nothing between the thousands."""
    digits = text.lstrip("+-")
    if _GROUPED.fullmatch(digits):
        return text.replace(",", "").replace(".", "")
    if "," in text and "." in text:
        decimal, grouping = (",", ".") if text.rindex(",") > text.rindex(".") else (".", ",")
        return text.replace(grouping, "").replace(decimal, ".")
    return text.replace(",", ".") if text.count(",") == 1 else text
