from hypothesis import given
from hypothesis import strategies as st

from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.window import Widths

from .event import MINUTE, T0

WIDTHS = Widths(MINUTE, 0, MINUTE)


@given(st.lists(st.integers(0, 10**14)))
def test_a_watermark_never_goes_back(watermarks: list[int]) -> None:
    opened: OpenWindows[Pulse] = OpenWindows(WIDTHS)
    highest = 0
    for watermark in watermarks:
        assert opened.advance(watermark) == (watermark > highest)
        highest = max(highest, watermark)
        assert opened.watermark == highest
        assert opened.closed_before == WIDTHS.closed_before(highest)


def test_a_restart_reads_from_the_first_event_of_an_open_window() -> None:
    opened: OpenWindows[Pulse] = OpenWindows(WIDTHS, next_offset=100)
    assert opened.first_offset == 100
    opened.open(T0 + MINUTE, 70)
    opened.open(T0, 90)
    opened.open(T0, 80)
    assert opened.first_offset == 70


def test_closed_windows_are_forgotten_once_they_are_written() -> None:
    opened: OpenWindows[Pulse] = OpenWindows(WIDTHS)
    opened.open(T0 + MINUTE, 1)
    opened.open(T0, 0)
    opened.advance(T0 + 2 * MINUTE)
    assert [start for start, _ in opened.changed()] == [T0, T0 + MINUTE]
    opened.written()
    assert list(opened.windows) == [T0 + MINUTE]
    assert list(opened.changed()) == []
    opened.open(T0 + MINUTE, 5)
    assert [start for start, _ in opened.changed()] == [T0 + MINUTE]


def test_it_starts_where_it_was_left() -> None:
    opened: OpenWindows[Pulse] = OpenWindows(
        WIDTHS, next_offset=7, watermark=T0 + 2 * MINUTE + 1, late=3
    )
    assert (opened.next, opened.counted_to, opened.late) == (7, 7, 3)
    assert opened.closed_before == T0 + MINUTE
