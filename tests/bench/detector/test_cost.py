from itertools import islice

import numpy as np
import pytest

from streamgauge.bench.detector.cost import costs, counting, window_tests
from streamgauge.bench.detector.minute import minutes, reference
from streamgauge.bench.detector.stopwatch import bincount_us, each_us, median_us

SEED = 20261121


def test_every_cost_is_told_and_adds_up() -> None:
    figures, ratios = costs(before=5, timed=20)
    assert figures["events_us"] == pytest.approx(figures["count_us"] + figures["watch_us"])
    assert all(value > 0 for value in (figures | ratios).values())
    # However slow the machine is, a count by numpy is quicker than the tests.
    assert ratios["window_tests_vs_bincount"] > 1


def test_no_test_is_left_out_of_what_is_timed() -> None:
    frozen = reference("stationary", SEED)
    (minute,) = islice(minutes("stationary", 1, SEED), 1)
    for tests in window_tests(frozen, minute):
        assert all(np.isfinite(column).all() for column in tests())
    counting(frozen, minute)()


def test_more_work_takes_more_time() -> None:
    assert bincount_us(20, 20_000) > bincount_us(20, 1_000)
    assert median_us(lambda: sum(range(20_000)), least_s=0.02) > median_us(int, least_s=0.02)
    assert each_us([lambda: sum(range(20_000))] * 5) > each_us([int] * 5)
