"""Text as it stands in HTML, for pages that join hundreds of them: without an object of its own for each."""

from collections.abc import Callable

import markupsafe
from markupsafe import Markup

text_escaped: Callable[[str], str] = markupsafe._escape_inner  # type: ignore[attr-defined]  # a private part
"""What `markupsafe.escape` does with a text before it is marked."""


def html(text: str) -> Markup:
    """Marks as such what is HTML; as `Markup` does, which first looks whether it is marked already."""
    return str.__new__(Markup, text)


def escaped(value: object) -> str:
    """`markupsafe.escape` of anything, as a text that may be HTML."""
    if type(value) is str:
        return text_escaped(value)
    if type(value) is Markup:
        return value
    if type(value) is int:
        return str(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    return text_escaped(str(value))
