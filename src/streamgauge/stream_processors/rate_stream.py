"""The rates that are watched of a window: how many of how many, from its integers."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from streamgauge.contracts.measure import Finding
from streamgauge.metrics.closed import Closed
from streamgauge.metrics.column import ERROR_CLASSES, Floats, Ints
from streamgauge.metrics.residual import SIZE, sizes

_CLIENT = ERROR_CLASSES.index("4xx")


class Stream(NamedTuple):
    """A rate by name, and what it means when it moves the `bad` way by more than `margin`."""

    name: str
    bad: Literal["up", "down"]
    finding: Finding
    margin: float


class Count(NamedTuple):
    """So many observations of a stream within 0 ... 1, and their sum."""

    stream: Stream
    seen: int
    total: float


# Thresholds of rules page for errors and the like; what is meant here is that something changed.
ERROR = Stream("error_rate", "up", "DRIFT_DETECTED", 0.0)
FALLBACK = Stream("fallback_rate", "up", "DRIFT_DETECTED", 0.005)
CACHE = Stream("cache_hit_rate", "down", "DRIFT_DETECTED", 0.02)
NULL = Stream("null_rate", "up", "DATA_QUALITY_ISSUE", 0.002)
ACCURACY = Stream("accuracy", "down", "PERFORMANCE_DEGRADED", 0.01)
LOSS = Stream("absolute_error", "up", "PERFORMANCE_DEGRADED", 0.01)
STREAMS = (ERROR, FALLBACK, CACHE, NULL, ACCURACY, LOSS)


def prediction_rates(closed: Closed) -> Iterator[Count]:
    """The rates of a window of predictions."""
    errors = closed.cells.get("errors")
    if errors is not None:
        total = int(errors.sum())
        yield Count(ERROR, total, total - int(errors[0]) - int(errors[_CLIENT]))
    for stream, name in ((FALLBACK, "fallback"), (CACHE, "cache")):
        if (cells := closed.cells.get(name)) is not None:
            yield Count(stream, int(cells.sum()), int(cells[1]))
    null = sum(feature.null for feature in closed.features.values())
    seen = sum(one.known + one.null + one.text for one in closed.features.values())
    yield Count(NULL, seen, null)


def accuracy(closed: Closed) -> Count | None:
    """How many of the judged classes of a window of outcomes were right."""
    cells = closed.cells.get("accuracy")
    if cells is None or not (seen := int(cells.sum())):
        return None
    return Count(ACCURACY, seen, int(cells[1::2].sum()))


def errors(closed: Closed) -> Ints | None:
    """The absolute errors of a window of outcomes, by cell of their size."""
    cells = closed.cells.get("residual")
    return None if cells is None or not cells.any() else sizes(cells)


def loss(cells: Ints, limit: float) -> Count:
    """Absolute errors as shares of a limit: what is beyond counts as the limit."""
    share: Floats = np.minimum(SIZE / limit, 1.0) if limit > 0 else np.ones_like(SIZE)
    return Count(LOSS, int(cells.sum()), float(cells @ share))
