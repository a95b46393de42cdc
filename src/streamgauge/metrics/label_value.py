"""How the true numbers are distributed, on the same cells as the predicted ones."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Ints
from streamgauge.metrics.histogram import quantile
from streamgauge.metrics.label_column import LabelColumns
from streamgauge.metrics.prediction import QUANTILES, SCALE, VALUES, bounded, cell_of


class LabelValue(Metric[LabelColumns]):
    """`label_value{quantile=...}` of numeric truths within 2.5 %, and the mean to a thousandth.

    The cells are those of `prediction_value`: the sum in thousandths, then the histogram.
    """

    name = "label_value"
    width = 1 + len(VALUES)

    def marks(self, batch: LabelColumns) -> Iterable[Marks]:
        place = np.flatnonzero(np.isfinite(batch.truth))
        if not len(place):
            return ()
        truth = bounded(batch.truth[place])
        whole = np.rint(truth * SCALE).astype(np.int64)
        return (
            batch.marks(np.zeros(len(place), np.int64), place, whole),
            batch.marks(1 + cell_of(truth), place),
        )

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        counts = cells[1:]
        count = int(counts.sum())
        # A part of a cohort may take back more than it added: only the whole has quantiles.
        if count <= 0 or (counts < 0).any():
            return {}
        values = {
            f'{self.name}{{quantile="{share}"}}': quantile(counts, VALUES, share)
            for share in QUANTILES
        }
        values[f"{self.name}_mean"] = int(cells[0]) / (SCALE * count)
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        names = {name.partition("{")[0] for name in self.values(cells, 1.0)}
        return dict.fromkeys(sorted(names), int(cells[1:].sum()))
