"""What people say: how many ratings of each kind, how good, how many of them positive."""

from collections.abc import Iterable, Mapping
from typing import get_args

import numpy as np

from streamgauge.business import Business
from streamgauge.contracts.feedback import Kind
from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.business import figures
from streamgauge.metrics.column import Ints
from streamgauge.metrics.event_column import EventColumns, HasEvents
from streamgauge.metrics.layout import Layout

_KINDS: tuple[str, ...] = get_args(Kind)
_CODE = {name: code for code, name in enumerate(_KINDS)}
# A rating is 1 to 5, 0 stands for none; from here on it is positive.
_RATINGS = 6
_POSITIVE = 4


class FeedbackRatings(Metric[EventColumns]):
    """`feedback_count`, `feedback_rating_mean` and `feedback_positive_ratio` of each `{kind=...}`.

    The first cell counts everything, the others each rating of each kind; 4 and 5 are positive.
    """

    name = "feedback_rating"
    width = 1 + len(_KINDS) * _RATINGS

    def marks(self, batch: EventColumns) -> Iterable[Marks]:
        kinds = [_CODE[event.kind] * _RATINGS + (event.rating or 0) for event in batch.events]
        return (
            Marks(np.zeros(len(batch), np.int64)),
            Marks(np.array(kinds, np.int64) + 1),
        )

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        values: dict[str, float] = {}
        for kind, counts in zip(_KINDS, cells[1:].reshape(-1, _RATINGS), strict=True):
            if total := int(counts.sum()):
                values[f'feedback_count{{kind="{kind}"}}'] = float(total)
            if rated := int(counts[1:].sum()):
                mean = int(counts @ np.arange(_RATINGS)) / rated
                values[f'feedback_rating_mean{{kind="{kind}"}}'] = mean
                positive = int(counts[_POSITIVE:].sum()) / rated
                values[f'feedback_positive_ratio{{kind="{kind}"}}'] = positive
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        counts = cells[1:].reshape(-1, _RATINGS)
        rated = int(counts[:, 1:].sum())
        samples = {"feedback_count": int(cells[0])} if cells[0] else {}
        names = ("feedback_rating_mean", "feedback_positive_ratio")
        return samples | (dict.fromkeys(names, rated) if rated else {})


def feedback_layout(definitions: Mapping[str, Business]) -> Layout[EventColumns]:
    """All that is measured of feedback, with the figures that the business defines."""
    own: tuple[Metric[HasEvents], ...] = figures(definitions, "feedback")
    return Layout[EventColumns]((FeedbackRatings(), *own))
