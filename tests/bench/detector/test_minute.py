import numpy as np
import pytest

from streamgauge.bench.detector.minute import (
    KINDS,
    NAMES,
    PER_DAY,
    PER_MINUTE,
    Closing,
    minutes,
    reference,
)
from streamgauge.contracts.reference import GROUPS
from streamgauge.metrics.closed import read_closed

SEED = 20261121


def test_a_closed_minute_holds_what_came_in_it() -> None:
    (minute,) = minutes("stationary", 1, SEED)
    summary = Closing(reference("stationary", SEED)).close(minute, 7)
    assert summary.count == PER_MINUTE
    assert summary.end - summary.start == 60_000
    closed = read_closed(summary)
    assert set(closed.features) == set(NAMES)
    feature = closed.features["f03"]
    assert (feature.known, feature.null) == (PER_MINUTE, 0)
    assert feature.total / 1e6 == pytest.approx(minute.features[:, 3].sum(), abs=1e-3)
    assert (feature.low, feature.high) == (
        minute.features[:, 3].min(),
        minute.features[:, 3].max(),
    )
    # Each group holds a sixteenth of the reference: 62.5 of 1,000, with five deviations of 7.7.
    assert len(feature.grid) == GROUPS
    assert np.abs(feature.grid - PER_MINUTE / GROUPS).max() < 40
    errors = closed.cells["errors"]
    assert errors[0] == PER_MINUTE - minute.error.sum()
    assert errors.sum() == closed.cells["traffic"][0] == PER_MINUTE
    for name in ("prediction_value", "prediction_confidence", "prediction_latency_seconds"):
        assert closed.cells[name][1:].sum() == PER_MINUTE


def test_the_sample_of_a_minute_is_ordered_and_of_its_rows() -> None:
    (minute,) = minutes("stationary", 1, SEED)
    sample = Closing(reference("stationary", SEED)).close(minute, 0).sample
    assert len(sample.ts) == len(set(sample.id)) == 200
    assert sample.ts == sorted(sample.ts)
    places = [int(name.rpartition("-")[2]) for name in sample.id]
    assert sample.score == minute.value[places].tolist()
    assert sample.features["f19"] == minute.features[places, 19].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_traffic_is_as_its_reference_over_whole_days(kind: str) -> None:
    held = reference(kind, SEED)
    # Every hour's first minute would miss the night: a minute of each twentieth of the day.
    drawn = [
        minute
        for at, minute in enumerate(minutes(kind, PER_DAY, SEED))
        if at % (PER_DAY // 20) == 0
    ]
    values = np.concatenate([minute.features for minute in drawn])
    for place, name in enumerate(NAMES[:3]):
        field = held.schema[name]
        assert field.mean == pytest.approx(values[:, place].mean(), abs=0.1)  # type: ignore[union-attr]  # features here are numbers
    rate = np.concatenate([minute.error for minute in drawn]).mean()
    # Five deviations of 2 % of 20,000, three times the variance where errors stick together.
    assert rate == pytest.approx(0.02, abs=0.009)
    spread = np.std([minute.features[:, 0].mean() for minute in drawn])
    assert (spread > 0.5) == (kind == "daily")
