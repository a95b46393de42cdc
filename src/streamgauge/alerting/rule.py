"""One alert rule, as the judge needs it."""

from typing import Literal, get_args

import msgspec

from streamgauge.alerting.expression import Comparison
from streamgauge.contracts.event import Labels

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[str, ...] = get_args(Severity)
# What a rule without a severity is: seen by people, but it wakes nobody.
DEFAULT_SEVERITY = "warning"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, for how long it has to hold, and what people are told.

    `hold` is Prometheus' `for` in milliseconds; 0 means that open windows are judged too.
    `min_samples` observations must stand behind a value before it is believed. `labels` contain
    `severity`. `place` is file and line.
    """

    name: str
    group: str
    expr: str
    comparison: Comparison
    hold: int
    min_samples: int
    labels: Labels
    annotations: Labels
    place: str

    @property
    def severity(self) -> str:
        """How urgent it is: critical, warning or info."""
        return self.labels["severity"]
