"""Ends of windows: rules that need several series are judged when the watermark has passed one."""

from collections.abc import Iterator

from streamgauge.alerting.judging.joined import Joined, Verdict
from streamgauge.alerting.judging.observation import Observation
from streamgauge.alerting.judging.rule_plan import RulePlan
from streamgauge.alerting.judging.track import Track
from streamgauge.alerting.judging.turn import Docket, Turn
from streamgauge.alerting.rules.rule import AlertingRule
from streamgauge.contracts.measure import Tick

# Ends that one tick makes up for: a stream that was dead for a week is not re-lived.
_MAX_ENDS = 1_440


class WindowEnds:
    """The ends of base windows, `base` ms apart, and what is judged at them."""

    def __init__(self, plan: RulePlan, joined: Joined, docket: Docket, base: int) -> None:
        self._plan = plan
        self._joined = joined
        self._docket = docket
        self._base = base
        self._newest: int | None = None

    def tick(self, tick: Tick, turn: Turn) -> None:
        """Judge at each end that the watermark has passed, in order."""
        for at in self._passed(tick.watermark):
            for verdict in self._joined.evaluate(at):
                if verdict.error:
                    self._docket.faults.add(verdict.rule, verdict.error, at)
                elif isinstance(verdict.rule, AlertingRule):
                    self._conclude(verdict.rule, verdict, at, tick, turn)
            turn.sort()

    def _passed(self, watermark: int) -> Iterator[int]:
        if not self._plan.joined and not self._plan.remembers:
            return
        newest = watermark // self._base * self._base
        first = newest if self._newest is None else self._newest + self._base
        first = max(first, newest - _MAX_ENDS * self._base)
        for at in range(first, newest + 1, self._base):
            self._newest = at
            yield at

    def _conclude(
        self, rule: AlertingRule, verdict: Verdict, at: int, tick: Tick, turn: Turn
    ) -> None:
        found = self._found(rule, verdict)
        if found is None:
            text = "vector contains metrics with the same labelset after applying alert labels"
            self._docket.faults.add(rule, text, at)
            return
        cleared = self._cleared(rule, verdict)
        judged = turn.judged
        limit = self._docket.limits.get(rule.place)
        if limit and limit.take_all([name for name, (_, met) in found.items() if met]):
            turn.exceed(rule, limit, at)
            judged = True
        constant = not rule.expression.selectors
        for name, track in list(self._docket.register.of_rule(rule).items()):
            value, met = found.get(name, (_last(track), False))
            moved = track.observe(
                self._observation(value, at, tick, constant=constant),
                turn.position,
                met=met,
                clear=cleared is None or name in cleared,
                judged=judged,
                refresh=constant,
            )
            turn.take(track, moved)

    def _found(self, rule: AlertingRule, verdict: Verdict) -> dict[str, tuple[float, bool]] | None:
        """Value and whether it meets, by fingerprint; None if two that meet have the same."""
        found: dict[str, tuple[float, bool]] = {}
        for it in verdict.found:
            shown = self._plan.shown(rule, it.labels)
            name = self._docket.register.get(rule, shown, it.value).fingerprint
            met_before = found.get(name, (0.0, False))[1]
            if it.met and met_before:
                return None
            if not met_before:
                found[name] = (it.value, it.met)
        return found

    def _cleared(self, rule: AlertingRule, verdict: Verdict) -> set[str] | None:
        if verdict.clear is None:
            return None
        shown = (self._plan.shown(rule, labels) for labels in verdict.clear)
        return {self._docket.register.get(rule, labels, 0.0).fingerprint for labels in shown}

    def _observation(self, value: float, at: int, tick: Tick, *, constant: bool) -> Observation:
        evidence: dict[str, float | str] = {"window_seconds": self._base / 1000}
        if constant:
            # Whoever sees the record can tell how old the tick is that made it.
            evidence["at"] = float(tick.at)
        return Observation(
            start=at - self._base,
            end=at,
            at=at,
            closed=True,
            value=value,
            samples=0,
            completeness=tick.completeness,
            order=(at,),
            evidence=evidence,
        )


def _last(track: Track) -> float:
    """What was last known, of an alert whose condition gives no value any more."""
    return track.alert.value if track.alert else 0.0
