"""One alert through its life: inactive, pending, firing, resolved. Pure; event time only.

A rule with `for` sees closed windows only and fires when its condition has held over consecutive
ones that span it. A rule without sees open windows too. An observation older than the newest one
that was judged changes nothing, so a revision never fires retroactively.
"""

from msgspec.structs import replace

from streamgauge.alerting.judging import record
from streamgauge.alerting.judging.course import Course, course_of, decide
from streamgauge.alerting.judging.flap import Flap
from streamgauge.alerting.judging.memory import Memory
from streamgauge.alerting.judging.observation import Observation
from streamgauge.alerting.judging.phase import INACTIVE, Phase, advance
from streamgauge.alerting.judging.record import Tracked
from streamgauge.alerting.rules.rule import AlertingRule
from streamgauge.contracts.alert import Alert, State
from streamgauge.contracts.event import Labels

# How often what is known of a firing alert is written again, as Prometheus' resend delay.
REFRESH_MS = 60_000

# A record of an alert, and whether it says what was told already with newer values.
Moved = tuple[Alert, bool]


class Track:
    """The state of one rule for one set of labels; `rule` is None once it is gone."""

    def __init__(self, rule: AlertingRule | None, labels: Labels, fingerprint: str) -> None:
        self.rule = rule
        self.labels = labels
        self.fingerprint = fingerprint
        # What was last told; it holds state, episode and the position that caused it.
        self.alert: Alert | None = None
        self._memory = Memory()
        self._peak: float | None = None
        self._flap = Flap() if rule and rule.extension.flap else None
        # With flap detection: where it would stand if nothing were held back.
        self._bare = INACTIVE

    def restore(self, alert: Alert) -> None:
        """Take up what was told last."""
        self.alert = alert
        self._peak = alert.peak
        self._memory.width = round(float(alert.evidence.get("window_seconds", 0.0)) * 1000)
        self._memory.lasts = not self._memory.width

    @property
    def is_active(self) -> bool:
        """Whether it is pending or firing."""
        return self.alert is not None and self.alert.ends_at is None

    @property
    def is_guarded(self) -> bool:
        """Whether the clock matters to it also while it is inactive."""
        rule = self.rule
        return rule is not None and (
            rule.extension.no_data == "alert" or (self._memory.lasts and self._flap is not None)
        )

    def is_silent(self, at: int) -> bool:
        """Whether its series is over: the next with the same labels may take its place."""
        return not self.is_active and self._memory.is_silent(at)

    def is_told(self, position: int, at: int) -> bool:
        """Whether what a reading causes was told before: by its position, then by its time."""
        alert = self.alert
        return alert is not None and (
            position < alert.position or (position == alert.position and at <= alert.updated_at)
        )

    def observe(
        self,
        seen: Observation,
        position: int,
        *,
        met: bool,
        clear: bool = True,
        judged: bool = False,
        refresh: bool = False,
    ) -> Moved | None:
        """Take an observation that meets the condition or not; what is to be told of it.

        A firing alert ends only where it is `clear` too. `judged` ones update the memory and cause
        nothing. `refresh` writes a firing one again though its value is the same.
        """
        rule = self.rule
        gap = None if rule is None else self._memory.take(rule, seen)
        if rule is None or gap is None:
            return None
        over = clear and not met
        told = self.is_told(position, seen.at)
        judged = judged or told
        if self._flap is None and self._goes_on(
            rule, seen, met=met and not judged, over=over, refresh=refresh
        ):
            return None
        phase = self._phase(bare=judged)
        # Within the window that fired, the share of what has arrived so far wavers.
        if over and not seen.closed and phase != INACTIVE and seen.start <= phase.active_at:
            return None
        self._memory.weigh(seen.at, over=over)
        if gap and met and phase.state == "pending":
            phase = INACTIVE
        after = self._walk(rule, phase, seen, met=met, over=over)
        if self.is_active and not told:
            self._peak = rule.condition.further(self._peak, seen.value)
        if judged:
            return None
        standing = self._standing(self.alert) if self.alert else None
        course = decide(standing, phase, after, seen.at, flaps=self._flaps(rule))
        if course is None or (self._repeats(course) and not self._is_due(seen, refresh=refresh)):
            return None
        return self._note(rule, seen, position, course)

    def watch(self, watermark: int, position: int, *, judged: bool) -> Moved | None:
        """Take the clock: what is silent, and what lasts without new observations."""
        judged = judged or self.is_told(position, watermark)
        rule = self.rule
        if rule is None:
            return None if judged else self.end(watermark, position, "its rule is gone")
        silence = self._memory.silence(rule, watermark)
        if self._memory.lasts:
            if self._flap is not None:
                # It is judged once a minute, though nobody says anything new.
                self._flap.repeat(self._memory.pass_by(watermark, REFRESH_MS))
            return None if judged else self._last(rule, watermark, position)
        if not silence or rule.extension.no_data == "keep":
            return None
        if rule.extension.no_data == "alert":
            return None if judged else self._alarm(rule, watermark, position, silence)
        if self.is_active and self._memory.keep_since is None:
            self._memory.keep_since = watermark
        if judged or (self._is_firing and self._is_kept(rule, watermark)):
            return None
        return self.end(watermark, position, silence)

    def end(self, at: int, position: int, reason: str = "") -> Moved | None:
        """End it, whatever its condition says."""
        if self.alert is None or not self.is_active:
            return None
        state: State = "resolved" if self._is_firing else "pending"
        course = replace(self._standing(self.alert), state=state, ends_at=at, flapping=False)
        return self._tell(record.moved(self.alert, course, at, position, reason))

    @property
    def _is_firing(self) -> bool:
        return self.is_active and self.alert is not None and self.alert.state == "firing"

    def _is_kept(self, rule: AlertingRule, at: int) -> bool:
        since = self._memory.keep_since
        return since is None or at - since < rule.keep

    def _standing(self, alert: Alert) -> Course:
        return replace(course_of(alert), peak=self._peak)

    def _phase(self, *, bare: bool) -> Phase:
        """Where it stands: as told, or as it would stand if nothing were held back."""
        alert = self.alert
        if self._flap is not None and (bare or (alert is not None and alert.flapping)):
            return self._bare
        if alert is None or alert.ends_at is not None:
            return INACTIVE
        return Phase("firing" if alert.state == "firing" else "pending", alert.starts_at)

    def _walk(
        self, rule: AlertingRule, phase: Phase, seen: Observation, *, met: bool, over: bool
    ) -> Phase:
        after = advance(
            phase._replace(keep_since=self._memory.keep_since),
            met=not over if phase.state == "firing" else met,
            since=seen.start if rule.hold else seen.at,
            at=seen.at,
            hold=rule.hold,
            keep=rule.keep,
        )
        if self._flap is not None:
            self._bare = after
            if seen.closed or self._flap.is_news(after.state == "firing"):
                self._flap.add(after.state == "firing")
        return after

    def _flaps(self, rule: AlertingRule) -> bool:
        """Whether its changes are to be held back from here on."""
        if self._flap is None or rule.extension.flap is None:
            return False
        was = self.alert is not None and self.is_active and self.alert.flapping
        low, high = rule.extension.flap
        return self._flap.share >= low if was else self._flap.share > high

    def _last(self, rule: AlertingRule, watermark: int, position: int) -> Moved | None:
        """What holds until it is withdrawn: it fires, or ceases to be kept, by the clock."""
        alert = self.alert
        if alert is None or not self.is_active:
            return None
        course = self._standing(alert)
        if alert.flapping:
            if self._flaps(rule):
                return None
            if self._bare.state != "firing":
                return self.end(watermark, position)
            course = replace(course, flapping=False)
        elif alert.state == "firing":
            return None if self._is_kept(rule, watermark) else self.end(watermark, position)
        elif watermark - alert.starts_at < rule.hold:
            return None
        else:
            course = replace(course, state="firing")
            self._bare = Phase("firing", alert.starts_at)
        return self._tell(record.moved(alert, course, watermark, position))

    def _alarm(
        self, rule: AlertingRule, watermark: int, position: int, reason: str
    ) -> Moved | None:
        """Silence begins an alert, or makes a pending one fire."""
        alert, seen = self.alert, self._memory.seen
        if self._is_firing:
            return None
        if alert is not None and self.is_active:
            course = replace(self._standing(alert), state="firing")
            return self._tell(record.moved(alert, course, watermark, position, reason))
        began = watermark if self._memory.alive is None else self._memory.alive
        course = Course(state="firing", episode=alert.episode + 1 if alert else 1, starts_at=began)
        if seen is not None:
            evidence = {**seen.evidence, "reason": reason}
            return self._note(
                rule, replace(seen, at=watermark, evidence=evidence), position, course
            )
        if alert is None:
            return None
        return self._tell(record.moved(alert, course, watermark, position, reason))

    def _note(self, rule: AlertingRule, seen: Observation, position: int, course: Course) -> Moved:
        return self._tell(
            record.note(
                Tracked(rule, self.labels, self.fingerprint, self.alert), seen, position, course
            )
        )

    def _goes_on(
        self, rule: AlertingRule, seen: Observation, *, met: bool, over: bool, refresh: bool
    ) -> bool:
        """Whether all is as it was, which nearly all observations say: well, or firing again."""
        if not self.is_active:
            if over:
                self._memory.weigh(seen.at, over=True)
            return over
        if not met or not self._is_firing:
            return False
        self._memory.weigh(seen.at, over=False)
        self._peak = rule.condition.further(self._peak, seen.value)
        return not self._is_due(seen, refresh=refresh)

    def _repeats(self, course: Course) -> bool:
        """Whether it says of the alert what was told already, but for its value."""
        alert = self.alert
        return alert is not None and (
            (course.episode, course.state, course.flapping, course.ends_at)
            == (alert.episode, alert.state, alert.flapping, alert.ends_at)
        )

    def _is_due(self, seen: Observation, *, refresh: bool) -> bool:
        """Whether the value of what fires is to be written again."""
        alert = self.alert
        if alert is None or seen.at - alert.updated_at < REFRESH_MS:
            return False
        return refresh or record.finite(seen.value) != alert.value or self._peak != alert.peak

    def _tell(self, told: Alert) -> Moved:
        alert = self.alert
        is_update = alert is not None and told.id == alert.id
        if alert is None or told.episode != alert.episode:
            self._peak = told.value
            told = replace(told, peak=told.value)
        self.alert = told
        return told, is_update
