"""Rules, as the judge and rule groups need them."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, get_args

import msgspec

from streamgauge.alerting.promql.expression import Expression
from streamgauge.alerting.rules.condition import Condition
from streamgauge.alerting.template.template import NOWHERE, External, Template
from streamgauge.contracts.event import Labels

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[str, ...] = get_args(Severity)
# What a rule without a severity is: seen by people, but it wakes nobody.
DEFAULT_SEVERITY = "warning"
# Annotations that begin so are extensions and say nothing to people.
RESERVED = "streamgauge_"

NoData = Literal["ok", "keep", "alert"]


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """What annotations `streamgauge_*` say beyond Prometheus.

    `min_samples` observations must stand behind a value before it is believed. `no_data` says what
    a silence of `no_data_for` ms (0: three windows) does: end the alert, keep it or begin one.
    A firing alert ends only when `clear` holds. `flap` is the weighted share of changes below which
    an alert is normal and above which it flaps. `evidence` are the kinds that go along.
    """

    min_samples: int = 0
    no_data: NoData = "ok"
    no_data_for: int = 0
    clear: Expression | None = None
    flap: tuple[float, float] | None = None
    evidence: frozenset[str] | None = None


class AlertingRule(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A condition, for how long it has to hold, and what people are told.

    `hold` is Prometheus' `for` in milliseconds; 0 means that open windows are judged too. `labels`
    are the group's and the rule's. Of more than `limit` alerts none is told; 0 is no limit.
    `external` is what texts may say of where they come from. `place` is file and line.
    """

    name: str
    group: str
    expression: Expression
    hold: int
    keep: int = 0
    limit: int = 0
    labels: Labels = {}
    annotations: Labels = {}
    extension: Extension = Extension()
    external: External = NOWHERE
    place: str = ""

    @cached_property
    def expr(self) -> str:
        """The condition on one line."""
        return " ".join(self.expression.text.split())

    @cached_property
    def texts(self) -> dict[str, Template]:
        """The annotations, read."""
        return {name: Template(text) for name, text in self.annotations.items()}

    @cached_property
    def words(self) -> dict[str, Template]:
        """The annotations that say something to people."""
        return {name: text for name, text in self.texts.items() if not name.startswith(RESERVED)}

    @cached_property
    def _labels(self) -> dict[str, Template]:
        return {name: Template(text) for name, text in self.labels.items()}

    @cached_property
    def fixed_labels(self) -> Labels:
        """The labels that all its alerts have."""
        return {name: text for name, text in self.labels.items() if text and "{{" not in text}

    @cached_property
    def is_labelled_by_value(self) -> bool:
        """Whether its alerts' labels change with the value."""
        return any(template.uses_value for template in self._labels.values())

    @cached_property
    def condition(self) -> Condition:
        """The expression, taken apart."""
        return Condition(self.expression)

    @cached_property
    def clear(self) -> Condition | None:
        """What has to hold before a firing alert ends, if the rule says so."""
        clear = self.extension.clear
        return None if clear is None else Condition(clear)

    @property
    def severity(self) -> str:
        """How urgent it is: critical, warning or info."""
        return self.labels.get("severity", DEFAULT_SEVERITY)

    def label(self, labels: Mapping[str, str], value: float) -> Labels:
        """The labels of an alert as Prometheus joins them: the rule's win; empty ones vanish."""
        joined = dict(labels)
        joined.pop("__name__", None)
        for name, template in self._labels.items():
            joined[name] = template.render(labels, value, self.external)
        joined["alertname"] = self.name
        return {name: joined[name] for name in sorted(joined) if joined[name]}


class RecordingRule(msgspec.Struct, frozen=True, kw_only=True):
    """A series that is computed from others under a name of its own."""

    name: str
    group: str
    expression: Expression
    limit: int = 0
    labels: Labels = {}
    place: str = ""

    def label(self, labels: Mapping[str, str]) -> Labels:
        """The labels of what is recorded, the name among them."""
        joined = {**labels, "__name__": self.name, **self.labels}
        return {name: value for name, value in joined.items() if value}


Rule = AlertingRule | RecordingRule


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Rules that are evaluated one after the other, every `interval` ms (0: as the judge says).

    They see the series as they were `query_offset` ms before.
    """

    name: str
    rules: tuple[Rule, ...]
    interval: int = 0
    query_offset: int = 0
    place: str = ""
