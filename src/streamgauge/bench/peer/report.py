"""How a program under test says how fast it was, and what it counted."""

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

Work = Literal["counts", "full"]


class Checksum(msgspec.Struct, frozen=True):
    """What a program counted: events, their latency, observations in histograms, the refused."""

    events: int = 0
    latency_us: int = 0
    cells: int = 0
    rejected: int = 0

    def __add__(self, other: "Checksum") -> "Checksum":
        mine, theirs = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return Checksum(*(a + b for a, b in zip(mine, theirs, strict=True)))


class Pace(msgspec.Struct, frozen=True):
    """Records after the warm-up, and the wall and processor seconds that they took.

    `read` says how many records of each partition are in the checksum; nothing means all.
    """

    events: int
    wall: float
    cpu: float
    maximum_rss_mb: float = 0.0
    checksum: Checksum | None = None
    read: list[int] = []


class Job(msgspec.Struct, frozen=True):
    """What a program under test is asked to do: read `total` records, timed after `warm`."""

    brokers: str
    topic: str
    total: int
    warm: int
    work: Work
    features: int
    partitions: int
    seconds: float

    @classmethod
    def of(cls, arguments: list[str]) -> "Job":
        """From the command line: one JSON object."""
        return msgspec.json.decode(arguments[1], type=cls)


class Watch:
    """Clocks a counter from the end of the warm-up to its end, or for so many seconds."""

    def __init__(self, job: Job, count: Callable[[], int]) -> None:
        self._job = job
        self._count = count
        self._begin: tuple[int, float, float] | None = None

    def look(self) -> Pace | None:
        """Called often; the pace once the job is done."""
        count = self._count()
        now = time.perf_counter()
        if self._begin is None:
            if count >= max(1, self._job.warm):
                self._begin = (count, now, time.process_time())
            return None
        first, since, cpu = self._begin
        if count < self._job.total and now - since < self._job.seconds:
            return None
        return Pace(count - first, now - since, time.process_time() - cpu, _maximum_rss_mb())


def tell(pace: Pace) -> None:
    """Print the pace as the last line of output."""
    print(msgspec.json.encode(pace).decode(), file=sys.__stdout__, flush=True)


def rest(pace: Pace) -> None:
    """Print the pace and do nothing more: whoever asked ends this process."""
    tell(pace)
    while True:
        time.sleep(3_600)


def _maximum_rss_mb() -> float:
    """The most memory that this program had; getrusage would count what it was forked from."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text("ascii"))
    return int(found[1]) / 1_024 if found else 0.0
