"""Recorded outcomes to labels: the join of `label_join` where the recording is the memory. Pure."""

from collections.abc import Sequence

from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.receipt import DAY_MS
from streamgauge.metrics.label import Label
from streamgauge.settings import Settings
from streamgauge.stream_processors.label_fact import MOST_FACTS, Fact
from streamgauge.stream_processors.label_join import claims_of, label_of
from streamgauge.stream_processors.label_store import Known


class RecordedJoin:
    """Knows every prediction that it was told, as a receipt would, by its id.

    An outcome that comes first is an orphan, and a label once its prediction is there. One that
    comes later than `receipt.horizon_days` after it is refused, as its receipt would be.
    """

    def __init__(self, settings: Settings) -> None:
        self._positive = settings.join.positive
        self._corrects = settings.join.corrections
        self._horizon = settings.receipt.horizon_days * DAY_MS
        self._known: dict[str, Known] = {}
        self._waiting: dict[str, list[Outcome]] = {}

    def remember(self, predictions: Sequence[Prediction]) -> list[Outcome]:
        """Take predictions; returns the outcomes that waited for them."""
        waited: list[Outcome] = []
        for event in predictions:
            self._known.setdefault(event.id, Known(claims_of(event, self._positive), []))
            waited += self._waiting.pop(event.id, ())
        return waited

    def resolve(self, outcomes: Sequence[Outcome]) -> list[Label]:
        """What became of outcomes, in their order."""
        labels: list[Label] = []
        for outcome in outcomes:
            fact, known = Fact.of(outcome), self._known.get(outcome.prediction_id)
            if known is None:
                self._waiting.setdefault(outcome.prediction_id, []).append(outcome)
            elif outcome.ts - known.claims.ts > self._horizon:
                continue
            labels.append(label_of(outcome, fact, known))
            if known is not None and self._corrects and len(known.before) < MOST_FACTS:
                known.before.append(fact)
        return labels
