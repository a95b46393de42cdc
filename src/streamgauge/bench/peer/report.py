"""How a program under test says how fast it was."""

import os
import sys
import time
from collections.abc import Callable

import msgspec


class Pace(msgspec.Struct, frozen=True):
    """Events after the first look, and the wall and processor seconds that they took."""

    events: int
    wall: float
    cpu: float
    maximum_rss_mb: float = 0.0


class Watch:
    """Clocks a counter from its first move to its end, or for so many seconds."""

    def __init__(self, total: int, seconds: float, count: Callable[[], int]) -> None:
        self._total = total
        self._seconds = seconds
        self._count = count
        self._begin: tuple[int, float, float] | None = None

    def look(self) -> None:
        """Called often; ends the process with its pace as the last line of output when done."""
        count = self._count()
        now = time.perf_counter()
        if self._begin is None:
            if count:
                self._begin = (count, now, time.process_time())
            return
        first, since, cpu = self._begin
        if count >= self._total or now - since >= self._seconds:
            import resource

            pace = Pace(
                count - first,
                now - since,
                time.process_time() - cpu,
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
            )
            print(msgspec.json.encode(pace).decode(), file=sys.__stdout__, flush=True)
            os._exit(0)
