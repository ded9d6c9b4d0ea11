import pytest

from controllers.application import Quizboard
from models.store import Store
from tests.conftest import NOON
from tests.controllers.api_client import ApiClient, a_key
from tests.events.fakes import FakePubSub


@pytest.fixture
def friend(app: Quizboard) -> ApiClient:
    return ApiClient(app)


def a_root(api: ApiClient, **fields: object) -> str:
    api.start("Ada", **fields)
    path = api.play()["challenge"]
    assert path == f"/challenges/{api.game_id}"
    return path.rpartition("/")[2]


def test_a_friend_starts_a_challenge_once(api: ApiClient, friend: ApiClient) -> None:
    root = a_root(api, category="music")
    first = friend.start("Grace", challenge=root)
    assert first.status_code == 201
    for again in (
        friend.start("Grace", challenge=root),
        friend.start("Grace", challenge=root, pace="relaxed", key=a_key()),
    ):
        assert (again.status_code, again.json) == (200, first.json)


def test_all_stand_on_the_board_of_the_challenge(
    api: ApiClient, friend: ApiClient, bank: Store, pubsub: FakePubSub
) -> None:
    root = a_root(api)
    friend.start("Grace", challenge=root)
    result = friend.play()
    assert result["challenge"] == f"/challenges/{root}"
    assert [board["board"] for board in result["boards"]] == [f"challenge:{root}:all"]
    pubsub.hand_on(bank, NOON)
    board = api.get(f"/api/v1/leaderboards/challenge:{root}/all").json
    assert {entry["name"] for entry in board["entries"]} == {"Ada", "Grace"}
    assert friend.get(f"/api/v1/leaderboards/challenge:{root}/all/me").status_code == 200


def test_whose_game_it_is_gets_that_game(api: ApiClient) -> None:
    root = a_root(api)
    again = api.start("Ada", challenge=root)
    assert (again.status_code, again.json["id"]) == (200, root)


def test_a_challenge_of_a_challenge_has_the_same_root(
    api: ApiClient, friend: ApiClient, app: Quizboard
) -> None:
    root = a_root(api)
    game = friend.start("Grace", challenge=root).json["id"]
    friend.play()
    third = ApiClient(app)
    third.start("Cy", challenge=game)
    assert third.play()["challenge"] == f"/challenges/{root}"
    assert api.get(f"/api/v1/leaderboards/challenge:{game}/all").status_code == 404


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_its_board_is_of_all_time_only(api: ApiClient, period: str) -> None:
    assert api.get(f"/api/v1/leaderboards/challenge:{a_root(api)}/{period}").status_code == 404


def test_a_game_under_way_is_no_challenge(api: ApiClient, friend: ApiClient) -> None:
    game = api.start().json["id"]
    assert friend.start("Grace", challenge=game).status_code == 404
    assert friend.get(f"/api/v1/leaderboards/challenge:{game}/all").status_code == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"challenge": "nowhere"}, 404),
        ({"challenge": ""}, 422),
        ({"challenge": "a/b"}, 422),
        ({"challenge": "__x__"}, 422),
        ({"challenge": "x" * 2000}, 422),
        ({"challenge": 7}, 422),
        ({"challenge": "nowhere", "daily": True}, 422),
        ({"challenge": "nowhere", "category": "music"}, 422),
    ],
)
def test_a_challenge_that_cannot_be_is_refused(
    api: ApiClient, fields: dict[str, object], status: int
) -> None:
    assert api.start(**fields).status_code == status
