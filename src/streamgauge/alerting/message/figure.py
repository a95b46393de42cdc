"""A value in the unit that the name of its measure ends with, as the dashboard shows it too."""

import re

from streamgauge.alerting.template.number_text import (
    humanize_1024,
    humanize_duration,
    humanize_percentage,
    number,
)

_UNIT = re.compile(r"_(ratio|seconds|bytes)(?:_(?:mean|min|max|sum))?", re.ASCII)


def figure(value: float, measure: str) -> str:
    """Shares in per cent, times as durations; anything else with six digits.

    >>> figure(0.081, "prediction_error_ratio"), figure(0.2492, "api_latency_seconds_mean")
    ('8.1%', '249.2ms')
    >>> figure(0.4, "feature_drift_score"), figure(3 << 30, "service_memory_bytes")
    ('0.4', '3GiB')
    """
    short = f"{value:.6g}"
    if short in ("nan", "inf", "-inf"):
        return number(value)
    unit = next((found[1] for found in _UNIT.finditer(measure) if found.end() == len(measure)), "")
    match unit:
        case "ratio":
            return humanize_percentage(value)
        case "seconds":
            return humanize_duration(value)
        case "bytes":
            return f"{humanize_1024(value)}B"
    return short
