"""The texts of a GIFT question: what is escaped is masked while it is taken apart, and shown after."""

import re

from questions.formats import markup

GAP = "_____"
"""Where the answer goes that stands within the sentence."""

_ESCAPE = re.compile(r"\\([\\:#={}~n])")
_MASKED = ":#={}~n"
"""An escaped character is masked as a zero and its position here; no file that can be read has a zero."""

_FORM = re.compile(r"\[(html|moodle|plain|markdown)\]")
_HTML = re.compile(
    r"</?[a-zA-Z][\w:-]*(?:\s+[\w:-]+=[^<>]*)?\s*/?>|<!--|&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);"
)
"""Makes HTML of a text whose form is not stated; `1 < 2` and `a<b and c>d` make none."""

_MARKDOWN = re.compile(r"[*`<|\\]|&\w+;|\]\(|\b_|_\b|^\s*(?:[-+>#]|[0-9]+\.)", re.MULTILINE)


def masked(text: str) -> str:
    return _ESCAPE.sub(_mask, text)


def _mask(escape: re.Match[str]) -> str:
    # A backslash needs no mask: taken from left to right, none that is left can escape anything.
    return "\\" if escape[1] == "\\" else f"\0{_MASKED.index(escape[1])}"


def unmasked(text: str) -> str:
    return re.sub("\0(.)", lambda mask: _MASKED[int(mask[1])].replace("n", "\n"), text).strip()


def form_of(text: str) -> str:
    """html, markdown, plain, or Moodle's own form: HTML whose lines end as they do in the file."""
    named = _FORM.match(text)
    return named[1] if named else "moodle"


def shown(text: str, usual_form: str) -> str:
    """What people read of a masked text that may begin with its form. Raises Unplayable."""
    named = _FORM.match(text)
    form = named[1] if named else usual_form
    text = unmasked(text[named.end() :] if named else text)
    markup.refuse_formulas(text)
    if form == "markdown" and _MARKDOWN.search(text.replace(GAP, "")):
        raise markup.Unplayable("text in Markdown")
    if form == "html":
        return markup.plain(text)
    return markup.plain(text.replace("\n", "<br>\n")) if form == "moodle" and _HTML.search(text) else text
