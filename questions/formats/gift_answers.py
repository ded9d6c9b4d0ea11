"""What stands in the braces of a GIFT question: the kind of answer, and what is right."""

import re
from decimal import Decimal, localcontext
from typing import Any

from questions.formats.gift_text import shown, unmasked
from questions.formats.markup import Unplayable
from questions.record import MOST_CHOICES

_WEIGHT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]{0,20})?)%")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")

_DIGITS = 300
"""More than the sum of any two such numbers has, so that it is exact."""

_ALL = Decimal(100)
_NOTHING = Decimal(0)
_ROUNDED = Decimal("0.5")
"""Of the sum of weights, at most: three times 33.333 is 100."""


class Broken(Exception):
    """What is wrong with a question, in a sentence."""


def answer_fields(answers: str, form: str) -> dict[str, Any]:
    """Of masked answers; the order of the tests is Moodle's. Raises Unplayable and Broken."""
    if not answers:
        raise Unplayable("an essay: its { } are empty")
    if answers.startswith("#"):
        return _number(answers[1:])
    if "~" in answers:
        return _choice(answers, form)
    if "=" in answers and "->" in answers:
        raise Unplayable("a matching question: it has ->")
    word = _without_feedback(answers)
    if word in ("T", "TRUE", "F", "FALSE"):
        return {"type": "boolean", "answer": word.startswith("T")}
    return _text(answers)


def _choice(answers: str, form: str) -> dict[str, Any]:
    stray, *parts = re.split("([=~])", answers)
    if stray.strip():
        raise Broken("every choice must begin with = or ~")
    options = [
        (_ALL, part.strip()) if mark == "=" else _weighted(part, _NOTHING)
        for mark, part in zip(parts[::2], parts[1::2], strict=True)
    ]
    if len(options) < 2:
        raise Broken("at least two choices are needed")
    if len(options) > MOST_CHOICES:
        raise Unplayable(f"{len(options)} choices, of which {MOST_CHOICES} at most can be shown")
    _check_the_weights([weight for weight, _ in options if weight > 0], is_single="=" in answers)
    choices = [" ".join(shown(_without_feedback(text), form).split()) for _, text in options]
    right = [choice for choice, (weight, _) in zip(choices, options, strict=True) if weight > 0]
    if "=" in answers:
        return {"type": "single", "choices": choices, "answer": right[0]}
    return {"type": "multiple", "choices": choices, "answer": right}


def _check_the_weights(right: list[Decimal], *, is_single: bool) -> None:
    if not right:
        raise Broken("no choice is right: one must begin with =, or some with a weight, as in ~%50%")
    if is_single and min(right) < _ALL:
        raise Unplayable("partial credit for some choices")
    if is_single and len(right) > 1:
        raise Unplayable("several right choices of which one is enough (write \\= for an = within a choice)")
    if len(set(right)) > 1:
        raise Unplayable("unequal weights of the right choices")
    if abs(sum(right) - _ALL) > _ROUNDED:
        raise Broken(f"the weights of the right choices add up to {sum(right):f} %, not to 100 %")


def _text(answers: str) -> dict[str, Any]:
    # What is worth nothing is there for its feedback, and as wrong as all the rest.
    weighted = [(weight, text) for weight, text in _alternatives(answers) if weight > 0]
    if not weighted:
        raise Broken("no answer is right: one must have no weight, or %100%")
    if any(weight != _ALL for weight, _ in weighted):
        raise Unplayable("partial credit for some answers")
    accepted = [shown(text, "plain") for _, text in weighted]
    if any(re.search(r"(?<!\\)\*", answer) for answer in accepted):
        raise Unplayable("the wildcard * in an answer")
    # Those that differ only in what is made equal here would be there twice.
    return {
        "type": "text",
        "answer": list(dict.fromkeys(" ".join(answer.replace("\\*", "*").split()) for answer in accepted)),
    }


def _number(answers: str) -> dict[str, Any]:
    # After a ~ there is only the feedback for wrong numbers.
    [(weight, text), *others] = _alternatives(answers.partition("~")[0])
    if others:
        raise Unplayable("several numeric answers")
    if weight != _ALL:
        raise Unplayable("partial credit for the numeric answer")
    if text == "*":
        raise Unplayable("the wildcard * as the numeric answer")
    low, dots, high = text.partition("..")
    if dots and low:
        return _range(_decimal(low), _decimal(high))
    answer, colon, tolerance = text.partition(":")
    return _number_fields(_decimal(answer), _decimal(tolerance) if colon else Decimal(0))


def _range(low: Decimal, high: Decimal) -> dict[str, Any]:
    if high < low:
        raise Broken(f"the range {low}..{high} must begin with the smaller number")
    with localcontext(prec=_DIGITS):
        return _number_fields((low + high) / 2, (high - low) / 2)


def _number_fields(answer: Decimal, tolerance: Decimal) -> dict[str, Any]:
    return {"type": "number", "answer": _json_number(answer), "tolerance": _json_number(tolerance)}


def _json_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text.strip()):
        raise Broken(f"{unmasked(text)[:40]!r} must be a number, with a point and no unit")
    return Decimal(text.strip())


def _alternatives(answers: str) -> list[tuple[Decimal, str]]:
    """Weight and text of each part after an =; the first one may do without."""
    first, *others = answers.split("=")
    parts = [first, *others] if first.strip() or not others else others
    weighted = (_weighted(part, _ALL) for part in parts)
    return [(weight, _without_feedback(text)) for weight, text in weighted]


def _weighted(part: str, usual: Decimal) -> tuple[Decimal, str]:
    part = part.strip()
    weight = _WEIGHT.match(part)
    return (Decimal(weight[1]), part[weight.end() :].strip()) if weight else (usual, part)


def _without_feedback(text: str) -> str:
    return text.partition("#")[0].strip()
