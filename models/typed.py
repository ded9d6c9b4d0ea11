"""What players type in their own words, and what cannot be kept of it."""

import unicodedata

_OVERTURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Classes of the format characters that turn round what stands after them, and nobody types."""


def without_format(text: str) -> str:
    """Without what is invisible on purpose: Persian and Sinhala need joiners, Hebrew keyboards send marks."""
    return "".join(character for character in text if not _is_format(character))


def tidied(raw: str, most: int) -> str | None:
    """With single spaces; empty without anything to see, None where it is too long or cannot be shown."""
    text = " ".join(raw.split())
    seen = without_format(text)
    if len(text) > most or not seen.isprintable():
        return None
    return text if seen.strip() else ""


def _is_format(character: str) -> bool:
    is_format = unicodedata.category(character) == "Cf"
    return is_format and unicodedata.bidirectional(character) not in _OVERTURNING
