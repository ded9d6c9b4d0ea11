"""Whether a name is obscene or hateful, however it is spelled. The words are in obscene.txt, and only there.

No list is complete, and no rule is fair to every name: in doubt a name passes.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import regex

from models.lookalikes import as_latin

WORDS = Path(__file__).with_name("obscene.txt")

STANDS_FOR = {
    "a": "4@", "b": "8", "c": "©(", "e": "3€", "g": "9", "i": "1!|",
    "l": "|", "o": "0", "s": "5$", "t": "7+", "u": "v",
}  # fmt: skip
"""What is written for a letter."""
VOWELS = "aeiou"
MASKS = "*#"
"""What hides a vowel."""
FRAGMENT = 2
"""Letters, at most, of a piece that a dot or a hyphen may have cut off a word."""

ACCENT = regex.compile(
    r"(?<=[\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}]\p{Mn}*)\p{Mn}|\N{ARABIC TATWEEL}"
)
BETWEEN = regex.compile(r"[\s\p{Pd}\p{Pc}.,:;/\\'’\"~]+")
PICTURE = regex.compile(r"(?![©🇦-🇿🅐-🆉])\p{So}[\p{Emoji_Modifier}\uFE0E\uFE0F\u200D]*")
"""One that stands for no letter."""
INITIALS = regex.compile(r"(?<=\p{L}\p{Ll}) \p{Lu}$|(?<=\p{L}{2}\p{Ll})(?: \p{Lu})+$")
"""Of a family, after a first name: `Ana L.` is not one word."""
NUMBER = regex.compile(r"(?=.*[0-9])\P{L}*\p{L}?\P{L}*")
"""With one letter at most, as of a room or a seat: its digits stand for nothing else."""


class _Words(NamedTuple):
    anywhere: regex.Pattern[str]
    whole: regex.Pattern[str]
    innocent: regex.Pattern[str]


def is_obscene(name: str) -> bool:
    plain = " ".join(_pieces(name))
    as_it_stands = _readings(plain)
    # `Shi T.` may be a name; no innocent word holds what is looked for anywhere, so `Fuc K` is none.
    spelled_out = {_joined(text) for text in as_it_stands}
    without_initials = {_joined(text) for text in _readings(INITIALS.sub("", plain))}
    words = [word for text in as_it_stands | without_initials for word in BETWEEN.split(text)]
    return any(map(_words().anywhere.search, as_it_stands | spelled_out)) or any(
        map(_words().whole.fullmatch, words)
    )


def _pieces(name: str) -> list[str]:
    pieces = BETWEEN.split(PICTURE.sub(" ", name))
    return [piece for piece in pieces if piece and not NUMBER.fullmatch(piece)]


def _readings(plain: str) -> set[str]:
    """As it stands, without accents, and in the Latin letters that it looks like; without innocent words."""
    small = plain.casefold()
    texts = {small, _without_accents(small), _without_accents(as_latin(small).casefold())}
    return {_without_innocent_words(text) for text in texts}


def _without_accents(text: str) -> str:
    """An accent makes no other word; in Indian scripts a mark may be a vowel, and stays."""
    return unicodedata.normalize("NFC", ACCENT.sub("", unicodedata.normalize("NFD", text)))


def _joined(text: str) -> str:
    """`f u c k` and `fu.ck` in one word; `Marks-Hitchens` stays two."""
    joined, before = "", ""
    for piece in BETWEEN.split(text):
        is_cut_off = min(len(before), len(piece)) <= FRAGMENT
        joined += piece if is_cut_off else f" {piece}"
        before = piece
    return _without_innocent_words(joined)


def _without_innocent_words(text: str) -> str:
    return _words().innocent.sub(" ", text)


@cache
def _words() -> _Words:
    entries = [line for line in WORDS.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    before = [entry[:-1] for entry in entries if entry.endswith("+")]
    after, whole, innocent = ([entry[1:] for entry in entries if entry.startswith(mark)] for mark in "+=!")
    anywhere = [entry for entry in entries if entry[0] not in "+=!" and not entry.endswith("+")]
    core = f"(?:{_any_of(before)})*(?:{_any_of(whole + anywhere)})(?:{_any_of(after)}|[0-9!?])*"
    return _Words(
        anywhere=regex.compile(_any_of(anywhere, drawn_out="{0}*")),
        whole=regex.compile(f"(?:{core})+"),
        innocent=regex.compile(rf"\b(?:{'|'.join(map(regex.escape, innocent))})\b"),
    )


def _any_of(entries: Iterable[str], drawn_out: str = "(?:{0}{{2,}}+)?+") -> str:
    """Letters come as they are or drawn out; of a whole word, a letter that is doubled makes another word."""
    return "|".join("".join(_spelled(entry, drawn_out)) for entry in entries)


def _spelled(entry: str, drawn_out: str) -> Iterator[str]:
    for letter, run in groupby(entry):
        if letter == " ":
            yield r"\s+"
        elif not letter.isascii():
            yield regex.escape("".join(run))
        else:
            others = STANDS_FOR.get(letter, "") + (MASKS if letter in VOWELS else "")
            one = f"[{regex.escape(letter + others)}]"
            yield one * len(list(run)) + drawn_out.format(one)
