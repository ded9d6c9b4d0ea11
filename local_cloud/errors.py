"""What keeps the local cloud from starting or going on."""


class CannotRun(Exception):
    """One sentence for the person at the keyboard, shown without a traceback; the exit status is 1."""
