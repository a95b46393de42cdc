"""All that is measured of predictions: the one list of their metrics."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from streamgauge.metrics.base import Metric
from streamgauge.metrics.catalog import METRICS, NAMED
from streamgauge.metrics.layout import Layout
from streamgauge.metrics.prediction_score import PredictionScore
from streamgauge.metrics.series_table import rule
from streamgauge.metrics.total import Shape
from streamgauge.metrics.traffic import Traffic

# Metrics that are `brief` are kept for each value of a dimension as well.
FULL = Layout(METRICS, NAMED)
BRIEF = FULL.brief
_COUNTS = Layout((Traffic(),))


def shape(
    declared: Mapping[str, tuple[str, ...]] | None = None,
    own: Sequence[Metric[Any]] = (),
    horizon: int = 0,
    positive: Mapping[str, str] | None = None,
) -> Shape:
    """What is added up of predictions.

    `declared` values of dimensions are kept first, and with their features; `own` metrics are those
    of the settings, and `positive` names the positive class by model. For `horizon` milliseconds it
    is known how many predictions there were on a day: labels of those may come so late.
    """
    full, brief = FULL, BRIEF
    if own or positive:
        scored = PredictionScore(positive)
        metrics = (scored if one.name == scored.name else one for one in METRICS)
        full = Layout((*metrics, *own), NAMED)
        brief = full.brief
    days = _COUNTS if horizon else None
    segments = {name: frozenset(values) for name, values in (declared or {}).items()}
    bound = rule(declared)
    return Shape(full, brief, bound, profile=True, horizon=horizon, days=days, segments=segments)


def as_known(values: Mapping[str, float]) -> dict[str, float]:
    """The values that are finite: JSON has no NaN, and a sum of absurd gauges may be infinite."""
    return {name: value for name, value in values.items() if math.isfinite(value)}
