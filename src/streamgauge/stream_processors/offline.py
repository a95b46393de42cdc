"""Recorded events measured without Kafka, as `measure` and `merge` would: readings come out. Pure.

The wall clock is the events' own: a publication is due each time that they have passed `step`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from streamgauge.contracts import codec
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import AnyReading, Measure
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.refusal import explain
from streamgauge.metrics.pending import Pending
from streamgauge.settings import Settings
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.fold_state import StateFold, tick
from streamgauge.stream_processors.log_record import Claim, Delta
from streamgauge.stream_processors.measured import MeasuredSums, delta
from streamgauge.stream_processors.source import SOURCES, Source, widths
from streamgauge.stream_processors.state_record import Body

_KINDS: dict[str, type[Prediction | Heartbeat]] = {
    "predictions": Prediction,
    "heartbeats": Heartbeat,
}
_MS = 1_000
_Event = Prediction | Heartbeat


def fold(lines: Iterable[str], settings: Settings | None = None) -> list[AnyReading]:
    """What is measured of predictions and heartbeats (JSON Lines); ValueError names the line.

    Events are taken in the order of their times. All windows are closed at the end.
    """
    settings = settings or Settings()
    step = round(settings.window.tick * _MS)
    events = sorted(_read(lines), key=lambda one: one[1].ts)
    if not events:
        return []
    topics = sorted({topic for topic, _ in events})
    logs = [_Log(SOURCES[topic], settings) for topic in topics]
    readings: list[AnyReading] = []
    for index, group in groupby(events, key=lambda one: one[1].ts // step):
        come = list(group)
        for log in logs:
            log.count([event for topic, event in come if topic == log.topic])
        readings += _publish(logs, (index + 1) * step)
    last = widths(settings.window)
    end = events[-1][1].ts + last.width + last.delay
    for clock in range((index + 2) * step, end + 2 * step, step):
        readings += _publish(logs, clock)
    return readings


class _Log:
    """One source on one partition, as its owner counts it and as `merge` folds it."""

    def __init__(self, source: Source, settings: Settings) -> None:
        shape, self._widths = source.shape(settings), widths(settings.window)
        self.topic = source.topic
        self.fold = StateFold(
            source.topic,
            1,
            shape,
            self._widths,
            source.telling(settings),
            stall=settings.window.idle,
            wide=settings.window.tick,
            now=0.0,
        )
        self._source, self._settings = source, settings
        self._sums = MeasuredSums(shape, self._widths).empty()
        self._pending = Pending(self._sums.rollup, 0)
        self._known: dict[str, int] = {}
        self._counted = self._position = 0
        self.fold.take(0, 0, Claim(owner="offline"), 0.0)

    def count(self, events: Sequence[_Event]) -> None:
        """Add events to what is pending."""
        if events:
            self._source.add(self._pending, events, None, self._settings)
            self._known.update(
                {one.service: one.ts for one in events if isinstance(one, Heartbeat)}
            )
            self._counted += len(events)

    def write(self, clock: int) -> None:
        """All events up to the clock have come: write them down."""
        self._pending.advance(clock - self._widths.delay)
        watermark, end = self._pending.watermark, self._position + self._counted
        counts = Body(watermark=watermark, accepted=self._counted, known=dict(self._known))
        body = state_record.encode(delta(self._sums, self._pending, counts))
        self.fold.take(
            0,
            end + 1,
            Delta(epoch=0, begin=self._position, end=end, watermark=watermark, base=-1, body=body),
            clock / _MS,
        )
        self._position, self._counted = end, 0


def _publish(logs: Sequence[_Log], clock: int) -> Iterator[AnyReading]:
    now = clock / _MS
    for log in logs:
        log.write(clock)
        yield from (one for one in log.fold.publish(now) if isinstance(one, Measure))
    yield tick([log.fold for log in logs], now, clock)


def _read(lines: Iterable[str]) -> Iterator[tuple[str, _Event]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        body = line.encode()
        try:
            fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            topic = "predictions" if "model" in fields else "heartbeats"
            yield topic, codec.decode(_KINDS[topic], body)
        except codec.UNREADABLE as error:
            raise ValueError(f"line {number}: {explain(error, body).detail}") from None
