"""Every log line is one JSON object, in the form that Cloud Logging reads and groups by request and by event.

Nothing personal is in it: no name, no token, no cookie, no query. What a client sends cannot begin a line.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from os import environ
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request

from events.envelope import Message

CONTEXT = ("request_id", "subscriber", "event_id", "causation_id")
"""What a line tells beyond its message, where there is any: of the request, or given as `extra`."""

VALUE_LENGTH = 200
MESSAGE_LENGTH = 2_000
STACK_LENGTH = 20_000
"""Characters that are kept: of a message its beginning, of a stack its end, where the cause stands."""

TRACE_HEADERS = (
    ("X-Cloud-Trace-Context", re.compile(r"([0-9a-f]{32})(?:/.*)?")),
    ("Traceparent", re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")),
)

REFUSED = frozenset({401, 403})

_LEFT_OUT = (
    (re.compile(r"(/[^\s?\"']*)\?[^\s\"']+"), r"\1?..."),
    (re.compile(r"(?i)\b(cookie|authorization|bearer)\b[^\n]*"), r"\1 ..."),
)

_log = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        context = _request_context() | vars(record)
        line = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": _impersonal(record.getMessage())[:MESSAGE_LENGTH],
            "logger": record.name,
            "logging.googleapis.com/trace": _trace_name(context.get("trace")),
            **{name: str(context.get(name) or "")[:VALUE_LENGTH] for name in CONTEXT},
            "stack_trace": self._stack(record),
        }
        # ASCII, so that no control sign and no sign that a terminal obeys gets through.
        return json.dumps({name: value for name, value in line.items() if value}, ensure_ascii=True)

    def _stack(self, record: logging.LogRecord) -> str:
        stack = self.formatException(record.exc_info) if record.exc_info else record.stack_info or ""
        return _impersonal(stack)[-STACK_LENGTH:]


CONFIG: Mapping[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {"gunicorn.error": {"handlers": [], "propagate": True}},
}
"""For gunicorn, whose own lines then go the same way."""


def register(app: Flask) -> None:
    app.after_request(_tell_refusal)


def about(subscriber: str, message: Message) -> None:
    """From here on, every line of this request says whom and which event it is about."""
    g.log_context = {
        "subscriber": subscriber,
        "event_id": message.attributes.get("id"),
        "causation_id": message.attributes.get("causationid"),
    }


def _tell_refusal(response: Response) -> Response:
    if response.status_code in REFUSED:
        _log.warning("%s at %s %s", response.status_code, request.method, request.path)
    return response


def _request_context() -> dict[str, Any]:
    if not has_request_context():
        return {}
    if "request_id" not in g:
        g.trace = _trace()
        g.request_id = g.trace or uuid4().hex
    return {"trace": g.trace, "request_id": g.request_id, **g.get("log_context", {})}


def _trace() -> str | None:
    for header, form in TRACE_HEADERS:
        if match := form.fullmatch(request.headers.get(header, "")):
            return match[1]
    return None


def _trace_name(trace: object) -> str | None:
    """Under this name the platform has logged the request, so that it shows our lines below it."""
    project = environ.get("GOOGLE_CLOUD_PROJECT")
    return f"projects/{project}/traces/{trace}" if project and trace else None


def _impersonal(text: str) -> str:
    for personal, replacement in _LEFT_OUT:
        text = personal.sub(replacement, text)
    return text
