from streamgauge.metrics.category import tally
from streamgauge.metrics.column import columns
from streamgauge.metrics.embedding_dimension import EmbeddingDimensions

from .event import prediction

NAMED = EmbeddingDimensions()


def test_coverage_and_lengths_are_told() -> None:
    events = [prediction(embedding=[0.0] * size) for size in (3, 3, 3, 2)] + [prediction()] * 4
    counts = tally(NAMED.column(columns(events)))
    assert NAMED.values(counts, len(events)) == {
        "embedding_coverage_ratio": 0.5,
        "embedding_dimension_mismatch_count": 1.0,
        'embedding_dimension_ratio{dimension="2"}': 0.25,
        'embedding_dimension_ratio{dimension="3"}': 0.75,
    }
    assert NAMED.samples(counts, 8)["embedding_coverage_ratio"] == 8


def test_models_without_embeddings_say_nothing() -> None:
    assert NAMED.column(columns([prediction()])) == ()
