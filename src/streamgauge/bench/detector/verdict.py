"""How the verdicts of window tests watch a stream: windows add up until there is enough to say."""

from collections.abc import Iterator

import numpy as np

from streamgauge.bench.detector.stream import Alarm, Stream
from streamgauge.bench.detector.tabled import Tabled, tabled
from streamgauge.detectors.feature_drift import FeatureDrift
from streamgauge.detectors.gathered import Gathered
from streamgauge.detectors.yardstick import Window, Yardstick
from streamgauge.metrics import frozen_grid


def watch_drift(stream: Stream) -> Iterator[Alarm]:
    """The verdict over all features, each time that a window has enough of them."""
    return _verdicts(tabled(stream))


def _verdicts(made: Tabled) -> Iterator[Alarm]:
    drift = FeatureDrift()
    middles = {
        name: frozen_grid.middles(plan) for name, plan in zip(made.names, made.plans, strict=True)
    }
    yardstick = Yardstick.of(made.reference, middles)
    names = np.zeros((0, 2), np.int64)
    waiting = Gathered()
    for end, counts in zip(made.ends.tolist(), made.groups, strict=True):
        # A window follows another at once, so none is ever too old.
        waiting, enough = waiting.add(Window(counts, names), 0, least=drift.least)
        if enough is None:
            continue
        verdict = drift.judge(yardstick, enough.window)
        if verdict.active:
            yield Alarm(end, made.names.index(verdict.parts[0].name))
