import pytest

from streamgauge.metrics.embedding_quality import EmbeddingQuality

from .event import counted, prediction

METRIC = EmbeddingQuality()


def test_norms_and_useless_vectors_are_told() -> None:
    vectors: tuple[list[float], ...] = ([3.0, 4.0], [0.0, 0.0], [1e200, 1e200], [0.6, 0.8], [])
    events = [prediction(embedding=vector) for vector in vectors] + [prediction()]
    cells = counted(METRIC, events)
    values = METRIC.values(cells, 60.0)
    assert values["embedding_zero_count"] == 2.0
    assert values["embedding_broken_count"] == 1.0
    assert values["embedding_norm_mean"] == 3.0
    assert values['embedding_norm{quantile="0.5"}'] == pytest.approx(1.0, rel=0.025)
    assert values['embedding_norm{quantile="0.95"}'] == pytest.approx(5.0, rel=0.025)
    assert METRIC.samples(cells) == {
        "embedding_zero_count": 5,
        "embedding_broken_count": 5,
        "embedding_norm": 2,
        "embedding_norm_mean": 2,
    }


def test_without_a_direction_there_is_no_norm() -> None:
    assert METRIC.values(counted(METRIC, [prediction(embedding=[0.0])]), 60.0) == {
        "embedding_zero_count": 1.0,
        "embedding_broken_count": 0.0,
    }
