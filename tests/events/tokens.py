"""Tokens as Pub/Sub signs them, with a key of our own, and the certificates that prove it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt, exceptions, jwt, transport

from events.push import AUDIENCE, push_account


@cache
def a_signer(kid: str) -> tuple[crypt.RSASigner, str]:
    """With the certificate that belongs to it, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = crypt.RSASigner.from_string(pem, kid)
    return signer, certificate.public_bytes(serialization.Encoding.PEM).decode()


def a_token(project: str, kid: str = "ours", **changes: Any) -> str:
    """Good for an hour; a claim that is None is left out."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "sub": "1234567890",
        "email": push_account(project),
        "email_verified": True,
        "iat": now,
        "exp": now + 3600,
    } | changes
    signer, _ = a_signer(kid)
    token = jwt.encode(signer, {name: claim for name, claim in claims.items() if claim is not None})
    return str(token.decode())


class Certificates(transport.Request):
    """Serves the certificates, counts how often it is asked, and may be away."""

    def __init__(self) -> None:
        self.kids = ["ours"]
        self.asked: list[str] = []
        self.is_away = False
        self.status = 200

    def __call__(self, url: str, method: str = "GET", *_: Any, **__: Any) -> transport.Response:
        self.asked.append(url)
        if self.is_away:
            raise exceptions.TransportError("nobody there")
        return Answer(self.status, {kid: a_signer(kid)[1] for kid in self.kids})


class Answer(transport.Response):
    def __init__(self, status: int, body: Mapping[str, str]) -> None:
        self._status, self._body = status, body

    @property
    def status(self) -> int:
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        return {}

    @property
    def data(self) -> bytes:
        return json.dumps(self._body).encode()
