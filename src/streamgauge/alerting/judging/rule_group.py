"""A group of rules as Prometheus evaluates it: one rule after the other, at given times.

What rules record, and `ALERTS`, is written into the store, so that later rules see it.
"""

from collections.abc import Mapping, Sequence

import msgspec

from streamgauge.alerting.judging.phase import INACTIVE, Phase, advance
from streamgauge.alerting.judging.recording import Key, Made, Written, record
from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.evaluate import evaluate
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.promql.vector import NAME
from streamgauge.alerting.rules.rule import AlertingRule, RecordingRule, Rule
from streamgauge.contracts.event import Labels


class ActiveAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that is pending or firing; `active_at` is when its condition was first met, in ms.

    `value`, `labels` and `annotations` are those of the newest evaluation that gave it.
    """

    rule: str
    labels: Labels
    annotations: Labels
    state: str
    active_at: int
    value: float


class _Held(msgspec.Struct):
    """What is remembered of an alert between evaluations."""

    labels: Labels
    annotations: Labels
    value: float
    phase: Phase


class RuleGroup:
    """The rules of one group and the state of their alerts.

    A rule that cannot be evaluated leaves its alerts and the other rules as they are; `errors` has
    the reasons of the newest evaluation by the rule's place in the group.
    """

    def __init__(self, rules: Sequence[Rule], query_offset: int = 0) -> None:
        self._rules = list(rules)
        self._offset = query_offset
        self._active: list[dict[Key, _Held]] = [{} for _ in rules]
        self._written = [Written() for _ in rules]
        self.errors: dict[int, str] = {}

    def evaluate(self, at: int, store: Store) -> list[ActiveAlert]:
        """Evaluate all rules at a time in ms and write what they give into the store."""
        self.errors.clear()
        for place, rule in enumerate(self._rules):
            try:
                if isinstance(rule, RecordingRule):
                    made = self._record(rule, at, store)
                else:
                    made = self._judge(rule, place, at, store)
            except EvaluationError as error:
                self.errors[place] = str(error)
            else:
                self._written[place].write(made, at - self._offset, store)
        return self.active()

    def active(self) -> list[ActiveAlert]:
        """The alerts that are pending or firing, in the order of rules and labels."""
        return [
            ActiveAlert(
                rule=rule.name,
                labels=held.labels,
                annotations=held.annotations,
                state=held.phase.state,
                active_at=held.phase.active_at,
                value=held.value,
            )
            for rule, active in zip(self._rules, self._active, strict=True)
            for held in sorted(active.values(), key=lambda it: sorted(it.labels.items()))
        ]

    def _record(self, rule: RecordingRule, at: int, store: Store) -> Made:
        found = evaluate(rule.expression, store, at - self._offset)
        return record(rule, ((sample.labels, sample.value) for sample in found))

    def _judge(self, rule: AlertingRule, place: int, at: int, store: Store) -> Made:
        found = self._found(rule, at, store)
        active = self._active[place]
        for key, held in found.items():
            if key in active:
                held.phase = active[key].phase
            active[key] = held
        for key in list(active):
            held = active[key]
            held.phase = advance(
                held.phase, met=key in found, since=at, at=at, hold=rule.hold, keep=rule.keep
            )
            if held.phase.state == "inactive":
                del active[key]
        if rule.limit and len(active) > rule.limit:
            count = len(active)
            active.clear()
            raise EvaluationError(f"exceeded limit of {rule.limit} with {count} alerts")
        return _as_series(active)

    def _found(self, rule: AlertingRule, at: int, store: Store) -> dict[Key, _Held]:
        found: dict[Key, _Held] = {}
        for sample in evaluate(rule.expression, store, at - self._offset):
            labels = rule.label(sample.labels, sample.value)
            key = frozenset(labels.items())
            if key in found:
                raise EvaluationError(
                    "vector contains metrics with the same labelset after applying alert labels"
                )
            annotations = {
                name: text.render(sample.labels, sample.value, rule.external)
                for name, text in rule.texts.items()
            }
            found[key] = _Held(labels, annotations, sample.value, INACTIVE)
        return found


def _as_series(active: Mapping[Key, _Held]) -> Made:
    """`ALERTS` and `ALERTS_FOR_STATE`, as Prometheus writes them."""
    made: dict[Key, tuple[Labels, float]] = {}
    for held in active.values():
        phase = held.phase
        for more, value in (
            ({NAME: "ALERTS", "alertstate": phase.state}, 1.0),
            ({NAME: "ALERTS_FOR_STATE"}, phase.active_at / 1000),
        ):
            labels = {**held.labels, **more}
            made[frozenset(labels.items())] = (labels, value)
    return made
