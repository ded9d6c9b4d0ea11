"""Reads what opentdb.com gives: JSON whose strings have one of four encodings, which it does not state."""

import base64
import binascii
import html
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from questions.formats.text import Unreadable, refusing, text_of
from questions.record import MOST_CHOICES, Item, Items, Record, Refused, Skipped, category_of, place_of

_MEANINGS = {
    1: "there were not enough questions for what was asked",
    2: "a parameter of the request was not valid",
    3: "the session token is not known",
    4: "the session token has given all its questions",
    5: "there were too many requests",
}
"""Of each response_code but 0: https://opentdb.com/api_config.php."""

_STRINGS = ("category", "type", "difficulty", "question", "correct_answer")

_TYPES_IN_BASE64 = ("bXVsdGlwbGU=", "Ym9vbGVhbg==")

_PERCENT_ENCODED = re.compile(r"(?:[A-Za-z0-9_.~+-]|%[0-9A-Fa-f]{2})*")

_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
"""Soft hyphens and marks without width; the joiners stay: scripts and emoji are written with them."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class _Broken(Unreadable):
    """What is wrong, in a sentence."""


def recognises(text: str) -> bool:
    return (
        re.match(r"\s*[{\[]", text) is not None
        and re.search(r'"(incorrect_answers|response_code)"\s*:', text) is not None
    )


@refusing
def read(path: Path) -> Items:
    results = _results(text_of(path))
    for number, result in enumerate(results, start=1):
        yield _item(result, f"{path}, question {number}")
    if not results:
        yield Refused(str(path), ("there is no question in it",))


def _results(text: str) -> list[Any]:
    """Of the envelope, or the bare list. Raises _Broken."""
    data = _parsed(text)
    if isinstance(data, dict):
        code = data.get("response_code", 0)
        if code != 0:
            meaning = _MEANINGS.get(code) if isinstance(code, int) else None
            raise _Broken(f"response_code is not 0: {meaning or 'what it is, opentdb.com does not say'}")
        data = data.get("results")
    if not isinstance(data, list):
        raise _Broken("neither an object with a list named results nor such a list alone")
    return data


def _parsed(text: str) -> Any:
    """Raises _Broken."""
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise _Broken(f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError as error:
        raise _Broken(str(error)) from None
    except RecursionError:
        raise _Broken("nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises _Broken where Python alone would keep the last of two and lose the other: `results`, say."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _Broken(f"a field is there twice in one object, among {', '.join(map(ascii, fields))[:100]}")
    return fields


def _item(result: Any, where: str) -> Item:
    faults = _faults(result)
    if faults:
        name = result.get("question") if isinstance(result, dict) else None
        return Refused(place_of(where, name if isinstance(name, str) else ""), faults)
    decode = _decoder(result)
    try:
        strings = {name: _text(decode(result[name])) for name in _STRINGS}
        incorrect = [_text(decode(answer)) for answer in result["incorrect_answers"]]
    except _Broken as error:
        return Refused(place_of(where, result["question"]), (str(error),))
    return _question(strings, incorrect, place_of(where, strings["question"]))


def _faults(result: Any) -> tuple[str, ...]:
    """Of the shape; what stands in the strings is no matter yet."""
    if not isinstance(result, dict):
        return ("a question must be an object",)
    wrong = [
        f"{name} must be there, as a string" for name in _STRINGS if not isinstance(result.get(name), str)
    ]
    incorrect = result.get("incorrect_answers")
    if not isinstance(incorrect, list) or not all(isinstance(answer, str) for answer in incorrect):
        wrong.append("incorrect_answers must be there, as a list of strings")
    return tuple(wrong)


def _question(strings: dict[str, str], incorrect: list[str], place: str) -> Item:
    fields: dict[str, Any] = {
        "type": strings["type"],
        "difficulty": strings["difficulty"],
        "prompt": strings["question"],
    }
    correct = strings["correct_answer"]
    choices = [correct, *incorrect]
    if strings["type"] == "boolean":
        if sorted(choices) != ["False", "True"]:
            return Refused(place, (f"the answers must be True and False, not {choices!r:.100}",))
        fields["answer"] = correct == "True"
    elif strings["type"] != "multiple":
        return Skipped(place, f"a question of the type {strings['type']!r:.40}")
    elif len(choices) > MOST_CHOICES:
        return Skipped(place, f"{len(choices)} choices, of which {MOST_CHOICES} at most can be shown")
    else:
        fields |= {"type": "single", "choices": choices, "answer": correct}
    return Record(place, category_of(strings["category"]), fields)


def _decoder(result: dict[str, Any]) -> Callable[[str], str]:
    """Only base64 shows in the type; percent-encoded is what has nothing that such an encoding leaves out."""
    if result["type"] in _TYPES_IN_BASE64:
        return _from_base64
    strings = [*(result[name] for name in _STRINGS), *result["incorrect_answers"]]
    if all(_PERCENT_ENCODED.fullmatch(string) for string in strings):
        return _from_percent
    return html.unescape


def _from_base64(encoded: str) -> str:
    """Raises _Broken."""
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        raise _Broken(f"the type is in base64, and this is not: {encoded!r:.60}") from None


def _from_percent(encoded: str) -> str:
    """Raises _Broken. With + for a space too: where %20 is one, a plus sign is %2B."""
    try:
        return unquote_plus(encoded, errors="strict")
    except UnicodeDecodeError:
        raise _Broken(f"percent-encoded, but not as UTF-8: {encoded!r:.60}") from None


def _text(decoded: str) -> str:
    """Raises _Broken."""
    if _LONE_SURROGATE.search(decoded):
        raise _Broken(f"half of a surrogate pair is no character: {decoded!r:.60}")
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", decoded)).strip()
