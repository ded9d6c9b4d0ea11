"""Cloud Datastore on this machine: a gRPC server for google.datastore.v1 that keeps its data in SQLite."""

from local_cloud.datastore.server import DatastoreServer
from local_cloud.faults import DataUnusable, PortTaken

__all__ = ["DataUnusable", "DatastoreServer", "PortTaken"]
