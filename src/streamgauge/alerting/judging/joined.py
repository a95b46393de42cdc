"""Series for the rules that need several of them, or their past; and what those rules find.

Pure; event time only. A series has its value at the end of each window, when it closed.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from streamgauge.alerting.judging.memory import QUIET_WINDOWS
from streamgauge.alerting.judging.recording import Key, Written, record
from streamgauge.alerting.judging.selection import Selection
from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.expression import LOOKBACK
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.rules.condition import Condition, Met
from streamgauge.alerting.rules.rule import AlertingRule, RecordingRule, Rule
from streamgauge.contracts.event import Labels


class Verdict(msgspec.Struct, frozen=True):
    """What a rule finds at one time: every result, or why there is none.

    `clear` are the labels for which its clear expression holds; None if it has none.
    """

    rule: AlertingRule | RecordingRule
    found: list[Met]
    clear: list[Mapping[str, str]] | None = None
    error: str = ""


class _Held(msgspec.Struct):
    """The newest value of a series: of a window that wide, or of a signal that lasts (0)."""

    labels: Labels
    value: float
    end: int
    width: int


class _Ready(msgspec.Struct, frozen=True):
    """A rule with the series that it means."""

    rule: AlertingRule | RecordingRule
    condition: Condition
    source: Selection
    clear: tuple[Condition, Selection] | None


class Joined:
    """The store, and the rules that are evaluated at each end of a base window (`base` ms)."""

    def __init__(self, rules: Sequence[Rule], memory: int) -> None:
        self.store = Store()
        self._memory = memory
        self._rules = [self._ready(rule) for rule in rules]
        self._held: dict[Key, _Held] = {}
        self._written = [Written() for _ in rules]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def wants(self, labels: Labels, asked: AbstractSet[str]) -> bool:
        """Whether a rule reads the series with these labels, the name among them."""
        wanted = False
        for source in self._sources():
            if source.means(labels, asked):
                wanted = True
            # A selector without a name may mean it too, and has to know what it asks for.
            source.note(labels, asked)
        return wanted

    def put(self, labels: Labels, at: int, value: float, width: int) -> None:
        """Take the value of a closed window, or with width 0 of a signal."""
        key = frozenset(labels.items())
        held = self._held.get(key)
        if held is None or at >= held.end:
            self._held[key] = _Held(labels, value, at, width)
        self.store.append(labels, at, value)

    def evaluate(self, at: int) -> Iterator[Verdict]:
        """Judge all rules, one after the other, at the end of a window."""
        self._age(at)
        for place, ready in enumerate(self._rules):
            verdict = _judge(ready, at)
            if isinstance(ready.rule, RecordingRule) and not verdict.error:
                verdict = self._record(place, ready.rule, verdict, at)
            yield verdict
        self.store.forget(at - self._memory)

    def _ready(self, rule: Rule) -> _Ready:
        clear = rule.extension.clear if isinstance(rule, AlertingRule) else None
        return _Ready(
            rule,
            Condition(rule.expression),
            Selection(rule.expression, self.store),
            None if clear is None else (Condition(clear), Selection(clear, self.store)),
        )

    def _sources(self) -> Iterator[Selection]:
        for ready in self._rules:
            yield ready.source
            if ready.clear:
                yield ready.clear[1]

    def _age(self, at: int) -> None:
        """End what is silent, and carry on what lasts longer than expressions look back."""
        for key, held in list(self._held.items()):
            if not held.width:
                if held.value:
                    self.store.append(held.labels, at, held.value)
                else:
                    del self._held[key]
            elif at >= held.end + QUIET_WINDOWS * held.width:
                self.store.mark_stale(held.labels, at)
                del self._held[key]
            elif held.width > LOOKBACK and at > held.end:
                self.store.append(held.labels, at, held.value)

    def _record(self, place: int, rule: RecordingRule, verdict: Verdict, at: int) -> Verdict:
        try:
            made = record(rule, ((it.labels, it.value) for it in verdict.found if it.met))
        except EvaluationError as error:
            return Verdict(rule, [], error=str(error))
        self._written[place].write(made, at, self.store)
        return verdict


def _judge(ready: _Ready, at: int) -> Verdict:
    try:
        found = ready.condition.judge(ready.source, at)
        if ready.clear is None:
            return Verdict(ready.rule, found)
        condition, source = ready.clear
        clear = [it.labels for it in condition.judge(source, at) if it.met]
    except EvaluationError as error:
        return Verdict(ready.rule, [], error=str(error))
    return Verdict(ready.rule, found, clear)
