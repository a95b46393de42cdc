"""What is counted of labels, in the order of the state log: new metrics go to the end."""

from collections.abc import Mapping

from streamgauge.metrics.accuracy import Accuracy
from streamgauge.metrics.base import Metric, Named
from streamgauge.metrics.confusion import Confusion
from streamgauge.metrics.label_calibration import LabelCalibration
from streamgauge.metrics.label_column import LabelColumns
from streamgauge.metrics.label_lag import LabelLag
from streamgauge.metrics.label_traffic import LabelTraffic
from streamgauge.metrics.label_value import LabelValue
from streamgauge.metrics.layout import Layout
from streamgauge.metrics.regression import Regression
from streamgauge.metrics.residual import Residual
from streamgauge.metrics.score_histogram import ScoreHistogram
from streamgauge.metrics.series_table import rule
from streamgauge.metrics.total import Shape

LABEL_METRICS: tuple[Metric[LabelColumns], ...] = (
    LabelTraffic(),
    Regression(),
    Residual(),
    Accuracy(),
    LabelCalibration(),
    ScoreHistogram(),
    LabelLag(),
    LabelValue(),
)
LABEL_NAMED: tuple[Named[LabelColumns], ...] = (Confusion(),)
_FULL = Layout(LABEL_METRICS, LABEL_NAMED)
_BRIEF = _FULL.brief


def label_shape(declared: Mapping[str, tuple[str, ...]], horizon: int) -> Shape:
    """What is added up of labels; the days of predictions stay open for `horizon` milliseconds."""
    return Shape(_FULL, _BRIEF, rule(declared), horizon=horizon)


def coverage(labels: int, predictions: int) -> dict[str, float]:
    """`label_coverage_ratio`: the share of a cohort's predictions whose truth is known by now.

    Both counts are of the same series and the same time of prediction. A cohort may know more
    labels than predictions while its predictions are still being read: then all are covered.

    >>> coverage(3, 12)
    {'label_coverage_ratio': 0.25}
    """
    if predictions <= 0:
        return {}
    return {"label_coverage_ratio": min(max(labels, 0) / predictions, 1.0)}
