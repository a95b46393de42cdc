import json
from collections.abc import Callable
from random import Random
from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge.contracts import codec
from streamgauge.metrics import gather
from streamgauge.metrics.sample import SIZE, Draw, Drawn

from .event import T0, cut, prediction, randoms


def drawn(number: int, ts: int = T0, score: float | None = None) -> Drawn:
    name = f"p{number}"
    return Drawn(crc32(name.encode()), name, ts, score, 0.01, 0)


def stream(random: Random, number: int) -> list[Drawn]:
    """Events of which some come twice, at another time or with another value."""
    return [
        drawn(random.randrange(number), T0 + random.randrange(3), random.choice((None, 1.0, 2.0)))
        for _ in range(number)
    ]


def expected(events: list[Drawn]) -> list[Drawn]:
    """The winners by definition: of each id the first, of these the smallest hashes."""
    first: dict[str, Drawn] = {}
    for one in sorted(events, key=lambda one: (one.ts, repr(one))):
        first.setdefault(one.id, one)
    return sorted(first.values(), key=lambda one: (one.hash, one.id))[:SIZE]


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
    assert draw.drawn() == [drawn(1, T0)]


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


def test_a_hash_is_the_same_for_ever() -> None:
    # zlib's CRC-32 of "123456789" is the check value that every description of CRC-32 states.
    assert gather.ranks([prediction(id="123456789")], "id").tolist() == [0xCBF43926]
