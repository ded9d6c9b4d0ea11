import random
from http.cookies import Morsel, SimpleCookie

import pytest
from werkzeug.test import TestResponse

from controllers import create_app, visitor
from controllers.application import Quizboard
from models import secret
from models.store import Store
from tests.conftest import Clock
from tests.controllers.api_client import ApiClient
from tests.controllers.browser import Browser

OURS = {"Sec-Fetch-Site": "same-origin"}


def start(app: Quizboard, **headers: str) -> TestResponse:
    return app.test_client().post("/games", data={"name": "Ada"}, headers=OURS | headers)


def cookie_of(response: TestResponse) -> Morsel[str]:
    [sent] = response.headers.getlist("Set-Cookie")
    [cookie] = SimpleCookie(sent).values()
    return cookie


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Quizboard) -> None:
    cookie = cookie_of(start(app))
    assert cookie.key == "player"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert (cookie["secure"], cookie["domain"]) == ("", "")
    assert int(cookie["max-age"]) == 365 * 24 * 3600


def test_on_https_the_cookie_belongs_to_this_host_alone(app: Quizboard) -> None:
    response = start(app, **{"X-Forwarded-Proto": "https"})
    cookie = cookie_of(response)
    assert cookie.key == "__Host-player"
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert "Strict-Transport-Security" in response.headers


def test_a_plain_cookie_counts_for_nothing_on_https(app: Quizboard) -> None:
    client = app.test_client()
    game = client.post("/games", data={"name": "Ada"}, headers=OURS).location
    assert client.get(game).status_code == 200
    assert client.get(game, headers={"X-Forwarded-Proto": "https"}).status_code == 404


@pytest.mark.parametrize("token", ["x", "x.y", "é", ".", "a" * 3000, '"'])
def test_a_cookie_that_we_did_not_sign_is_a_newcomers(app: Quizboard, token: str) -> None:
    browser = Browser(app)
    game = browser.start("Ada").path
    browser.client.set_cookie("player", token)
    assert browser.visit("/").form("/games").fields["name"] == ""
    assert browser.visit(game).status == 404
    assert browser.start("Grace").status == 200


def test_a_cookie_with_one_letter_changed_is_a_newcomers(app: Quizboard) -> None:
    browser = Browser(app)
    game = browser.start("Ada").path
    cookie = browser.client.get_cookie("player")
    assert cookie is not None
    payload, signature = cookie.value.split(".")
    swapped = signature[:5] + ("A" if signature[5] != "A" else "B") + signature[6:]
    browser.client.set_cookie("player", f"{payload}.{swapped}")
    assert browser.visit(game).status == 404


def test_nothing_is_kept_in_memory_of_what_we_did_not_sign(app: Quizboard) -> None:
    client = app.test_client()
    client.set_cookie("player", "x.y")
    kept = visitor._player_of.cache_info().currsize
    client.get("/me")
    assert visitor._player_of.cache_info().currsize == kept


def test_a_bearer_token_goes_before_the_cookie(app: Quizboard) -> None:
    ada, grace = ApiClient(app), ApiClient(app)
    ada.start("Ada")
    grace.start("Grace")
    client = app.test_client()
    assert ada.token is not None
    client.set_cookie("player", ada.token)
    assert client.get(ada.game).status_code == 200
    assert client.get(ada.game, headers={"Authorization": f"Bearer {grace.token}"}).status_code == 404
    assert client.get(ada.game, headers={"Authorization": "Bearer x.y"}).status_code == 404


def test_the_same_player_may_come_by_cookie_and_by_token(app: Quizboard, api: ApiClient) -> None:
    page = Browser(app)
    path = page.start("Ada").path
    cookie = page.client.get_cookie("player")
    assert cookie is not None
    api.token = cookie.value
    assert api.get(f"/api/v1{path}").json["state"] == "open"


def test_two_instances_on_one_store_know_each_others_players(
    app: Quizboard, bank: Store, clock: Clock
) -> None:
    other = create_app(store=bank, clock=clock, rng=random.Random(8))
    api = ApiClient(app)
    api.start()
    again = ApiClient(other, api.token)
    assert again.get(api.game).status_code == 200
    assert len(bank.query(secret.KIND).entities) == 1


def test_a_secret_key_of_the_environment_wins(
    bank: Store, clock: Clock, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = []
    for key in ("one secret", "one secret", "another secret"):
        monkeypatch.setenv("SECRET_KEY", key)
        api = ApiClient(create_app(store=bank, clock=clock, rng=rng))
        api.start(key="the same key as before")
        tokens.append(api.token)
    assert tokens[0] == tokens[1] != tokens[2]
    assert bank.query(secret.KIND).entities == []


def test_an_empty_secret_key_is_none(bank: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    ApiClient(create_app(store=bank, clock=clock, rng=random.Random(7))).start()
    assert len(bank.query(secret.KIND).entities) == 1
