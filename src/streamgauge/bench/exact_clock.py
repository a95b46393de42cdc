"""`python -m streamgauge.bench.exact_clock SECONDS COMMAND …`: a streamgauge whose clock is wrong.

Python's clock is moved, not the system's: under libfaketime librdkafka waits for hours, because its
condition variables and its clock no longer agree.
"""

import runpy
import sys
import time
from collections.abc import Callable


def skewed(clock: Callable[[], float], seconds: float) -> Callable[[], float]:
    """A clock that is ahead of another.

    >>> skewed(lambda: 10.0, 5.0)()
    15.0
    """
    return lambda: clock() + seconds


if __name__ == "__main__":
    time.time = skewed(time.time, float(sys.argv.pop(1)))
    runpy.run_module("streamgauge", run_name="__main__", alter_sys=True)
