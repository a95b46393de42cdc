import numpy as np
import pytest

from streamgauge.metrics.bucket import Buckets

from .event import counted, prediction

METRIC = Buckets("prediction_confidence", "confidence", (0.1, 0.5))


def test_each_bucket_holds_those_before_it() -> None:
    events = [prediction(confidence=share) for share in (0.05, 0.1, 0.3, 0.9)]
    assert METRIC.values(counted(METRIC, events), 60.0) == {
        'prediction_confidence_bucket{le="0.1"}': 2.0,
        'prediction_confidence_bucket{le="0.5"}': 3.0,
        'prediction_confidence_bucket{le="+Inf"}': 4.0,
    }


def test_an_edge_belongs_to_the_bucket_below_it() -> None:
    below, above = np.nextafter(0.5, 0.0), np.nextafter(0.5, 1.0)
    cells = [counted(METRIC, [prediction(confidence=share)]) for share in (below, 0.5, above)]
    assert [cell.argmax() for cell in cells] == [1, 1, 2]


@pytest.mark.parametrize("events", [[], [prediction()]])
def test_without_values_there_are_no_buckets(events: list[object]) -> None:
    cells = counted(METRIC, events)  # type: ignore[arg-type]  # pytest loses the type
    assert METRIC.values(cells, 60.0) == METRIC.samples(cells) == {}
