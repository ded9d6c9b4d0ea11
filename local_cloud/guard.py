"""Runs one command and dies with the launcher: `guard.py PIPE COMMAND...`, as the leader of a new session.

PIPE is the read end of a pipe whose write end only the launcher holds, so its end of file means that the
launcher is gone, even by kill -9. Everything in the command's process group then goes too. If the guard dies,
the launcher ends that group; only who kills both at once may leave a command that was just being started.
"""

import os
import signal
import subprocess
import sys
import threading

# Sent to the whole group: the command decides what they mean, the guard waits for its end.
FOR_THE_COMMAND = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CANNOT_EXECUTE = 126
NOT_FOUND = 127


def main(pipe: int, command: list[str]) -> int:
    # Until the command runs, an interrupt ends the guard at once and silently.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_launcher, args=[pipe], daemon=True).start()
    try:
        child = subprocess.Popen(command)  # noqa: S603 - running what it is given is its purpose
    except OSError as error:
        print(f"Cannot run {command[0]}: {error.strerror}.", file=sys.stderr)
        return NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_EXECUTE
    for number in FOR_THE_COMMAND:
        # A handler and not SIG_IGN, which would be handed down to processes started later.
        signal.signal(number, lambda _number, _frame: None)
    status = child.wait()
    return status if status >= 0 else 128 - status


def _end_with_the_launcher(pipe: int) -> None:
    os.read(pipe, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
