"""What moved, from what to what, and since when: one alert's value in words."""

import re
from typing import Any

from streamgauge.alerting import duration
from streamgauge.alerting.message.figure import figure
from streamgauge.alerting.message.message import clock
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
    name, measure, condition = _subject(alert)
    now = figure(alert.value, measure)
    before = "" if alert.value_at_fire is None else figure(alert.value_at_fire, measure)
    peak = "" if alert.peak is None else figure(alert.peak, measure)
    past = f", peak {peak}" if peak and peak not in (now, before) else ""
    if alert.state != "resolved":
        if before and before != now:
            moved = f"{name} was {before} when it fired, is {now} now"
        else:
            moved = f"{name} is {now}"
        return moved + past + (f", threshold {condition}" if condition else "")
    fired = f"; it fired at {before}" if before else ""
    if reason := alert.evidence.get("reason"):
        return f"{name}: {reason}; last seen at {now}{fired}{past}"
    return f"{name} is {now}" + (f", no longer {condition}" if condition else "") + fired + past


def tell_time(alert: Alert, at: int) -> str:
    """Event time of the begin, of the end if it is over, and how long it lasts: `at` is now."""
    begun = clock(alert.starts_at)
    over = alert.ends_at is not None and alert.state == "resolved"
    end = alert.ends_at if alert.ends_at is not None and over else at
    lasts = duration.show_seconds(max(0, end - alert.starts_at))
    return f"{begun} until {clock(end)} ({lasts})" if over else f"{begun} (for {lasts})"


def _subject(alert: Alert) -> tuple[str, str, str]:
    """What the value is of in words, its measure, and what it was compared with."""
    plain = _PLAIN.fullmatch(alert.expr) if len(alert.expr) <= _READ else None
    threshold: Any = alert.evidence.get("threshold")
    if plain is None:
        name, measure = "value", ""
        comparison = alert.evidence.get("comparison", "")
        condition = f"{comparison} {figure(threshold, '')}" if _is_number(threshold) else ""
    else:
        measure = plain[1]
        name = _percentile(alert.labels.get("quantile", "")) + measure
        name += f" class {alert.labels['class']}" if "class" in alert.labels else ""
        condition = f"{plain[2]} {_threshold(plain[3], measure)}"
    return name, measure, condition


def _percentile(quantile: str) -> str:
    """`p95 of` for 0.95; a stranger's label stays as it is."""
    try:
        return f"p{float(quantile) * 100:g} of " if quantile else ""
    except ValueError:
        return f"quantile {quantile} of "


def _threshold(written: str, measure: str) -> str:
    try:
        return figure(float(written), measure)
    except ValueError:
        return written


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
