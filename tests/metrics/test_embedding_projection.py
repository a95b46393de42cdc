import hashlib
import statistics

import numpy as np
import pytest

from streamgauge.metrics.embedding_projection import (
    CELLS,
    DIRECTIONS,
    EDGES,
    EmbeddingProjections,
    cells,
    hashed,
    signs,
)

from .event import counted, prediction

SEED = 20261121
METRIC = EmbeddingProjections()


def test_the_edges_are_sixteenths_of_the_normal_distribution() -> None:
    normal = statistics.NormalDist()
    assert EDGES.tolist() == pytest.approx([normal.inv_cdf(i / 16) for i in range(1, 16)])


def test_the_hash_is_splitmix64() -> None:
    # The first outputs of the generator seeded with 0, as its authors' C code prints them.
    first = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert hashed(np.arange(3, dtype=np.uint64)).tolist() == first


def test_the_directions_never_change() -> None:
    bits = (signs(4_096) > 0).tobytes()
    assert hashlib.sha256(bits).hexdigest() == (
        "225d5094d7429efc8c7f6abb27e60a5a9dbb38b6f9845e92c6fc073000bee57f"
    )
    assert np.array_equal(signs(4_096)[:7], signs(7))


def test_vectors_that_point_anywhere_fill_the_cells_alike() -> None:
    vectors = np.random.default_rng(SEED).normal(size=(8_000, 128))
    found = cells(vectors, np.linalg.norm(vectors, axis=1))
    for direction in range(DIRECTIONS):
        counts = np.bincount(found[:, direction], minlength=CELLS)
        # Chi-square with 15 degrees of freedom exceeds 56 once in a million.
        assert ((counts - 500.0) ** 2 / 500.0).sum() < 56


def test_a_cloud_that_turns_moves_its_shadows() -> None:
    random = np.random.default_rng(SEED)
    centre = random.normal(size=128)
    cloud = random.normal(size=(2_000, 128))
    before = cells(cloud, np.linalg.norm(cloud, axis=1))
    after = cells(cloud + centre, np.linalg.norm(cloud + centre, axis=1))
    shift = np.abs(before.mean(axis=0) - after.mean(axis=0))
    assert (shift > 1).sum() > DIRECTIONS / 4


def test_the_cell_of_a_vector_does_not_depend_on_its_neighbours() -> None:
    vectors = np.random.default_rng(SEED).normal(size=(200, 384))
    together = cells(vectors, np.linalg.norm(vectors, axis=1))
    for place in range(0, 200, 7):
        row = vectors[place : place + 1]
        assert np.array_equal(cells(row, np.linalg.norm(row, axis=1))[0], together[place])


def test_each_embedding_counts_once_along_each_direction() -> None:
    events = [prediction(embedding=[1.0, 2.0]), prediction(embedding=[3.0]), prediction()]
    found = counted(METRIC, [*events, prediction(embedding=[0.0])]).reshape(DIRECTIONS, CELLS)
    assert found.sum(axis=1).tolist() == [2] * DIRECTIONS
