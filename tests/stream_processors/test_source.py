from typing import Any, NamedTuple

import pytest
from tests.metrics.event import MINUTE, T0, heartbeat, prediction

from streamgauge.contracts import codec
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.window import Widths
from streamgauge.settings import Window
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.source import SOURCES
from streamgauge.stream_processors.state_record import WindowTotal
from streamgauge.stream_processors.validation import Ages, Read, read

PREDICTIONS = SOURCES["predictions"]
AGES = Ages(past=10 * MINUTE, ahead=MINUTE)
NOW = T0 + 5 * MINUTE


class Record(NamedTuple):
    offset: int
    value: bytes | None


def batch(values: dict[int, bytes | None], first: int | None = None) -> RecordBatch:
    """A batch of records by offset, that begins at `first` or at the first of them."""
    begin = min(values, default=0) if first is None else first
    records = [Record(offset, value) for offset, value in values.items()]
    return RecordBatch(begin, max(values, default=begin) + 1, records)


def good(number: int, at: int = 0) -> bytes:
    return codec.encode(prediction(number, at=at))


def taken(values: dict[int, bytes | None], *, skip_to: int = 0, first: int | None = None) -> Read:
    return read(PREDICTIONS, batch(values, first), skip_to=skip_to, ages=AGES, now=NOW)


def numbered(result: Read) -> list[tuple[int, str]]:
    return [(int(o), e.id) for o, e in zip(result.offsets, result.events, strict=True)]


def refused(result: Read) -> list[tuple[int, str]]:
    return [(offset, reject.reason) for offset, reject in result.rejects]


def test_a_good_batch_is_read_whole() -> None:
    result = taken({offset: good(offset) for offset in range(40, 43)})
    assert numbered(result) == [(40, "p40"), (41, "p41"), (42, "p42")]
    assert result.rejects == []


def test_poison_in_the_middle_is_refused_where_it_stands() -> None:
    result = taken({40: good(40), 41: b"{poison", 42: good(42), 43: None, 44: good(44)})
    assert numbered(result) == [(40, "p40"), (42, "p42"), (44, "p44")]
    assert refused(result) == [(41, "json"), (43, "empty")]


def test_an_event_of_an_impossible_age_is_refused_where_it_stands() -> None:
    result = taken(
        {
            40: good(40),
            41: good(41, at=-6 * MINUTE),
            42: good(42, at=-5 * MINUTE),
            43: good(43, at=6 * MINUTE + 1),
            44: good(44, at=6 * MINUTE),
        }
    )
    assert numbered(result) == [(40, "p40"), (42, "p42"), (44, "p44")]
    assert refused(result) == [(41, "ts_past"), (43, "ts_future")]


def test_poison_and_ages_together_keep_their_offsets() -> None:
    result = taken({7: b"", 9: good(9, at=-MINUTE * 60), 12: good(12), 13: b"[]", 20: good(20)})
    assert numbered(result) == [(12, "p12"), (20, "p20")]
    assert sorted(refused(result)) == [(7, "empty"), (9, "ts_past"), (13, "type")]


def test_gaps_that_compaction_left_keep_their_offsets() -> None:
    result = taken({40: good(40), 45: good(45), 90: b"{", 91: good(91)}, first=30)
    assert numbered(result) == [(40, "p40"), (45, "p45"), (91, "p91")]
    assert refused(result) == [(90, "json")]


@pytest.mark.parametrize(
    ("skip_to", "left"), [(0, [40, 41, 43]), (41, [41, 43]), (42, [43]), (44, [])]
)
def test_what_was_read_before_is_skipped(skip_to: int, left: list[int]) -> None:
    values: dict[int, bytes | None] = {40: good(40), 41: good(41), 43: good(43)}
    assert [offset for offset, _ in numbered(taken(values, skip_to=skip_to))] == left


def test_skipped_poison_is_not_refused_again() -> None:
    result = taken({40: b"{", 41: good(41), 42: b"{"}, skip_to=41)
    assert numbered(result) == [(41, "p41")]
    assert refused(result) == [(42, "json")]


@pytest.mark.parametrize("values", [{}, {40: b"{"}, {40: None, 41: b"[]"}, {40: good(1, -(10**9))}])
def test_a_batch_may_hold_nothing_good(values: dict[int, bytes | None]) -> None:
    result = taken(values)
    assert result.events == []
    assert len(result.offsets) == 0
    assert [offset for offset, _ in refused(result)] == list(values)


def test_the_ages_are_those_of_the_settings() -> None:
    assert Ages.of(Window(max_age=3.0, max_ahead=2.0)) == Ages(past=3_000, ahead=2_000)
    assert AGES.judge(NOW, NOW) is None
    assert AGES.judge(NOW + MINUTE, NOW) is None
    assert AGES.judge(NOW - 10 * MINUTE, NOW) is None


@pytest.mark.parametrize(
    ("topic", "event"), [("predictions", prediction(1)), ("heartbeats", heartbeat())]
)
def test_what_is_read_is_added_and_written(topic: str, event: Prediction) -> None:
    source = SOURCES[topic]
    opened: OpenWindows[Any] = OpenWindows(Widths(MINUTE, 0, MINUTE))
    result = read(source, batch({3: codec.encode(event)}), skip_to=0, ages=AGES, now=NOW)
    source.add(opened, result.events, result.offsets)
    ((start, window),) = opened.changed()
    written = source.write(start, window)
    assert isinstance(written, WindowTotal)
    assert (written.start, len(written.predictions) + len(written.pulses)) == (T0, 1)


@pytest.mark.parametrize("name", ["a\nb", "a\x00", "\x1b[2J", "\u202eb", "a\u2028b"])
def test_a_name_that_a_terminal_would_act_upon_is_refused(name: str) -> None:
    values: dict[int, bytes | None] = {
        0: good(0),
        1: codec.encode(prediction(1, model=name)),
        2: codec.encode(prediction(2, version=name)),
        3: codec.encode(prediction(3, model="Preis für Öl, 価格")),
    }
    result = taken(values)
    assert refused(result) == [(1, "label_chars"), (2, "label_chars")]
    assert numbered(result) == [(0, "p0"), (3, "p3")]
    beats = (
        heartbeat(service=name),
        heartbeat(instance=name),
        heartbeat(models={name: True}),
        heartbeat(),
    )
    records = {offset: codec.encode(beat) for offset, beat in enumerate(beats)}
    read_beats = read(SOURCES["heartbeats"], batch(dict(records)), skip_to=0, ages=AGES, now=NOW)
    assert [reject.reason for _, reject in read_beats.rejects] == ["label_chars"] * 3
    assert read_beats.offsets.tolist() == [3]
