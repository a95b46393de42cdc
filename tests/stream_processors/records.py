"""Reads topics to their present end, as an independent witness of what the stages wrote."""

from typing import TypeVar

import msgspec

from streamgauge.contracts import codec
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.dead_letter import DeadLetter
from streamgauge.contracts.measure import AnyReading, Measure, Signal
from streamgauge.settings import Settings
from streamgauge.stream_processors.read_back import read_back

T = TypeVar("T")


def of(settings: Settings, topic: str, kind: type[T], partition: int = 0) -> list[T]:
    return [
        codec.decode(kind, message.value() or b"")
        for message in read_back(settings.kafka, topic, partition)
    ]


def measures(settings: Settings) -> list[Measure]:
    """All measures."""
    return [one for one in readings(settings) if isinstance(one, Measure)]


def signals(settings: Settings) -> list[Signal]:
    """All signals of the detectors."""
    return [one for one in readings(settings) if isinstance(one, Signal)]


def readings(settings: Settings) -> list[AnyReading]:
    """All readings; what strangers wrote between them is not ours to read."""
    found: list[AnyReading] = []
    for message in read_back(settings.kafka, "measures", 0):
        try:
            found.append(msgspec.json.decode(message.value() or b"", type=AnyReading))
        except codec.UNREADABLE:
            continue
    return found


def final_counts(settings: Settings) -> dict[tuple[str, str, int], int]:
    """Predictions by model, version and base window, as the newest final measures have them."""
    counts: dict[tuple[str, str, int], int] = {}
    for one in measures(settings):
        if one.final and one.whole and one.source == "predictions":
            key = (one.labels["model"], one.labels["version"], one.start)
            counts[key] = max(counts.get(key, 0), int(one.values["prediction_count"]))
    return counts


def dead_letters(settings: Settings) -> dict[tuple[str, int, int], DeadLetter]:
    """By identity: the same position twice is one letter."""
    letters = of(settings, "dead-letters", DeadLetter)
    return {(one.topic, one.partition, one.offset): one for one in letters}


def alerts(settings: Settings) -> list[Alert]:
    return of(settings, "alerts", Alert)
