"""What the published measures say in sum: the check that a run of ours counted everything once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from confluent_kafka import Consumer, TopicPartition

from streamgauge.bench.peer.report import Checksum
from streamgauge.contracts.measure import AnyReading, Measure
from streamgauge.settings import Settings, UnavailableError
from streamgauge.stream_processors.merge import Merge

_COUNT = "prediction_count"
_LATENCY = "prediction_latency_seconds_mean"
_SERIES = {"model", "version"}


class Published:
    """The newest revision of every base window of a series, added up.

    Sums are read from means, which are whole microseconds divided by a count: rounding gives the
    exact sum again.
    """

    def __init__(self, window: str) -> None:
        self._window = window
        self._newest: dict[tuple[object, ...], Measure] = {}
        self.events = 0

    def take(self, shown: AnyReading) -> bool:
        """Note a record of `measures`; whether it belongs to a sum."""
        if not isinstance(shown, Measure) or shown.window != self._window:
            return False
        if set(shown.labels) != _SERIES or _COUNT not in shown.values:
            return False
        key = (*shown.labels.values(), shown.start)
        held = self._newest.get(key)
        if held is None or _order(shown) >= _order(held):
            self._newest[key] = shown
            self.events += round(shown.values[_COUNT])
            self.events -= round(held.values[_COUNT]) if held else 0
        return True

    def checksum(self) -> Checksum:
        """Events and microseconds of latency."""
        micros = 0
        for shown in self._newest.values():
            mean = shown.values.get(_LATENCY)
            if mean is not None:
                micros += round(mean * 1e6 * shown.samples[_LATENCY])
        return Checksum(self.events, micros)


def _order(shown: Measure) -> tuple[int, int]:
    return shown.generation, shown.revision


@contextmanager
def merging(settings: Settings) -> Iterator[Merge]:
    """The stage `merge` while the block runs."""
    merge = Merge(settings)
    merge.start()
    try:
        yield merge
    finally:
        merge.stop()


def readings(settings: Settings, ending: threading.Event) -> Iterator[tuple[AnyReading, float]]:
    """Records of `measures` from the start with the time they were seen, until told to end."""
    decode = msgspec.json.Decoder[AnyReading](AnyReading).decode
    consumer = Consumer(settings.kafka.confluent() | {"group.id": "bench-published"})
    try:
        consumer.assign([TopicPartition("measures", 0, 0)])
        while not ending.is_set():
            for message in consumer.consume(500, 0.1):
                value = message.value()
                if message.error() is None and value is not None:
                    yield decode(value), time.time()
    finally:
        consumer.close()


def await_published(settings: Settings, window: str, expected: int, seconds: float) -> Checksum:
    """What is published once as many events are, or after so many seconds."""
    published = Published(window)
    ending = threading.Event()
    timer = threading.Timer(seconds, ending.set)
    timer.start()
    try:
        with merging(settings) as merge:
            for shown, _ in readings(settings, ending):
                if merge.failed:
                    raise UnavailableError(f"merge: {merge.failed}")
                if published.take(shown) and published.events >= expected:
                    break
    finally:
        timer.cancel()
    return published.checksum()
