import json
from collections import Counter
from collections.abc import Callable
from random import Random
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge.contracts import codec
from streamgauge.metrics import gather, summary
from streamgauge.metrics.sample import (
    FEATURES,
    SIZE,
    TEXT_LENGTH,
    Draw,
    Drawn,
    Features,
    carried,
    duplicates,
    kept,
)
from streamgauge.metrics.total import Total

from .event import T0, cut, prediction, randoms, total_of


def drawn(
    number: int,
    ts: int = T0,
    score: float | None = None,
    seen: int = 1,
    features: Features | None = None,
) -> Drawn:
    name = f"p{number}"
    return Drawn(crc32(name.encode()), name, ts, score, 0.01, 0, features or {}, seen)


def stream(random: Random, number: int) -> list[Drawn]:
    """Events of which some come twice, at another time or with another value."""
    return [
        drawn(
            random.randrange(number),
            T0 + random.randrange(3),
            random.choice((None, 1.0, 2.0)),
            features={"a": 1.0, "b": random.random()} if random.random() < 0.5 else {},
        )
        for _ in range(number)
    ]


def expected(events: list[Drawn]) -> list[Drawn]:
    """The winners by definition: of each id the first, of these the smallest hashes."""
    first: dict[str, Drawn] = {}
    for one in sorted(events, key=lambda one: (one.ts, msgspec.msgpack.encode(one[:-1]))):
        first.setdefault(one.id, one)
    winners = sorted(first.values(), key=lambda one: (one.hash, one.id))[:SIZE]
    came = Counter(one.id for one in events)
    return [one._replace(seen=came[one.id]) for one in winners]


def fed(batches: list[list[Drawn]], enters: Callable[[Drawn, Draw], bool]) -> Draw:
    draw = Draw()
    for batch in batches:
        draw.add([one for one in batch if enters(one, draw)])
    return draw


@settings(max_examples=40, deadline=None)
@given(randoms, st.sampled_from((1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE, 1_500)))
def test_any_order_and_cut_draws_the_same(random: Random, number: int) -> None:
    events = stream(random, number)
    winners = expected(events)
    for _ in range(3):
        random.shuffle(events)
        assert fed(cut(random, events), lambda _one, _draw: True).drawn() == winners
        # As the fold does it: whoever is above the limit does not even enter.
        limited = fed(cut(random, events), lambda one, draw: one.hash <= draw.limit)
        assert limited.drawn() == winners


@settings(max_examples=30, deadline=None)
@given(randoms, st.sampled_from((5, SIZE, 1_200)))
def test_any_tree_of_merges_draws_the_same(random: Random, number: int) -> None:
    events = stream(random, number)
    random.shuffle(events)
    trees = []
    for batch in cut(random, events):
        draw = Draw()
        draw.add(batch)
        trees.append(draw)
    while len(trees) > 1:
        random.shuffle(trees)
        trees.append(trees.pop().merge(trees.pop()))
    assert trees[0].drawn() == expected(events)


@given(randoms)
def test_a_merge_with_nothing_changes_nothing(random: Random) -> None:
    draw = Draw()
    draw.add(stream(random, 50))
    assert draw.merge(Draw()).drawn() == Draw().merge(draw).drawn() == draw.drawn()


def test_an_id_that_comes_twice_stays_once_and_its_first_time_counts() -> None:
    draw = Draw()
    draw.add([drawn(1, T0 + 5), drawn(1, T0), drawn(1, T0 + 9)])
    assert draw.drawn() == [drawn(1, T0, seen=3)]


def test_the_pool_stays_small() -> None:
    draw = Draw()
    for number in range(20_000):
        one = drawn(number)
        if one.hash <= draw.limit:
            draw.add([one])
        assert len(draw.pool) < 2 * SIZE
    assert draw.limit < 2**32 / 50


def test_a_sample_travels_in_order_of_time_and_without_nan() -> None:
    draw = Draw()
    draw.add([drawn(2, T0 + 1), drawn(3, T0), drawn(1, T0 + 1, 2.5)])
    sample = draw.sample()
    assert sample.id == ["p3", "p1", "p2"]
    assert sample.ts == [T0, T0 + 1, T0 + 1]
    assert json.loads(codec.encode(sample))["score"] == [None, 2.5, None]


@settings(max_examples=30, deadline=None)
@given(randoms)
def test_however_a_stream_is_cut_into_partitions_every_time_an_id_came_is_counted(
    random: Random,
) -> None:
    # So many that limits fall while the ids of winners still come again.
    events = [
        prediction(random.randrange(700), at=random.randrange(60_000), features={"a": 1.0})
        for _ in range(1_500)
    ]
    expected = total_of(events).series.draws["price", "1"].drawn()
    came = Counter(event.id for event in events)
    assert [one.seen for one in expected] == [came[one.id] for one in expected]
    parts = [total_of(part) for part in cut(random, events)]
    random.shuffle(parts)
    whole = Total(summary.shape(), fine=True)
    for part in parts:
        whole.add(part)
    assert whole.series.draws["price", "1"].drawn() == expected


def test_ids_that_come_again_are_told_as_a_share() -> None:
    # Seed 12; each id comes once or twice, so a quarter of all is a repetition or so.
    random = Random(12)
    events = [prediction(at, at=at) for at in range(3_000)]
    again = [event for event in events if random.random() < 1 / 3]
    draw = total_of([*events, *again]).series.draws["price", "1"]
    told = duplicates(draw)["prediction_duplicate_ratio"]
    # 200 ids of 4,000 events: a standard error of 0.02.
    assert told == pytest.approx(len(again) / (len(events) + len(again)), abs=0.08)
    alone = total_of(events).series.draws["price", "1"]
    assert duplicates(alone) == {"prediction_duplicate_ratio": 0.0}
    assert duplicates(Draw()) == {}


def test_features_travel_as_columns() -> None:
    draw, both = Draw(), drawn(1, features={"a": 1.0, "b": 2.0})
    draw.add([*(drawn(2, T0 + 1, features={"a": 3.0}) for _ in range(2)), both])
    sample = draw.sample()
    assert sample.features == {"a": [1.0, 3.0], "b": [2.0, None]}
    assert sample.seen == [1, 2]


@given(st.integers(1, 40), randoms)
def test_the_features_that_travel_do_not_depend_on_who_had_them(each: int, random: Random) -> None:
    names = [f"f{number}" for number in range(200)]
    events: list[Features] = [
        {name: float(at) for name in random.sample(names, random.randrange(200))}
        for at in range(each)
    ]
    pool = [drawn(at, T0 + at, features=held) for at, held in enumerate(carried(events))]
    sample = Draw.of(pool).sample()
    assert sample.features.keys() == kept(set().union(*events))
    for name, column in sample.features.items():
        assert column == [held.get(name) for held in events]


def test_a_sample_of_a_version_that_carried_no_features_is_read() -> None:
    written = msgspec.msgpack.encode(drawn(1)[:6])
    assert msgspec.msgpack.decode(written, type=Drawn) == drawn(1)


def test_what_a_sample_carries_is_bounded() -> None:
    many: Features = {f"f{number}": "x" * 10_000 for number in range(256)}
    (held,) = carried([many])
    assert len(held) == FEATURES
    assert max(len(str(value)) for value in held.values()) == TEXT_LENGTH


def test_a_hash_is_the_same_for_ever() -> None:
    # zlib's CRC-32 of "123456789" is the check value that every description of CRC-32 states.
    assert gather.ranks([prediction(id="123456789")], "id").tolist() == [0xCBF43926]
