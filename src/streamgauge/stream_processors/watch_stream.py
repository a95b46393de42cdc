"""Watches the streams of single predictions that travel with a window: score, latency, error."""

from typing import Any

import msgspec

from streamgauge.contracts.summary import Sample
from streamgauge.detectors.adwin import Adwin
from streamgauge.detectors.river_watch import RiverState
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import Look, Seen

STREAMS = ("score", "latency", "error")
_DETECTORS = {"score": Adwin(), "latency": Adwin(), "error": Adwin(rate=True)}
# A finding holds for this many windows after the last change: longer than the `for` of the shipped
# rules, and ADWIN speaks again while the stream still moves.
_HOLD = 6


class StreamState(msgspec.Struct):
    """The detector of each stream."""

    adwin: dict[str, RiverState]


class StreamWatcher:
    """One ADWIN a stream, on the ordered sample of a model version."""

    name = "stream"
    state = StreamState

    def start(self) -> StreamState:
        return StreamState({stream: _DETECTORS[stream].start() for stream in STREAMS})

    def wants(self, look: Look) -> bool:
        return look.summary.source == "predictions" and bool(look.summary.sample.ts)

    def look(self, state: Any, look: Look) -> Seen:
        found = []
        for stream in STREAMS:
            values = column(look.summary.sample, stream)
            change = _DETECTORS[stream].step(state.adwin[stream], values)
            if change is not None:
                found.append(
                    Found(
                        detector="adwin",
                        stream=stream,
                        score=change.score,
                        before=change.before,
                        after=change.after,
                        samples=len(values),
                        direction="up" if change.after > change.before else "down",
                        hold=_HOLD,
                    )
                )
        return Seen(found=tuple(found))


def column(sample: Sample, stream: str) -> list[float | None]:
    """The values of a stream; a latency or score that is missing is None."""
    if stream == "error":
        return [float(error) for error in sample.error]
    return sample.score if stream == "score" else sample.latency
