"""One test of a file in promtool's format, run as promtool does. Pure but for the rule files.

After cmd/promtool/unittest.go of Prometheus: all groups are evaluated each `evaluation_interval`
from 0 on with the samples up to then; alerts are compared with the last evaluation before or at
their time, expressions with what the store has at the end.
"""

import math
from collections.abc import Sequence

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.judging.rule_group import ActiveAlert, RuleGroup
from streamgauge.alerting.promql.error import EvaluationError, OutsideSubsetError
from streamgauge.alerting.promql.evaluate import evaluate
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.promql.vector import show
from streamgauge.alerting.rules.reader import placed
from streamgauge.alerting.rules.rule import Group
from streamgauge.alerting.trial.file import AlertCase, ExpressionCase, GroupEntry, Opened
from streamgauge.alerting.trial.outcome import Failure, Outcome
from streamgauge.alerting.trial.series import Slot, read_labels, read_values
from streamgauge.contracts.event import Labels

_Series = list[tuple[Labels, list[Slot]]]
_Pair = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


class Trial:
    """One entry of `tests`, with the rules it is about."""

    def __init__(self, opened: Opened, number: int, groups: Sequence[Group]) -> None:
        self._opened = opened
        self._entry: GroupEntry = opened.file.tests[number]
        self._place = ("tests", number)
        self._groups = [
            RuleGroup(placed(group.rules, self._entry.external), group.query_offset)
            for group in groups
        ]
        self._names = [[rule.name for rule in group.rules] for group in groups]
        self._step = opened.step
        asked = opened.milliseconds((*self._place, "interval"), self._entry.interval)
        self._interval = asked or self._step

    def run(self) -> Outcome:
        """All of its checks; InputError for what cannot be read."""
        alerts = [
            (self._time("alert_rule_test", number, case.eval_time), number, case)
            for number, case in enumerate(self._entry.alert_rule_test)
        ]
        expressions = [
            (self._time("promql_expr_test", number, case.eval_time), number, case)
            for number, case in enumerate(self._entry.promql_expr_test)
        ]
        end = max([at for at, _, _ in alerts] + [at for at, _, _ in expressions], default=0)
        outcome = Outcome()
        store, series, filled = Store(), self._series(), 0
        for now in range(0, end + 1, self._step):
            filled = self._fill(store, series, filled, now)
            if broken := self._evaluate(now, store):
                outcome.add(Outcome(1, broken))
                return outcome
            for at, number, case in sorted(alerts, key=lambda it: it[:2]):
                if now <= at < now + self._step:
                    outcome.add(self._check_alerts(number, case))
        for at, number, asked in expressions:
            outcome.add(self._check_expression(number, asked, store, at))
        return outcome

    def _series(self) -> _Series:
        read: _Series = []
        for number, entry in enumerate(self._entry.input_series):
            place = (*self._place, "input_series", number)
            try:
                read.append((read_labels(entry.series), read_values(entry.values)))
            except ValueError as error:
                raise self._opened.wrong(place, error) from None
        return read

    def _fill(self, store: Store, series: _Series, filled: int, now: int) -> int:
        """Append what was not there yet; how many slots are filled now."""
        until = now // self._interval + 1
        for labels, slots in series:
            for index in range(filled, min(until, len(slots))):
                slot = slots[index]
                if slot is None:
                    continue
                at, value = index * self._interval, slot[0]
                if value is None:
                    store.mark_stale(labels, at)
                else:
                    store.append(labels, at, value)
        return until

    def _evaluate(self, now: int, store: Store) -> list[Failure]:
        broken = []
        for group, names in zip(self._groups, self._names, strict=True):
            group.evaluate(now, store)
            broken += [
                self._failure(self._place, f"rule {names[place]} at {_time(now)}", "a result", text)
                for place, text in group.errors.items()
            ]
        return broken

    def _check_alerts(self, number: int, case: AlertCase) -> Outcome:
        got = sorted(
            _pair(alert.labels, alert.annotations)
            for group in self._groups
            for alert in group.active()
            if _fires(alert, case.alertname)
        )
        expected = sorted(
            _pair(one.exp_labels | {"alertname": case.alertname}, one.exp_annotations)
            for one in case.exp_alerts
        )
        if got == expected:
            return Outcome(1)
        place = (*self._place, "alert_rule_test", number)
        check = f"alerts {case.alertname} at {case.eval_time}"
        return Outcome(1, [self._failure(place, check, _alerts(expected), _alerts(got))])

    def _check_expression(
        self, number: int, case: ExpressionCase, store: Store, at: int
    ) -> Outcome:
        place = (*self._place, "promql_expr_test", number)
        check = f"{case.expr} at {case.eval_time}"
        try:
            expected = [(read_labels(it.labels), _number(it.value)) for it in case.exp_samples]
        except ValueError as error:
            raise self._opened.wrong(place, error) from None
        try:
            result = evaluate(parse(case.expr), store, at)
        except (OutsideSubsetError, EvaluationError) as error:
            return Outcome(1, [self._failure(place, check, _samples(expected), str(error))])
        got = [(dict(it.labels), it.value) for it in result]
        # As in promtool, nothing equals not-a-number; lists would say that it equals itself.
        if _sorted(got) == _sorted(expected) and not any(math.isnan(it.value) for it in result):
            return Outcome(1)
        return Outcome(1, [self._failure(place, check, _samples(expected), _samples(got))])

    def _failure(self, place: tuple[str | int, ...], check: str, want: str, got: str) -> Failure:
        named = f"{self._entry.name}: " if self._entry.name else ""
        return Failure(self._opened.place(place), named + check, want, got)

    def _time(self, kind: str, number: int, text: str) -> int:
        return self._opened.milliseconds((*self._place, kind, number, "eval_time"), text)


def _fires(alert: ActiveAlert, name: str) -> bool:
    return alert.rule == name and alert.state == "firing"


def _pair(labels: Labels, annotations: Labels) -> _Pair:
    # An empty label is none.
    kept = {name: value for name, value in labels.items() if value}
    return tuple(sorted(kept.items())), tuple(sorted(annotations.items()))


def _alerts(pairs: Sequence[_Pair]) -> str:
    shown = [msgspec.json.encode({"labels": dict(a), "annotations": dict(b)}) for a, b in pairs]
    return ", ".join(one.decode() for one in shown) or "nil"


def _samples(samples: Sequence[tuple[Labels, float]]) -> str:
    return ", ".join(f"{show(labels)} {value!r}" for labels, value in samples) or "nil"


def _sorted(samples: Sequence[tuple[Labels, float]]) -> list[tuple[list[tuple[str, str]], float]]:
    return sorted((sorted(labels.items()), value) for labels, value in samples)


def _time(at: int) -> str:
    return duration.show(at)


def _number(text: str) -> float:
    """A number as YAML has it: `.inf` and `.nan` too."""
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
