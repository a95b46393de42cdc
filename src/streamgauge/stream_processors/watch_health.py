"""Puts all that is known of a window into one score, with the parts that it is made of."""

from typing import Any

import msgspec

from streamgauge.detectors.health import Health
from streamgauge.metrics.closed import Closed
from streamgauge.metrics.error import Errors
from streamgauge.metrics.latency import Latency
from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors.watcher import NOTHING, Look, Seen

_ERRORS = Errors()
_LATENCY = Latency("prediction_latency_seconds", "latency")


class HealthState(msgspec.Struct):
    """The newest value of each figure: not every window has enough for all of them.

    `told` is when (ms) it was; after a day it says nothing any more.
    """

    values: dict[str, float]
    told: dict[str, int] = {}


class HealthWatcher:
    """The health score of every window."""

    name = "health"
    state = HealthState

    def __init__(self) -> None:
        self._health = Health()
        self._wanted = {grade.measure for grade in self._health.grades}

    def start(self) -> HealthState:
        return HealthState({})

    def wants(self, look: Look) -> bool:
        return not look.is_part and look.summary.source == "predictions"

    def look(self, state: Any, look: Look) -> Seen:
        now = {**_figures(look.closed), **look.values}
        start = look.summary.start
        newest = {name: value for name, value in now.items() if name in self._wanted}
        state.told |= dict.fromkeys(newest, start)
        state.values = {
            name: value
            for name, value in (state.values | newest).items()
            if start - state.told.setdefault(name, start) < DAY
        }
        score = self._health.assess(state.values)
        if score is None:
            return NOTHING
        values = {"model_health_score": score.score}
        values |= {f'model_health_part{{part="{one.part}"}}': one.grade for one in score.parts}
        return Seen(values, {"model_health_score": look.summary.count})


def _figures(closed: Closed) -> dict[str, float]:
    """What rules see of the same window, computed from the same integers."""
    values: dict[str, float] = {}
    for metric in (_ERRORS, _LATENCY):
        if (cells := closed.cells.get(metric.name)) is not None:
            values |= metric.values(cells, 1.0)
    return values
