"""How always-valid alarms watch a stream: counts of each window against what was before."""

from collections.abc import Iterator

from streamgauge.bench.detector.stream import WINDOW, Alarm, Stream
from streamgauge.detectors.rate import Rate


def watch_rate(stream: Stream) -> Iterator[Alarm]:
    """The e-process of a bounded rate; the stream's reference is its baseline."""
    rate = Rate()
    before = len(stream.reference), float(stream.reference.sum())
    state = rate.start(*before)
    values = stream.values
    for begin in range(0, len(values), WINDOW):
        window = values[begin : begin + WINDOW]
        shift = rate.step(state, len(window), float(window.sum()))
        if shift is not None and shift.active:
            yield Alarm(begin + len(window))
            state = rate.start(*before)
