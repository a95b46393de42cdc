from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics.uptime import MINUTE, Minutes, merge, note, share

DAY = 1_440 * MINUTE
times = st.lists(st.integers(0, 3 * 60 * MINUTE), max_size=20)


def noted(heard: list[int]) -> Minutes:
    minutes: Minutes = {}
    for ts in heard:
        note(minutes, ts)
    return minutes


@given(times, times)
def test_minutes_merge_to_those_of_both(one: list[int], other: list[int]) -> None:
    a, b = noted(one), noted(other)
    assert merge(a, b) == merge(b, a) == noted([*one, *other])
    assert merge(a, a) == merge(a, {}) == a


def test_a_day_with_an_outage_tells_how_long_it_was() -> None:
    up = [minute * MINUTE for minute in range(1_440) if not 600 <= minute < 672]
    assert share(noted(up), 0, DAY) == 0.95


def test_a_window_below_a_minute_is_its_minute() -> None:
    assert share(noted([3 * MINUTE + 12_000]), 3 * MINUTE + 10_000, 3 * MINUTE + 20_000) == 1.0
    assert share({}, 0, 10_000) == 0.0


def test_all_minutes_of_a_day_fit_64_bits_each_hour() -> None:
    whole = noted(list(range(0, DAY, MINUTE)))
    assert len(whole) == 24
    assert set(whole.values()) == {2**60 - 1}
