from __future__ import annotations

import subprocess
import sys

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from local_cloud.datastore.description import description
from local_cloud.datastore.messages import DESCRIPTION


def test_the_messages_are_those_of_googles_client() -> None:
    known = FileDescriptorSet.FromString(DESCRIPTION.read_bytes())
    assert known == description(), "python -m local_cloud.datastore.description"


def test_a_server_does_without_googles_client() -> None:
    """Which would take longer to import than the server to start."""
    program = "import sys, local_cloud.datastore.__main__; print(*sys.modules)"
    modules = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    assert "local_cloud.datastore.server" in modules
    assert [name for name in modules if name.startswith(("google.cloud", "google.api_core", "proto"))] == []
