"""What moved, from what to what, and since when: one alert's value in words."""

import re
from typing import Any

from streamgauge.alerting import duration
from streamgauge.alerting.message.message import clock
from streamgauge.alerting.template.number_text import number
from streamgauge.contracts.alert import Alert

# `metric{…} op number`: what most rules are. Anything else is told by its expression.
_PLAIN = re.compile(
    r"\s*([a-zA-Z_:][\w:]{0,99})\s*(?:\{[^{}]*\})?\s*(==|!=|<=|>=|<|>)\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*",
    re.ASCII,
)
# Longer ones are shown, not read: a stranger may have written them.
_READ = 500


def tell_movement(alert: Alert) -> str:
    """The value when it fired, now, at its worst, and the threshold; empty without an expression.

    An end says why: the value is well again, or there is no data any more.
    """
    if not alert.expr:
        return ""
    name, condition = _subject(alert)
    now = _figure(alert.value)
    past = _past(alert)
    if alert.state != "resolved":
        if alert.value_at_fire is not None and alert.value_at_fire != alert.value:
            moved = f"{name} was {_figure(alert.value_at_fire)} when it fired, is {now} now"
        else:
            moved = f"{name} is {now}"
        return moved + past + (f", threshold {condition}" if condition else "")
    fired = "" if alert.value_at_fire is None else f"; it fired at {_figure(alert.value_at_fire)}"
    if reason := alert.evidence.get("reason"):
        return f"{name}: {reason}; last seen at {now}{fired}{past}"
    return f"{name} is {now}" + (f", no longer {condition}" if condition else "") + fired + past


def tell_time(alert: Alert) -> str:
    """Event time of the begin and, if it is over, of the end."""
    begun = clock(alert.starts_at)
    if alert.ends_at is None or alert.state != "resolved":
        return begun
    lasted = duration.show(max(0, alert.ends_at - alert.starts_at))
    return f"{begun} until {clock(alert.ends_at)} ({lasted})"


def _subject(alert: Alert) -> tuple[str, str]:
    """What the value is of, and what it was compared with."""
    plain = _PLAIN.fullmatch(alert.expr) if len(alert.expr) <= _READ else None
    threshold: Any = alert.evidence.get("threshold")
    if plain is None:
        name = "value"
        comparison = alert.evidence.get("comparison", "")
        condition = f"{comparison} {_figure(threshold)}" if _is_number(threshold) else ""
    else:
        where = [f" {k} {alert.labels[k]}" for k in ("quantile", "class") if k in alert.labels]
        name = plain[1] + "".join(where)
        condition = f"{plain[2]} {plain[3]}"
    return name, condition


def _past(alert: Alert) -> str:
    if alert.peak is None or alert.peak in (alert.value, alert.value_at_fire):
        return ""
    return f", peak {_figure(alert.peak)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _figure(value: float) -> str:
    """Six digits; what is not finite as Go writes it."""
    short = f"{value:.6g}"
    return number(value) if short in ("nan", "inf", "-inf") else short
