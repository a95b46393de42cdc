from typing import Any, NamedTuple

import pytest

from streamgauge.contracts import codec
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.prediction import Prediction
from streamgauge.settings import Window
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.skipped import Skipped
from streamgauge.stream_processors.validation import Ages, Read, read

T0, MINUTE = 1_760_000_040_000, 60_000
AGES = Ages(past=10 * MINUTE, ahead=MINUTE)
NOW = T0 + 5 * MINUTE


def prediction(number: int, *, at: int = 0, **fields: Any) -> Prediction:
    known: dict[str, Any] = {"id": f"p{number}", "ts": T0 + at, "model": "price", "version": "1"}
    return Prediction(**(known | fields))


def heartbeat(**fields: Any) -> Heartbeat:
    known: dict[str, Any] = {"ts": T0, "service": "web", "instance": "a", "healthy": True}
    return Heartbeat(**(known | fields))


class Kind(NamedTuple):
    decode: Any


PREDICTIONS = Kind(codec.batch_decoder(Prediction))


class Record(NamedTuple):
    offset: int
    value: bytes | None
    key: bytes | None = b"key"
    timestamp: int = 1_700


def batch(values: dict[int, bytes | None], first: int | None = None) -> RecordBatch:
    """A batch of records by offset, that begins at `first` or at the first of them."""
    begin = min(values, default=0) if first is None else first
    records = [Record(offset, value) for offset, value in values.items()]
    return RecordBatch.of(begin, max(values, default=begin) + 1, records)


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
    assert refused(result) == [(41, "json"), (43, "tombstone")]


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
    assert sorted(refused(result)) == [(7, "empty"), (9, "ts_past"), (13, "not_object")]


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
    read_beats = read(
        Kind(codec.batch_decoder(Heartbeat)), batch(dict(records)), skip_to=0, ages=AGES, now=NOW
    )
    assert [reject.reason for _, reject in read_beats.rejects] == ["label_chars"] * 3
    assert read_beats.offsets.tolist() == [3]


def test_every_offset_is_accepted_or_rejected_and_letters_hold_the_original_bytes() -> None:
    values: dict[int, bytes | None] = {
        7: good(7),
        8: b"{poison",
        9: None,
        10: good(10, at=-MINUTE * 60),
        11: codec.encode(prediction(11, model="a\n")),
        12: good(12),
    }
    gone = Skipped(13, 20, "cannot be opened", b"raw")
    records = [Record(offset, value) for offset, value in values.items()]
    result = read(
        PREDICTIONS, RecordBatch.of(7, 20, records, (gone,)), skip_to=0, ages=AGES, now=NOW
    )
    assert [offset for offset, _ in numbered(result)] == [7, 12]
    assert refused(result) == [(8, "json"), (9, "tombstone"), (10, "ts_past"), (11, "label_chars")]
    assert len(result.events) + result.rejected(0) == 20 - 7
    assert (result.rejected(10), result.rejected(15), result.rejected(20)) == (9, 5, 0)
    letters = {one.offset: one for one in result.letters("predictions", 3, 0)}
    assert {offset: one.value for offset, one in letters.items()} == {
        8: values[8],
        10: values[10],
        11: values[11],
        13: b"raw",
    }
    assert [letters[8].key, letters[8].append_ts, letters[8].partition] == [b"key", 1_700, 3]
    assert (letters[13].reason, letters[13].until) == ("batch", 20)
    assert [one.offset for one in result.letters("predictions", 3, 11)] == [11, 13]


def test_events_with_unknown_fields_are_counted() -> None:
    values = {0: good(0), 1: good(1)[:-1] + b',"later":1}', 2: good(2)}
    assert taken({**values}).unknown == 1


def test_an_event_is_judged_by_the_time_at_which_the_broker_got_it() -> None:
    """A clock that is wrong, or a year later, takes and refuses the same events."""
    values = {
        40: good(40),
        41: good(41, at=2 * MINUTE + 1),
        42: good(42, at=2 * MINUTE + 1),
        43: good(43, at=-9 * MINUTE - 1),
        44: good(44, at=-8 * MINUTE),
    }
    times = {40: T0, 41: T0 + MINUTE, 42: T0 + 2 * MINUTE, 43: T0 + MINUTE, 44: T0 + 2 * MINUTE}
    records = [Record(at, value, timestamp=times[at]) for at, value in values.items()]
    told = RecordBatch.of(40, 45, records, appended=(T0, T0 + 2 * MINUTE))
    for now in (NOW, T0 - 3 * 3_600_000, T0 + 3 * 3_600_000, T0 + 365 * 86_400_000):
        result = read(PREDICTIONS, told, skip_to=0, ages=AGES, now=now)
        assert numbered(result) == [(40, "p40"), (42, "p42"), (44, "p44")]
        assert refused(result) == [(41, "ts_future"), (43, "ts_past")]
        assert read(PREDICTIONS, told, skip_to=43, ages=AGES, now=now).offsets.tolist() == [44]
