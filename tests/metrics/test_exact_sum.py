import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics import exact_sum
from streamgauge.metrics.exact_sum import LIMIT, SCALE, digits, square_digits, total

MOST = int(LIMIT) * SCALE
numbers = st.integers(-MOST, MOST)


@given(st.lists(numbers, max_size=50))
def test_sums_of_numbers_and_squares_are_those_of_python(given_numbers: list[int]) -> None:
    column = np.array(given_numbers, np.int64)
    assert total([int(digit.sum()) for digit in digits(column)]) == sum(given_numbers)
    squares = total([int(digit.sum()) for digit in square_digits(column)])
    assert squares == sum(number * number for number in given_numbers)


@given(numbers)
def test_a_cell_takes_2_to_the_36_additions(number: int) -> None:
    column = np.array([number], np.int64)
    for digit in (*digits(column), *square_digits(column)):
        assert abs(int(digit[0])) * 2**36 < 2**63


def test_numbers_are_cut_where_their_squares_would_not_fit() -> None:
    assert exact_sum.whole(np.array([1e308, -1e308, 1e-7])).tolist() == [MOST, -MOST, 0]
    assert MOST < 2**50
