from streamgauge.contracts.bucket import CONFIDENCE_EDGES
from streamgauge.metrics.confidence_bucket import ConfidenceBuckets

from .event import counted, prediction

METRIC = ConfidenceBuckets()


def test_every_edge_is_told_apart_from_what_is_just_above() -> None:
    events = [prediction(confidence=edge) for edge in CONFIDENCE_EDGES]
    events += [prediction(confidence=edge + 1e-9) for edge in CONFIDENCE_EDGES]
    values = METRIC.values(counted(METRIC, events), 60.0)
    assert list(values.values()) == [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 12.0]
    assert 'prediction_confidence_bucket{le="0.55"}' in values
