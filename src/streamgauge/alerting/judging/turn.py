"""One reading's turn: what it causes is gathered here, in an order that is always the same."""

from streamgauge.alerting.judging.fault import Faults
from streamgauge.alerting.judging.limit import Limit
from streamgauge.alerting.judging.register import Register
from streamgauge.alerting.judging.track import Moved, Track
from streamgauge.alerting.rules.rule import AlertingRule
from streamgauge.contracts.alert import Alert


class Docket:
    """What all turns have in common: the tracks, the limits of rules, and their faults."""

    def __init__(self, rules: list[AlertingRule]) -> None:
        self.register = Register(rules)
        self.faults = Faults()
        self.limits = {rule.place: Limit(rule.limit) for rule in rules if rule.limit}


class Turn:
    """The turn of the reading at `position`; `judged` ones cause nothing."""

    def __init__(self, docket: Docket, position: int, *, judged: bool) -> None:
        self.position = position
        self.judged = judged
        self.transitions: list[Alert] = []
        self.updates: list[Alert] = []
        self._docket = docket
        self._moment: list[Moved] = []

    def take(self, track: Track, moved: Moved | None) -> None:
        """Take what a track tells."""
        if moved is not None:
            self._moment.append(moved)
        self._docket.register.note(track)

    def exceed(self, rule: AlertingRule, limit: Limit, at: int) -> None:
        """A rule is beyond its limit: that is a fault, and all its alerts end."""
        self._docket.faults.add(rule, limit.text, at)
        for track in self._docket.register.of_rule(rule).values():
            if not self.judged and not track.is_told(self.position, at):
                self.take(track, track.end(at, self.position, limit.text))

    def sort(self) -> None:
        """End a moment: what it caused is told by fingerprint."""
        if len(self._moment) > 1:
            self._moment.sort(key=lambda moved: moved[0].fingerprint)
        for alert, is_update in self._moment:
            (self.updates if is_update else self.transitions).append(alert)
        self._moment.clear()
