"""`time` and `timestamp`: when it is evaluated, and when a value is from. Seconds."""

from streamgauge.alerting.promql.function import Frame, of_whole
from streamgauge.alerting.promql.tree import Selector
from streamgauge.alerting.promql.vector import Sample, bare


def _time(frame: Frame) -> float:
    return frame.at / 1000


def _timestamp(frame: Frame, samples: list[Sample]) -> list[Sample]:
    # What is computed is from now; only what is read has a time of its own.
    read = isinstance(frame.nodes[0], Selector)
    return [
        Sample(bare(it.labels), (it.at if read else frame.at) / 1000, frame.at) for it in samples
    ]


FUNCTIONS = (
    of_whole("time", _time, returns="scalar", single=True),
    of_whole("timestamp", _timestamp, "vector", single=True),
)
