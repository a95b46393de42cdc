"""A batch of labels as numpy columns, in the two ways in which labels are counted.

*Arrived*: one row an outcome, at the time when the truth was known; nothing is ever taken back, so
that the ratios of a minute are those of what came in it. *Cohort*: the time of the prediction; a
label that is replaced is a row of weight -1, so that a day ends at exactly what is true.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from streamgauge.metrics.base import Marks
from streamgauge.metrics.column import Floats, Ints
from streamgauge.metrics.label import VERDICTS, Label
from streamgauge.metrics.label_task import NOTHING, Told, tell

_CODE = {verdict: code for code, verdict in enumerate(VERDICTS)}
_MS = 1_000.0


class LabelColumns(NamedTuple):
    """One entry a row; `label` is the place of its label in the batch, `ts` when the row counts.

    `weight` is 1, -1 for a label that is taken back, 0 for an outcome that only its `verdict`
    counts (-1 for a row of a cohort). `truth` and `predicted` are the numbers of a regression,
    `truth_class` and `predicted_class` the classes of anything else; what a row does not have is
    NaN or None. `positive` is 1 or 0 where `score`, the probability of the positive class, is
    known; `lag` is in seconds.
    """

    ts: Ints
    label: Ints
    weight: Ints
    verdict: Ints
    lag: Floats
    truth: Floats
    predicted: Floats
    truth_class: list[str | None]
    predicted_class: list[str | None]
    confidence: Floats
    score: Floats
    positive: Ints

    def __len__(self) -> int:
        return len(self.ts)

    def marks(self, cell: Ints, place: Ints, amount: Ints | None = None) -> Marks:
        """Rows `place` add to cells what they weigh, times an amount if there is one."""
        weight = self.weight[place]
        if amount is None and (weight == 1).all():
            return Marks(cell, place)
        return Marks(cell, place, weight if amount is None else weight * amount)

    def sums(self, start: int, place: Ints, digits: Iterable[Ints]) -> list[Marks]:
        """Rows `place` add digits to the cells from `start` on."""
        return [
            self.marks(np.full(len(place), start + at, np.int64), place, digit)
            for at, digit in enumerate(digits)
        ]


class _Row(NamedTuple):
    ts: int
    label: int
    weight: int
    verdict: int
    lag: float
    told: Told


def arrived(labels: Sequence[Label], positive: Mapping[str, str] | None = None) -> LabelColumns:
    """One row an outcome, at the time when its truth was known; row i is label i.

    `positive` names the positive class of a model: see `label_task.tell`.
    """
    names = positive or {}
    return _columns(
        [
            _Row(
                label.at,
                place,
                int(label.applies),
                _CODE[label.verdict],
                (label.at - label.ts) / _MS,
                tell(label, label.truth, names) if label.applies else NOTHING,
            )
            for place, label in enumerate(labels)
        ]
    )


def cohort(labels: Sequence[Label], positive: Mapping[str, str] | None = None) -> LabelColumns:
    """Rows at the times of the predictions: what holds from now on, less what held before.

    Labels that do not apply have no row, one that replaces another has two.
    """
    names = positive or {}
    rows = []
    for place, label in enumerate(labels):
        if not label.applies:
            continue
        if label.old_truth is not None:
            lag = (label.old_at - label.ts) / _MS
            rows.append(_Row(label.ts, place, -1, -1, lag, tell(label, label.old_truth, names)))
        lag = (label.at - label.ts) / _MS
        rows.append(_Row(label.ts, place, 1, -1, lag, tell(label, label.truth, names)))
    return _columns(rows)


def _columns(rows: Sequence[_Row]) -> LabelColumns:
    told = [row.told for row in rows]
    return LabelColumns(
        ts=np.array([row.ts for row in rows], np.int64),
        label=np.array([row.label for row in rows], np.int64),
        weight=np.array([row.weight for row in rows], np.int64),
        verdict=np.array([row.verdict for row in rows], np.int64),
        lag=np.array([row.lag for row in rows], np.float64),
        truth=np.array([one.truth for one in told], np.float64),
        predicted=np.array([one.predicted for one in told], np.float64),
        truth_class=[one.truth_class for one in told],
        predicted_class=[one.predicted_class for one in told],
        confidence=np.array([one.confidence for one in told], np.float64),
        score=np.array([one.score for one in told], np.float64),
        positive=np.array([one.positive for one in told], np.int64),
    )
