import time

import psutil
import pytest

from streamgauge.models.process import Cores, memory


def test_memory_is_what_the_system_says() -> None:
    assert memory() == pytest.approx(psutil.Process().memory_info().rss, rel=0.05)


def test_a_busy_loop_uses_cores() -> None:
    begun = time.monotonic()
    cores = Cores()
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass

    used = cores.take()
    # On a busy machine the loop has a core for a part of the time only.
    assert used > 0.05 / (time.monotonic() - begun)
