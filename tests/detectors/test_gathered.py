import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.detectors.gathered import Gathered
from streamgauge.detectors.yardstick import Window

MINUTE = 60_000


def one(*numbers: list[int], names: list[list[int]] | None = None) -> Window:
    return Window(np.array(numbers, np.int64), np.array(names or np.zeros((0, 2)), np.int64))


def test_a_window_with_enough_is_judged_alone_and_nothing_waits() -> None:
    waiting, enough = Gathered().add(one([200, 100]), start=MINUTE)
    assert enough is not None
    assert enough.window.cells.tolist() == [[200, 100]]
    assert enough.start == MINUTE
    assert waiting == Gathered()


def test_a_rare_feature_waits_while_the_others_are_judged() -> None:
    waiting = Gathered()
    for minute in range(1, 4):
        window = one([300, 0], names=[[60, 50]])
        waiting, enough = waiting.add(window, start=minute * MINUTE)
        assert enough is not None
        assert enough.window.cells.tolist() == [[300, 0]]
        if minute < 3:
            assert enough.window.names.tolist() == [[0, 0]]
            assert enough.start == minute * MINUTE
    assert enough is not None
    assert enough.window.names.tolist() == [[180, 150]]
    assert enough.start == MINUTE
    assert waiting == Gathered()


def test_what_has_waited_for_an_hour_is_dropped() -> None:
    waiting, _ = Gathered().add(one([200, 0]), start=0)
    waiting, enough = waiting.add(one([0, 100]), start=59 * MINUTE)
    assert enough is not None
    waiting, _ = Gathered().add(one([200, 0]), start=0)
    waiting, enough = waiting.add(one([0, 100]), start=60 * MINUTE)
    assert enough is None
    assert waiting.cells == [[0, 100]]
    assert waiting.since == [60 * MINUTE]


def test_counts_on_another_grid_begin_anew() -> None:
    waiting, _ = Gathered().add(one([200, 0]), start=0)
    waiting, enough = waiting.add(one([10, 0, 0]), start=MINUTE)
    assert enough is None
    assert waiting.cells == [[10, 0, 0]]


@given(st.lists(st.lists(st.integers(0, 200), min_size=3, max_size=3), max_size=20))
def test_nothing_is_counted_twice_or_lost_within_the_hour(rows: list[list[int]]) -> None:
    waiting, judged = Gathered(), np.zeros(3, np.int64)
    for minute, counts in enumerate(rows):
        window = one(*([count, 0] for count in counts))
        waiting, enough = waiting.add(window, start=minute * MINUTE)
        waiting = msgspec.msgpack.decode(msgspec.msgpack.encode(waiting), type=Gathered)
        if enough is not None:
            judged += enough.window.cells.sum(axis=1)
    left = np.array(waiting.cells or np.zeros((3, 2)), np.int64).sum(axis=1)
    assert (judged + left).tolist() == np.sum(rows or [[0] * 3], axis=0).tolist()
    assert (left < 250).all()
