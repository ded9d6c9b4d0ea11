"""Who may push: only Pub/Sub, which signs a token for our account and audience with every delivery.

On Google the certificates are Google's; the local cloud has its own, and PUSH_CERTS_URL says where.
"""

import time
from collections.abc import Callable, Mapping
from os import environ
from typing import Any

from google.auth import exceptions, transport
from google.auth.transport.requests import Request
from google.oauth2 import id_token

AUDIENCE = "quizboard-push"
CERTS_URL = "https://www.googleapis.com/oauth2/v1/certs"
CERTS_SECONDS = 3600.0
CLOCK_SKEW_SECONDS = 10
FETCH_SECONDS = 5.0


class CertificatesAway(Exception):
    """What proves a signature cannot be had just now."""


class Unsigned(Exception):
    """The request does not prove that it comes from Pub/Sub on our behalf."""


def push_account(project: str) -> str:
    return f"quizboard-push@{project}.iam.gserviceaccount.com"


class Doorkeeper:
    """Verifies tokens; keeps the certificates, which Google's library would fetch for every one."""

    def __init__(self, project: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._account = push_account(project)
        self._certs_url = environ.get("PUSH_CERTS_URL", CERTS_URL)
        self._request = _Remembering(Request(), clock)

    def check(self, token: str) -> None:
        """Raises Unsigned, whose text quotes nothing of the token, and CertificatesAway."""
        if not token:
            raise Unsigned("there is no token")
        try:
            claims: Mapping[str, Any] = id_token.verify_token(
                token, self._request, AUDIENCE, self._certs_url, CLOCK_SKEW_SECONDS
            )
        except exceptions.TransportError as error:
            raise CertificatesAway(str(error)) from error
        except (ValueError, exceptions.GoogleAuthError) as error:
            raise Unsigned(f"the token does not verify ({type(error).__name__})") from None
        if claims.get("email") != self._account or claims.get("email_verified") is not True:
            raise Unsigned("the token is of another account")
        if claims.get("iss") not in ("accounts.google.com", "https://accounts.google.com"):
            raise Unsigned("the token is of another issuer")


class _Remembering(transport.Request):
    """A transport that fetches an address once in CERTS_SECONDS, however it goes on being asked."""

    def __init__(self, fetch: transport.Request, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._kept: dict[str, tuple[float, transport.Response]] = {}

    def __call__(
        self,
        url: Any,
        method: Any = "GET",
        body: Any = None,
        headers: Any = None,
        timeout: Any = None,
        **more: Any,
    ) -> transport.Response:
        fetched_at, response = self._kept.get(url, (float("-inf"), None))
        if response is None or self._clock() - fetched_at > CERTS_SECONDS:
            response = self._fetch(url, method, body, headers, timeout or FETCH_SECONDS, **more)
            if response.status == 200:
                self._kept[url] = (self._clock(), response)
        return response
