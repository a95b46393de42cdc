"""Watches the streams of single predictions that travel with a window: score, latency, error."""

from typing import Any

import msgspec

from streamgauge.contracts.summary import Sample
from streamgauge.detection import Detection
from streamgauge.detectors.adwin import Adwin
from streamgauge.detectors.base import Detector
from streamgauge.detectors.ddm import Ddm
from streamgauge.detectors.hddm_a import HddmA
from streamgauge.detectors.page_hinkley import PageHinkley
from streamgauge.detectors.river_watch import RiverState
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import Look, Seen

STREAMS = ("score", "latency", "error")
# A finding holds for this many windows after the last change: longer than the `for` of the shipped
# rules, and detectors speak again while the stream still moves.
_HOLD = 6


class StreamState(msgspec.Struct):
    """The state of each detector, by its name and stream."""

    detectors: dict[str, RiverState]


class StreamWatcher:
    """river's detectors on the ordered sample of a model version; they need no reference."""

    name = "stream"
    state = StreamState

    def __init__(self, settings: Detection) -> None:
        self._detectors: dict[str, Detector] = {}
        for stream in STREAMS:
            rate = stream == "error"
            self._detectors[f"adwin/{stream}"] = Adwin(rate=rate)
            if not rate:
                # Errors are rare: their deviation says nothing of what they may do.
                self._detectors[f"page_hinkley/{stream}"] = PageHinkley()
        if settings.ddm:
            self._detectors["ddm/error"] = Ddm(rate=True)
        if settings.hddm:
            self._detectors["hddm_a/error"] = HddmA(rate=True)

    def start(self) -> StreamState:
        return StreamState({})

    def wants(self, look: Look) -> bool:
        sampled = bool(look.summary.sample.ts) and not look.is_part
        return sampled and look.summary.source == "predictions"

    def look(self, state: Any, look: Look) -> Seen:
        columns = {stream: column(look.summary.sample, stream) for stream in STREAMS}
        found = []
        for name, detector in self._detectors.items():
            kind, _, stream = name.partition("/")
            held = state.detectors.get(name)
            if held is None:
                held = state.detectors[name] = detector.start()
            change = detector.step(held, columns[stream])
            if change is None:
                continue
            word = "rose" if change.direction == "up" else "fell"
            found.append(
                Found(
                    detector=kind,
                    stream=stream,
                    score=change.score,
                    before=change.before,
                    after=change.after,
                    samples=len(columns[stream]),
                    direction=change.direction,
                    text=f"mean {stream} {word} from {change.before:.4g} to {change.after:.4g}",
                    hold=_HOLD,
                )
            )
        return Seen(found=tuple(found))


def column(sample: Sample, stream: str) -> list[float | None]:
    """The values of a stream; a latency or score that is missing is None."""
    if stream == "error":
        return [float(error) for error in sample.error]
    return sample.score if stream == "score" else sample.latency
