"""The web application, where gunicorn finds it (`main:app`); as a program, it serves all on this machine.

The program's side imports local_cloud, which is not deployed, and leaves the application to the workers.
"""

GUNICORN = "-m gunicorn -c gunicorn.conf.py --log-level warning main:app"

if __name__ == "__main__":
    import signal

    # Nothing is started yet, so Ctrl-C may simply end this, without a traceback; later the launcher listens.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    import os
    import sys
    from pathlib import Path

    from local_cloud.cloud import LocalCloud
    from local_cloud.launcher import serve
    from local_cloud.processes import Command
    from local_cloud.site import free_port_beside

    os.chdir(Path(__file__).resolve().parent)
    events_site = {"HOST": "127.0.0.1", "PORT": str(free_port_beside(os.environ))}
    events_url = "http://{HOST}:{PORT}".format(**events_site)

    def python(name: str, arguments: str, environment: dict[str, str] | None = None) -> Command:
        return Command(name, [sys.executable, *arguments.split()], environment or {})

    sys.exit(
        serve(
            LocalCloud(Path(".quizboard"), index_file=Path("index.yaml")),
            preparations=[
                python("seed_questions.py", "seed_questions.py --if-empty"),
                python("events setup", f"-m events setup --quiet --push-base {events_url}"),
            ],
            services=[
                python("players' service", GUNICORN),
                python("events service", GUNICORN, events_site),
                python("cron", f"-m local_cloud.cron cron.yaml {events_url}"),
            ],
        )
    )
else:
    from controllers import create_app

    app = create_app()
