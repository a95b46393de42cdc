"""Watches distributions that are no features: predictions, truths, texts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from streamgauge.contracts.reference import Reference
from streamgauge.detectors.drift import Drift
from streamgauge.detectors.label_drift import LabelDrift
from streamgauge.detectors.prediction_drift import PredictionDrift
from streamgauge.detectors.regroup import Distributions
from streamgauge.detectors.text import TextDrift
from streamgauge.metrics import confusion
from streamgauge.metrics.category import Counts
from streamgauge.metrics.closed import Closed
from streamgauge.metrics.column import Floats, Ints
from streamgauge.metrics.confidence import Confidence
from streamgauge.metrics.confusion import Confusion
from streamgauge.metrics.distribution import Distribution
from streamgauge.metrics.label_value import LabelValue
from streamgauge.metrics.prediction import VALUES, PredictionValue
from streamgauge.metrics.text_length import TextLength
from streamgauge.stream_processors.verdict import Compared, VerdictState, held, judge
from streamgauge.stream_processors.watcher import NOTHING, Look, Seen

_KEPT = 200


class Kind(NamedTuple):
    """What is watched together: histograms and counts of names, by what they are called here.

    `cells` are the metrics of histograms and what their cells stand for, after a sum in the first
    one; `names` are those that count names. Of the pairs of the confusion matrix the truths count.
    """

    stream: str
    source: str
    drift: Drift
    cells: Mapping[str, tuple[str, Floats]]
    names: Mapping[str, str]


def _of(metric: Distribution[Any]) -> tuple[str, Floats]:
    return metric.name, metric.middle


PREDICTION = Kind(
    stream="prediction",
    source="predictions",
    drift=PredictionDrift(),
    cells={"value": _of(PredictionValue()), "confidence": _of(Confidence())},
    names={"class": "prediction_class_ratio"},
)
TEXT = Kind(
    stream="text",
    source="predictions",
    drift=TextDrift(),
    cells={"length": _of(TextLength())},
    names={"language": "text_language_ratio"},
)
TRUTH = Kind(
    stream="truth",
    source="outcomes",
    drift=LabelDrift(),
    cells={"value": (LabelValue.name, VALUES)},
    names={"class": Confusion.name},
)
KINDS = (PREDICTION, TEXT, TRUTH)


class DistributionWatcher:
    """The verdict over all distributions of a kind, once enough values are together."""

    state = VerdictState

    def __init__(self, kind: Kind) -> None:
        self.name = kind.stream
        self._kind = kind
        self._made: dict[str, Distributions | None] = {}

    def start(self) -> VerdictState:
        return VerdictState.fresh()

    def wants(self, look: Look) -> bool:
        whole = look.reference is not None and not look.is_part
        return whole and look.summary.source == self._kind.source

    def look(self, state: Any, look: Look) -> Seen:
        assert look.reference is not None
        known = self._known(look.reference)
        if known is None:
            return NOTHING._replace(same=True)
        window = known.window(self._cells(look.closed), self._names(look.closed.names))
        if not window.cells.any() and not window.names.any():
            return held(state, look)
        compared = Compared(known.yardstick, window)
        return judge(state, self._kind.drift, self._kind.stream, compared, look)

    def _known(self, reference: Reference) -> Distributions | None:
        if reference.hash not in self._made:
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[reference.hash] = self._distributions(reference)
        return self._made[reference.hash]

    def _distributions(self, reference: Reference) -> Distributions | None:
        cells: dict[str, tuple[Ints, Floats]] = {}
        for name, (metric, middle) in self._kind.cells.items():
            if counted := reference.cells.get(metric):
                row = np.zeros(len(middle), np.int64)
                for cell, count in counted.items():
                    if 0 < cell <= len(middle):
                        row[cell - 1] = max(count, 0)
                cells[name] = (row, middle)
        names = {name: counts for name, counts in self._names(reference.names).items() if counts}
        return Distributions.of(cells, names) if cells or names else None

    def _cells(self, closed: Closed) -> dict[str, Ints]:
        found = {}
        for name, (metric, middle) in self._kind.cells.items():
            row = closed.cells.get(metric)
            if row is not None and len(row) == len(middle) + 1:
                found[name] = np.maximum(row[1:], 0)
        return found

    def _names(self, counted: Mapping[str, Mapping[str, int]]) -> dict[str, Counts]:
        return {
            name: confusion.truths(counted.get(metric, {}))
            if metric == Confusion.name
            else dict(counted.get(metric, {}))
            for name, metric in self._kind.names.items()
        }
