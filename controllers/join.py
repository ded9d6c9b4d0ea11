from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, request

from controllers.application import quizboard

blueprint = Blueprint("join", __name__)

ADDRESS_LENGTH = 300
"""Of our own, at most: a name has up to 253 characters. A longer one would be no QR code."""


@blueprint.get("/join")
def show() -> str:
    return render_template(
        "join/show.html",
        address=own_address(),
        is_for_this_machine_only=is_for_this_machine_only(),
    )


def own_address() -> str:
    """By which phones open this site: as this page was asked for, unless its own machine has asked."""
    if len(request.host_url) > ADDRESS_LENGTH:
        abort(400)
    return (_is_loopback() and quizboard().room_url) or request.host_url.rstrip("/")


def is_for_this_machine_only() -> bool:
    return _is_loopback() and not quizboard().room_url


def _is_loopback() -> bool:
    name = urlsplit(request.host_url).hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
