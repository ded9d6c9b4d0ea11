"""What a player may be called: any script, any emoji, but nothing that hides, deceives, or hurts.

`clean_name` is the one door. Mixed scripts are judged by Unicode's UTS 39, "highly restrictive", by the word.
"""

import unicodedata

import regex

from models.fault import Fault
from models.lookalikes import SMALL_CAPITALS, as_latin
from models.obscenity import is_obscene

NAME_LENGTH = 24
"""Characters of a name, at most, as people see them: a letter with its accents is one, so is an emoji."""
CODE_POINTS = 4 * NAME_LENGTH
"""What these may be made of, at most: families of emoji and stacks of vowel signs are long."""

RESERVED = ("admin", "administrator", "moderator", "sysadmin", "webmaster", "quizboard")
"""Words that would make a player look like one of us."""

_PICTURE = (
    r"(?!\p{Cn})(?:\p{Extended_Pictographic}|\p{Emoji_Presentation})(?:\p{Emoji_Modifier}|[\uFE0E\uFE0F])?"
)
_EMOJI = regex.compile(
    r"\N{WAVING BLACK FLAG}[\U000E0030-\U000E007A]{1,6}\U000E007F"  # Scotland
    r"|\p{Regional_Indicator}{2}"
    r"|[0-9#*]\uFE0F?\u20E3"
    rf"|{_PICTURE}(?:\u200D{_PICTURE}){{0,4}}"  # a family of four, a kiss
)
_STRAY_SELECTOR = regex.compile(r"(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}0-9#*])[\uFE0E\uFE0F]")
_JOINER = regex.compile(
    r"(?<=[\p{L}\p{M}])[\u200C\u200D](?=\p{ccc=9}\p{L})"
    r"|(?<=\p{L}\p{M}*\p{ccc=9})[\u200C\u200D]"
    r"|(?<=[\p{jt=L}\p{jt=D}]\p{jt=T}*)\u200C(?=\p{jt=T}*[\p{jt=R}\p{jt=D}])"
)
"""Where Indian scripts and Persian need one: by a virama, between letters that would join (RFC 5892, A)."""
_UNREADABLE = regex.compile(
    r"[\p{C}\p{Default_Ignorable_Code_Point}\p{Me}\N{BRAILLE PATTERN BLANK}]"
    r"|(?<![\p{L}\p{M}])\p{M}"
    r"|(\p{Mn})\1"
    r"|\p{Mn}{5}"
    r"|[\p{Latin}\p{Greek}\p{Cyrillic}]\p{Mn}{3}"
    # The sign by which a board tells equal names apart; inside a word it is Catalan.
    r"|(?<!\p{L})·|·(?!\p{L})"
)
_SOMETHING = regex.compile(r"[\p{L}\p{N}\p{S}]")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")

_LIVING_SCRIPTS = (
    *("Adlm", "Arab", "Armn", "Bali", "Bamu", "Beng", "Bopo", "Cakm", "Cans", "Cher", "Cyrl", "Deva", "Ethi"),
    *("Geor", "Grek", "Gujr", "Guru", "Hang", "Hani", "Hebr", "Hira", "Java", "Kana", "Khmr", "Knda", "Lana"),
    *("Laoo", "Latn", "Lisu", "Mlym", "Mong", "Mtei", "Mymr", "Newa", "Nkoo", "Olck", "Orya", "Osge", "Rohg"),
    *("Sinh", "Sund", "Syrc", "Taml", "Telu", "Tfng", "Thaa", "Thai", "Tibt", "Vaii", "Yiii"),
)
_WRITTEN_TOGETHER = ("Latn Hani Hira Kana", "Latn Hani Bopo", "Latn Hani Hang", *_LIVING_SCRIPTS)


def _letters_of(scripts: str) -> str:
    return "".join(rf"\p{{scx={script}}}" for script in scripts.split())


_OF_ONE_KIND = regex.compile(
    "|".join(rf"[{_letters_of(scripts)}\p{{scx=Zyyy}}\p{{scx=Zinh}}]+" for scripts in _WRITTEN_TOGETHER)
    + rf"|[^{_letters_of(' '.join(_LIVING_SCRIPTS))}]+"
)


class BadName(Fault):
    """Nobody may be called so."""


def clean_name(raw: str) -> str:
    """The name in NFC with single spaces, fancy letters as plain ones. Raises BadName."""
    if len(raw) > 2 * CODE_POINTS:
        raise BadName("A name has at most %(most)s characters.", most=NAME_LENGTH)
    name = _tidied(raw)
    if not name:
        raise BadName("Please type a name.")
    _check_readable(name)
    _check_length(name)
    if not all(_OF_ONE_KIND.fullmatch(word) for word in _WORD.findall(name)):
        raise BadName(
            "This name mixes letters of several alphabets in one word. Please type it in one of them."
        )
    if _is_reserved(name):
        raise BadName("This name looks like one of the people who run the quiz. Please choose another.")
    if is_obscene(name):
        raise BadName("This name could hurt somebody in the room. Please choose a friendlier one.")
    return name


def _tidied(raw: str) -> str:
    plain = "".join(map(_folded, raw)).translate(SMALL_CAPITALS)
    return " ".join(unicodedata.normalize("NFC", _STRAY_SELECTOR.sub("", plain)).split())


def _folded(character: str) -> str:
    """A full-width, mathematical, circled or raised letter as a plain one.

    Not all of NFKC: that would tear Thai vowels and Korean letters apart, which people write as they are.
    """
    kind, *codes = unicodedata.decomposition(character).split() or [""]
    if not kind.startswith("<"):
        return character
    plain = "".join(chr(int(code, 16)) for code in codes)
    return character if kind == "<compat>" and not plain.isascii() else "".join(map(_folded, plain))


def _check_readable(name: str) -> None:
    rest = _JOINER.sub("", _EMOJI.sub("☺", name))
    if _UNREADABLE.search(rest):
        raise BadName(
            "This name has characters that cannot be seen or do not belong there."
            " Please type it in plain letters."
        )
    if not _SOMETHING.search(rest):
        raise BadName("A name needs a letter, a digit or a picture.")


def _check_length(name: str) -> None:
    length = len(regex.findall(r"\X", name))
    if length > NAME_LENGTH:
        raise BadName(
            "A name has at most %(most)s characters; this one has %(length)s.",
            most=NAME_LENGTH,
            length=length,
        )
    if len(name) > CODE_POINTS:
        raise BadName("This name is made of too many parts. Please choose a shorter one.")


def _is_reserved(name: str) -> bool:
    words = regex.findall(r"[\p{L}\p{N}]+", as_latin(name).casefold())
    return any(_plainly(word) in _RESERVED for word in ("".join(words), *words))


def _plainly(word: str) -> str:
    """`adm1n` and `admin2` are read as admin."""
    return word.rstrip("0123456789").translate(_READ_AS)


_READ_AS = str.maketrans("4350i17", "aesollt")
_RESERVED = {_plainly(word) for word in RESERVED}
