import numpy as np

from streamgauge.metrics.embedding_column import embeddings


def test_embeddings_are_grouped_by_length() -> None:
    short, long = embeddings([[1.0, 2.0, 2.0], None, [3.0], [0.0, 0.0, 0.0]])
    assert (short.place.tolist(), short.norm.tolist()) == ([2], [3.0])
    assert (long.place.tolist(), long.norm.tolist()) == ([0, 3], [3.0, 0.0])
    assert long.usable.tolist() == [True, False]


def test_what_has_no_direction_is_told() -> None:
    (empty,) = embeddings([[]])
    assert empty.norm.tolist() == [0.0]
    (huge,) = embeddings([[1e308, 1e308]])
    assert np.isinf(huge.norm).all()
    assert not huge.usable.any()


def test_a_norm_does_not_depend_on_its_neighbours() -> None:
    vectors = np.random.default_rng(20261121).normal(size=(50, 384)).tolist()
    together = embeddings(vectors)[0].norm
    alone = [embeddings([vector])[0].norm[0] for vector in vectors]
    assert together.tolist() == alone
