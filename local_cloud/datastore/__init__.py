"""Cloud Datastore on this machine: a gRPC server for google.datastore.v1 that keeps its data in SQLite."""

from local_cloud.datastore.errors import DataUnusable, PortTaken
from local_cloud.datastore.server import DatastoreServer

__all__ = ["DataUnusable", "DatastoreServer", "PortTaken"]
