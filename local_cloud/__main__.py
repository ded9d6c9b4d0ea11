"""`python -m local_cloud [options] [-- COMMAND ...]`: a local cloud, for one command or until Ctrl-C."""

import argparse
import sys
from pathlib import Path

from local_cloud.cloud import LocalCloud
from local_cloud.errors import CannotRun
from local_cloud.launch import FAILURE, complain, keep_open, run_command
from local_cloud.processes import Command
from local_cloud.site import MAX_PORT

INDEX_FILE = Path("index.yaml")


def main(arguments: list[str]) -> int:
    options = _read(arguments)
    index_file = options.index_file or (INDEX_FILE if INDEX_FILE.exists() else None)
    cloud = LocalCloud(options.data, options.datastore_port, index_file, options.pubsub_port)
    try:
        if options.command:
            return run_command(cloud, Command(options.command[0], options.command))
        return keep_open(cloud)
    except CannotRun as reason:
        complain(reason)
        return FAILURE


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud",
        description="Google Cloud on this machine: runs COMMAND on it, or stays open until Ctrl-C.",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the data here; without it, in memory")
    parser.add_argument("--datastore-port", type=_port, default=0, metavar="N", help="default: any free port")
    parser.add_argument("--pubsub-port", type=_port, default=0, metavar="N", help="default: any free port")
    parser.add_argument("--index-file", type=Path, metavar="FILE", help="default: index.yaml, if it is here")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="after --, with its own arguments")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be a number up to {MAX_PORT}, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
