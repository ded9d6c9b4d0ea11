"""`python -m local_cloud.datastore`: only the Datastore server, for any program with Google's client."""

import argparse
import sys
from pathlib import Path

from local_cloud.datastore import DatastoreServer, DataUnusable, PortTaken
from local_cloud.errors import CannotRun
from local_cloud.launch import FAILURE, complain, keep_open


class _Alone:
    """The server as the launcher's cloud."""

    def __init__(self, server: DatastoreServer) -> None:
        self._server = server

    def start(self) -> dict[str, str]:
        try:
            self._server.start()
        except (DataUnusable, PortTaken) as problem:
            raise CannotRun(str(problem)) from problem
        # gRPC would go through http_proxy even to loopback.
        return {"DATASTORE_EMULATOR_HOST": self._server.address, "no_grpc_proxy": "127.0.0.1"}

    def stop(self) -> None:
        self._server.stop()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m local_cloud.datastore", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the data here; without it, in memory")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="default: any free port")
    parser.add_argument(
        "--index-file", type=Path, metavar="FILE", help="index.yaml: refuse queries without their index"
    )
    parser.add_argument("--optimistic", action="store_true", help="transactions that do not wait for locks")
    options = parser.parse_args(arguments)
    server = DatastoreServer(options.data, options.port, options.index_file, optimistic=options.optimistic)
    try:
        return keep_open(_Alone(server))
    except CannotRun as reason:
        complain(reason)
        return FAILURE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
