"""Why rules could not be judged: counted, and told no more than once a minute each."""

from collections import Counter

import msgspec

from streamgauge.alerting.rules.rule import AlertingRule, RecordingRule

_EVERY_MS = 60_000


class Fault(msgspec.Struct, frozen=True):
    """A rule that has no verdict; its alerts and other rules stay as they are."""

    rule: str
    place: str
    text: str


class Faults:
    """All faults of a judge; `counted` are their numbers by rule."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self._told: dict[str, int] = {}
        self._fresh: list[Fault] = []

    def add(self, rule: AlertingRule | RecordingRule, text: str, at: int) -> None:
        """Count one at an event time in ms."""
        self.counted[rule.name] += 1
        told = self._told.get(rule.place)
        if told is None or at - told >= _EVERY_MS:
            self._told[rule.place] = at
            self._fresh.append(Fault(rule.name, rule.place, text))

    def take(self) -> list[Fault]:
        """Those that are to be told now."""
        fresh, self._fresh = self._fresh, []
        return fresh
