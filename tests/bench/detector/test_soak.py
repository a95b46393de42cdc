from collections.abc import Iterator

import msgspec

from streamgauge.bench.detector.soak import soak, stage
from streamgauge.contracts import codec
from streamgauge.contracts.measure import Measure, Signal
from streamgauge.contracts.reference import Reference
from streamgauge.contracts.summary import Summary


def third(reference: Reference) -> "Third":
    assert reference.rows
    return Third()


class Third:
    """Speaks in every third window, and ends in the next."""

    def __init__(self) -> None:
        self.windows = 0

    def __call__(self, written: bytes) -> Iterator[Signal | Measure]:
        summary = codec.decode(Summary, written)
        self.windows += 1
        made = Signal(
            id="s",
            labels=summary.labels,
            detector="third",
            stream="window",
            start=summary.start,
            end=summary.end,
            active=True,
            score=1.0,
            before=0.0,
            after=1.0,
            samples=1,
        )
        if self.windows % 3 == 0:
            yield made
        if self.windows % 3 == 1:
            yield msgspec.structs.replace(made, active=False)


def test_what_begins_in_still_traffic_is_counted_by_detector_and_what_ends_is_not() -> None:
    soaked = soak(third, "stationary", 9_999, 1)
    assert soaked.events == 9_000
    assert soaked.false == {"third/window": 3}
    assert soaked.held == {"third/window": 3}
    assert round(soaked.per_million) == 333
    assert soaked.us_per_event > 0
    assert "third/window" in str(soaked)
    assert "333.33 per million" in str(soaked)


def test_the_stage_is_silent_while_nothing_changes() -> None:
    # 100 minutes; all detectors together may make one false alarm in 1,000.
    soaked = soak(stage, "stationary", 100_000, 20261121)
    assert soaked.false == {}
