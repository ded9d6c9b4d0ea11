"""Who is asking: the player named by a signed token, in the Authorization header or in a cookie."""

from functools import lru_cache

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug import Response

from controllers.application import quizboard

COOKIE_SECONDS = 365 * 24 * 3600

TOKENS_KEPT = 5_000
"""In memory, some hundred bytes each: a game brings the same one twenty times."""


def player_id() -> str | None:
    """None for a newcomer, and for a token that we did not sign."""
    token = bearer_token()
    if token is None:
        token = request.cookies.get(_cookie_name())
    try:
        return _player_of(token, quizboard().signing_key) if token else None
    except BadSignature:
        return None


def player_token(player: str) -> str:
    token = _signer(quizboard().signing_key).dumps(player)
    return token if isinstance(token, str) else token.decode()


def remember(response: Response, player: str) -> Response:
    """`__Host-` ties the cookie to this host and to https; over plain http browsers refuse the prefix."""
    response.set_cookie(
        _cookie_name(),
        player_token(player),
        max_age=COOKIE_SECONDS,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: Response) -> Response:
    """For who has left: from here on a newcomer."""
    response.delete_cookie(_cookie_name(), secure=request.is_secure, httponly=True, samesite="Lax")
    return response


def has_bearer_token() -> bool:
    return bearer_token() is not None


def bearer_token() -> str | None:
    sent = request.authorization
    return sent.token if sent and sent.type == "bearer" else None


def _cookie_name() -> str:
    return "__Host-player" if request.is_secure else "player"


@lru_cache(TOKENS_KEPT)
def _player_of(token: str, key: str) -> str:
    """Raises BadSignature, and keeps nothing of what anybody may send."""
    return str(_signer(key).loads(token))


@lru_cache(1)
def _signer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="player")
