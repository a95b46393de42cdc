import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics import grid

finite = st.floats(allow_nan=False, allow_infinity=False)


def cell(value: float) -> int:
    return int(grid.cell(np.array([value]))[0])


@given(finite, finite)
def test_cells_ascend_with_the_values(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 < cell(low) <= cell(high) < grid.CELLS - 1


@given(finite)
def test_both_sides_are_mirrors(value: float) -> None:
    assert cell(value) + cell(-value) == 2 * cell(0.0)


@given(st.floats(2.0**-20, 2.0**43, exclude_max=True))
def test_a_value_is_in_its_cell_and_near_its_middle(value: float) -> None:
    middle = grid.MIDDLE[cell(value)]
    assert cell(float(middle)) == cell(value)
    assert abs(middle - value) <= 0.125 * value


@pytest.mark.parametrize("value", [0.0, -0.0, 5e-324, -5e-324, 2.0**-21, sys.float_info.min])
def test_what_is_next_to_nothing_is_in_the_middle(value: float) -> None:
    assert cell(value) == 255
    assert grid.MIDDLE[255] == 0.0


@pytest.mark.parametrize("value", [2.0**44, 1e300, sys.float_info.max])
def test_what_is_huge_is_in_the_outer_cells(value: float) -> None:
    assert (cell(-value), cell(value)) == (1, 509)


@pytest.mark.parametrize("exponent", range(-19, 43))
def test_a_power_of_two_begins_a_cell_and_four_cells_fill_it(exponent: int) -> None:
    begin = 2.0**exponent
    assert cell(np.nextafter(begin, 0.0)) == cell(begin) - 1
    quarters = [cell(begin * (1 + part / 4)) for part in range(4)]
    assert quarters == list(range(cell(begin), cell(begin) + 4))


def test_middles_ascend() -> None:
    used = grid.MIDDLE[1:510]
    assert (np.diff(used) > 0).all()
    assert np.array_equal(used, -used[::-1])


def test_groups_of_neighbours_hold_what_their_cells_hold() -> None:
    cells = np.random.default_rng(5).integers(0, 9, (3, grid.CELLS)).astype(np.uint32)
    coarse = grid.coarse(cells)
    assert coarse.shape == (3, grid.COARSE)
    assert coarse[1, 2] == cells[1, 64:96].sum()
    assert np.array_equal(coarse.sum(axis=1), cells.sum(axis=1))
