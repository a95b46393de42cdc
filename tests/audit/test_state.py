"""The auditor's own reading of a state log, against the rule and against the stage's reading."""

import random
from collections import Counter

from tests.audit.body import WIDTH, body

from streamgauge.audit.state import Counts, PartitionState, counts
from streamgauge.stream_processors.log_fold import Fold
from streamgauge.stream_processors.log_record import AnyLogRecord, Base, Claim, Delta, Skip

ONE = ("m", "1")


def delta(epoch: int, begin: int, end: int, start: int = 0, watermark: int = 0) -> Delta:
    told = body({start: {ONE: end - begin}})
    return Delta(epoch=epoch, begin=begin, end=end, watermark=watermark, base=-1, body=told)


def base(epoch: int, end: int, counted: int, part: int = 0, parts: int = 1) -> Base:
    told = body({part: {ONE: counted}})
    return Base(epoch=epoch, end=end, watermark=0, part=part, parts=parts, body=told)


def read(records: list[AnyLogRecord], first: int = 0) -> PartitionState:
    state = PartitionState(WIDTH)
    for offset, record in enumerate(records, first):
        state.take(offset, record)
    return state


def test_rows_are_read_by_their_first_cell() -> None:
    told = body({0: {("a", "1"): 3, ("b", "1"): 4}, 1_000: {("a", "1"): 5}})
    assert counts(told, WIDTH) == {
        0: Counter({("a", "1"): 3, ("b", "1"): 4}),
        1_000: Counter({("a", "1"): 5}),
    }
    assert counts(told, 60_000) == {}


def test_what_a_replaced_owner_writes_does_not_count() -> None:
    state = read([Claim(owner="a"), delta(0, 0, 5), Claim(owner="b"), delta(0, 5, 9)])
    assert (state.next, state.counts) == (5, {0: Counter({ONE: 5})})


def test_a_delta_that_does_not_follow_does_not_count() -> None:
    state = read([Claim(owner="a"), delta(0, 3, 5), delta(0, 0, 2), delta(0, 0, 2)])
    assert (state.next, state.counts) == (2, {0: Counter({ONE: 2})})


def test_a_base_counts_once_all_its_parts_have_come() -> None:
    first, second = base(9, 50, 20, 0, 2), base(9, 50, 30, 1, 2)
    assert read([second, first], first=10).next == 0
    state = read([first, second], first=10)
    assert state.trimmed
    assert (state.next, state.counts) == (50, {0: Counter({ONE: 20}), 1: Counter({ONE: 30})})


def test_a_base_that_says_something_else_than_the_deltas_before_it_is_told() -> None:
    assert read([Claim(owner="a"), delta(0, 0, 5), base(0, 5, 5)]).torn == 0
    assert read([Claim(owner="a"), delta(0, 0, 5), base(0, 5, 4)]).torn == 1


def test_the_watermark_is_the_one_that_was_known_before_an_offset() -> None:
    records = [delta(0, 0, 5, watermark=70), delta(0, 5, 5, watermark=90), delta(0, 5, 8)]
    state = read([Claim(owner="a"), *records])
    assert [state.watermark(offset) for offset in (0, 4, 5, 8)] == [0, 0, 90, 90]


def test_what_retention_took_is_told() -> None:
    skip = Skip(epoch=0, begin=0, end=7, cause="data_loss")
    state = read([Claim(owner="a"), skip, delta(0, 7, 9)])
    assert state.lost == [skip]
    assert state.next == 9


def test_the_auditor_and_the_stage_read_any_log_alike() -> None:
    rng = random.Random(4)
    for _ in range(300):
        records = schedule(rng)
        state = PartitionState(WIDTH)
        fold: Fold[Counts] = Fold({}, add, load)
        for offset, record in enumerate(records):
            state.take(offset, record)
            fold.take(offset, record)
            assert state.next == fold.next
        assert state.counts == fold.sums


def add(sums: Counts, told: bytes) -> Counts:
    for start, found in counts(told, WIDTH).items():
        sums.setdefault(start, Counter()).update(found)
    return sums


def load(parts: list[bytes]) -> Counts:
    sums: Counts = {}
    for part in parts:
        add(sums, part)
    return sums


def schedule(rng: random.Random) -> list[AnyLogRecord]:
    """Owners that replace each other, their records late, doubled and out of order."""
    records: list[AnyLogRecord] = [Claim(owner="0")]
    epochs, ends, sums = [0], [0], [0]
    for _ in range(rng.randrange(5, 30)):
        choice = rng.random()
        writer = rng.randrange(len(epochs)) if rng.random() < 0.3 else -1
        end = ends[writer]
        if choice < 0.2:
            epochs.append(len(records))
            ends.append(end)
            sums.append(sums[writer])
            records.append(Claim(owner=str(len(epochs))))
        elif choice < 0.35:
            records.append(base(epochs[writer], end, sums[writer]))
        else:
            begin = end if rng.random() < 0.85 else rng.randrange(20)
            step = rng.randrange(1, 4)
            records.append(delta(epochs[writer], begin, begin + step))
            if begin == end:
                ends[writer] += step
                sums[writer] += step
    return records
