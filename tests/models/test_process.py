import time

import psutil
import pytest

from streamgauge.models.process import Cores, memory


def test_memory_is_what_the_system_says() -> None:
    assert memory() == pytest.approx(psutil.Process().memory_info().rss, rel=0.05)


def test_a_busy_loop_uses_cores() -> None:
    cores = Cores()
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass

    assert cores.take() > 0.05
