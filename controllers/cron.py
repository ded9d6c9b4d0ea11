from flask import Blueprint, request
from werkzeug.exceptions import Forbidden, ServiceUnavailable

from controllers.application import now, quizboard
from events.publishing import relay

blueprint = Blueprint("cron", __name__, url_prefix="/cron")


@blueprint.before_request
def only_cron() -> None:
    """App Engine removes this header from what comes from outside."""
    if request.headers.get("X-Appengine-Cron") != "true":
        raise Forbidden("Only App Engine's cron may call this.")


@blueprint.get("/outbox")
def drain_outbox() -> dict[str, int]:
    """503 where Pub/Sub takes nothing: cron then tries again."""
    published = relay(quizboard().store, quizboard().publisher, now())
    if quizboard().publisher.is_broken:
        raise ServiceUnavailable("Pub/Sub takes no events just now; they stay in the outbox.")
    return {"published": published}
