import numpy as np
import pytest
from numpy.typing import NDArray

from streamgauge.detectors.embedding import EmbeddingDrift, combine
from streamgauge.metrics import embedding_projection

SEED = 20261209
SIZE = 64
DRIFT = EmbeddingDrift()
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def cloud(random: np.random.Generator, count: int, rank: int, by: float = 0.0) -> Floats:
    """Vectors as models make them: in few directions, and all on one side of nothing."""
    shape = np.random.default_rng(SEED).normal(0, 1, (rank + 2, SIZE))
    vectors = random.normal(0, 1, (count, rank)) @ shape[:rank]
    vectors += 2 * shape[rank] + by * shape[rank + 1] + random.normal(0, 0.3, (count, SIZE))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1)[:, None])


def cells(vectors: Floats) -> Ints:
    return embedding_projection.cells(vectors, np.linalg.norm(vectors, axis=1))


def count(cells: Ints) -> Ints:
    return np.bincount((cells + np.arange(32) * 16).reshape(-1), minlength=512)


@pytest.mark.parametrize("rank", [2, 8, 32])
def test_p_is_right_although_the_directions_depend_on_each_other(rank: int) -> None:
    # 1,000 pairs of a reference of 2,000 and a window of 250: 10 below .01, by four deviations 22.
    random = np.random.default_rng(SEED + rank)
    drawn = cells(cloud(random, 100_000, rank))
    found = []
    for place in range(1_000):
        if place % 25 == 0:
            reference = count(drawn[random.integers(0, len(drawn), 2_000)])
        found.append(DRIFT.judge(reference, count(drawn[random.integers(0, len(drawn), 250)])))
    assert sum(one.p < 0.01 for one in found) <= 22
    assert sum(one.active for one in found) <= 1
    assert np.mean([one.psi for one in found]) == pytest.approx(0, abs=0.005)


def test_a_cloud_that_moves_is_found_and_how_far_its_mean_is_told() -> None:
    random = np.random.default_rng(SEED)
    before, after = cloud(random, 5_000, 8), cloud(random, 1_000, 8, by=0.8)
    found = DRIFT.judge(count(cells(before)), count(cells(after)))
    assert found.active
    true = float(np.linalg.norm(after.mean(axis=0) - before.mean(axis=0)))
    assert found.distance == pytest.approx(true, rel=0.25)
    assert found.text == f"embeddings moved: their mean by {found.distance:.3f} of their length"
    assert found.part is not None
    assert found.part.after is not None
    assert len(found.part.after.edges) == 17


def test_with_too_little_on_either_side_nothing_is_said() -> None:
    many, few = np.full((32, 16), 100), np.full((32, 16), 10)
    for one in (DRIFT.judge(many, few), DRIFT.judge(few, many), DRIFT.judge(many, np.zeros(512))):
        assert not one.active
        assert np.isnan([one.psi, one.p, one.distance]).all()


def test_p_values_combine_to_their_like() -> None:
    for p in (1e-200, 1e-20, 1e-16, 1e-10, 0.01, 0.5):
        assert combine(np.full(5, p)) == pytest.approx(p, rel=1e-6)
    assert combine(np.array([1e-8, *[0.5] * 31])) == pytest.approx(32e-8, rel=1e-3)
    assert combine(np.array([0.0, 1.0])) < 1e-100
    assert np.isnan(combine(np.full(3, np.nan)))
