"""A worker that was asked to stop, and the long jobs that need not be finished for that."""

import threading


class Interrupted(Exception):
    """The worker stops: this run came to no end, and the job is taken up by the next worker."""


asked = threading.Event()


def go_on(*progress: object) -> None:
    """Called by a long job now and then, with whatever it has to tell.

    Raises:
        Interrupted: the worker stops.
    """
    if asked.is_set():
        raise Interrupted("the worker was stopped")
