"""The past as it is retained on Kafka: the readings of `measures` of some time."""

import sys
from collections.abc import Iterable, Iterator

import msgspec

from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.contracts.measure import AnyReading, Measure, Tick
from streamgauge.settings import Kafka

_decode = msgspec.json.Decoder(AnyReading).decode


def retained(kafka: Kafka, since: int, until: int) -> Iterator[AnyReading]:
    """What the broker got between two times (ms) and can be read, in the order of the topic."""
    unread = 0
    for message in read_to_end(kafka, "measures", since=since):
        if message.timestamp()[1] >= until:
            break
        if (value := message.value()) is None:
            continue
        try:
            yield _decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            unread += 1
    if unread:
        print(f"streamgauge: {unread} records of measures are unreadable", file=sys.stderr)


def lines(text: Iterable[str]) -> Iterator[AnyReading]:
    """Readings of JSON Lines, as `tail measures --json` prints them; ValueError names the line."""
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            yield _decode(line)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise ValueError(f"line {number}: {error}") from None


def between(readings: Iterable[AnyReading], since: int, until: int) -> Iterator[AnyReading]:
    """The readings about a time in ms: windows that begin in it, ticks and signals that are in it.

    >>> list(between([Tick(watermark=0, at=5, completeness=1.0)], 0, 5))
    []
    """
    for reading in readings:
        if isinstance(reading, Tick):
            at = reading.at
        else:
            at = reading.start if isinstance(reading, Measure) else reading.end
        if since <= at < until:
            yield reading
