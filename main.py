"""The web application, where gunicorn finds it (`main:app`); as a program, it serves all on this machine.

The program's side imports local_cloud, which is not deployed, and leaves the application to the workers.
"""

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

    os.chdir(Path(__file__).resolve().parent)
    gunicorn = ["-m", "gunicorn", "-c", "gunicorn.conf.py", "--log-level", "warning", "main:app"]
    sys.exit(
        serve(
            LocalCloud(Path(".quizboard"), index_file=Path("index.yaml")),
            preparation=Command("seed_questions.py", [sys.executable, "seed_questions.py", "--if-empty"]),
            services=[Command("gunicorn", [sys.executable, *gunicorn])],
        )
    )
else:
    from controllers import create_app

    app = create_app()
