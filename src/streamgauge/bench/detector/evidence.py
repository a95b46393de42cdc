"""How always-valid alarms watch a stream: counts of each window against what was before."""

from collections.abc import Iterator

from streamgauge.bench.detector.stream import WINDOW, Alarm, Stream
from streamgauge.bench.detector.tabled import Tabled, tabled
from streamgauge.detectors.feature_shift import FeatureWatch
from streamgauge.detectors.group_table import tabulate
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


def watch_features(stream: Stream) -> Iterator[Alarm]:
    """The e-process of all features together, against the groups of the reference."""
    return _features(tabled(stream))


def _features(made: Tabled) -> Iterator[Alarm]:
    watch = FeatureWatch()
    table = tabulate(made.names, made.before, [True] * len(made.names))
    state = watch.start(table)
    for end, counts in zip(made.ends.tolist(), made.groups, strict=True):
        shift = watch.step(state, table, counts)
        if shift is not None and shift.active:
            yield Alarm(end, made.names.index(shift.moved[0].name))
            state = watch.start(table)
