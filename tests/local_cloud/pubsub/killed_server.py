"""A server in a process of its own, to be killed: prints its address and runs until then."""

import signal
import sys
from pathlib import Path

from local_cloud.pubsub import PubSubServer
from local_cloud.sqlite_file import SqliteFile

file = SqliteFile(Path(sys.argv[1]))
file.open()
server = PubSubServer(file)
server.start()
print(server.address, flush=True)
signal.pause()
