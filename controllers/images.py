from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from controllers.application import quizboard
from controllers.caching import kept_for_ever
from models.image import Image

blueprint = Blueprint("images", __name__, url_prefix="/images")


@blueprint.get("/<sha256:digest>")
def show(digest: str) -> Response:
    image = Image.from_digest_or_none(quizboard().store, digest)
    if image is None:
        raise NotFound
    return kept_for_ever(Response(image.content, mimetype=image.media_type))
