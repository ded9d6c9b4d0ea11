"""HTML of a learning platform's question as plain text, or the name of what plain text cannot say."""

import re
from html.parser import HTMLParser

MARKUP_LENGTH = 50_000
"""Characters of one text with its markup, at most."""

UNCLOSED = 20
"""Signs < without a >, at most: for each of them the parser reads all the rest once more."""

DEPTH = 100
"""Of superscripts, subscripts and links in one another, at most."""

_UNSPEAKABLE = {
    **dict.fromkeys(("img", "picture", "svg", "canvas", "map", "image"), "a picture"),
    **dict.fromkeys(("table", "tr", "td", "th"), "a table"),
    **dict.fromkeys(("audio", "bgsound"), "audio"),
    **dict.fromkeys(("video",), "video"),
    **dict.fromkeys(("iframe", "object", "embed", "applet", "frame"), "an embedded object"),
    **dict.fromkeys(("math",), "MathML"),
    **dict.fromkeys(("s", "strike", "del"), "struck-out text"),
    **dict.fromkeys(("input", "select", "textarea", "button", "form"), "a form"),
}
_BLOCKS = """
    address article aside blockquote body br center dd div dl dt fieldset figcaption figure footer
    h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section ul
"""
_PHRASES = """
    a abbr acronym b bdi big cite code dfn em font i ins kbd label mark nobr o:p q samp small span
    strong sub sup time tt u var wbr
"""
_LINES, _WITHIN_A_LINE = frozenset(_BLOCKS.split()), frozenset(_PHRASES.split())
_SILENT = frozenset(("script", "style", "head", "title", "meta", "link"))
_SILENT_UNTIL_THEIR_END = frozenset(("script", "style", "title"))

_SUPERSCRIPTS = str.maketrans(
    "0123456789+-−=()abcdefghijklmnoprstuvwxyz",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
)
_SUBSCRIPTS = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SCRIPTS = {"sup": ("^", _SUPERSCRIPTS), "sub": ("_", _SUBSCRIPTS)}

_LATEX = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"), ("\\begin{", "\\end{"), ("[tex]", "[/tex]"))

_INVISIBLE = re.compile("[\u00ad\u200b\ufeff]")
"""The soft hyphen and the spaces without width, which editors leave behind."""

_KEPT_SPACE = "\xa0"
"""For a space in `<pre>`, until all others are gathered; those of the text have become ordinary ones."""


class Unplayable(Exception):
    """Plain text cannot say it; the reason is its name: `a table`."""


def plain(html: str) -> str:
    """Entities decoded once, a line for each block. Raises Unplayable."""
    if len(html) > MARKUP_LENGTH:
        raise Unplayable(f"a text of more than {MARKUP_LENGTH} characters")
    reader = _Reader()
    try:
        reader.feed(html)
        if reader.rawdata.count("<") > UNCLOSED:
            raise Unplayable("HTML that is broken")
        reader.close()
    except AssertionError:  # the parser's way to say so of a broken declaration
        raise Unplayable("HTML that is broken") from None
    text = _tidied(reader.text())
    refuse_formulas(text)
    return text


def refuse_formulas(text: str) -> None:
    """Raises Unplayable where a platform would show LaTeX as a formula."""
    for opening, closing in _LATEX:
        start = text.find(opening)
        if start >= 0 and text.find(closing, start + len(opening)) >= 0:
            raise Unplayable("LaTeX")


def _tidied(text: str) -> str:
    lines = (" ".join(filter(None, line.split(" "))) for line in text.split("\n"))
    return "\n".join(line for line in lines if line.strip()).replace(_KEPT_SPACE, " ").strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[tuple[str, str, list[str]]] = []
        """Elements whose text waits for their end: tag, address of a link, and the text before."""
        self._lists: list[int | None] = []
        """The number of the last item; None for a list without numbers."""
        self._silent = ""
        self._preformatted = 0

    def text(self) -> str:
        while self._open:
            self._end_waiting()
        return "".join(self._parts)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        data = _INVISIBLE.sub("", data)
        if self._preformatted:
            self._parts.append(re.sub(r"[^\S\n]", _KEPT_SPACE, data.expandtabs(4)))
        else:
            self._parts.append(re.sub(r"\s+", " ", data))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT_UNTIL_THEIR_END:
            self._silent = self._silent or tag
        elif tag in _LINES:
            self._parts.append("\n")
            self._start_block(tag, dict(attributes))
        elif tag in _WITHIN_A_LINE and any(value is None for _, value in attributes):
            raise Unplayable(f"the element <{tag} {attributes[0][0][:30]}>")  # as in: a<b and c>d
        elif tag in _SCRIPTS or tag == "a":
            self._start_waiting(tag, dict(attributes).get("href") or "")
        elif tag == "q":
            self._parts.append("“")
        elif tag not in _WITHIN_A_LINE and tag not in _SILENT:
            raise Unplayable(_UNSPEAKABLE.get(tag) or f"the element <{tag[:30]}>")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            self._silent = "" if tag == self._silent else self._silent
        elif tag in _LINES:
            self._parts.append("\n")
            self._end_block(tag)
        elif tag == "q":
            self._parts.append("”")
        elif any(tag == waiting for waiting, _, _ in self._open):
            while self._end_waiting() != tag:
                pass

    def unknown_decl(self, data: str) -> None:
        raise Unplayable(f"the declaration <![{data[:30]}")

    def _start_block(self, tag: str, attributes: dict[str, str | None]) -> None:
        if attributes.keys() & {"start", "reversed", "value"} or (tag == "ol" and "type" in attributes):
            raise Unplayable("a list with numbers of its own")
        if tag in ("ol", "ul"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "li" and self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            self._parts.append(f"{self._lists[-1]}. ")

    def _end_block(self, tag: str) -> None:
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        elif tag == "pre" and self._preformatted:
            self._preformatted -= 1

    def _start_waiting(self, tag: str, address: str) -> None:
        if len(self._open) == DEPTH:
            raise Unplayable(f"more than {DEPTH} elements in one another")
        if address and not address.lower().startswith(("http://", "https://")):
            raise Unplayable("a link to a file")
        self._open.append((tag, address, self._parts))
        self._parts = []

    def _end_waiting(self) -> str:
        tag, address, before = self._open.pop()
        text = "".join(self._parts)
        self._parts = [*before, _linked(text, address) if tag == "a" else _raised_or_lowered(text, tag)]
        return tag


def _linked(text: str, address: str) -> str:
    """The address stays, for it may be what the question is about."""
    if not address or text.strip() in (address, address.removeprefix("https://").removeprefix("http://")):
        return text
    return f"{text} ({address})"


def _raised_or_lowered(text: str, tag: str) -> str:
    """Never left on the line: 10<sup>3</sup> is not 103."""
    sign, table = _SCRIPTS[tag]
    text = " ".join(text.split())
    if all(ord(character) in table for character in text):
        return text.translate(table)
    return f"{sign}({text})"
