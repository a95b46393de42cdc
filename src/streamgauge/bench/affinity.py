"""One core for the program under test, the others for the broker, where the system can."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def cores() -> list[int]:
    """The cores that this process may use, ascending; none where the system does not say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []


def confine(pid: int) -> bool:
    """Keep a running process off the last core; whether there was one to spare."""
    allowed = cores()[:-1]
    if not allowed:
        return False
    # A running process has threads already, and each has its own affinity.
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), allowed)
    return True


@contextmanager
def last_core() -> Iterator[None]:
    """What this thread starts meanwhile runs on the last core and nowhere else."""
    before = cores()
    if before:
        os.sched_setaffinity(0, before[-1:])
    try:
        yield
    finally:
        if before:
            os.sched_setaffinity(0, before)
