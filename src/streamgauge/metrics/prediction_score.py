"""How the scores of predictions are distributed: what estimates of performance are made of."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import gather
from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import NAN, Columns, Floats, Ints
from streamgauge.metrics.label_task import says
from streamgauge.metrics.score_histogram import BINS

_GUESS = {True: 1, False: 0, None: -1}


class PredictionScore(Metric[Columns]):
    """Cell i counts probabilities of the positive class around i / 1000. It prints no measures.

    They are the scores that `label_task.tell` has of the same predictions: where a truth comes, it
    is in the same cell of `score_histogram`. `positive` names the positive class by model.
    """

    name = "prediction_score"
    width = BINS

    def __init__(self, positive: Mapping[str, str] | None = None) -> None:
        self._positive = positive or {}

    def marks(self, batch: Columns) -> Iterable[Marks]:
        # Of a field with few values that is one pass in C.
        of, tasks = gather.entries(batch.events, "task")
        scoring = np.array([task == "score" for task in tasks], np.bool_)[of]
        with np.errstate(invalid="ignore"):
            whole = scoring & (batch.value >= 0.0) & (batch.value <= 1.0)
        score = np.where(whole, batch.value, NAN)
        classing = np.array([task == "classification" for task in tasks], np.bool_)[of]
        if batch.classed:
            classing |= scoring & np.isnan(batch.value)
        if classing.any():
            places = np.flatnonzero(classing)
            some = [batch.events[place] for place in places.tolist()]
            score[places] = self._classed(some, batch.confidence[places])
        place = np.flatnonzero(np.isfinite(score))
        if not len(place):
            return ()
        cell = np.rint(np.clip(score[place], 0.0, 1.0) * (BINS - 1)).astype(np.int64)
        return (Marks(cell, place),)

    def _classed(self, events: Sequence[Prediction], confidence: Floats) -> Floats:
        """The scores of predictions that are classes, NaN where nobody knows."""
        answers = [event.prediction for event in events]
        guesses = {one: -1 if one is None else _GUESS[says(one, None)] for one in set(answers)}
        guess: Ints = np.fromiter(map(guesses.__getitem__, answers), np.int64, len(answers))
        score = np.where(guess == 1, confidence, np.where(guess == 0, 1.0 - confidence, NAN))
        if self._positive:
            for place, event in enumerate(events):
                if (named := self._positive.get(event.model)) is not None:
                    likely = (event.probabilities or {}).get(named)
                    unknown = likely is None or event.prediction is None
                    score[place] = NAN if unknown else likely
        return score

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        return {}

    def samples(self, cells: Ints) -> dict[str, int]:
        return {}
