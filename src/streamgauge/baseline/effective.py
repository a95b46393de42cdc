"""From when on the windows of a version are counted on a grid that is new."""

from typing import Any

from streamgauge.baseline.topic import values
from streamgauge.contracts.codec import decoder
from streamgauge.contracts.measure import AnyReading, Measure
from streamgauge.settings import Kafka, Window

_HOUR_MS = 3_600_000
# What a worker needs to hear of a reference.
_HEARD_MS = 5_000
_TOPIC = "measures"


def next_window(now: int, window: Window) -> int:
    """The start of the first base window that nobody has counted an event of at `now` (ms).

    Events may be ahead of the clock; so much later it begins.

    >>> next_window(61_000, Window(width=60.0, max_ahead=60.0)) / 60_000
    3.0
    """
    width = round(window.width * 1_000)
    reached = now + round(window.max_ahead * 1_000) + _HEARD_MS
    return -(-reached // width) * width


def was_seen(kafka: Kafka, model: str, version: str, now: int) -> bool:
    """Whether a version has predicted anything in the last hour.

    One that has not may be counted on its grid from its beginning on.
    """
    kind: Any = AnyReading
    read = decoder(kind)
    labels = {"model": model, "version": version}
    readings = (read(value) for _, value in values(kafka, _TOPIC, since=now - _HOUR_MS))
    return any(isinstance(one, Measure) and one.labels == labels for one in readings)
