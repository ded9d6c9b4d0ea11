"""What an owner should look at twice in a question that can be played."""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b

from models.question import Question

TELLING_RATIO = 1.5
TELLING_LENGTH = 10
"""A right choice so many times as long as every wrong one, and by so many characters, is given away."""

_SMALL_WORDS = frozenset(
    {"a", "an", "and", "at", "did", "do", "does", "in", "is", "of", "the", "was", "were"}
)


class Reviewer:
    """Remembers a fingerprint of every prompt that it has seen, and where."""

    def __init__(self) -> None:
        self._places: dict[bytes, str] = {}

    def doubts(self, question: Question, place: str) -> Iterator[str]:
        """A sentence each."""
        if _is_given_away(question):
            yield "the right choice is given away by its length"
        if len({_folded(item) for item in question.items}) < len(question.items):
            yield "two choices are the same but for case, accents or spaces"
        first = self._places.setdefault(_fingerprint(question), place)
        if first != place:
            yield f"asks nearly the same as {first}"


def _is_given_away(question: Question) -> bool:
    if question.type != "single":
        return False
    right = len(question.answer)
    longest = max((len(choice) for choice in question.choices if choice != question.answer), default=right)
    return right >= TELLING_RATIO * longest and right - longest >= TELLING_LENGTH


def _fingerprint(question: Question) -> bytes:
    """The same for prompts that have the same words, the small ones aside, in whatever order.

    `Put these in order` and `Which of these are prime?` are other questions with other items.
    """
    items = question.items if question.type in ("multiple", "ordering") else ()
    words = set(re.findall(r"\w+", _folded(" ".join([question.prompt, *items])))) - _SMALL_WORDS
    picture = question.picture.digest if question.picture else ""
    return blake2b(" ".join([*sorted(words), picture]).encode(), digest_size=12).digest()


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.casefold().split())
