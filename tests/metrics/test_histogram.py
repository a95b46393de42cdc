import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics.histogram import LogBuckets, quantile

BUCKETS = LogBuckets(low=1e-6, high=3_600.0, growth=1.02)
# (g - 1) / (g + 1) of DDSketch, and what is lost where a logarithm is rounded over an edge.
BOUND = 0.02 / 2.02 + 1e-9


@given(st.floats(1.000001e-6, 3_600.0))
def test_a_cells_answer_is_within_the_bound_of_every_value_in_it(value: float) -> None:
    answer = BUCKETS.middle[BUCKETS.cell(np.array([value]))[0]]
    assert abs(answer - value) <= BOUND * value


@given(st.floats(0.0, 1e300), st.floats(0.0, 1e300))
def test_cells_are_in_the_order_of_the_values(one: float, other: float) -> None:
    low, high = BUCKETS.cell(np.array(sorted([one, other])))
    assert low <= high


def test_values_beyond_the_ends_go_to_the_last_cells() -> None:
    values = np.array([-1e308, -1.0, -0.0, 0.0, 5e-324, 1e-6, 3_600.0, 1e6, 1e308])
    cells = BUCKETS.cell(values)
    assert cells[:6].tolist() == [0] * 6
    assert BUCKETS.middle[0] == 0.0
    assert set(cells[-2:].tolist()) == {BUCKETS.width - 1}
    assert cells.max() < BUCKETS.width == len(BUCKETS.middle)


def test_a_quantile_is_the_nearest_rank() -> None:
    middle = np.array([1.0, 2.0, 3.0])
    cells = np.array([1, 0, 3])
    assert [quantile(cells, middle, share) for share in (0.0, 0.25, 0.26, 1.0)] == [1, 1, 3, 3]


def test_a_quantile_of_nothing_is_not_a_number() -> None:
    assert np.isnan(quantile(np.zeros(3, np.int64), np.arange(3.0), 0.5))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 0.99])
@pytest.mark.parametrize("number", [1, 2, 19, 20, 21, 100, 140, 1_000])
def test_a_quantile_has_the_rank_that_numpy_gives_it(share: float, number: int) -> None:
    middle = np.arange(number, dtype=np.float64)
    expected = np.quantile(middle, share, method="inverted_cdf")
    assert quantile(np.ones(number, np.int64), middle, share) == expected


@pytest.mark.parametrize(
    ("low", "high", "growth"),
    [(1e-6, 3_600.0, 1.02), (1e-6, 1e9, 1.05), (0.5, 1e6, 1.05), (1e-3, 1e4, 1.0078125)],
)
def test_every_bound_is_where_it_should_be(low: float, high: float, growth: float) -> None:
    buckets = LogBuckets(low=low, high=high, growth=growth)
    bounds = low * np.power(growth, np.arange(buckets.width - 1, dtype=np.float64))
    cells = np.arange(len(bounds))
    assert np.array_equal(buckets.cell(bounds), cells)
    assert np.array_equal(buckets.cell(np.nextafter(bounds, 0.0)), cells)
    assert np.array_equal(buckets.cell(np.nextafter(bounds, np.inf)), cells + 1)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_any_number_has_the_cell_that_holds_it(values: list[float]) -> None:
    buckets = LogBuckets(low=1e-3, high=1e3, growth=1.1)
    bounds = 1e-3 * np.power(1.1, np.arange(buckets.width - 1, dtype=np.float64))
    assert np.array_equal(buckets.cell(np.array(values)), np.searchsorted(bounds, values))


def test_cells_that_are_too_narrow_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at least"):
        LogBuckets(low=1.0, high=2.0, growth=1.001)
