"""Functions `*_over_time`: one number of what a series was in a range."""

from collections.abc import Callable, Sequence

from streamgauge.alerting.promql import statistic
from streamgauge.alerting.promql.function import Function, of_range
from streamgauge.alerting.promql.vector import Window


def _of_values(name: str, reduce: Callable[[Sequence[float]], float]) -> Function:
    return of_range(name, lambda window: reduce(window.values))


def _quantile(window: Window, share: float) -> float:
    return statistic.quantile(share, window.values)


FUNCTIONS = (
    _of_values("avg_over_time", statistic.mean),
    _of_values("min_over_time", statistic.least),
    _of_values("max_over_time", statistic.greatest),
    _of_values("sum_over_time", statistic.total),
    _of_values("count_over_time", lambda values: float(len(values))),
    _of_values("present_over_time", lambda _: 1.0),
    _of_values("stddev_over_time", statistic.deviation),
    _of_values("stdvar_over_time", statistic.variance),
    of_range("last_over_time", lambda window: window.values[-1], keeps_name=True),
    of_range("quantile_over_time", _quantile, "scalar", first=1),
)
