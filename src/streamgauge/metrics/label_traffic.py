"""How many truths came, and what became of the outcomes that carried them."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Ints
from streamgauge.metrics.label import VERDICTS
from streamgauge.metrics.label_column import LabelColumns


class LabelTraffic(Metric[LabelColumns]):
    """`label_count` of truths that hold, and `outcome_verdict_ratio{verdict=...}` of all outcomes.

    The first cell is what the labels weigh, the others count verdicts.
    """

    name = "label_traffic"
    width = 1 + len(VERDICTS)
    brief = True

    def marks(self, batch: LabelColumns) -> Iterable[Marks]:
        holds = np.flatnonzero(batch.weight)
        judged = np.flatnonzero(batch.verdict >= 0)
        return (
            batch.marks(np.zeros(len(holds), np.int64), holds),
            Marks(1 + batch.verdict[judged], judged),
        )

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        values = {"label_count": float(cells[0])}
        total = int(cells[1:].sum())
        if total > 0:
            values["outcome_count"] = float(total)
            for verdict, count in zip(VERDICTS, cells[1:].tolist(), strict=True):
                if count:
                    values[f'outcome_verdict_ratio{{verdict="{verdict}"}}'] = count / total
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells[1:].sum())
        samples = {"label_count": max(int(cells[0]), 0)}
        if total > 0:
            samples |= {"outcome_count": total, "outcome_verdict_ratio": total}
        return samples
