"""Google Cloud on this machine: Datastore and Pub/Sub on one SQLite file, started and stopped together."""

from pathlib import Path
from typing import TYPE_CHECKING

from local_cloud.endpoint import Endpoint
from local_cloud.errors import CannotRun

if TYPE_CHECKING:
    from local_cloud.datastore import DatastoreServer
    from local_cloud.pubsub import PubSubServer

PROJECT = "quizboard-local"


class LocalCloud:
    def __init__(
        self,
        folder: Path | None = None,
        datastore_port: int = 0,
        index_file: Path | None = None,
        pubsub_port: int = 0,
    ) -> None:
        """Without a folder nothing is kept; port 0 takes any that is free."""
        self._folder = folder
        self._datastore_port = datastore_port
        self._pubsub_port = pubsub_port
        self._index_file = index_file
        self._datastore: DatastoreServer | None = None
        self._pubsub: PubSubServer | None = None
        self._endpoint: Endpoint | None = None

    def start(self) -> dict[str, str]:
        """Returns the variables by which Google's client libraries find it; raises CannotRun."""
        # Imported late: they take a while, and by now the launcher listens to Ctrl-C.
        from local_cloud.datastore import DatastoreServer, DataUnusable, PortTaken
        from local_cloud.pubsub import PubSubServer

        self._datastore = DatastoreServer(self._folder, self._datastore_port, self._index_file)
        try:
            self._datastore.start()
            self._pubsub = PubSubServer(self._datastore.file, self._pubsub_port)
            self._pubsub.start()
        except (DataUnusable, PortTaken) as problem:
            raise CannotRun(str(problem)) from problem
        variables = _environment(self._datastore.address, self._pubsub)
        if self._folder:
            self._endpoint = Endpoint(self._folder)
            self._endpoint.publish(variables)
        return variables

    def stop(self) -> None:
        if self._endpoint:
            self._endpoint.withdraw()
        if self._pubsub:
            self._pubsub.stop()
        if self._datastore:
            self._datastore.stop()


def _environment(datastore_address: str, pubsub: "PubSubServer") -> dict[str, str]:
    return {
        "DATASTORE_EMULATOR_HOST": datastore_address,
        "PUBSUB_EMULATOR_HOST": pubsub.address,
        # Who is pushed to finds here what proves the signature of the push.
        "PUSH_CERTS_URL": pubsub.certificates_url,
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        # Google's client asks this one first, and `gcloud beta emulators datastore env-init` sets it.
        "DATASTORE_DATASET": PROJECT,
        # gRPC would go through http_proxy even to loopback.
        "no_grpc_proxy": "127.0.0.1",
    }
