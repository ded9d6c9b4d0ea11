import pytest

from controllers.application import Quizboard
from models.store import Store
from tests.conftest import NOON, Clock
from tests.controllers.api_client import ApiClient
from tests.controllers.board_builders import finish, token_of
from tests.events.fakes import FakePubSub

TODAY = "/api/v1/leaderboards/overall/day"


def test_a_page_lists_the_best_first_with_shared_ranks(api: ApiClient, bank: Store) -> None:
    for minute, (name, points) in enumerate(
        [("Ada", 5000), ("Grace", 7000), ("Edsger", 7000), ("Alan", 9000)]
    ):
        finish(bank, name, points, minute)
    page = api.get(TODAY).json
    assert (page["board"], page["total"], page["next"]) == ("overall:day:2026-11-23", 4, None)
    assert [(entry["rank"], entry["name"], entry["points"]) for entry in page["entries"]] == [
        (1, "Alan", 9000),
        (2, "Grace", 7000),
        (2, "Edsger", 7000),
        (4, "Ada", 5000),
    ]
    assert page["entries"][3] == {
        "rank": 4,
        "player": "player-ada",
        "name": "Ada",
        "points": 5000,
        "correct": 5,
        "seconds": 65.4,
        "finished_at": "2026-11-23T12:00:00.000Z",
    }


def test_a_played_game_is_on_the_board_once_it_is_told(
    api: ApiClient, bank: Store, pubsub: FakePubSub
) -> None:
    player = api.start("Ada").json["player_id"]
    result = api.play()
    assert api.get(TODAY).json["entries"] == []
    pubsub.hand_on(bank, NOON)
    [entry] = api.get(TODAY).json["entries"]
    assert (entry["player"], entry["name"], entry["points"]) == (player, "Ada", result["points"])


def test_a_board_keeps_a_players_best_game(api: ApiClient, bank: Store) -> None:
    finish(bank, "Ada", 5000)
    finish(bank, "Ada", 8000, minute=1)
    finish(bank, "Ada", 6000, minute=2)
    assert [entry["points"] for entry in api.get(TODAY).json["entries"]] == [8000]


@pytest.mark.parametrize("limit", [1, 3, 4, 11, 100])
def test_following_next_meets_every_entry_exactly_once(api: ApiClient, bank: Store, limit: int) -> None:
    names = [f"Player {n}" for n in range(11)]
    for minute, name in enumerate(names):
        finish(bank, name, 4000 + 100 * (minute // 3), minute)
    met, ranks, after = [], [], ""
    while True:
        page = api.get(f"{TODAY}?limit={limit}{after}").json
        assert page["total"] == len(names)
        assert 1 <= len(page["entries"]) <= limit
        met += [entry["name"] for entry in page["entries"]]
        ranks += [entry["rank"] for entry in page["entries"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(met) == len(names)
    assert set(met) == set(names)
    assert ranks == [1, 1, 3, 3, 3, 6, 6, 6, 9, 9, 9]


@pytest.mark.parametrize("after", ["x", "AAAA", "%C3%A9", "a" * 3000])
def test_a_cursor_that_no_page_gave_is_a_bad_request(api: ApiClient, bank: Store, after: str) -> None:
    finish(bank, "Ada", 5000)
    assert api.get(f"{TODAY}?after={after}").status_code == 400


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "x", "", "%D9%A1", "1" * 5000])
def test_a_limit_out_of_range_is_refused(api: ApiClient, limit: str) -> None:
    answer = api.get(f"{TODAY}?limit={limit}")
    assert (answer.status_code, answer.json["detail"]) == (422, "'limit' is a number from 1 to 100")


@pytest.mark.parametrize(
    "board",
    [
        "Overall/day",
        "over_all/day",
        "overall/year",
        "overall/Day",
        "overall/day?at=2026-11-31",
        "overall/day?at=20261123",
        "overall/day?at=2026-W48",
        "overall/week?at=2026-W54",
        "overall/week?at=2026-11-23",
        "overall/month?at=2026-13",
        "overall/month?at=2026-1",
        "overall/all?at=2026",
        "overall/day?at=x",
    ],
)
def test_a_board_that_cannot_be_is_not_found(api: ApiClient, board: str) -> None:
    assert api.get(f"/api/v1/leaderboards/{board}").status_code == 404
    path, _, query = board.partition("?")
    assert api.get(f"/api/v1/leaderboards/{path}/me?{query}").status_code == 404


@pytest.mark.parametrize("scope", ["-", "a--b", "x" * 2000])
def test_a_scope_that_no_category_can_have_is_not_found(app: Quizboard, bank: Store, scope: str) -> None:
    api = ApiClient(app, token_of(app, finish(bank, "Ada", 1000)))
    assert api.get(f"/api/v1/leaderboards/{scope}/day").status_code == 404
    assert api.get(f"/api/v1/leaderboards/{scope}/day/me").status_code == 404


def test_boards_are_of_the_present_or_of_any_other_time(api: ApiClient, bank: Store, clock: Clock) -> None:
    finish(bank, "Ada", 5000, category="music")
    clock.tick(24 * 3600)
    for board, total in [
        ("overall/day", 0),
        ("overall/day?at=2026-11-23", 1),
        ("overall/week", 1),
        ("overall/week?at=2026-W47", 0),
        ("overall/month?at=2026-11", 1),
        ("overall/all", 1),
        ("music/all", 1),
        ("geography/all", 0),
    ]:
        assert api.get(f"/api/v1/leaderboards/{board}").json["total"] == total


def test_a_page_is_the_same_for_everyone_and_may_be_kept_briefly(app: Quizboard, bank: Store) -> None:
    ada = finish(bank, "Ada", 5000)
    mine, anyones = ApiClient(app, token_of(app, ada)).get(TODAY), ApiClient(app).get(TODAY)
    assert mine.get_data() == anyones.get_data()
    for page in (mine, anyones):
        assert page.headers["Cache-Control"] == "public, max-age=5"
        assert "Set-Cookie" not in page.headers
        assert "Vary" not in page.headers


def test_an_unchanged_page_costs_no_body(api: ApiClient, bank: Store) -> None:
    finish(bank, "Ada", 5000)
    etag = api.get(TODAY).headers["ETag"]
    again = api.get(TODAY, If_None_Match=etag)
    assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", etag)
    assert again.headers["Cache-Control"] == "public, max-age=5"
    finish(bank, "Grace", 4000)
    changed = api.get(TODAY, If_None_Match=etag)
    assert (changed.status_code, changed.json["total"]) == (200, 2)


def test_my_row_stands_between_three_neighbours_on_each_side(app: Quizboard, bank: Store) -> None:
    players = [finish(bank, f"Player {n}", 9000 - 500 * n, n) for n in range(9)]
    standing = ApiClient(app, token_of(app, players[4])).get(f"{TODAY}/me").json
    rows = [*standing["above"], standing["entry"], *standing["below"]]
    assert [(row["rank"], row["player"]) for row in rows] == [(n + 1, players[n]) for n in range(1, 8)]
    assert standing["points_to_next"] == 500


def test_equals_share_a_rank_and_the_next_one_is_beyond_them(app: Quizboard, bank: Store) -> None:
    for minute, (name, points) in enumerate(
        [("Alan", 9000), ("Grace", 7000), ("Ada", 7000), ("Edsger", 7000)]
    ):
        finish(bank, name, points, minute)
    standing = ApiClient(app, token_of(app, "player-ada")).get(f"{TODAY}/me").json
    assert standing["entry"]["rank"] == 2
    assert [(row["rank"], row["name"]) for row in standing["above"]] == [(1, "Alan"), (2, "Grace")]
    assert [(row["rank"], row["name"]) for row in standing["below"]] == [(2, "Edsger")]
    assert standing["points_to_next"] == 2000


def test_who_leads_has_nobody_to_reach(app: Quizboard, bank: Store) -> None:
    ada = finish(bank, "Ada", 5000)
    finish(bank, "Grace", 5000, minute=1)
    for player in (ada, "player-grace"):
        standing = ApiClient(app, token_of(app, player)).get(f"{TODAY}/me").json
        assert (standing["entry"]["rank"], standing["points_to_next"]) == (1, None)


def test_who_is_not_on_the_board_is_not_found(api: ApiClient, bank: Store) -> None:
    finish(bank, "Grace", 5000)
    assert api.get(f"{TODAY}/me").status_code == 404
    api.start()
    assert api.get(f"{TODAY}/me").status_code == 404


def test_my_row_is_nobody_elses_to_keep(app: Quizboard, bank: Store) -> None:
    api = ApiClient(app, token_of(app, finish(bank, "Ada", 5000)))
    assert api.get(f"{TODAY}/me").headers["Cache-Control"] == "no-store"
