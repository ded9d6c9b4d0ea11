"""What every request must pass and every response carries.

State changes come from our own pages (Sec-Fetch-Site, else Origin) or from programs: those send JSON, which
no foreign page can without asking first, and are never known by a cookie.
"""

from flask import Response, abort, request

from controllers.visitor import has_bearer_token
from views.translation import later

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = "; ".join(
    f"{directive} {source}"
    for directive, source in {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }.items()
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

FOREIGN = later(
    "This request came from another site, or does not say where it came from. Please go on from our own "
    "pages; programs send JSON, with a bearer token or without cookies."
)

HTTPS_ONLY = "max-age=63072000; includeSubDomains"


def refuse_foreign_changes() -> None:
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    elif origin is not None:
        is_ours = origin.partition("://")[2] == request.host
    else:
        is_ours = request.mimetype == "application/json" and (has_bearer_token() or not request.cookies)
    if not is_ours:
        abort(403, FOREIGN)


def add_headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.extend(HEADERS.items())
    if request.is_secure:
        response.headers.add("Strict-Transport-Security", HTTPS_ONLY)
    return response
