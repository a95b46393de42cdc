"""The stage `detect`: closed windows with their samples in, signals out."""

from collections.abc import Iterator
from contextlib import suppress

import msgspec

from streamgauge.contracts import codec
from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Signal
from streamgauge.contracts.summary import Sample, Summary
from streamgauge.detectors.adwin import Adwin, AdwinState
from streamgauge.detectors.base import Change
from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.read_back import read_back

STREAMS = ("score", "latency", "error")
_SOURCE = "predictions"
_DETECTORS = {"score": Adwin(), "latency": Adwin(), "error": Adwin(rate=True)}
# A signal holds for this many windows after the last change: longer than the `for` of the shipped
# rule on lasting drift, and ADWIN speaks again while the stream still moves.
_HOLD = 6


class Detecting:
    """Follows `summaries`: one detector a series and stream."""

    name = "detect"
    topic = "summaries"

    def __init__(self, settings: Settings) -> None:
        self.outbox = Outbox(settings.kafka, "streamgauge-detect")
        self._kafka = settings.kafka

    def follow(self, partition: int, committed: int) -> "Watch":
        """Detectors come back by reading the summaries that Kafka still has, in silence."""
        watch = Watch(self.outbox)
        for message in read_back(self._kafka, self.topic, partition, to=committed):
            # What could not be read was buried when it came.
            with suppress(*codec.UNREADABLE):
                watch.signals(codec.decode(Summary, message.value() or b""))
        log.info("detect restored", partition=partition, series=len(watch.series))
        return watch


class Series(msgspec.Struct):
    """The detectors of one series, and which of them have a change that still holds."""

    states: dict[str, AdwinState]
    held: dict[str, tuple[int, Change]]
    seen_to: int = 0


class Watch:
    """All series of one partition."""

    def __init__(self, outbox: Outbox) -> None:
        self.series: dict[tuple[tuple[str, str], ...], Series] = {}
        self._outbox = outbox

    def step(self, value: bytes, _offset: int) -> None:
        """One closed window."""
        summary = codec.decode(Summary, value)
        for signal in self.signals(summary):
            self._outbox.put("measures", summary.labels.get("model"), codec.encode(signal))
            log.info("signal", stream=signal.stream, active=signal.active, labels=signal.labels)

    def signals(self, summary: Summary) -> list[Signal]:
        """What the detectors say of a window; of one that came before, nothing.

        Days and windows of other events than predictions are for others.
        """
        if not summary.base or summary.source != _SOURCE:
            return []
        key = tuple(sorted(summary.labels.items()))
        series = self.series.get(key)
        if series is None:
            states = {stream: _DETECTORS[stream].start() for stream in STREAMS}
            series = self.series[key] = Series(states, {})
        if summary.start < series.seen_to:
            return []
        series.seen_to = summary.end
        return list(_detect(series, summary))


def _detect(series: Series, summary: Summary) -> Iterator[Signal]:
    for stream in STREAMS:
        values = column(summary.sample, stream)
        change = _DETECTORS[stream].step(series.states[stream], values)
        if change is not None:
            fresh = stream not in series.held
            series.held[stream] = (_HOLD, change)
            if fresh:
                yield _signal(summary, stream, change, len(values), active=True)
        elif stream in series.held:
            left, last = series.held.pop(stream)
            if left > 1:
                series.held[stream] = (left - 1, last)
            else:
                yield _signal(summary, stream, last, len(values), active=False)


def column(sample: Sample, stream: str) -> list[float | None]:
    """The values of a stream; a latency or score that is missing is None."""
    if stream == "error":
        return [float(error) for error in sample.error]
    return sample.score if stream == "score" else sample.latency


def _signal(summary: Summary, stream: str, change: Change, samples: int, *, active: bool) -> Signal:
    labels: Labels = summary.labels
    name = ",".join(f"{label}={value}" for label, value in sorted(labels.items()))
    return Signal(
        id=f"adwin/{stream}/{name}/{summary.start}",
        labels=labels,
        detector="adwin",
        stream=stream,
        start=summary.start,
        end=summary.end,
        active=active,
        score=change.score,
        before=change.before,
        after=change.after,
        samples=samples,
    )
