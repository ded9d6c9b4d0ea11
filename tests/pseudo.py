"""A language that brackets what is translated and leaves out what is not: ⟦Question ⟧3⟦ of ⟧10."""

import re
from functools import cache
from gettext import NullTranslations

from docs import catalogue

VALUE = re.compile(r"(%\(\w+\)[rs])")
BRACKETED = re.compile("⟦[^⟦⟧]*⟧")


class Pseudo(NullTranslations):
    """Every sentence must be one that a translator gets to see."""

    def gettext(self, sentence: str) -> str:
        assert sentence in translatable(), f"not in the catalogue: {sentence!r}"
        return "".join(
            part if VALUE.fullmatch(part) else f"⟦{part}⟧" for part in VALUE.split(sentence) if part
        )

    def ngettext(self, one: str, several: str, count: int) -> str:
        assert (one, several) in translatable(), f"not in the catalogue: {one!r}, {several!r}"
        return self.gettext(one if count == 1 else several)

    def pgettext(self, context: str, sign: str) -> str:
        """The signs in numbers: nothing to read."""
        return sign


@cache
def translatable() -> set[str | tuple[str, str]]:
    sentences = {message.id for message in catalogue.template() if message.id}
    return sentences | {one for sentence in sentences if isinstance(sentence, tuple) for one in sentence}
