"""What App Engine and Datastore read, judged by Google's own parsers too where a Cloud SDK is installed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from google.api_core.exceptions import FailedPrecondition
from google.cloud import datastore

from controllers.security import HEADERS, HTTPS_ONLY
from local_cloud.datastore import DatastoreServer
from models import leaderboard
from models.leaderboard import LeaderboardEntry
from models.store import Store
from models.version import FIRST
from tests.events.builders import a_finish, told
from tests.models.test_leaderboard import TODAY

ROOT = Path(__file__).parent.parent
APP = yaml.safe_load((ROOT / "app.yaml").read_text())
INDEXES = yaml.safe_load((ROOT / "index.yaml").read_text())["indexes"]

PARSERS = {
    "app.yaml": ("googlecloudsdk.appengine.api.appinfo_includes", "Parse"),
    "cron.yaml": ("googlecloudsdk.appengine.api.croninfo", "LoadSingleCron"),
    "events.yaml": ("googlecloudsdk.appengine.api.appinfo_includes", "Parse"),
    "index.yaml": ("googlecloudsdk.appengine.datastore.datastore_index", "ParseIndexDefinitions"),
}


def cloud_sdk() -> Path | None:
    gcloud = shutil.which("gcloud")
    root = Path(gcloud).resolve().parent.parent if gcloud else None
    return root if root and (root / "lib" / "googlecloudsdk").is_dir() else None


@pytest.mark.skipif(
    cloud_sdk() is None, reason="Google Cloud SDK is not installed: its parsers did not judge"
)
@pytest.mark.parametrize("name", sorted(PARSERS))
def test_googles_own_parser_takes_the_file(name: str) -> None:
    sdk = cloud_sdk()
    assert sdk is not None
    module, parse = PARSERS[name]
    program = (
        f"import sys; sys.path[:0] = [{str(sdk / 'lib')!r}, {str(sdk / 'lib/third_party')!r}]\n"
        f"from {module} import {parse}\nassert {parse}(open({name!r})) is not None"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_the_entrypoint_serves_the_application_that_is_there() -> None:
    assert APP["entrypoint"] == "gunicorn -c gunicorn.conf.py -b :$PORT main:app"
    assert (ROOT / "gunicorn.conf.py").exists()


def test_every_handler_insists_on_https() -> None:
    assert all(handler["secure"] == "always" for handler in APP["handlers"])


def test_static_handlers_answer_with_the_headers_of_the_application() -> None:
    [versioned, *_] = APP["handlers"]
    headers = versioned["http_headers"]
    assert headers["X-Content-Type-Options"] == HEADERS["X-Content-Type-Options"]
    assert headers["Strict-Transport-Security"] == HTTPS_ONLY
    assert headers["Cross-Origin-Resource-Policy"] == HEADERS["Cross-Origin-Resource-Policy"]


def test_the_static_handler_takes_every_address_that_a_page_asks_for(app: object) -> None:
    page = app.test_client().get("/").text  # type: ignore[attr-defined]
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) >= 3
    for address in addresses:
        match = re.fullmatch(APP["handlers"][0]["url"], address)
        assert match, address
        assert (ROOT / "views/static" / match[1]).exists()


def test_what_the_application_imports_is_uploaded() -> None:
    ignored = {line.strip().rstrip("/") for line in (ROOT / ".gcloudignore").read_text().splitlines()}
    needed = {"controllers", "events", "models", "views", "main.py", "gunicorn.conf.py", "requirements.txt"}
    assert not ignored & (needed | {"app.yaml"})


def every_query_of_a_board(store: Store) -> None:
    leaderboard.record(store, told(a_finish("ada", 500)))
    store.put_many([LeaderboardEntry.of(a_finish("ada", 500), TODAY, "Ada").to_entity(store, FIRST)])
    first = leaderboard.page(store, TODAY, limit=1)
    leaderboard.page(store, TODAY, first.next, limit=1)
    leaderboard.standing(store, TODAY, "ada")


def on_a_datastore_with(indexes: list[object], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index_file = folder / "index.yaml"
    index_file.write_text(yaml.safe_dump({"indexes": indexes}))
    server = DatastoreServer(None, index_file=index_file)
    server.start()
    try:
        monkeypatch.setenv("DATASTORE_EMULATOR_HOST", server.address)
        every_query_of_a_board(Store(datastore.Client(project="indexes")))
    finally:
        server.stop()


def test_the_indexes_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_datastore_with(INDEXES, tmp_path, monkeypatch)


@pytest.mark.parametrize("left_out", range(len(INDEXES)))
def test_no_index_can_be_left_out(left_out: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [index for n, index in enumerate(INDEXES) if n != left_out]
    with pytest.raises(FailedPrecondition, match="no matching index found"):
        on_a_datastore_with(others, tmp_path, monkeypatch)
