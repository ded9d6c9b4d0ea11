"""Characters that are taken for each other, after Unicode's UTS 39: what one sees, not what is stored."""

import unicodedata

_LATIN_FOR = {
    # Cyrillic, Greek and Armenian letters
    "аеорсухѕіјһԁԛԝӏАВЕКМНОРСТУХЅІЈ": "aeopcyxsijhdqwlABEKMHOPCTYXSIJ",
    "αοορνιυγκτΑΒΕΖΗΙΚΜΝΟΡΤΥΧ": "aoopviuyktABEZHIKMNOPTYX",
    "օսհոցզՕՍ": "ouhngqOU",
    # Latin letters of other shapes
    "ɑɡıɩſƒĸ": "agiisfk",
}
_TO_LATIN = {
    ord(one): other for ones, others in _LATIN_FOR.items() for one, other in zip(ones, others, strict=True)
}
_TO_LATIN |= {ord(a) + n: chr(ord("A") + n) for a in "🇦🅐🅰" for n in range(26)}

SMALL_CAPITALS = dict(zip(map(ord, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"), "abcdefghijklmnoprstuvwyz", strict=True))
"""Phonetic letters that write words in small capitals."""

_SAME_STROKES = {ord("I"): "l", ord("1"): "l", ord("|"): "l", ord("0"): "O", ord("m"): "rn"}


def as_latin(text: str) -> str:
    """With Latin letters where others, flags, or white letters on black look like them."""
    return text.translate(_TO_LATIN)


def appearance(name: str) -> str:
    """The same for names that the eye cannot tell apart."""
    return unicodedata.normalize("NFD", as_latin(name)).translate(_SAME_STROKES)
