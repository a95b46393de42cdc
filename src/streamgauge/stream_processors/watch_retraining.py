"""Recommends to train a model anew, where alarms and new truths say so."""

from typing import Any

from streamgauge.detection import Detection
from streamgauge.detectors.retraining import (
    Evaluation,
    Evidence,
    Recommendation,
    Retraining,
    RetrainingState,
)
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watch_estimate import LOSS
from streamgauge.stream_processors.watch_feature import STREAM as FEATURES
from streamgauge.stream_processors.watcher import Look, Seen

_TRUTHS = "rate"


class RetrainingWatcher:
    """Emits a recommendation; nothing is ever trained by itself."""

    name = "retraining"
    state = RetrainingState

    def __init__(self, settings: Detection) -> None:
        self._retraining = Retraining(
            least_labels=settings.retraining_labels, cool_down=settings.retraining_days
        )

    def start(self) -> RetrainingState:
        return self._retraining.start()

    def wants(self, look: Look) -> bool:
        return not look.is_part

    def look(self, state: Any, look: Look) -> Seen:
        every = [*look.found, *(one.found for one in look.holds.held.values())]
        held, month = self._retraining.step(
            state,
            Evidence(
                ts=look.summary.end,
                labels=_labels(look),
                performance_alarm=any(
                    one.finding == "PERFORMANCE_DEGRADED" and one.detector == _TRUTHS
                    for one in every
                ),
                feature_alarm=any(one.stream == FEATURES for one in every),
                loss=look.values.get(LOSS),
            ),
        )
        values = {} if month is None else _figures(month)
        return Seen(values, {}, () if held is None else (_found(held),))


def _labels(look: Look) -> int:
    if look.summary.source != "outcomes":
        return 0
    cells = look.closed.cells.get("label_traffic")
    return 0 if cells is None else max(int(cells[0]), 0)


def _figures(month: Evaluation) -> dict[str, float]:
    values = {
        "model_month_performance_alarm_ratio": month.performance_alarms,
        "model_month_feature_alarm_ratio": month.feature_alarms,
        "model_month_label_count": float(month.labels),
    }
    if month.loss is not None:
        values["model_month_loss"] = month.loss
    return values


def _found(held: Recommendation) -> Found:
    return Found(
        detector="retraining",
        stream="retraining",
        score=float(len(held.reasons)),
        before=0.0,
        after=1.0,
        samples=held.labels,
        finding="RETRAINING_RECOMMENDED",
        text=held.text,
    )
