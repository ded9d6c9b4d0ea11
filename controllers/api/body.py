"""Reads the JSON of a request: exactly the fields that are asked for, each of its type."""

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


class BadBody(Exception):
    """A field is missing, unknown or of the wrong type; the text says which."""


def json_body(required: Mapping[str, type], optional: Mapping[str, type] | None = None) -> dict[str, Any]:
    """The fields of a JSON object. A type of `object` takes anything, null too.

    Raises BadBody, UnsupportedMediaType, BadRequest.
    """
    body = _parsed()
    fields = {**required, **(optional or {})}
    for name in body.keys() - fields.keys():
        raise BadBody(f"{name!r} is not a field of this request")
    for name in required.keys() - body.keys():
        raise BadBody(f"the field {name!r} is missing")
    for name, value in body.items():
        if not _is_a(value, fields[name]):
            raise BadBody(f"{name!r} must be a JSON {_NAMES[fields[name]]}")
    return body


def _parsed() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
    try:
        body = request.get_json()
    except RecursionError:
        raise BadRequest("The JSON is nested too deeply.") from None
    except BadRequest:
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadBody("a JSON object is needed")
    return body


_NAMES = {str: "string", int: "integer", bool: "boolean"}


def _is_a(value: Any, wanted: type) -> bool:
    """JSON's true is no integer, though Python's is."""
    return isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
