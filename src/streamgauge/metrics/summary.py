"""Everything that is known of one series in one window, as integers that merge by addition."""

import math
from collections.abc import Mapping

import msgspec
import numpy as np

from streamgauge.metrics import category
from streamgauge.metrics.base import Metric, Named
from streamgauge.metrics.cache import Cache
from streamgauge.metrics.class_share import Classes, FallbackReasons
from streamgauge.metrics.column import Columns, Ints
from streamgauge.metrics.confidence import Confidence
from streamgauge.metrics.error import Errors
from streamgauge.metrics.fallback import Fallback
from streamgauge.metrics.latency import Latency
from streamgauge.metrics.prediction import PredictionValue
from streamgauge.metrics.sample import Draw
from streamgauge.metrics.traffic import Traffic

METRICS: tuple[Metric[Columns], ...] = (
    Traffic(),
    Errors(),
    Latency("prediction_latency_seconds", "latency"),
    Latency("api_latency_seconds", "api_latency"),
    Fallback(),
    Cache(),
    Confidence(),
    PredictionValue(),
)
NAMED: tuple[Named[Columns], ...] = (Classes(), FallbackReasons())
# The first metric counts the events. New ones go to the end; all that are `brief` are kept for each
# value of a dimension as well.
_ENDS = tuple(int(end) for end in np.cumsum([metric.width for metric in METRICS]))
WIDTH = _ENDS[-1]
_SLICES = tuple(slice(end - metric.width, end) for metric, end in zip(METRICS, _ENDS, strict=True))


class Summary(msgspec.Struct):
    """Cells of all metrics side by side, counted names, a drawn sample, the newest event time."""

    cells: Ints
    classes: category.Counts
    reasons: category.Counts
    draw: Draw
    as_of: int

    def merge(self, other: "Summary") -> "Summary":
        """The summary of both; commutative and associative."""
        return Summary(
            cells=self.cells + other.cells,
            classes=category.merge(self.classes, other.classes),
            reasons=category.merge(self.reasons, other.reasons),
            draw=self.draw.merge(other.draw),
            as_of=max(self.as_of, other.as_of),
        )

    def values(self, seconds: float) -> dict[str, float]:
        """All measures of a window that is `seconds` long."""
        values: dict[str, float] = {}
        for metric, part in zip(METRICS, _SLICES, strict=True):
            values |= metric.values(self.cells[part], seconds)
        total = self.total
        values |= category.shares("prediction_class_ratio", "class", self.classes, total)
        values |= category.shares("prediction_fallback_reason_ratio", "reason", self.reasons, total)
        return values

    def samples(self) -> dict[str, int]:
        """How many observations stand behind each name of `values`."""
        samples: dict[str, int] = {}
        for metric, part in zip(METRICS, _SLICES, strict=True):
            samples |= metric.samples(self.cells[part])
        for name, counts in (
            ("prediction_class_ratio", self.classes),
            ("prediction_fallback_reason_ratio", self.reasons),
        ):
            if counts:
                samples[name] = self.total
        return samples

    @property
    def total(self) -> int:
        """How many predictions are counted."""
        return int(self.cells[0])


def nothing() -> Summary:
    """The summary of no events: merging it changes nothing."""
    return Summary(np.zeros(WIDTH, np.int64), {}, {}, Draw(), 0)


def count(batch: Columns, group: Ints, groups: int) -> Ints:
    """Cells of all metrics for each group of a batch, shape (groups, WIDTH)."""
    cells = np.empty((groups, WIDTH), np.int64)
    for metric, part in zip(METRICS, _SLICES, strict=True):
        cells[:, part] = metric.count(batch, group, groups)
    return cells


def as_known(values: Mapping[str, float]) -> dict[str, float]:
    """The values that are finite: JSON has no NaN, and a sum of absurd gauges may be infinite."""
    return {name: value for name, value in values.items() if math.isfinite(value)}
