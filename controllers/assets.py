"""Static files, under an address that changes with their content. App Engine serves them by app.yaml."""

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory

from controllers.caching import kept_for_ever

STATIC = Path(__file__).parent.parent / "views" / "static"


def _content_hash() -> str:
    content = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        content.update(file.read_bytes())
    return content.hexdigest()[:12]


VERSION = _content_hash()

blueprint = Blueprint("assets", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = lambda name: f"/static/v{VERSION}/{name}"


@blueprint.get("/static/v<version>/<path:name>")
def show(version: str, name: str) -> Response:
    """While a new version is rolled out, an instance of the old one may be asked for the new content."""
    file = send_from_directory(STATIC, name)
    return kept_for_ever(file) if version == VERSION else file


@blueprint.get("/robots.txt")
def robots() -> Response:
    return send_from_directory(STATIC, "robots.txt", max_age=24 * 3600)
