"""The records of `alerts` and `alert-state`: what a judgement says, put in words. Pure."""

import math

import msgspec

from streamgauge.alerting.judging import evidence
from streamgauge.alerting.judging.course import Course
from streamgauge.alerting.judging.observation import Observation
from streamgauge.alerting.rules.rule import DEFAULT_SEVERITY, AlertingRule
from streamgauge.alerting.template.number_text import go_number
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.event import Labels


class Tracked(msgspec.Struct, frozen=True):
    """Whose alert it is; `before` is what was told of it last."""

    rule: AlertingRule
    labels: Labels
    fingerprint: str
    before: Alert | None


def note(
    track: Tracked,
    seen: Observation,
    position: int,
    course: Course,
) -> Alert:
    """What is told of an observation."""
    rule, labels, before = track.rule, track.labels, track.before
    value = finite(seen.value)
    same = before is not None and before.episode == course.episode
    fired = before.value_at_fire if before is not None and same else None
    if fired is None and course.state == "firing":
        fired = value
    known = evidence.of_signal(seen.signal, rule.extension.evidence) if seen.signal else {}
    known = {**seen.evidence, **known}
    if rule.condition.op:
        known |= {"threshold": rule.condition.threshold, "comparison": rule.condition.op}
    if not math.isfinite(seen.value):
        # JSON has no such number.
        known["value"] = go_number(seen.value)
    return Alert(
        id=_name(track.fingerprint, course, position, before if same else None),
        fingerprint=track.fingerprint,
        episode=course.episode,
        state=course.state,
        rule=rule.name,
        severity=labels.get("severity", DEFAULT_SEVERITY),
        labels=labels,
        annotations={
            name: text.render(labels, seen.value, rule.external)
            for name, text in rule.words.items()
        },
        expr=rule.expr,
        value=value,
        starts_at=course.starts_at,
        updated_at=seen.at,
        ends_at=course.ends_at,
        position=position,
        completeness=seen.completeness,
        samples=seen.samples,
        evidence=known,
        value_at_fire=fired,
        peak=None if course.peak is None else finite(course.peak),
        flapping=course.flapping,
    )


def moved(alert: Alert, course: Course, at: int, position: int, reason: str = "") -> Alert:
    """What is told when the clock moves an alert; the rest is as it was last known."""
    fired = alert.value_at_fire if alert.episode == course.episode else None
    if fired is None and course.state == "firing":
        fired = alert.value
    return msgspec.structs.replace(
        alert,
        id=_name(alert.fingerprint, course, position, alert),
        episode=course.episode,
        state=course.state,
        starts_at=course.starts_at,
        updated_at=at,
        ends_at=course.ends_at,
        position=position,
        evidence={**alert.evidence, "reason": reason} if reason else alert.evidence,
        value_at_fire=fired,
        peak=course.peak,
        flapping=course.flapping,
    )


def _name(fingerprint: str, course: Course, position: int, before: Alert | None) -> str:
    name = f"{fingerprint}-{course.episode}-{course.state}"
    if course.state == "pending" and course.ends_at is not None:
        # A pending alert that ends without having fired is told once more, as ended.
        return f"{name}-ended"
    was = before if before is not None and before.episode == course.episode else None
    if course.state == "firing" and was is not None and was.state == "firing":
        if was.flapping == course.flapping:
            return was.id
        # An episode may begin and cease to flap several times.
        return f"{name}-{'flapping' if course.flapping else 'steady'}-{position}"
    return f"{name}-flapping-{position}" if course.flapping else name


def finite(value: float) -> float:
    """The value, 0 where JSON has no number for it; evidence says what it was.

    >>> finite(0.5), finite(float("nan"))
    (0.5, 0.0)
    """
    return value if math.isfinite(value) else 0.0
