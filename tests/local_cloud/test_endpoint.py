import json
from pathlib import Path

import pytest

from local_cloud.endpoint import Endpoint
from local_cloud.errors import CannotRun

VARIABLES = {"DATASTORE_EMULATOR_HOST": "127.0.0.1:1234", "PUBSUB_EMULATOR_HOST": "127.0.0.1:1235"}


def test_what_is_published_can_be_read_while_the_cloud_runs(tmp_path: Path) -> None:
    published = Endpoint(tmp_path)
    published.publish(VARIABLES)
    assert Endpoint(tmp_path).read() == VARIABLES
    published.withdraw()


def test_a_clean_stop_removes_the_file(tmp_path: Path) -> None:
    published = Endpoint(tmp_path)
    published.publish(VARIABLES)
    published.withdraw()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CannotRun, match="make run"):
        Endpoint(tmp_path).read()


def test_a_file_that_a_dead_cloud_left_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "endpoint").write_text(json.dumps(VARIABLES))
    with pytest.raises(CannotRun, match="No local cloud is running"):
        Endpoint(tmp_path).read()


def test_a_new_cloud_takes_over_what_a_dead_one_left(tmp_path: Path) -> None:
    (tmp_path / "endpoint").write_text("127.0.0.1:9")
    published = Endpoint(tmp_path)
    published.publish(VARIABLES)
    assert Endpoint(tmp_path).read() == VARIABLES
    published.withdraw()


def test_no_folder_means_no_cloud(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="No local cloud is running"):
        Endpoint(tmp_path / "missing").read()
