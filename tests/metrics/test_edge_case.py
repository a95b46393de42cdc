from streamgauge.metrics.edge_case import EdgeCases

from .event import counted, prediction

METRIC = EdgeCases()


def test_each_case_is_counted() -> None:
    events = [
        prediction(),
        prediction(prediction=1.0, confidence=0.1),
        prediction(prediction=1.0, confidence=0.0, latency_ms=1_000.1),
        prediction(prediction=1.0, text_length=0),
        prediction(prediction="cat", confidence=0.11, latency_ms=1_000.0, text_length=1),
    ]
    assert METRIC.values(counted(METRIC, events), 60.0) == {
        'prediction_edge_case_count{case="unanswered"}': 1.0,
        'prediction_edge_case_count{case="unsure"}': 2.0,
        'prediction_edge_case_count{case="slow"}': 1.0,
        'prediction_edge_case_count{case="empty_text"}': 1.0,
    }


def test_an_error_without_an_answer_is_no_edge_case() -> None:
    assert not counted(METRIC, [prediction(status="error")]).any()
