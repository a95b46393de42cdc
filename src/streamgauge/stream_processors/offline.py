"""Recorded events measured without Kafka, as `measure` and `merge` would: readings come out. Pure.

The wall clock is the events' own: a publication is due each time that they have passed `step`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

from streamgauge.contracts import codec
from streamgauge.contracts.event import Event
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import AnyReading, Measure
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.refusal import explain
from streamgauge.contracts.usage import Usage
from streamgauge.metrics.pending import Pending
from streamgauge.settings import Settings
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.fold_state import StateFold, tick
from streamgauge.stream_processors.log_record import Claim, Delta
from streamgauge.stream_processors.measured import MeasuredSums, delta
from streamgauge.stream_processors.recorded_join import RecordedJoin
from streamgauge.stream_processors.shown import Predicted
from streamgauge.stream_processors.source import SOURCES, Source, widths
from streamgauge.stream_processors.state_record import Body

# Each kind of event by its topic, and a field that it has and those before it have not.
_KINDS: dict[str, tuple[str, type[Any]]] = {
    "outcomes": ("truth", Outcome),
    "feedback": ("kind", Feedback),
    "usage": ("event", Usage),
    "heartbeats": ("service", Heartbeat),
    "predictions": ("model", Prediction),
}
_MS = 1_000


def fold(lines: Iterable[str], settings: Settings | None = None) -> list[AnyReading]:
    """What is measured of events (JSON Lines, all kinds in one); ValueError names the line.

    Events are taken in the order of their times. Outcomes find the recording's predictions by id.
    All base windows are closed at the end.
    """
    settings = settings or Settings()
    step = round(settings.window.tick * _MS)
    events = sorted(_read(lines), key=lambda one: one[1].ts)
    if not events:
        return []
    there = {topic for topic, _ in events}
    predicted: dict[int, Predicted] = {}
    # In the order in which `merge` publishes them: that of outcomes tells what share is labelled.
    logs = [_Log(one, settings, predicted) for topic, one in SOURCES.items() if topic in there]
    join = RecordedJoin(settings)
    readings: list[AnyReading] = []
    for index, group in groupby(events, key=lambda one: one[1].ts // step):
        come = _by_topic(group, join)
        for log in logs:
            log.count(come.get(log.topic, ()))
        readings += _publish(logs, (index + 1) * step)
    last = widths(settings.window)
    end = events[-1][1].ts + last.width + last.delay
    for clock in range((index + 2) * step, end + 2 * step, step):
        readings += _publish(logs, clock)
    return readings


def _by_topic(come: Iterable[tuple[str, Any]], join: RecordedJoin) -> Mapping[str, Sequence[Any]]:
    """Events of one step, labels in the place of outcomes."""
    found: dict[str, list[Any]] = {}
    for topic, event in come:
        found.setdefault(topic, []).append(event)
    waited = join.remember(found.get("predictions", ()))
    if outcomes := [*waited, *found.get("outcomes", ())]:
        found["outcomes"] = join.resolve(outcomes)
    return found


class _Log:
    """One source on one partition, as its owner counts it and as `merge` folds it."""

    def __init__(self, source: Source, settings: Settings, predicted: dict[int, Predicted]) -> None:
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
            predicted=predicted,
        )
        self._source, self._settings = source, settings
        self._sums = MeasuredSums(shape, self._widths).empty()
        self._pending = Pending(self._sums.rollup, 0)
        if self._sums.cohort is not None and not self._sums.tallies:
            self._pending.cohort = Pending(self._sums.cohort, 0)
        self._known: dict[str, int] = {}
        self._counted = self._position = 0
        self.fold.take(0, 0, Claim(owner="offline"), 0.0)

    def count(self, events: Sequence[Any]) -> None:
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


def _read(lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        body = line.encode()
        try:
            fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            topic, kind = next(
                ((topic, kind) for topic, (mark, kind) in _KINDS.items() if mark in fields),
                ("heartbeats", Heartbeat),
            )
            event: Event = codec.decode(kind, body)
        except codec.UNREADABLE as error:
            reject = explain(error, body)
            # What is no JSON at all is of one's own file here: where it breaks helps.
            said = str(error) if reject.reason == "json" else reject.detail
            raise ValueError(f"line {number}: {said}") from None
        yield topic, event
