"""`changes` and `resets`: how often a series changed, or fell, in a range."""

import math
from itertools import pairwise

from streamgauge.alerting.promql.function import of_range
from streamgauge.alerting.promql.vector import Window


def _changes(window: Window) -> float:
    return float(
        sum(
            after != before and not (math.isnan(after) and math.isnan(before))
            for before, after in pairwise(window.values)
        )
    )


def _resets(window: Window) -> float:
    return float(sum(after < before for before, after in pairwise(window.values)))


FUNCTIONS = (of_range("changes", _changes), of_range("resets", _resets))
