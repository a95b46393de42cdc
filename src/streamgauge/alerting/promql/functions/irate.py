"""`irate` and `idelta`: the change between the last two samples of a range."""

from streamgauge.alerting.promql.function import of_range
from streamgauge.alerting.promql.vector import Window


def _irate(window: Window) -> float | None:
    if len(window.values) < 2:
        return None
    before, last = window.values[-2:]
    # A counter that is lower than before began anew at zero.
    change = last if last < before else last - before
    return change / ((window.times[-1] - window.times[-2]) / 1000)


def _idelta(window: Window) -> float | None:
    return None if len(window.values) < 2 else window.values[-1] - window.values[-2]


FUNCTIONS = (of_range("irate", _irate), of_range("idelta", _idelta))
