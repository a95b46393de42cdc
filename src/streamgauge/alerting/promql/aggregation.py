"""The aggregations: elements of one group become one element, or the chosen ones of them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from streamgauge.alerting.promql import statistic
from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.vector import Sample


class Aggregation(msgspec.Struct, frozen=True):
    """An aggregation of PromQL.

    `call` takes the values of a group, after the parameter if it has one. One that `chooses` takes
    and gives samples instead, which keep their labels.
    """

    name: str
    call: Callable[..., Any]
    chooses: bool = False


def _top(count: float, samples: Sequence[Sample]) -> list[Sample]:
    return _first(count, samples, -1.0)


def _bottom(count: float, samples: Sequence[Sample]) -> list[Sample]:
    return _first(count, samples, 1.0)


def _first(count: float, samples: Sequence[Sample], sign: float) -> list[Sample]:
    """The first ones by value, NaN last; those with equal values in the order of their labels."""
    if not -(2.0**63) <= count < 2.0**63:
        raise EvaluationError(f"{count} is no number of elements")
    if count < 1:
        return []
    ordered = sorted(samples, key=lambda it: (math.isnan(it.value), sign * it.value))
    return ordered[: int(count)]


AGGREGATIONS = {
    aggregation.name: aggregation
    for aggregation in (
        Aggregation("sum", statistic.total),
        Aggregation("avg", statistic.mean),
        Aggregation("min", statistic.least),
        Aggregation("max", statistic.greatest),
        Aggregation("count", lambda values: float(len(values))),
        Aggregation("group", lambda _: 1.0),
        Aggregation("stddev", statistic.deviation),
        Aggregation("stdvar", statistic.variance),
        Aggregation("quantile", statistic.quantile),
        Aggregation("topk", _top, chooses=True),
        Aggregation("bottomk", _bottom, chooses=True),
    )
}
