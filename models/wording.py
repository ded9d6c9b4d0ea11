"""Whether typed words are the words that were asked for.

Case, accents, spaces, punctuation and articles do not matter, and one slip is forgiven in a long word.
"""

import re
import unicodedata
from collections.abc import Sequence

FORGIVING_LENGTH = 6
"""Letters of a word in which one slip is forgiven."""

_ARTICLES = frozenset({"a", "an", "the"})

_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
"""Of Latin, Greek and Cyrillic letters, and the points of Hebrew and Arabic. Elsewhere a mark makes
another letter."""

_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "&": " and "}
)

_TELLING = frozenset("#%@")
"""Punctuation that tells one thing from another: C# is not C."""

_INSIDE = frozenset("'’ʼ.·")
"""Punctuation within a word: O’Brien, U.S.A."""


def is_one_of(typed: str, accepted: Sequence[str]) -> bool:
    return any(_is_same(_words(typed), _words(one)) for one in accepted)


def has_words(text: str) -> bool:
    """Whether anything of the text counts, so that it can be told from another."""
    return bool(_words(text))


def _is_same(typed: list[str], wanted: list[str]) -> bool:
    if not typed:
        return False
    if "".join(typed) == "".join(wanted):
        return True
    return len(typed) == len(wanted) and all(map(_is_nearly, typed, wanted))


def _is_nearly(typed: str, wanted: str) -> bool:
    """The same, or one slip away where a slip is forgiven: never in numbers."""
    if typed == wanted:
        return True
    return len(wanted) >= FORGIVING_LENGTH and (typed + wanted).isalpha() and _is_one_slip(typed, wanted)


def _is_one_slip(one: str, other: str) -> bool:
    """One letter too many, too few or another, or two neighbours swapped (optimal string alignment)."""
    shorter, longer = sorted((one, other), key=len)
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    tail, long_tail = shorter[start:], longer[start:]
    if len(tail) < len(long_tail):
        return tail == long_tail[1:]
    return tail[1:] == long_tail[1:] or (tail[1::-1] == long_tail[:2] and tail[2:] == long_tail[2:])


def _words(text: str) -> list[str]:
    """What is left of it to compare, word by word; an article at the end may be a letter: vitamin A."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_UNDECOMPOSED)
    plain = unicodedata.normalize("NFKC", _ACCENTS.sub("", folded))
    words = "".join(map(_counting, plain)).split()
    return [word for word in words[:-1] if word not in _ARTICLES] + words[-1:]


def _counting(character: str) -> str:
    if character in _TELLING:
        return character
    if character in _INSIDE:
        return ""
    return " " if unicodedata.category(character)[0] in "PZC" else character
