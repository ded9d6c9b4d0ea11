"""OIDC tokens as Google's service accounts get them, and the certificates to check them with.

The key pair is made when it is first needed and kept in the file: tokens stay valid over a restart.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_connection
from typing import Any

from google.auth import crypt, jwt

from local_cloud.pubsub.messages import PushConfig
from local_cloud.pubsub.storage import Storage

ISSUER = "https://accounts.google.com"
TOKEN_SECONDS = 3600
KEY_BITS = 2048
CERTIFICATE_DAYS = 36_500
CERTIFICATES_PATH = "/certs"


class Signer:
    def __init__(self, storage: Storage, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._clock = clock
        self._lock = threading.Lock()
        self._key: tuple[str, bytes, str] | None = None

    def token_for(self, config: PushConfig) -> str | None:
        """None if the configuration asks for no token."""
        if config.WhichOneof("authentication_method") != "oidc_token":
            return None
        email = config.oidc_token.service_account_email
        now = int(self._clock())
        claims = {
            "iss": ISSUER,
            "aud": config.oidc_token.audience or config.push_endpoint,
            "sub": email,
            "azp": email,
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }
        key_id, private_key, _ = self._keys()
        signer = crypt.RSASigner.from_string(private_key, key_id)
        return str(jwt.encode(signer, claims).decode())

    def certificates(self) -> dict[str, str]:
        """From key id to PEM x509, as https://www.googleapis.com/oauth2/v1/certs answers."""
        key_id, _, certificate = self._keys()
        return {key_id: certificate}

    def _keys(self) -> tuple[str, bytes, str]:
        """Key id, private key and certificate."""
        with self._lock:
            if self._key is None:
                self._key = self._load() or self._make()
            return self._key

    def _load(self) -> tuple[str, bytes, str] | None:
        with self._storage.reading() as connection:
            row = connection.execute("SELECT id, private_key, certificate FROM pubsub_keys").fetchone()
        return (row[0], row[1], row[2]) if row else None

    def _make(self) -> tuple[str, bytes, str]:
        key = _key_pair()
        with self._storage.writing() as connection:
            connection.execute("INSERT INTO pubsub_keys VALUES (?, ?, ?)", key)
        return key


def _key_pair() -> tuple[str, bytes, str]:
    # Imported late: only those who push with tokens pay for it.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "local-cloud")])
    # Not the injected clock: what checks certificates has its own.
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=CERTIFICATE_DAYS))
        .sign(key, hashes.SHA256())
    )
    private_key = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    key_id = certificate.fingerprint(hashes.SHA256()).hex()[:40]
    return key_id, private_key, certificate.public_bytes(serialization.Encoding.PEM).decode()


class CertificateServer:
    """Answers GET /certs on loopback."""

    def __init__(self, host: str, signer: Signer) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _answer(self, signer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self._address = (host, self._server.server_port)
        self.url = f"http://{host}:{self._server.server_port}{CERTIFICATES_PATH}"
        self._is_stopped = False
        self._thread = threading.Thread(target=self._serve, name="pubsub-certificates", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_stopped = True
        # serve_forever() looks twice a second whether to stop; this one sleeps until somebody calls.
        create_connection(self._address).close()
        self._thread.join()
        self._server.server_close()

    def _serve(self) -> None:
        while not self._is_stopped:
            self._server.handle_request()


def _answer(handler: BaseHTTPRequestHandler, signer: Signer) -> None:
    if handler.path != CERTIFICATES_PATH:
        handler.send_error(404)
        return
    body = json.dumps(signer.certificates()).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
