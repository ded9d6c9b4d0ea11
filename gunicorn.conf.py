"""How gunicorn serves the application, on App Engine (where `-b` comes from app.yaml) as on this machine.

No preload: Google's clients must not be made before the fork. What is imported here makes none.
"""

import os
import threading

from controllers import logs

_host = os.environ.get("HOST") or "127.0.0.1"
_port = os.environ.get("PORT") or "8080"

bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"

# A request spends its time waiting for Datastore, so threads are worth more than processes.
worker_class = "gthread"
workers = 2
threads = 8

# Seconds. A worker that does not stir for so long is replaced.
timeout = 60
graceful_timeout = 20
keepalive = 75

# App Engine's front end has no fixed address and is the only one that reaches the port. It is trusted with
# the scheme and with nothing else: gunicorn's default would let any client rewrite its own path.
forwarded_allow_ips = "*"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
forwarder_headers = ""

# The platform keeps the access log.
accesslog = None
logconfig_dict = logs.CONFIG


def post_worker_init(worker):
    """Google's Pub/Sub client is made beside the first requests: no player has to wait for it."""
    threading.Thread(target=worker.wsgi.warm_up, daemon=True).start()


# Otherwise gunicorn writes into the home directory, which is read-only on App Engine.
control_socket_disable = True
