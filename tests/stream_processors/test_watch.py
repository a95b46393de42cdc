"""The frame that watchers stand in, with one that counts windows."""

import math
from typing import Any

import msgspec

from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import AnyReading, Measure, Signal
from streamgauge.contracts.reference import Reference
from streamgauge.contracts.summary import Summary
from streamgauge.stream_processors.detect_kept import Told
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watch import Watch
from streamgauge.stream_processors.watcher import Look, Seen

MINUTE = 60_000
LABELS = {"model": "m", "version": "1"}


class Nothing:
    """No references at all."""

    def newest(self, _model: str, _version: str) -> Reference | None:
        return None

    def former(self, _model: str, _version: str) -> Reference | None:
        return None


class Count(msgspec.Struct):
    windows: int = 0


class Counter:
    """Finds something in every third window."""

    name = "counter"
    state = Count

    def start(self) -> Count:
        return Count()

    def wants(self, look: Look) -> bool:
        return look.summary.source == "predictions"

    def look(self, state: Any, _look: Look) -> Seen:
        state.windows += 1
        third = state.windows % 3 == 0
        found = Found(
            detector="counter", stream="third", score=1.0, before=0.0, after=1.0, samples=1
        )
        return Seen({"windows_count": float(state.windows)}, {}, (found,) if third else ())


def window(number: int, **changes: Any) -> Summary:
    start = number * MINUTE
    made = Summary(labels=LABELS, window="1m", start=start, end=start + MINUTE, count=5)
    return msgspec.structs.replace(made, **changes)


def watch(written: dict[str, bytes] | None = None) -> Watch:
    return Watch([Counter()], Nothing(), written)


def told(one: Watch, *windows: Summary) -> list[Told]:
    return [record for summary in windows for record in one.step(encode(summary))]


def test_figures_and_signals_come_of_each_window_in_order() -> None:
    records = told(watch(), *map(window, range(4)))
    assert [one.values for one in records if isinstance(one, Measure)] == [
        {"windows_count": float(count)} for count in (1, 2, 3, 4)
    ]
    assert [(one.start, one.active) for one in records if isinstance(one, Signal)] == [
        (2 * MINUTE, True),
        (3 * MINUTE, False),
    ]
    assert {one.source for one in records if isinstance(one, Measure)} == {"drift"}


def test_a_window_that_came_before_says_nothing_again() -> None:
    one = watch()
    first = told(one, *map(window, range(3)))
    assert len(first) == 4
    assert told(one, *map(window, range(3))) == []


def test_after_a_restart_it_goes_on_as_if_nothing_had_been() -> None:
    straight = told(watch(), *map(window, range(9)))
    states: dict[str, bytes] = {}
    pieces: list[Told] = []
    for number in range(9):
        one = watch(states)
        pieces += told(one, window(number))
        states |= one.take()
    assert pieces == straight


def test_hours_days_and_other_events_are_left_to_others() -> None:
    one = watch()
    assert told(one, window(0, base=False), window(0, source="heartbeats")) == []
    assert told(one, window(0, labels={"service": "s"})) == []
    assert not one.take()


def test_sources_have_clocks_of_their_own() -> None:
    one = watch()
    told(one, window(5, source="outcomes"))
    assert len(told(one, window(1))) == 1


def test_a_watcher_whose_state_is_of_another_version_starts_anew() -> None:
    one = watch()
    told(one, *map(window, range(2)))
    states = one.take()
    (key,) = (key for key in states if key.endswith("counter"))
    again = watch(states | {key: b"\xa1x"})
    (record,) = told(again, window(2))
    assert isinstance(record, Measure)
    assert record.values == {"windows_count": 1.0}


def test_a_series_that_cannot_be_read_begins_anew() -> None:
    (record,) = told(watch({"model=m\0version=1": b"\xa1x"}), window(2))
    assert isinstance(record, Measure)


class Breaker(Counter):
    """Breaks in its second window, and says what JSON cannot."""

    name = "breaker"

    def look(self, state: Any, _look: Look) -> Seen:
        state.windows += 1
        if state.windows == 2:
            raise ValueError("broken")
        found = Found(
            detector="b", stream="s", score=math.nan, before=-math.inf, after=math.inf, samples=1
        )
        return Seen({"nothing": math.nan, "much": math.inf}, found=(found,))


def test_a_watcher_that_breaks_begins_anew_and_blinds_no_other() -> None:
    one = Watch([Breaker(), Counter()], Nothing())
    records = told(one, *map(window, range(3)))
    figures = [record.values for record in records if isinstance(record, Measure)]
    assert figures == [{"windows_count": float(count)} for count in (1, 2, 3)]
    assert one.failed == 1
    assert one.series["model=m\0version=1"].parts["breaker"].windows == 1


def test_what_is_told_can_be_read_whatever_a_watcher_says() -> None:
    for record in told(Watch([Breaker()], Nothing()), *map(window, range(3))):
        assert msgspec.json.Decoder(AnyReading).decode(encode(record)) == record


def test_who_is_silent_for_a_week_is_forgotten_and_what_held_ends() -> None:
    one = watch()
    told(one, *map(window, range(3)))
    one.take()
    later = window(8 * 24 * 60, labels=LABELS | {"version": "2"})
    ended = [record for record in told(one, later) if isinstance(record, Signal)]
    assert [(signal.labels["version"], signal.active) for signal in ended] == [("1", False)]
    taken = one.take()
    gone = {key for key, state in taken.items() if state == b""}
    assert gone == {"model=m\0version=1", "model=m\0version=1\x1fcounter"}
