import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.detectors.latch import Latch, LatchState


def run(latch: Latch, windows: list[bool | None]) -> list[bool]:
    state = LatchState()
    return [latch.step(state, bad) for bad in windows]


def test_by_default_one_bad_window_begins_and_five_good_ones_end() -> None:
    assert run(Latch(), [False, True, *[False] * 5]) == [False, True, True, True, True, True, False]


def test_a_good_window_in_between_starts_the_count_again() -> None:
    assert not any(run(Latch(begin=3), [True, True, False] * 10))


def test_a_window_that_says_nothing_changes_nothing() -> None:
    assert run(Latch(begin=2), [True, None, None, True]) == [False, False, False, True]
    assert run(Latch(end=2), [True, False, None, False]) == [True, True, True, False]


@given(st.lists(st.booleans() | st.none()), st.integers(1, 4), st.integers(1, 4), st.data())
def test_it_goes_on_where_it_was_written(
    windows: list[bool | None], begin: int, end: int, data: st.DataObject
) -> None:
    latch = Latch(begin=begin, end=end)
    cut = data.draw(st.integers(0, len(windows)))
    state = LatchState()
    held = [latch.step(state, bad) for bad in windows[:cut]]
    state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=LatchState)
    held += [latch.step(state, bad) for bad in windows[cut:]]
    assert held == run(latch, windows)


@pytest.mark.parametrize(("begin", "end"), [(1, 1), (2, 3)])
def test_it_holds_exactly_from_a_run_of_bad_to_a_run_of_good(begin: int, end: int) -> None:
    windows: list[bool | None] = [*[True] * begin, *[False] * end]
    held = run(Latch(begin=begin, end=end), windows)
    assert held == [*[False] * (begin - 1), True, *[True] * (end - 1), False]
