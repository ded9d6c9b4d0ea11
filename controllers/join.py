from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, request

blueprint = Blueprint("join", __name__)

ADDRESS_LENGTH = 300
"""Of our own, at most: a name has up to 253 characters. A longer one would be no QR code."""


@blueprint.get("/join")
def show() -> str:
    return render_template(
        "join/show.html",
        address=own_address(),
        scheme=request.scheme,
        host=request.host,
        is_for_this_machine_only=_is_loopback(),
    )


def own_address() -> str:
    """By which this page was asked for, without a path."""
    if len(request.host_url) > ADDRESS_LENGTH:
        abort(400)
    return request.host_url.rstrip("/")


def _is_loopback() -> bool:
    name = urlsplit(request.host_url).hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
