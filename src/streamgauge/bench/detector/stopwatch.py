"""How much processor time things take, and a plain count by numpy in the same run."""

import time
from collections.abc import Callable, Iterable
from statistics import median

import numpy as np

from streamgauge.metrics.frozen_grid import CELLS

Task = Callable[[], object]


def median_us(task: Task, *, least_s: float = 0.3, runs: int = 15) -> float:
    """The median processor time of a call in µs, over runs of some `least_s` seconds together."""
    task()
    one = max(_us(task, 1) / 1e6, 1e-7)
    calls = max(int(least_s / runs / one), 1)
    return median(_us(task, calls) for _ in range(runs))


def each_us(tasks: Iterable[Task]) -> float:
    """The median processor time of tasks that are done once, in µs."""
    return median(_us(task, 1) for task in tasks)


def bincount_us(features: int, events: int) -> float:
    """The time of numpy's count of known cells: so many features of so many events."""
    cells = np.random.default_rng(1).integers(0, features * CELLS, features * events)
    return median_us(lambda: np.bincount(cells, minlength=features * CELLS))


def _us(task: Task, calls: int) -> float:
    begin = time.thread_time()
    for _ in range(calls):
        task()
    return 1e6 * (time.thread_time() - begin) / calls
