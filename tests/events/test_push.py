import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from events import push
from events.push import CERTS_SECONDS, CertificatesAway, Doorkeeper, Unsigned
from tests.events.tokens import Certificates, a_signer, a_token

PROJECT = "quiz"


class Stopwatch:
    """Monotonic seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def certificates(monkeypatch: pytest.MonkeyPatch) -> Certificates:
    served = Certificates()
    monkeypatch.setattr(push, "Request", lambda: served)
    return served


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def doorkeeper(certificates: Certificates, stopwatch: Stopwatch) -> Doorkeeper:
    return Doorkeeper(PROJECT, stopwatch)


@pytest.mark.parametrize("issuer", ["https://accounts.google.com", "accounts.google.com"])
def test_a_token_that_google_signed_for_us_is_good(doorkeeper: Doorkeeper, issuer: str) -> None:
    doorkeeper.check(a_token(PROJECT, iss=issuer))


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "https://another.example"},
        {"aud": None},
        {"email": "quizboard-push@another.iam.gserviceaccount.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"iss": "https://accounts.example"},
        {"iss": None},
        {"exp": 1_000_000_000, "iat": 999_996_400},
        {"iat": 4_000_000_000, "exp": 4_000_003_600},
        {"exp": None},
        {"kid": "of-another-key"},
    ],
    ids=str,
)
def test_a_token_with_one_wrong_claim_is_refused(doorkeeper: Doorkeeper, wrong: dict[str, object]) -> None:
    with pytest.raises(Unsigned):
        doorkeeper.check(a_token(PROJECT, **wrong))  # type: ignore[arg-type]


def test_a_token_that_another_key_signed_under_our_keys_name_is_refused(
    doorkeeper: Doorkeeper, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = a_token(PROJECT, kid="of-another-key")
    monkeypatch.setattr(certificates, "kids", ["of-another-key"])
    other = {"of-another-key": a_signer("ours")}
    monkeypatch.setattr("tests.events.tokens.a_signer", other.__getitem__)
    with pytest.raises(Unsigned):
        doorkeeper.check(token)


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "....", "\ud800", "é.é.é", "eyJ9.e30.AA"])
def test_what_is_no_token_is_refused(doorkeeper: Doorkeeper, token: str) -> None:
    with pytest.raises(Unsigned):
        doorkeeper.check(token)


def test_a_token_whose_signature_was_cut_off_is_refused(doorkeeper: Doorkeeper) -> None:
    head, claims, _ = a_token(PROJECT).split(".")
    for token in (f"{head}.{claims}.", f"{head}.{claims}", f"{head}.{claims}.AAAA"):
        with pytest.raises(Unsigned):
            doorkeeper.check(token)


def test_a_refusal_quotes_nothing_of_the_token(doorkeeper: Doorkeeper) -> None:
    with pytest.raises(Unsigned) as refused:
        doorkeeper.check(a_token(PROJECT, aud="a-secret-audience"))
    assert "secret" not in str(refused.value)


class TestTheCertificates:
    def test_are_fetched_once_an_hour(
        self, doorkeeper: Doorkeeper, certificates: Certificates, stopwatch: Stopwatch
    ) -> None:
        for _ in range(5):
            doorkeeper.check(a_token(PROJECT))
        stopwatch.seconds += CERTS_SECONDS
        doorkeeper.check(a_token(PROJECT))
        assert len(certificates.asked) == 1
        stopwatch.seconds += 1
        doorkeeper.check(a_token(PROJECT))
        assert len(certificates.asked) == 2
        assert CERTS_SECONDS == 3600

    def test_that_are_away_are_no_refusal(self, doorkeeper: Doorkeeper, certificates: Certificates) -> None:
        certificates.is_away = True
        with pytest.raises(CertificatesAway):
            doorkeeper.check(a_token(PROJECT))

    def test_that_answer_with_an_error_are_not_kept(
        self, doorkeeper: Doorkeeper, certificates: Certificates
    ) -> None:
        certificates.status = 500
        with pytest.raises(CertificatesAway):
            doorkeeper.check(a_token(PROJECT))
        certificates.status = 200
        doorkeeper.check(a_token(PROJECT))

    def test_that_are_away_do_not_matter_while_there_are_some_in_memory(
        self, doorkeeper: Doorkeeper, certificates: Certificates
    ) -> None:
        doorkeeper.check(a_token(PROJECT))
        certificates.is_away = True
        doorkeeper.check(a_token(PROJECT))

    def test_are_not_asked_for_without_a_token(
        self, doorkeeper: Doorkeeper, certificates: Certificates
    ) -> None:
        with pytest.raises(Unsigned):
            doorkeeper.check("")
        assert certificates.asked == []


@pytest.fixture
def certs_url() -> Iterator[str]:
    """Served over HTTP, as Google and the local cloud do."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = Certificates()("").data
            self.send_response(200 if self.path == "/certs" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/certs"
        server.shutdown()
        thread.join()


def test_the_environment_says_where_the_certificates_are(
    certs_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUSH_CERTS_URL", certs_url)
    Doorkeeper(PROJECT).check(a_token(PROJECT))
    monkeypatch.setenv("PUSH_CERTS_URL", certs_url + "/nowhere")
    with pytest.raises(CertificatesAway):
        Doorkeeper(PROJECT).check(a_token(PROJECT))
