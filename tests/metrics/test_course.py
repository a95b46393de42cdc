from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics.course import LIMIT, Course

readings = st.lists(st.floats(0, 1e308), min_size=1, max_size=20)


def course(values: list[float], scale: int = 1) -> Course:
    held = Course()
    for value in values:
        held.add(value, scale=scale)
    return held


@given(st.lists(readings, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_parts_in_any_order_add_up_to_the_whole(parts: list[list[float]], random: object) -> None:
    whole = course([value for part in parts for value in part])
    random.shuffle(parts)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert reduce(Course.merge, map(course, parts)) == whole == whole.merge(Course())


def test_it_tells_mean_lowest_and_highest() -> None:
    held = course([0.5, 1.5, 2.5], scale=1_000)
    assert (held.mean(scale=1_000), held.low, held.high) == (1.5, 500, 2_500)


def test_an_absurd_reading_counts_as_the_limit() -> None:
    held = course([1e308] * 10, scale=1_000)
    assert held.high == LIMIT
    # A day of readings, one a second, must fit 64 bits.
    assert LIMIT * 86_400 < 2**63
