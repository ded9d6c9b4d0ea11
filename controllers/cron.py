from flask import Blueprint, request
from werkzeug.exceptions import Forbidden, ServiceUnavailable

from controllers.application import now, quizboard
from events.counting import Unfinished, count, current_build
from events.publishing import relay

blueprint = Blueprint("cron", __name__, url_prefix="/cron")

COUNTING_SECONDS = 240.0
"""App Engine gives cron ten minutes."""


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


@blueprint.get("/stream")
def count_stream() -> dict[str, int]:
    """Counts what no push was there for, or what a commit brought late. 503 where more is left."""
    app = quizboard()
    progress = count(app.store, current_build(), app.clock, app.rng, COUNTING_SECONDS, is_thorough=True)
    if progress and not progress.is_done:
        raise Unfinished(f"{progress.events} events are counted, and more are there")
    return {"counted": progress.events if progress else 0}
