"""Property transforms: changes that depend on what is stored, without a read by the client."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from local_cloud.datastore import paths
from local_cloud.datastore.entities import check_element
from local_cloud.datastore.messages import (
    MICROSECONDS,
    ArrayValue,
    Entity,
    MutationResult,
    PropertyTransform,
    Value,
    set_time,
)
from local_cloud.datastore.values import encode_value
from local_cloud.faults import invalid

MAX_TRANSFORMS = 500
SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**63 - 1
# Times of the server have milliseconds.
_PRECISION = MICROSECONDS // 1_000

_REQUEST_TIME = 1
_NUMERIC = ("increment", "maximum", "minimum")
_ARRAYS = ("append_missing_elements", "remove_all_from_array")
_NUMBERS = ("integer_value", "double_value")


def check_transforms(transforms: Iterable[PropertyTransform]) -> None:
    """Refuse those that could be applied to no entity, and cut timestamps as in an entity."""
    for transform in transforms:
        kind = transform.WhichOneof("transform_type")
        if kind is None:
            raise invalid("A property transform has no type.")
        if kind == "set_to_server_value" and transform.set_to_server_value != _REQUEST_TIME:
            raise invalid("A server value must be REQUEST_TIME.")
        if kind in _NUMERIC and _number(getattr(transform, kind)) is None:
            raise invalid(f"The {kind} of a property transform must be an integer or a double.")
        for element in _elements(transform):
            check_element(transform.property, element)
        paths.parse_path(transform.property)


def check_number(transforms: Iterable[PropertyTransform]) -> None:
    """Refuse too many for one entity in one commit; of an array each element counts."""
    if sum(max(1, len(_elements(transform))) for transform in transforms) > MAX_TRANSFORMS:
        raise invalid(f"An entity may have at most {MAX_TRANSFORMS} property transforms in a commit.")


def apply_transforms(
    entity: Entity, transforms: Iterable[PropertyTransform], now: int, result: MutationResult
) -> None:
    """In order, in place; `now` in microseconds. Each adds its result, null for arrays."""
    for transform in transforms:
        told = result.transform_results.add()
        kind = transform.WhichOneof("transform_type")
        path = paths.parse_path(transform.property)
        is_new = paths.get(entity, path) is None
        value = paths.make(entity, path)
        if is_new and kind in _NUMERIC:
            value.exclude_from_indexes = getattr(transform, kind).exclude_from_indexes
        if kind == "set_to_server_value":
            set_time(value.timestamp_value, now - now % _PRECISION)
        elif kind == "increment":
            _increment(value, transform.increment)
        elif kind in ("maximum", "minimum"):
            _choose(value, getattr(transform, kind), larger=kind == "maximum")
        else:
            _change_array(value, transform)
            told.null_value = 0
            continue
        told.CopyFrom(value)
        told.exclude_from_indexes = False


def _elements(transform: PropertyTransform) -> Sequence[Value]:
    """Those that are appended or removed."""
    kind = transform.WhichOneof("transform_type")
    elements: Sequence[Value] = getattr(transform, kind).values if kind in _ARRAYS else ()
    return elements


def _number(value: Value) -> int | float | None:
    kind = value.WhichOneof("value_type")
    return getattr(value, kind) if kind in _NUMBERS else None


def _set(value: Value, number: int | float) -> None:
    if isinstance(number, int):
        value.integer_value = number
    else:
        value.double_value = number


def _increment(value: Value, by: Value) -> None:
    stored, added = _number(value), _number(by)
    assert added is not None, "Checked before."
    total = added if stored is None else stored + added
    if isinstance(total, int):
        total = min(max(total, SMALLEST_INTEGER), LARGEST_INTEGER)
    _set(value, total)


def _choose(value: Value, given: Value, larger: bool) -> None:
    """What compares equal stays as it is stored; NaN wins over every number."""
    stored, other = _number(value), _number(given)
    if other is None or (stored is not None and math.isnan(stored)):
        return
    if stored is None or math.isnan(other) or (other > stored if larger else other < stored):
        _set(value, other)


def _change_array(value: Value, transform: PropertyTransform) -> None:
    """What is not an array counts as an empty one."""
    kept = list(value.array_value.values) if value.HasField("array_value") else []
    if transform.HasField("remove_all_from_array"):
        unwanted = {_identity(element) for element in _elements(transform)}
        kept = [element for element in kept if _identity(element) not in unwanted]
    else:
        present = {_identity(element) for element in kept}
        for element in _elements(transform):
            if _identity(element) not in present:
                present.add(_identity(element))
                kept.append(element)
    array = ArrayValue(values=kept)
    value.array_value.CopyFrom(array)
    # An array as a whole is never excluded, only its elements are.
    value.exclude_from_indexes = False


def _identity(element: Value) -> object:
    """Equal numbers are the same element whatever their type; everything else is compared as stored."""
    number = _number(element)
    if number is not None:
        return "NaN" if math.isnan(number) else number
    if element.WhichOneof("value_type") == "entity_value":
        return element.entity_value.SerializeToString(deterministic=True)
    return encode_value(element)
