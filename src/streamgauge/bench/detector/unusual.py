"""How the anomaly detector watches a stream: the mean of each window, as a measure of a minute."""

import copy
from collections.abc import Iterator

import numpy as np

from streamgauge.bench.detector.stream import Alarm, Stream
from streamgauge.detectors.anomaly import Anomaly, AnomalyState
from streamgauge.metrics.column import Floats

# Events whose mean is one value of the measure.
_SIZE = 100
_MINUTE = 60_000
_DAY = 1_440 * _MINUTE
# Windows that it has seen beforehand; of a stream with a cycle, days.
_WINDOWS = 500
_DAYS = 9


def watch_mean(stream: Stream) -> Iterator[Alarm]:
    """What is unusual in the means of windows, after a history drawn from the reference."""
    windows = len(stream.values) // _SIZE
    means = stream.values[: windows * _SIZE].reshape(windows, _SIZE).mean(axis=1)
    # A cycle is a day, whatever number of windows it has.
    every = _DAY * _SIZE // stream.cycle if stream.cycle else _MINUTE
    before = _history(stream)
    anomaly = Anomaly()
    state = anomaly.start()
    for number, value in enumerate(before.tolist()):
        anomaly.step(state, (number + 1) * every, value)
    state.held = None
    return _unusual(anomaly, state, means, len(before), every)


def _unusual(
    anomaly: Anomaly, known: AnomalyState, means: Floats, before: int, every: int
) -> Iterator[Alarm]:
    state = copy.deepcopy(known)
    for number, value in enumerate(means.tolist()):
        if anomaly.step(state, (before + number + 1) * every, value) is not None:
            yield Alarm((number + 1) * _SIZE)
            state = copy.deepcopy(known)


def _history(stream: Stream) -> Floats:
    """Means of windows drawn from the reference, of a cycle from the same half hours of the day."""
    random = np.random.default_rng(len(stream.values))
    if not stream.cycle:
        return np.asarray(random.choice(stream.reference, (_WINDOWS, _SIZE)).mean(axis=1))
    begin = np.arange(_DAYS * stream.cycle // _SIZE)[:, None] * _SIZE
    near = stream.cycle // 96
    place = begin + random.integers(-near, near + _SIZE, (len(begin), _SIZE))
    return np.asarray(stream.reference[place % stream.cycle].mean(axis=1))
