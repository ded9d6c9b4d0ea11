"""Cloud Pub/Sub on this machine: a gRPC server for google.pubsub.v1 that keeps its messages in SQLite."""

from local_cloud.faults import PortTaken
from local_cloud.pubsub.server import PubSubServer

__all__ = ["PortTaken", "PubSubServer"]
