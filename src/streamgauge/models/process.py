"""What this process uses of the machine: cores and bytes."""

import os
import resource
import sys
import time
from pathlib import Path

_STATM = Path("/proc/self/statm")


class Cores:
    """CPU use since it was last asked, in cores; 1.0 is one core busy all the time."""

    def __init__(self) -> None:
        self._wall, self._busy = time.monotonic(), time.process_time()

    def take(self) -> float:
        """Cores used since the last call."""
        wall, busy = time.monotonic(), time.process_time()
        spent = (busy - self._busy) / (wall - self._wall) if wall > self._wall else 0.0
        self._wall, self._busy = wall, busy
        return spent


def memory() -> int:
    """Resident bytes now; where the system does not tell, the most there ever were."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
