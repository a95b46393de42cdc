"""What rules write into the store: the series that they record, and the end of those that go."""

from collections.abc import Iterable, Mapping

from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.rules.rule import RecordingRule
from streamgauge.contracts.event import Labels

Key = frozenset[tuple[str, str]]
Made = Mapping[Key, tuple[Labels, float]]


def record(
    rule: RecordingRule, found: Iterable[tuple[Mapping[str, str], float]]
) -> dict[Key, tuple[Labels, float]]:
    """The series that a rule records of what it found; EvaluationError in Prometheus' words."""
    made: dict[Key, tuple[Labels, float]] = {}
    for labels_found, value in found:
        labels = rule.label(labels_found)
        key = frozenset(labels.items())
        if key in made:
            raise EvaluationError(
                "vector contains metrics with the same labelset after applying rule labels"
            )
        made[key] = (labels, value)
    if rule.limit and len(made) > rule.limit:
        raise EvaluationError(f"exceeded limit of {rule.limit} with {len(made)} series")
    return made


class Written:
    """What one rule wrote the last time: a series that is missing now gets a stale marker."""

    def __init__(self) -> None:
        self._last: dict[Key, Labels] = {}

    def write(self, made: Made, at: int, store: Store) -> None:
        """Write what the rule gives at a time in ms."""
        for labels, value in made.values():
            store.append(labels, at, value)
        for key, labels in self._last.items():
            if key not in made:
                store.mark_stale(labels, at)
        self._last = {key: labels for key, (labels, _) in made.items()}
