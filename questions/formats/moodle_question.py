"""One question of Moodle XML: what is asked, the kind of answer, and what is right."""

import re
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from questions.formats.markup import Unplayable, plain, refuse_formulas
from questions.record import MOST_CHOICES

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")

_ALL = Decimal(100)
_ROUNDED = Decimal("0.5")
"""Of weights and of their sum, at most: three times 33.333 is 100."""


class Broken(Exception):
    """What is wrong with a question, in a sentence."""


def fields_of(question: Element) -> dict[str, Any]:
    """Raises Unplayable and Broken."""
    kind = question.get("type")
    if kind is None:
        raise Broken('<question> must have a type, as in <question type="multichoice">')
    if kind not in _ANSWERS:
        raise Unplayable(f"a question of Moodle's type {kind[:60]}")
    if (question.findtext("hidden") or "").strip() == "1":
        raise Unplayable("a question that is hidden in Moodle")
    if any((question.findtext(name) or "").strip() for name in ("image", "image_base64")):
        raise Unplayable("a picture")
    prompt = _shown(question.find("questiontext"))
    if not prompt:
        raise Broken("<questiontext> must have a <text> with what is asked")
    explanation = _shown(question.find("generalfeedback"))
    fields = {"difficulty": "medium", "prompt": prompt, **_ANSWERS[kind](question)}
    return fields | ({"explanation": explanation} if explanation else {})


def text_in(parent: Element, name: str) -> str:
    """As it stands in `<name><text>`; empty where it is not there."""
    return _text(parent.find(name)).strip()


def _text(element: Element | None) -> str:
    """Raises Broken."""
    text = None if element is None else element.find("text")
    if text is None:
        return ""
    if len(text):
        raise Broken(f"<text> has the element <{text[0].tag[:60]}> in it: write HTML as <![CDATA[…]]>")
    return text.text or ""


def _shown(element: Element | None) -> str:
    """What people read. Raises Unplayable and Broken."""
    if element is None:
        return ""
    for file in element.iterfind("file"):
        raise Unplayable(f"an embedded file ({(file.get('name') or 'without a name')[:60]})")
    text = _text(element)
    form = element.get("format") or "html"
    if form == "markdown" and text.strip():
        raise Unplayable("text in Markdown")
    if form == "plain_text":
        refuse_formulas(text)
        return text.strip()
    return plain(text.replace("\n", "<br>\n") if form == "moodle_auto_format" else text)


def _multichoice(question: Element) -> dict[str, Any]:
    answers = question.findall("answer")
    if len(answers) < 2:
        raise Broken('at least two choices are needed: <answer fraction="100"> and <answer fraction="0">')
    _refuse_too_many(answers)
    choices = [_line(_shown(answer)) for answer in answers]
    if not all(choices):
        raise Broken("a choice must have a text")
    weights = [_weight(answer) for answer in answers]
    right = [choice for choice, weight in zip(choices, weights, strict=True) if weight > 0]
    is_single = (question.findtext("single") or "true").strip().casefold() in ("true", "1")
    _check_the_weights([weight for weight in weights if weight > 0], is_single=is_single)
    if is_single:
        return {"type": "single", "choices": choices, "answer": right[0]}
    return {"type": "multiple", "choices": choices, "answer": right}


def _refuse_too_many(answers: list[Element]) -> None:
    if len(answers) > MOST_CHOICES:
        raise Unplayable(f"{len(answers)} choices, of which {MOST_CHOICES} at most can be shown")


def _check_the_weights(right: list[Decimal], *, is_single: bool) -> None:
    if not right:
        raise Broken('no choice is right: one must have fraction="100", or some a share of it')
    if is_single and any(weight != _ALL for weight in right):
        raise Unplayable("partial credit for some choices")
    if is_single and len(right) > 1:
        raise Unplayable("several right choices of which one is enough")
    if max(right) - min(right) > _ROUNDED:
        raise Unplayable("unequal weights of the right choices")
    if abs(sum(right) - _ALL) > _ROUNDED:
        raise Broken(f"the fractions of the right choices add up to {sum(right):f}, not to 100")


def _truefalse(question: Element) -> dict[str, Any]:
    right = [
        _text(answer).strip().casefold() for answer in question.findall("answer") if _weight(answer) == _ALL
    ]
    if right not in (["true"], ["false"]):
        raise Broken('one <answer> must have fraction="100" and the text true or false')
    return {"type": "boolean", "answer": right == ["true"]}


def _shortanswer(question: Element) -> dict[str, Any]:
    if (question.findtext("usecase") or "").strip() == "1":
        raise Unplayable("capital letters that matter")
    accepted = [_line(_text(answer)) for answer in _accepted(question)]
    if any(re.search(r"(?<!\\)\*", answer) for answer in accepted):
        raise Unplayable("the wildcard * in an answer")
    if not all(accepted):
        raise Broken("an answer must have a text")
    # Those that differ only in their spaces would be there twice.
    return {"type": "text", "answer": list(dict.fromkeys(answer.replace("\\*", "*") for answer in accepted))}


def _numerical(question: Element) -> dict[str, Any]:
    if any((unit.findtext("unit_name") or "").strip() for unit in question.iterfind("units/unit")):
        raise Unplayable("a number with a unit")
    answer, *others = _accepted(question)
    if others:
        raise Unplayable("several numeric answers")
    if _text(answer).strip() == "*":
        raise Unplayable("the wildcard * as the numeric answer")
    tolerance = (answer.findtext("tolerance") or "").strip()
    fields = {"type": "number", "answer": _number(_text(answer))}
    return fields | ({"tolerance": _number(tolerance)} if tolerance else {})


def _accepted(question: Element) -> list[Element]:
    """The answers that are worth all; one that is worth nothing is there for its feedback, and wrong."""
    weighted = [(answer, _weight(answer)) for answer in question.findall("answer")]
    if any(0 < weight < _ALL for _, weight in weighted):
        raise Unplayable("partial credit for some answers")
    accepted = [answer for answer, weight in weighted if weight > 0]
    if not accepted:
        raise Broken('no answer is right: one must have fraction="100"')
    return accepted


def _ordering(question: Element) -> dict[str, Any]:
    answers = question.findall("answer")
    _refuse_too_many(answers)
    items = [_line(_shown(answer)) for answer in answers]
    if len(items) < 2 or not all(items):
        raise Broken("at least two things to order are needed, each an <answer> with a text")
    return {"type": "ordering", "answer": items}


_ANSWERS = {
    "multichoice": _multichoice,
    "truefalse": _truefalse,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "ordering": _ordering,
}


def _weight(answer: Element) -> Decimal:
    return _decimal(answer.get("fraction") or "0", "a fraction")


def _number(text: str) -> int | float:
    number = _decimal(text, "the answer or its tolerance")
    return int(number) if number == number.to_integral_value() else float(number)


def _decimal(text: str, what: str) -> Decimal:
    if not _NUMBER.fullmatch(text.strip()):
        raise Broken(f"{what} must be a number, with a point and no unit, but is “{text.strip()[:40]}”")
    return Decimal(text.strip())


def _line(text: str) -> str:
    return " ".join(text.split())
