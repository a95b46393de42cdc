"""Which alerts begin and end: rules against what the stream is like. Pure; event time only."""

from collections.abc import Iterable, Sequence

import msgspec

from streamgauge.alerting.judging.arrival import Arrivals
from streamgauge.alerting.judging.fault import Fault
from streamgauge.alerting.judging.joined import Joined
from streamgauge.alerting.judging.rule_plan import RulePlan
from streamgauge.alerting.judging.turn import Docket, Turn
from streamgauge.alerting.judging.window_end import WindowEnds
from streamgauge.alerting.rules.rule import AlertingRule, Rule
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading, Measure, Signal, Tick


class Told(msgspec.Struct, frozen=True):
    """What a reading causes: transitions, the same alerts with newer values, and faults of rules.

    Transitions belong on `alerts` and `alert-state`, updates on `alert-state` only.
    """

    transitions: list[Alert] = []
    updates: list[Alert] = []
    faults: list[Fault] = []


class Judge:
    """Turns readings into transitions of alerts; the same readings give the same transitions.

    `base` is the width of base windows in ms, `reach` how far back in event time readings matter.
    After a restart, `restore` takes what `alert-state` holds. Whoever wants the exact continuation
    steps through the readings of `reach` before that point first and names the last of them
    `judged`.

    >>> Judge([]).step(Tick(watermark=0, at=0, completeness=1.0), position=0).transitions
    []
    """

    def __init__(self, rules: Sequence[Rule], base: int = 60_000) -> None:
        plan = RulePlan(rules, base)
        self.reach = plan.reach
        self._docket = Docket([rule for rule in rules if isinstance(rule, AlertingRule)])
        joined = Joined(plan.joined, plan.memory)
        self._arrivals = Arrivals(plan, joined, self._docket)
        self._ends = WindowEnds(plan, joined, self._docket, base)
        # The clock alone moves only what was judged when it arrived.
        self._at_ends = plan.joined_places
        self._judged = -1

    def restore(self, alerts: Iterable[Alert], judged: int = -1) -> None:
        """Take up the last told alert of every fingerprint.

        Readings up to the position `judged` are taken into memory only, and so is for each alert
        what came before it was told: those transitions are on the topic.
        """
        self._judged = max(self._judged, judged)
        for alert in alerts:
            # No reading caused one below 0: an incident of a stage, which tells its end itself.
            if alert.position >= 0:
                self._docket.register.restore(alert)

    def step(self, reading: AnyReading, position: int) -> Told:
        """What this reading causes, ordered; `position` is its offset."""
        turn = Turn(self._docket, position, judged=position <= self._judged)
        if isinstance(reading, Measure):
            self._arrivals.measure(reading, turn)
        elif isinstance(reading, Signal):
            self._arrivals.signal(reading, turn)
        else:
            self._tick(reading, turn)
        turn.sort()
        return Told(turn.transitions, turn.updates, self._docket.faults.take())

    def firing(self) -> list[Alert]:
        """The alerts that fire now."""
        active = (track.alert for track in self._docket.register.active())
        return [alert for alert in active if alert is not None and alert.state == "firing"]

    @property
    def faults(self) -> dict[str, int]:
        """How often each rule could not be judged, by name."""
        return dict(self._docket.faults.counted)

    def _tick(self, tick: Tick, turn: Turn) -> None:
        for track in self._docket.register.clocked():
            if track.rule is None or track.rule.place not in self._at_ends:
                moved = track.watch(tick.watermark, turn.position, judged=turn.judged)
                if moved is not None:
                    turn.take(track, moved)
        turn.sort()
        self._ends.tick(tick, turn)
