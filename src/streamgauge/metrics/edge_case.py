"""Predictions that no error shows, and that somebody should look at."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Ints

CASES = ("unanswered", "unsure", "slow", "empty_text")
# A confidence up to this, a latency above that: the outermost edges of their histograms.
UNSURE = 0.1
SLOW_S = 1.0


class EdgeCases(Metric[Columns]):
    """`prediction_edge_case_count{case=...}`: successes without an answer, unsure, slow, wordless.

    >>> import numpy as np
    >>> EdgeCases().values(np.array([0, 0, 3, 0]), seconds=60.0)
    {'prediction_edge_case_count{case="slow"}': 3.0}
    """

    name = "prediction_edge_case_count"
    width = len(CASES)

    def marks(self, batch: Columns) -> Iterable[Marks]:
        # NaN compares false. These are few: whether they are numbers at all is asked of them alone.
        unsure = np.flatnonzero(batch.confidence <= UNSURE)
        slow = np.flatnonzero(batch.latency > SLOW_S)
        found = [
            batch.unanswered,
            unsure[np.isfinite(batch.confidence[unsure])] if len(unsure) else unsure,
            slow[np.isfinite(batch.latency[slow])] if len(slow) else slow,
        ]
        if batch.text_length is not None:
            found.append(np.flatnonzero(batch.text_length == 0))
        return [
            Marks(np.full(len(place), case, np.int64), place)
            for case, place in enumerate(found)
            if len(place)
        ]

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        return {
            f'{self.name}{{case="{case}"}}': float(count)
            for case, count in zip(CASES, cells.tolist(), strict=True)
            if count
        }

    def samples(self, cells: Ints) -> dict[str, int]:
        return {self.name: int(cells.max())} if cells.any() else {}
