"""One alert through its life: inactive, pending, firing, resolved. Pure; event time only.

A rule with `for` sees closed windows only and fires when its condition has held over consecutive
ones that span it. A rule without sees open windows too. An observation older than the newest one
that was judged changes nothing, so a revision never fires retroactively.
"""

from typing import Literal

import msgspec

from streamgauge.alerting import template
from streamgauge.alerting.rule import AlertingRule
from streamgauge.contracts.alert import Alert, State
from streamgauge.contracts.event import Labels

# An alert whose series sends nothing for so many windows ends: nobody knows whether it holds.
QUIET_WINDOWS = 3


class Observation(msgspec.Struct, frozen=True):
    """One value of one series at one time, in milliseconds.

    `start` and `end` are the window's; `at` is when the value was known; `closed` says that no
    regular event of the window is missing. `order` tells the newer of two observations.
    """

    start: int
    end: int
    at: int
    closed: bool
    value: float
    samples: int
    completeness: float
    order: tuple[int, ...]
    evidence: dict[str, float | str]
    lasting: bool = False


class Track:
    """The state of one rule for one set of labels."""

    def __init__(self, rule: AlertingRule | None, labels: Labels, fingerprint: str) -> None:
        self.rule = rule
        self.labels = labels
        self.fingerprint = fingerprint
        # What was last told; it holds state, episode and the position that caused it.
        self.alert: Alert | None = None
        # What was last judged.
        self._order: tuple[int, ...] | None = None
        self._closed: int | None = None
        self._alive: int | None = None

    @property
    def state(self) -> Literal["inactive", "pending", "firing"]:
        """Where it stands now."""
        if self.alert is None or self.alert.ends_at is not None:
            return "inactive"
        return "firing" if self.alert.state == "firing" else "pending"

    @property
    def told(self) -> int:
        """The position of the reading that caused the last transition."""
        return self.alert.position if self.alert else -1

    def observe(self, seen: Observation, position: int, *, judged: bool) -> Alert | None:
        """Take an observation; `judged` ones update the memory and cause no transition."""
        rule = self.rule
        if rule is None or seen.samples < rule.extension.min_samples:
            return None
        gap = False
        if rule.hold:
            if not seen.closed or (self._closed is not None and seen.end <= self._closed):
                return None
            gap = self._closed is not None and seen.start > self._closed and not seen.lasting
            self._closed = seen.end
        elif self._order is not None and seen.order <= self._order:
            return None
        self._order = seen.order
        self._alive = seen.at
        return None if judged else self._advance(rule, seen, position, gap=gap)

    def watch(self, watermark: int, position: int, *, judged: bool) -> Alert | None:
        """Take the clock: ends what is silent, fires what lasts without new observations."""
        alert = self.alert
        if alert is None or self.state == "inactive":
            return None
        if self._alive is None:
            # Restored: the silence is counted from here on, not from before the restart.
            self._alive = watermark
        if judged:
            return None
        if self.rule is None:
            return self._end(alert, watermark, position, reason="its rule is gone")
        width = float(alert.evidence.get("window_seconds", 0.0)) * 1000
        if not width:
            lasted = watermark - alert.starts_at >= self.rule.hold
            if self.state == "pending" and lasted:
                return self._tell(
                    msgspec.structs.replace(
                        alert, state="firing", updated_at=watermark, position=position
                    )
                )
        elif watermark >= self._alive + (QUIET_WINDOWS + 1) * width:
            reason = f"no data for {QUIET_WINDOWS} windows"
            return self._end(alert, watermark, position, reason=reason)
        return None

    def _advance(
        self, rule: AlertingRule, seen: Observation, position: int, *, gap: bool
    ) -> Alert | None:
        met = rule.comparison.holds(seen.value)
        alert = self.alert
        if alert is None or self.state == "inactive" or (self.state == "pending" and met and gap):
            return self._begin(rule, seen, position) if met else None
        if met:
            if self.state == "pending" and seen.end - alert.starts_at >= rule.hold:
                return self._note(
                    rule, seen, position, "firing", episode=alert.episode, starts_at=alert.starts_at
                )
            return None
        # Within the window that fired, the share of what has arrived so far wavers.
        if not seen.closed and seen.start <= alert.starts_at:
            return None
        state: State = "resolved" if self.state == "firing" else "pending"
        return self._note(
            rule,
            seen,
            position,
            state,
            episode=alert.episode,
            starts_at=alert.starts_at,
            ends_at=seen.at,
        )

    def _begin(self, rule: AlertingRule, seen: Observation, position: int) -> Alert:
        episode = self.alert.episode + 1 if self.alert else 1
        if not rule.hold:
            return self._note(rule, seen, position, "firing", episode=episode, starts_at=seen.at)
        state: State = "firing" if seen.end - seen.start >= rule.hold else "pending"
        return self._note(rule, seen, position, state, episode=episode, starts_at=seen.start)

    def _note(
        self,
        rule: AlertingRule,
        seen: Observation,
        position: int,
        state: State,
        *,
        episode: int,
        starts_at: int,
        ends_at: int | None = None,
    ) -> Alert:
        return self._tell(
            Alert(
                id="",
                fingerprint=self.fingerprint,
                episode=episode,
                state=state,
                rule=rule.name,
                severity=rule.severity,
                labels=self.labels,
                annotations={
                    name: template.render(text, self.labels, seen.value)
                    for name, text in rule.annotations.items()
                },
                expr=rule.expr,
                value=seen.value,
                starts_at=starts_at,
                updated_at=seen.at,
                ends_at=ends_at,
                position=position,
                completeness=seen.completeness,
                samples=seen.samples,
                evidence=seen.evidence
                | {"threshold": rule.comparison.threshold, "comparison": rule.comparison.op},
            )
        )

    def _end(self, alert: Alert, watermark: int, position: int, *, reason: str) -> Alert:
        return self._tell(
            msgspec.structs.replace(
                alert,
                state="resolved" if alert.state == "firing" else "pending",
                updated_at=watermark,
                ends_at=watermark,
                position=position,
                evidence=alert.evidence | {"reason": reason},
            )
        )

    def _tell(self, alert: Alert) -> Alert:
        # A pending alert that ends without having fired is told once more, as ended.
        over = "-ended" if alert.state == "pending" and alert.ends_at is not None else ""
        name = f"{alert.fingerprint}-{alert.episode}-{alert.state}{over}"
        self.alert = msgspec.structs.replace(alert, id=name)
        return self.alert
