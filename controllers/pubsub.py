import logging
import re
from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import NotFound, Unauthorized

from controllers import logs
from controllers.application import now, quizboard
from controllers.visitor import bearer_token
from events.delivery import deliver, give_up
from events.envelope import Message
from events.push import Unsigned
from events.subscribers import SUBSCRIBERS

_log = logging.getLogger(__name__)

blueprint = Blueprint("pubsub", __name__, url_prefix="/pubsub")

BODY_BYTES = 2 * 1024 * 1024
"""Of a push, at most: an event is a few kilobytes."""

MOST_ATTEMPTS = 10_000
COUNT = re.compile(r"[0-9]{1,4}")

DELIVERY_COUNT = "CloudPubSubDeadLetterSourceDeliveryCount"
SOURCE_SUBSCRIPTION = "CloudPubSubDeadLetterSourceSubscription"


@blueprint.before_request
def only_pubsub() -> None:
    request.max_content_length = BODY_BYTES
    try:
        quizboard().doorkeeper.check(bearer_token() or "")
    except Unsigned as reason:
        _log.warning("push refused: %s", reason)
        raise Unauthorized("Only Pub/Sub may push, with its signed token.") from None


@blueprint.post("/<subscriber>")
def receive(subscriber: str) -> tuple[str, int]:
    """204 when the message is handled or set aside; anything else, and Pub/Sub tells it again."""
    if subscriber not in SUBSCRIBERS:
        raise NotFound
    body = request.get_json()
    message, attempts = Message.from_push(body), _attempts(body)
    logs.about(subscriber, message)
    told = deliver(quizboard().store, SUBSCRIBERS[subscriber], message, attempts, now())
    quizboard().publish(told)
    return "", 204


@blueprint.post("/dead-letters")
def receive_dead_letter() -> tuple[str, int]:
    """What Pub/Sub gave up on: its attributes say for whom, and how often it was tried."""
    message = Message.from_push(request.get_json())
    subscriber = message.attributes.get(SOURCE_SUBSCRIPTION, "unknown").removeprefix("quizboard-")
    logs.about(subscriber, message)
    count = message.attributes.get(DELIVERY_COUNT, "")
    attempts = int(count) if COUNT.fullmatch(count) else 0
    give_up(quizboard().store, subscriber, message, attempts, now())
    return "", 204


def _attempts(body: Any) -> int:
    """How often the message has been told, this time included."""
    attempts = body.get("deliveryAttempt", 1) if isinstance(body, dict) else 1
    return attempts if isinstance(attempts, int) and 0 < attempts <= MOST_ATTEMPTS else 1
