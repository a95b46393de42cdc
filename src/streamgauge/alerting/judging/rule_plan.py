"""Which rules are judged how: on each series when its reading arrives, or on all at the tick."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from streamgauge.alerting.judging.flap import STATES
from streamgauge.alerting.judging.memory import QUIET_WINDOWS
from streamgauge.alerting.judging.observation import Observation
from streamgauge.alerting.judging.selection import WINDOW
from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.expression import LOOKBACK, Expression
from streamgauge.alerting.promql.store import Series, Source, Store
from streamgauge.alerting.promql.tree import Selector
from streamgauge.alerting.promql.vector import NAME
from streamgauge.alerting.rules.extension import MIN_SAMPLES
from streamgauge.alerting.rules.rule import AlertingRule, RecordingRule, Rule
from streamgauge.contracts.event import Labels
from streamgauge.settings import InputError


class Pointwise:
    """A rule that is judged on one series at a time."""

    def __init__(self, rule: AlertingRule) -> None:
        self.rule = rule
        self.limit = rule.limit
        self.min_samples = rule.extension.min_samples
        self.condition = rule.condition
        self.clear = rule.clear
        self.is_plain = rule.condition.is_plain
        self.remembers = rule.condition.remembers or (
            rule.clear is not None and rule.clear.remembers
        )
        # Its tracks may begin to interest the clock with any observation.
        self.is_guarded = rule.extension.no_data == "alert" or rule.extension.flap is not None
        (self._selector,) = rule.expression.selectors
        self._named = {matcher.label for matcher in self._selector.matchers}
        self.metric = self._selector.name

    def judges(self, labels: Mapping[str, str], asked: AbstractSet[str]) -> bool:
        """Whether a series with these labels is meant."""
        return asked <= self._named and self._selector.selects(labels)

    def evaluate(
        self, store: Store, stored: Labels | None, seen: Observation
    ) -> tuple[float | None, bool]:
        """The value that is compared, if there is one, and whether it meets the condition."""
        source = _source(store, stored, seen)
        try:
            found = self.condition.judge(source, seen.at)
        except EvaluationError:
            # One series has one label set: what joins could go wrong about does not happen.
            return None, False
        return (found[0].value, found[0].met) if found else (None, False)

    def is_clear(self, store: Store, stored: Labels | None, seen: Observation) -> bool:
        """Whether the clear expression holds."""
        if self.clear is None or self.clear.is_plain:
            return self.clear is None or self.clear.holds(seen.value)
        found = self.clear.judge(_source(store, stored, seen), seen.at)
        return any(it.met for it in found)


class RulePlan:
    """The rules in their two kinds, and how far back in event time they look.

    `memory` is how long values are needed, `reach` how far back readings are; both in ms. A rule
    on what other rules record is judged at the tick, since those are; so is one whose labels
    change with the value, or whose clear expression is about another measure.
    """

    def __init__(self, rules: Sequence[Rule], base: int) -> None:
        recorded = {rule.name for rule in rules if isinstance(rule, RecordingRule)}
        self._pointwise: dict[str, list[Pointwise]] = {}
        self.joined: list[Rule] = []
        for rule in rules:
            _check_selectors(rule)
            if isinstance(rule, AlertingRule) and _is_pointwise(rule, recorded):
                pointwise = Pointwise(rule)
                self._pointwise.setdefault(pointwise.metric, []).append(pointwise)
            else:
                _check_joined(rule)
                self.joined.append(rule)
        self.joined_places = {rule.place for rule in self.joined}
        self.remembers = any(
            rule.remembers for several in self._pointwise.values() for rule in several
        )
        self._windowed = {rule.place: _names_window(rule) for rule in rules}
        depths = _Depths(rules)
        self.memory = max([LOOKBACK, *map(depths.of, rules)]) + QUIET_WINDOWS * base
        self.reach = max([0, *(_life(rule, base) + depths.of(rule) for rule in rules)]) + base

    def judging(self, labels: Mapping[str, str], asked: AbstractSet[str]) -> list[Pointwise]:
        """The rules that are judged on a series by itself."""
        every = self._pointwise.get(labels[NAME], ())
        return [rule for rule in every if rule.judges(labels, asked)]

    def shown(self, rule: Rule, labels: Mapping[str, str]) -> Labels:
        """The labels of a series that an alert has: its window only where the rule names that."""
        dropped = (NAME,) if self._windowed[rule.place] else (NAME, WINDOW)
        return {name: value for name, value in labels.items() if name not in dropped}


class _Depths:
    """How far rules look back through what others record."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._recording: dict[str, list[Rule]] = {}
        for rule in rules:
            if isinstance(rule, RecordingRule):
                self._recording.setdefault(rule.name, []).append(rule)
        self._known: dict[str, int] = {}

    def of(self, rule: Rule) -> int:
        """The reach of a rule in ms; one that depends on itself counts once."""
        if rule.place in self._known:
            return self._known[rule.place]
        self._known[rule.place] = 0
        below = (
            self.of(other)
            for selector in rule.expression.selectors
            for other in self._recording.get(selector.name, ())
        )
        clear = rule.extension.clear if isinstance(rule, AlertingRule) else None
        own = max(rule.expression.reach, clear.reach if clear else 0)
        self._known[rule.place] = depth = own + max((0, *below))
        return depth


class _Arrived:
    """One value as it arrived, as a source; nothing is remembered of it."""

    def __init__(self, labels: Labels, at: int, value: float) -> None:
        self._series = Series(labels)
        self._series.put(at, value)

    def select(self, _selector: Selector) -> list[Series]:
        """The one series."""
        return [self._series]


def _source(store: Store, stored: Labels | None, seen: Observation) -> Source:
    if stored is not None and seen.closed:
        return store.only(stored)
    return _Arrived({NAME: "value"}, seen.at, seen.value)


def _life(rule: Rule, base: int) -> int:
    if isinstance(rule, RecordingRule):
        return 0
    extension = rule.extension
    flap = STATES * base if extension.flap else 0
    return rule.hold + rule.keep + extension.no_data_for + flap + (QUIET_WINDOWS + 1) * base


def _is_pointwise(rule: AlertingRule, recorded: AbstractSet[str]) -> bool:
    if not rule.expression.pointwise or rule.is_labelled_by_value:
        return False
    (selector,) = rule.expression.selectors
    return selector.name not in recorded and (
        rule.extension.clear is None or _is_of(rule.extension.clear, selector)
    )


def _is_of(expression: Expression, selector: Selector) -> bool:
    return expression.pointwise and expression.selectors[0].key == selector.key


def _names_window(rule: Rule) -> bool:
    return any(
        matcher.label == WINDOW
        for selector in rule.expression.selectors
        for matcher in selector.matchers
    )


def _check_selectors(rule: Rule) -> None:
    """Alerts are no series here: after a crash they are known as they are now, not as they were."""
    if any(selector.name.startswith("ALERTS") for selector in rule.expression.selectors):
        raise InputError(
            f"{rule.place}: group {rule.group}, rule {rule.name}: the judge has no series of"
            " alerts; expected measures, and inhibition rules for alerts that mute others"
        )


def _check_joined(rule: Rule) -> None:
    if isinstance(rule, AlertingRule) and (
        rule.extension.no_data != "ok" or MIN_SAMPLES in rule.annotations
    ):
        raise InputError(
            f"{rule.place}: group {rule.group}, rule {rule.name}: streamgauge_min_samples and"
            " streamgauge_no_data need an expression of one measure that no rule records, and"
            " labels that do not change with the value"
        )
