"""`make deploy` without a cloud: what it prints is what it runs, in an order that works, and gcloud knows."""

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from controllers.application import Quizboard
from events import setup
from events.publishing import TOPIC
from events.push import push_account
from events.subscribers import SUBSCRIBERS
from models.store import Store
from tests.events.builders import an_event
from tests.test_deploy_files import cloud_sdk

ROOT = Path(__file__).parent.parent
PROJECT = "my-project"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

WITHOUT_GCLOUD = pytest.mark.skipif(
    cloud_sdk() is None, reason="Google Cloud SDK is not installed: gcloud did not judge its commands"
)
WITHOUT_SHELLCHECK = pytest.mark.skipif(
    shutil.which("shellcheck") is None, reason="shellcheck is not installed: it did not judge deploy.sh"
)

# Writes down how it was called. What it is asked for it finds only in a project that is set up already.
STAND_IN = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" >> "$CALLS"
case "$*" in
    *print-access-token*) exit "${STRANGER:-0}" ;;
    *"value(type)"*) echo "${MODE_OF_DATABASE:-DATASTORE_MODE}" ;;
    *"value(projectNumber)"*) echo 1234567890 ;;
    *"value(serviceAccount)"*) echo my-project@appspot.gserviceaccount.com ;;
    *"value(defaultHostname)"*) echo my-project.ew.r.appspot.com ;;
    *"ttls list"*) [ -z "${IS_SET_UP:-}" ] || echo name: projects/my-project/fields/expires_at ;;
    *" describe "*) [ -n "${IS_SET_UP:-}" ] ;;
esac
"""


class Checkout:
    """deploy.sh beside a gcloud and a Python that only write down how they are called."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls_file = folder, folder / "calls"
        shutil.copy(ROOT / "deploy.sh", folder)
        for name in ("bin/gcloud", ".venv/bin/python"):
            stand_in = folder / name
            stand_in.parent.mkdir(parents=True)
            stand_in.write_text(STAND_IN)
            stand_in.chmod(0o755)

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        self.calls_file.write_text("")
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        environment = {"PATH": path, "CALLS": str(self.calls_file), **variables}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)

    def deploy(self, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("./deploy.sh", **{"PROJECT": PROJECT, **variables})

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def printed(**variables: str) -> str:
    """What a dry run prints, without the comments."""
    environment = {"PATH": os.defpath, "PROJECT": PROJECT, "DRY_RUN": "1", **variables}
    done = subprocess.run([ROOT / "deploy.sh"], env=environment, capture_output=True, text=True, check=True)
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith("#"))


def gcloud_commands(script: str) -> list[str]:
    return re.findall(r"gcloud (?:[^'\"\n)>|]|'[^']*'|\"[^\"]*\")+", script)


def test_a_dry_run_runs_nothing(checkout: Checkout) -> None:
    done = checkout.deploy(DRY_RUN="1")
    assert done.returncode == 0
    assert "gcloud app deploy" in done.stdout
    assert checkout.calls == []


@pytest.mark.parametrize("state", [{}, {"IS_SET_UP": "yes"}], ids=["a new project", "one that is set up"])
def test_what_a_dry_run_prints_is_what_is_run(state: dict[str, str], checkout: Checkout) -> None:
    script = checkout.deploy(DRY_RUN="1").stdout
    assert checkout.deploy(**state).returncode == 0
    really_run = [call for call in checkout.calls if "print-access-token" not in call]
    done = checkout.run("bash", "-euo", "pipefail", "-c", script, **state)
    assert done.returncode == 0, done.stderr
    assert checkout.calls == really_run
    assert ("gcloud app create" in "\n".join(really_run)) is not bool(state)


def test_a_second_run_makes_nothing_anew(checkout: Checkout) -> None:
    checkout.deploy(IS_SET_UP="yes")
    creating = [call for call in checkout.calls if re.search(r"\bcreate\b", call)]
    assert [call.split("create")[0] for call in creating] == [
        "gcloud datastore indexes ",
        "gcloud beta services identity ",
    ], "these two say themselves what is there already"


@pytest.mark.parametrize("state", [{}, {"IS_SET_UP": "yes"}], ids=["a new project", "one that is set up"])
def test_what_says_when_it_may_go_does(state: dict[str, str], checkout: Checkout, store: Store) -> None:
    assert checkout.deploy(**state).returncode == 0
    switched_on = [call for call in checkout.calls if "--enable-ttl" in call]
    assert len(switched_on) == (not state)
    event = an_event("PlayerErased").to_entities(store)[0]
    for call in switched_on:
        assert f" update expires_at --collection-group={event.kind} " in call
        assert "expires_at" in event


def test_what_fails_ends_it(checkout: Checkout) -> None:
    (checkout.folder / ".venv/bin/python").write_text("#!/bin/sh\nexit 3\n")
    assert checkout.deploy().returncode == 3
    assert not [call for call in checkout.calls if "app deploy" in call]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PROJECT": ""}, "Which project? make deploy PROJECT=my-project"),
        ({"PROJECT": "$(date)"}, "Which project? make deploy PROJECT=my-project"),
        ({"STRANGER": "1"}, "gcloud auth application-default login"),
        ({"MODE_OF_DATABASE": "FIRESTORE_NATIVE"}, "Quizboard needs Datastore mode"),
        ({"PATH": "/usr/bin:/bin"}, "This needs the gcloud command: https://"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    variables: dict[str, str], sentence: str, checkout: Checkout
) -> None:
    if "PATH" in variables and shutil.which("gcloud", path=variables["PATH"]):
        variables = {"PATH": str(path_without_gcloud(checkout.folder))}
    done = checkout.deploy(**variables)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def path_without_gcloud(folder: Path) -> Path:
    tools = folder / "tools"
    tools.mkdir()
    for tool in ("bash", "dirname", "env"):
        (tools / tool).symlink_to(shutil.which(tool) or "")
    return tools


def test_the_oldest_regions_have_another_name_on_app_engine() -> None:
    script = printed(REGION="us-central1")
    assert "gcloud app create --region=us-central " in script
    assert "--location=us-central1 " in script
    assert "gcloud app create --region=europe-west3 " in printed(REGION="europe-west3")


def test_subscriptions_and_consumers_are_there_before_anything_is_told() -> None:
    script = printed()
    order = ["services enable", "app create", "databases create", "service-accounts create"]
    order += ["-m events", "topics add-iam", "app deploy app.yaml --"]
    order += ["app deploy events.yaml app.yaml cron.yaml", "seed_questions"]
    places = [script.index(step) for step in order]
    assert places == sorted(places)


def test_pubsub_may_do_what_the_table_of_subscribers_asks_of_it() -> None:
    script = printed()
    granted = re.findall(r"subscriptions add-iam-policy-binding (\S+)", script)
    assert sorted(granted) == sorted(setup.PREFIX + name for name in SUBSCRIBERS)
    assert re.findall(r"topics add-iam-policy-binding (\S+)", script) == [TOPIC, setup.DEAD_LETTERS]
    assert f"add-iam-policy-binding {push_account(PROJECT)} " in script


def test_no_secret_is_on_a_command_line() -> None:
    assert not re.search(r"(?i)secret|password|token(?!Creator)|key", printed())


def test_the_script_is_strict() -> None:
    assert "\nset -euo pipefail\n" in (ROOT / "deploy.sh").read_text()
    assert (ROOT / "deploy.sh").stat().st_mode & stat.S_IXUSR
    subprocess.run(["bash", "-n", ROOT / "deploy.sh"], check=True)


@WITHOUT_SHELLCHECK
def test_shellcheck_finds_nothing() -> None:
    subprocess.run(["shellcheck", ROOT / "deploy.sh"], check=True)


@WITHOUT_GCLOUD
def test_gcloud_knows_every_command_that_is_deployed_with_or_documented(tmp_path: Path) -> None:
    """By gcloud's own parser, which needs no network: command, flags, their values and what is required."""
    script = re.sub(r"\$[A-Z_]+", "it", printed())
    pages = "\n".join(indented(page) for page in PAGES).replace("MY-PROJECT", PROJECT)
    commands = sorted({command.strip() for text in (script, pages) for command in gcloud_commands(text)})
    assert len(commands) > 30
    file = tmp_path / "commands.json"
    file.write_text(json.dumps([{"command_string": command} for command in commands]))
    judge = ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file}"]
    environment = {**os.environ, "CLOUDSDK_CONFIG": str(tmp_path), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    done = subprocess.run(judge, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    verdicts = json.loads(done.stdout)
    assert len(verdicts) == len(commands)
    assert not [(v["command_string"], v["error_message"]) for v in verdicts if not v["success"]]


def indented(page: Path) -> str:
    """The commands of a page: its indented lines, joined where one goes on."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("    ")]
    return "\n".join(lines).replace("\\\n", " ")


def test_cron_calls_what_is_there_on_a_service_that_is_there(app: Quizboard) -> None:
    service = yaml.safe_load((ROOT / "events.yaml").read_text())
    addresses = {str(rule) for rule in app.url_map.iter_rules()}
    for job in yaml.safe_load((ROOT / "cron.yaml").read_text())["cron"]:
        assert job["url"] in addresses
        assert job["target"] == service["service"]


def test_the_events_service_answers_consumers_and_operators_only(app: Quizboard) -> None:
    handlers = yaml.safe_load((ROOT / "events.yaml").read_text())["handlers"]
    for rule in app.url_map.iter_rules():
        served = any(re.fullmatch(handler["url"], str(rule)) for handler in handlers)
        ours = rule.endpoint.split(".")[0] in {"pubsub", "cron", "health"}
        assert served == ours, rule


def test_the_push_addresses_of_setup_are_those_of_the_events_service(app: Quizboard) -> None:
    assert f"https://events-dot-{PROJECT}.ew.r.appspot.com" in run_setup_base()
    adapter = app.url_map.bind("")
    for name in SUBSCRIBERS:
        assert adapter.match(f"/pubsub/{name}", method="POST")
    assert adapter.match("/pubsub/dead-letters", method="POST")


def run_setup_base() -> str:
    [line] = [line for line in printed().splitlines() if "-m events" in line]
    words = shlex.split(line.replace("$HOST", f"{PROJECT}.ew.r.appspot.com"))
    done = subprocess.run([sys.executable, *words[1:3], "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return words[-1]
