"""Writes messages.binpb: what the messages of google.datastore.v1 consist of, as Google's client knows it.

`python -m local_cloud.datastore.description`, when the client knows more: a test tells. No server needs it.
"""

from google.cloud.datastore_v1.types import LookupRequest
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from local_cloud.datastore.messages import DESCRIPTION


def description() -> FileDescriptorSet:
    files = FileDescriptorSet()
    # The file of the requests imports all others.
    _add(LookupRequest.pb(LookupRequest()).DESCRIPTOR.file, files)
    return files


def _add(file: FileDescriptor, files: FileDescriptorSet) -> None:
    """After those that it imports, as who reads them needs them."""
    for imported in sorted(file.dependencies, key=lambda imported: imported.name):
        _add(imported, files)
    if file.name not in {known.name for known in files.file}:
        added = files.file.add()
        file.CopyToProto(added)
        # The client makes its own anew, in another order each time.
        added.dependency.sort()


if __name__ == "__main__":
    DESCRIPTION.write_bytes(description().SerializeToString())
