"""`sort` and `sort_desc`: elements by value, NaN last."""

import math

from streamgauge.alerting.promql.function import Frame, of_whole
from streamgauge.alerting.promql.vector import Sample


def _sort(_frame: Frame, samples: list[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda it: (math.isnan(it.value), it.value))


def _sort_desc(_frame: Frame, samples: list[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda it: (math.isnan(it.value), -it.value))


FUNCTIONS = (of_whole("sort", _sort, "vector"), of_whole("sort_desc", _sort_desc, "vector"))
