"""`rate`, `increase` and `delta`: change over a range, carried on to its ends."""

from collections.abc import Sequence
from itertools import pairwise

from streamgauge.alerting.promql.function import of_range
from streamgauge.alerting.promql.vector import Window

# Of the usual distance between samples: nearer to the end of the range, a series covers it all.
_NEAR = 1.1


def _rate(window: Window) -> float | None:
    change = _increase(window)
    return None if change is None else change / ((window.end - window.start) / 1000)


def _increase(window: Window) -> float | None:
    values = window.values
    if len(values) < 2:
        return None
    change = values[-1] - values[0] + _lost(values)
    return _carried(window, change, counter=True)


def _delta(window: Window) -> float | None:
    values = window.values
    return None if len(values) < 2 else _carried(window, values[-1] - values[0], counter=False)


def _lost(values: Sequence[float]) -> float:
    """What a counter had reached before each time it began anew."""
    return sum(before for before, after in pairwise(values) if after < before)


def _carried(window: Window, change: float, *, counter: bool) -> float:
    """The change over the whole range (`extrapolatedRate` of Prometheus 3)."""
    first, last = window.times[0], window.times[-1]
    covered = last - first
    usual = covered / (len(window.times) - 1)
    to_start, to_end = float(first - window.start), float(window.end - last)
    if to_start >= usual * _NEAR:
        to_start = usual / 2
    if counter and change > 0 and window.values[0] >= 0:
        # A counter was never below zero.
        to_start = min(to_start, covered * (window.values[0] / change))
    if to_end >= usual * _NEAR:
        to_end = usual / 2
    return change * ((covered + to_start + to_end) / covered)


FUNCTIONS = (of_range("rate", _rate), of_range("increase", _increase), of_range("delta", _delta))
