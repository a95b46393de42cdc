"""The health of a model, of figures that not every window has."""

import msgspec
from tests.metrics.event import MINUTE, prediction
from tests.stream_processors.watched import measures, watch, windows

from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors.watch_health import HealthWatcher

ERRORS = 'model_health_part{part="errors"}'
LATENCY = 'model_health_part{part="latency"}'


def test_a_figure_counts_until_it_is_a_day_old() -> None:
    full = windows([[prediction(at, at=at, latency_ms=5.0) for at in range(50)]])[0]
    bare = windows([[prediction(at, at=at, latency_ms=None) for at in range(50)]])[0]
    later = [
        msgspec.structs.replace(bare, start=full.start + after, end=full.end + after)
        for after in (MINUTE, DAY)
    ]
    first, second, last = (
        one.values.keys() for one in measures(watch([HealthWatcher()], [full, *later]))
    )
    assert {ERRORS, LATENCY} <= first
    assert {ERRORS, LATENCY} <= second
    assert ERRORS in last
    assert LATENCY not in last
