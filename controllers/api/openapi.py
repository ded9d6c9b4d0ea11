from flask import Blueprint, Response, send_from_directory

from controllers.application import quizboard

blueprint = Blueprint("api_openapi", __name__)


@blueprint.get("/api/v1/openapi.json")
def show() -> Response:
    return send_from_directory(f"{quizboard().template_folder}/api", "openapi.json")
