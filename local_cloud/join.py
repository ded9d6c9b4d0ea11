"""`python -m local_cloud.join DIR COMMAND...`: runs a command on the cloud that is already running on DIR."""

import os
import sys
from pathlib import Path

from local_cloud.endpoint import Endpoint
from local_cloud.errors import CannotRun


def main(folder: str, *command: str) -> None:
    try:
        environment = Endpoint(Path(folder)).read()
    except CannotRun as reason:
        sys.exit(str(reason))
    os.execvpe(command[0], command, {**os.environ, **environment})  # noqa: S606 - its purpose


if __name__ == "__main__":
    main(*sys.argv[1:])
