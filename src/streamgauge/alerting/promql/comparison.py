"""The plainest condition: one measure against a number."""

from collections.abc import Mapping

import msgspec

from streamgauge.alerting.matcher import Matcher, match_all
from streamgauge.alerting.promql.arithmetic import COMPARISON


class Comparison(msgspec.Struct, frozen=True):
    """`metric{matchers} op threshold`, with the number on the right whichever side it was on."""

    metric: str
    matchers: tuple[Matcher, ...]
    op: str
    threshold: float

    def names(self, label: str) -> bool:
        """Whether a matcher is about this label."""
        return any(matcher.label == label for matcher in self.matchers)

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels is meant."""
        return match_all(self.matchers, labels)

    def holds(self, value: float) -> bool:
        """Whether the condition is met; NaN meets nothing but `!=`."""
        return COMPARISON[self.op](value, self.threshold)
