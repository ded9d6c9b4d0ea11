"""The filter language of subscriptions: attributes only, compiled once to a predicate.

Grammar: https://cloud.google.com/pubsub/docs/subscription-message-filter. AND and OR do not mix without
parentheses; a key that is absent differs from every value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from local_cloud.faults import invalid

Predicate = Callable[[Mapping[str, str]], bool]

MAX_BYTES = 256

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z0-9_][A-Za-z0-9_-]*)|(?P<sign>!=|[=:.,()-]))""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[0-7]{3}|.)", re.DOTALL)
_NAMED_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PLAIN_ESCAPES = "\\\"'?`"
_RESERVED = {"AND", "OR", "NOT"}


def compile_filter(text: str) -> Predicate:
    """Raises INVALID_ARGUMENT for what is not a filter. The empty one lets everything pass."""
    if len(text.encode()) > MAX_BYTES:
        raise invalid(f"The filter is longer than {MAX_BYTES} bytes.")
    if not text.strip():
        return lambda attributes: True
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._place = 0

    def parse(self) -> Predicate:
        predicate = self._expression()
        if self._peek() != "":
            raise self._broken()
        return predicate

    def _expression(self) -> Predicate:
        terms = [self._term()]
        operator = self._peek()
        if operator not in ("AND", "OR"):
            return terms[0]
        while self._peek() == operator:
            self._take(operator)
            terms.append(self._term())
        if self._peek() in ("AND", "OR"):
            raise invalid(f"The filter {self._text!r} needs parentheses where AND and OR meet.")
        combine = all if operator == "AND" else any
        return lambda attributes: combine(term(attributes) for term in terms)

    def _term(self) -> Predicate:
        if self._peek() in ("NOT", "-"):
            self._place += 1
            term = self._term()
            return lambda attributes: not term(attributes)
        if self._peek() == "(":
            self._take("(")
            inner = self._expression()
            self._take(")")
            return inner
        if self._peek() == "hasPrefix":
            return self._has_prefix()
        return self._comparison()

    def _has_prefix(self) -> Predicate:
        self._take("hasPrefix", "(", "attributes", ".")
        key = self._key()
        self._take(",")
        prefix = self._string()
        self._take(")")
        return lambda attributes: attributes.get(key, "").startswith(prefix) and key in attributes

    def _comparison(self) -> Predicate:
        self._take("attributes")
        if self._peek() == ":":
            self._take(":")
            key = self._key()
            return lambda attributes: key in attributes
        self._take(".")
        key = self._key()
        operator = self._peek()
        if operator not in ("=", "!="):
            raise self._broken()
        self._take(operator)
        value = self._string()
        return lambda attributes: (attributes.get(key) == value) is (operator == "=")

    def _key(self) -> str:
        token = self._peek()
        if token.startswith('"'):
            return self._string()
        if not re.match(r"\w", token) or token in _RESERVED:
            raise self._broken()
        self._place += 1
        return token

    def _string(self) -> str:
        token = self._peek()
        if not token.startswith('"'):
            raise self._broken()
        self._place += 1
        return _ESCAPE.sub(self._unescape, token[1:-1])

    def _unescape(self, escape: re.Match[str]) -> str:
        code = escape[1]
        try:
            if len(code) == 3 and code.isdigit():
                return chr(int(code, 8))
            if len(code) > 1:
                return chr(int(code[1:], 16))
        except (ValueError, OverflowError):
            raise self._broken() from None
        if code in _NAMED_ESCAPES:
            return _NAMED_ESCAPES[code]
        if code not in _PLAIN_ESCAPES:
            raise self._broken()
        return code

    def _peek(self) -> str:
        return self._tokens[self._place]

    def _take(self, *expected: str) -> None:
        for token in expected:
            if self._peek() != token:
                raise self._broken()
            self._place += 1

    def _broken(self) -> Exception:
        at = self._peek() or "its end"
        return invalid(f"The filter {self._text!r} cannot be understood at {at}.")


def _tokens(text: str) -> list[str]:
    """The last one is empty: the end."""
    tokens: list[str] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise invalid(f"The filter {text!r} cannot be understood at {text[place:].strip()}.")
        tokens.append(match[0].strip())
        place = match.end()
    return [*tokens, ""]
