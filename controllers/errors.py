"""One table from what went wrong to what is answered: a page, or problem details (RFC 9457) below /api/.

A page speaks the language of the quiz; problem details are for programs, and English.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, MethodNotAllowed

from controllers.api.body import BadBody
from events.counting import Unfinished
from events.push import CertificatesAway
from events.schemas import Unreadable
from models.answer import UnreadableAnswer
from models.board import BadBoard
from models.challenge import NoSuchChallenge
from models.dealing import NoSuchCategory, TooFewQuestions
from models.fault import Fault
from models.flag import BadFlag
from models.game import OutOfTurn
from models.naming import BadName
from models.patience import StoreUnavailable
from models.play import KeyReused, NoSuchGame
from models.player import NoSuchPlayer
from models.store import BadCursor
from views.translation import gettext, later, told

TABLE: dict[type[Exception], tuple[HTTPStatus, str]] = {
    BadBoard: (HTTPStatus.NOT_FOUND, later("There is no such board.")),
    BadBody: (HTTPStatus.UNPROCESSABLE_ENTITY, later("The request is not as it should be.")),
    BadFlag: (HTTPStatus.UNPROCESSABLE_ENTITY, later("This report cannot be taken.")),
    BadCursor: (HTTPStatus.BAD_REQUEST, later("This page of the board does not exist.")),
    BadName: (HTTPStatus.UNPROCESSABLE_ENTITY, later("This name cannot be used.")),
    CertificatesAway: (HTTPStatus.SERVICE_UNAVAILABLE, later("Signatures cannot be checked just now.")),
    KeyReused: (HTTPStatus.UNPROCESSABLE_ENTITY, later("This idempotency key started another game.")),
    NoSuchCategory: (HTTPStatus.UNPROCESSABLE_ENTITY, later("There is no such category.")),
    NoSuchChallenge: (HTTPStatus.NOT_FOUND, later("There is no such challenge here.")),
    NoSuchGame: (HTTPStatus.NOT_FOUND, later("There is no such game here.")),
    NoSuchPlayer: (HTTPStatus.NOT_FOUND, later("There is no such player here.")),
    OutOfTurn: (HTTPStatus.CONFLICT, later("This question is not at hand.")),
    StoreUnavailable: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        later("We cannot reach our memory just now. Try again soon."),
    ),
    TooFewQuestions: (HTTPStatus.SERVICE_UNAVAILABLE, later("There are not enough questions yet.")),
    Unfinished: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        later("There is more to count than there was time for."),
    ),
    Unreadable: (HTTPStatus.BAD_REQUEST, later("This is not the push of a message.")),
    UnreadableAnswer: (HTTPStatus.UNPROCESSABLE_ENTITY, later("This is not an answer to the question.")),
}

PLAINLY: dict[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: later("The request is not as it should be."),
    HTTPStatus.FORBIDDEN: later("This is not allowed."),
    HTTPStatus.NOT_FOUND: later("There is nothing here."),
    HTTPStatus.METHOD_NOT_ALLOWED: later("This address is not for that."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: later("This is too much at once."),
}
"""What a page says where the web server refuses; of other statuses people see none."""

RETRY_AFTER_SECONDS = "5"

_log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    for error, (status, title) in TABLE.items():
        app.register_error_handler(error, _responder(status, title))
    app.register_error_handler(BadHost, _bad_host)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _responder(status: HTTPStatus, title: str) -> Callable[[Exception], Response]:
    def respond(error: Exception) -> Response:
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.warning("%s at %s %s: %r", int(status), request.method, request.path, error)
            response = _response(status, title)
            response.headers["Retry-After"] = RETRY_AFTER_SECONDS
            return response
        return _response(status, title, str(error), told(error) if isinstance(error, Fault) else "")

    return respond


def _bad_host(error: BadHost) -> Response:
    """Plain, because a page has links, and none can be made where the host is no name."""
    return Response(
        "The Host header is not the name of a host.\n", HTTPStatus.BAD_REQUEST, mimetype="text/plain"
    )


def _http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    title, detail = PLAINLY.get(status, status.phrase), error.description or ""
    if detail != type(error).description:
        response = _response(status, title, detail, gettext(detail))
    elif status is HTTPStatus.NOT_FOUND:
        slip = later("The address may have a slip in it, or what was here is gone.")
        response = _response(status, title, slip, gettext(slip))
    else:
        response = _response(status, title, detail)
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response


def _unexpected(error: Exception) -> Response:
    """Nothing of the cause is told, and nothing that may be broken is touched."""
    _log.exception("unexpected error at %s %s", request.method, request.path)
    return _response(HTTPStatus.INTERNAL_SERVER_ERROR, later("Something broke on our side."))


def _response(status: HTTPStatus, title: str, detail: str = "", on_the_page: str = "") -> Response:
    """`detail` is for a program, `on_the_page` is what the page says instead, translated."""
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": title, "status": int(status), "detail": detail}
        response = jsonify(problem)
        response.mimetype = "application/problem+json"
    else:
        response = make_response(
            render_template("errors/show.html", status=status, title=gettext(title), detail=on_the_page)
        )
    response.status_code = status
    return response
