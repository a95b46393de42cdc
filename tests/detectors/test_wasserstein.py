import numpy as np
import pytest
from scipy import stats

from streamgauge.detectors.wasserstein import Wasserstein

from .table import normals, row, values

RAW = Wasserstein(raw=True)


def test_the_case_of_frouros() -> None:
    # frouros, tests/integration/test_data_drift.py: EMD.
    found = RAW.compare(*values(normals(31, (1, 1, 100))[0], normals(31, (5, 2, 100))[0]))
    assert found.distance[0] == pytest.approx(3.85346006)


@pytest.mark.parametrize(
    ("draws", "expected"),
    [
        (((0, 1, 15_000), (0, 10, 1_000_000)), 7.180),
        (((0, 1, 10_000), (1, 1, 1_000)), 1.01),
        (((0, 1, 100_000), (-4, 1, 1_000)), 3.99),
    ],
)
def test_the_cases_of_nannyml_on_512_cells(
    draws: tuple[tuple[float, float, int], ...], expected: float
) -> None:
    # NannyML, tests/drift. Here on 512 cells that reach from the least to the greatest value of
    # both; within the 1.5 % that research/drift.md section 3c found.
    left, right = normals(1, *draws)
    edges = np.histogram_bin_edges(np.concatenate([left, right]), 512)
    middles = (edges[:-1] + edges[1:])[None] / 2
    counts = [np.histogram(drawn, edges)[0][None] for drawn in (left, right)]
    found = RAW.compare(counts[0], counts[1], middles).distance[0]
    assert found == pytest.approx(expected, rel=0.015)


def test_it_agrees_with_scipy_and_counts_deviations_of_the_reference() -> None:
    random = np.random.default_rng(20261201)
    one, two = random.gamma(2, 3, 500), random.gamma(2, 4, 300)
    left, right, known = values(one, two)
    expected = stats.wasserstein_distance(one, two)
    assert RAW.compare(left, right, known).distance[0] == pytest.approx(expected)
    found = Wasserstein().compare(left, right, known).distance[0]
    assert found == pytest.approx(expected / one.std())


def test_the_unit_does_not_matter_in_deviations() -> None:
    random = np.random.default_rng(20261201)
    left, right, known = values(random.normal(0, 1, 300), random.normal(1, 1, 300))
    found = [
        Wasserstein().compare(left, right, known * unit).distance[0]
        for unit in (1e-150, 0.001, 1, 1_000, 1e300)
    ]
    assert found == pytest.approx([found[0]] * 5)


def test_it_is_unknown_without_values_or_without_a_deviation() -> None:
    assert np.isnan(RAW.compare(row(1, 2), row(2, 1)).distance[0])
    constant = row(0, 4), row(3, 1), np.array([[5.0, 7.0]])
    assert np.isnan(Wasserstein().compare(*constant).distance[0])
    assert RAW.compare(*constant).distance[0] == pytest.approx(1.5)
    empty = row(0, 0), row(3, 1), np.array([[5.0, 7.0]])
    assert np.isnan(RAW.compare(*empty).distance[0])
