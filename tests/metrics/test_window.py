from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics.window import Widths

milliseconds = st.integers(1, 10**14)


@given(milliseconds, st.integers(1, 10**8))
def test_a_window_holds_its_events(ts: int, width: int) -> None:
    start = Widths(width, 0, 0).start(ts)
    assert start <= ts < start + width
    assert start % width == 0


@given(milliseconds, st.integers(1, 10**8), st.integers(0, 10**8))
def test_a_window_is_closed_once_the_watermark_has_passed_it_by_the_lateness(
    watermark: int, width: int, lateness: int
) -> None:
    bound = Widths(width, 0, lateness).closed_before(watermark)
    last_closed, first_open = bound - width, bound
    assert last_closed + width + lateness <= watermark
    assert first_open + width + lateness > watermark


def test_a_width_is_named_as_people_write_it() -> None:
    names = {1_000: "1s", 1_500: "1.5s", 90_000: "90s", 300_000: "5m", 86_400_000: "1d"}
    assert {width: Widths(width, 0, 0).name for width in names} == names
