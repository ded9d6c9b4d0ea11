"""The one door for every word on a page: English stands in the code, other languages in `translations/`.

A process speaks one language: pages are the same for everyone, and shared caches keep them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from models.fault import Fault
from views.escaping import escaped, html

CATALOGUES = Path(__file__).parent / "translations"

ENGLISH = "en"
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True)
class Language:
    """`tag` as in BCP 47: `de`, `pt-BR`."""

    tag: str
    catalogue: NullTranslations

    @classmethod
    def of(cls, tag: str) -> "Language":
        """Raises FileNotFoundError, which names the file, where there is no catalogue for it."""
        if tag == ENGLISH:
            return cls(tag, NullTranslations())
        with (CATALOGUES / f"{tag}.mo").open("rb") as file:
            return cls(tag, GNUTranslations(file))

    @cached_property
    def thousands(self) -> str:
        """What stands between them."""
        return self.catalogue.pgettext("between thousands", ",")

    @cached_property
    def tenths(self) -> str:
        """What stands before them."""
        return self.catalogue.pgettext("before tenths", ".")

    @cached_property
    def direction(self) -> str:
        return "rtl" if self.tag.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


_spoken = Language.of(ENGLISH)


def speak(language: Language) -> None:
    global _spoken
    _spoken = language


def language() -> Language:
    return _spoken


def gettext(sentence: str, **values: object) -> str:
    return _spoken.catalogue.gettext(sentence) % values


def ngettext(one: str, several: str, count: int, **values: object) -> str:
    return _spoken.catalogue.ngettext(one, several, count) % values


def later(sentence: str) -> str:
    """Marks a sentence for the catalogue that only `gettext` where it is shown will translate."""
    return sentence


def told(fault: Fault) -> str:
    return gettext(fault.sentence, **fault.values)


def register(environment: Environment) -> None:
    """Templates say `_` and `ngettext`; what they give as values is escaped, the sentences are ours."""
    environment.add_extension(_SpokenAtOnce)
    environment.globals |= {"_": _markup, "ngettext": _nmarkup, "language": language}


def _markup(sentence: str, **values: object) -> Markup:
    return html(gettext(sentence, **_escaped(values)))


def _nmarkup(one: str, several: str, count: int, **values: object) -> Markup:
    return html(ngettext(one, several, count, num=count, **_escaped(values)))


def _escaped(values: Mapping[str, object]) -> dict[str, str]:
    return {name: escaped(value) for name, value in values.items()}


_SENTENCE = ("variable_begin", "name", "lparen", "string", "rparen", "variable_end")
"""The tokens of `{{ _("Play again") }}`."""


class _SpokenAtOnce(Extension):
    """Translates a sentence without values when its template is compiled: most of them have none."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        tokens = list(stream)
        while tokens:
            found = tokens[: len(_SENTENCE)]
            if tuple(token.type for token in found) == _SENTENCE and found[1].value == "_":
                yield Token(found[0].lineno, "data", gettext(found[3].value))
                del tokens[: len(_SENTENCE)]
            else:
                yield tokens.pop(0)
