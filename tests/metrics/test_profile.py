from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from streamgauge.metrics import cardinality, grid, profile, profile_value
from streamgauge.metrics.cap import OTHER, Key
from streamgauge.metrics.column import NAME_LENGTH
from streamgauge.metrics.profile import Features, ProfileTable

from .event import EXTREMES, cut, randoms

SERIES = [("price", "1"), ("price", "2"), ("fraud", "1")]
REST = (OTHER, OTHER, OTHER)
some = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Event = tuple[int, Features]


def events(random: Random, number: int) -> list[Event]:
    """Mostly all alike; some with a feature more, fewer or in another order."""
    came = []
    for _ in range(number):
        features: Features = {
            "age": random.choice((random.gauss(0, 50), None, float(random.randrange(5)))),
            "kind": random.choice(("a", "7", "", "x" * 300, 7.0)),
            "size": random.choice((*EXTREMES, 2.0**-20, -1e9, 1e9, 3.25)),
        }
        if random.random() < 0.2:
            names = random.sample(sorted(features), random.randrange(4))
            features = {name: features[name] for name in names}
        if random.random() < 0.05:
            features[OTHER] = 1.0
        came.append((random.randrange(3), features))
    return came


def counted(batches: list[list[Event]], series: Sequence[Key] = SERIES) -> ProfileTable:
    table = ProfileTable(fine=True)
    for batch in batches:
        code = np.array([place for place, _ in batch], np.int64)
        table.count(series, code, [features for _, features in batch])
    return table


def plain(table: ProfileTable) -> dict[tuple[str, ...], tuple[list[bytes], list[tuple[str, int]]]]:
    assert sorted(table.rows.values()) == list(range(len(table)))
    return {
        key: (
            [table.column(name)[row].tobytes() for name in table.columns],
            sorted(table.categories.get(key, {}).items()),
        )
        for key, row in sorted(table.rows.items())
    }


@some
@given(randoms)
def test_features_are_counted_as_plain_python_counts_them(random: Random) -> None:
    came = events(random, 80)
    table = counted([came])
    seen: dict[tuple[str, ...], list[float | str | None]] = {}
    for place, features in came:
        for name, value in features.items():
            seen.setdefault((*SERIES[place], name), []).append(value)
    assert set(table.rows) == set(seen)
    for key, values in seen.items():
        row = table.rows[key]
        numbers = [value for value in values if isinstance(value, float)]
        texts = [value for value in values if isinstance(value, str)]
        known, null, text, high, low = (int(cell) for cell in table.column("stats")[row])
        assert (known, null, text) == (len(numbers), values.count(None), len(texts))
        millionths = [round(min(max(one, -1e9), 1e9) * 1e6) for one in numbers]
        assert high * profile.HALF + low == sum(millionths)
        assert table.column("low")[row, 0] == min(numbers, default=np.inf)
        assert table.column("high")[row, 0] == max(numbers, default=-np.inf)
        cells = Counter(int(grid.cell(np.array([one]))[0]) for one in numbers)
        held = table.column("grid")[row]
        assert {int(cell): int(held[cell]) for cell in np.flatnonzero(held)} == dict(cells)
        registers = np.zeros(cardinality.REGISTERS, np.uint8)
        np.maximum.at(registers, *cardinality.registers(np.array(numbers, np.float64)))
        assert np.array_equal(table.column("registers")[row], registers)
        categories = Counter(one[:NAME_LENGTH] for one in texts)
        assert table.categories.get(key, {}) == dict(categories)


@some
@given(randoms)
def test_however_events_are_cut_and_merged_the_profile_is_the_same(random: Random) -> None:
    came = events(random, 80)
    whole = plain(counted([came]))
    batches = cut(random, came)
    assert plain(counted(batches)) == whole
    random.shuffle(batches)
    merged = ProfileTable(fine=True)
    for batch in batches:
        merged.add(counted([batch]))
    assert plain(merged) == whole


@some
@given(randoms)
def test_coarse_is_fine_added_up(random: Random) -> None:
    one, other = counted([events(random, 30)]), counted([events(random, 30)])
    coarse = ProfileTable(fine=False)
    coarse.add(one)
    coarse.add(other)
    one.add(other)
    assert coarse.rows.keys() == one.rows.keys()
    for key, row in one.rows.items():
        mine = coarse.rows[key]
        groups = one.column("grid")[row].reshape(grid.COARSE, -1).sum(axis=1)
        assert np.array_equal(coarse.column("grid")[mine], groups)
        for name in ("stats", "low", "high"):
            assert np.array_equal(coarse.column(name)[mine], one.column(name)[row])
    assert coarse.categories == one.categories


def test_a_number_that_is_written_as_text_is_text() -> None:
    table = counted([[(0, {"a": "7", "b": 7.0})]])
    stats = table.column("stats")
    assert stats[table.rows["price", "1", "a"], profile.TEXT] == 1
    assert stats[table.rows["price", "1", "b"], profile.KNOWN] == 1
    assert table.categories == {("price", "1", "a"): {"7": 1}}


@pytest.mark.parametrize("values", [[None], [None, 1.5], [None, "a"], ["a"], [1.5, None, "a"]])
def test_nulls_and_texts_may_be_anywhere(values: list[float | str | None]) -> None:
    table = counted([[(0, {"a": value}) for value in values]])
    known, null, text = table.column("stats")[0, :3].tolist()
    assert null == values.count(None)
    assert known + null + text == len(values)


@some
@given(randoms)
def test_sums_of_numbers_below_zero_are_exact(random: Random) -> None:
    numbers = [random.choice((-1, 1)) * random.randrange(10**9) / 1_000 for _ in range(200)]
    table = counted([[(0, {"a": one}) for one in numbers]])
    expected = sum((Fraction(round(one * 1e6), 10**6) for one in numbers), Fraction(0))
    values = profile_value.values(table)["price", "1"]
    assert values['feature_mean{feature="a"}'] == pytest.approx(float(expected) / 200, abs=1e-9)
    assert values['feature_min{feature="a"}'] == min(numbers)


def test_quantiles_and_cardinality_are_those_of_the_values() -> None:
    numbers = np.random.default_rng(4).lognormal(2, 1, 5_000)
    came: list[Event] = [(0, {"a": float(one)}) for one in numbers]
    values = profile_value.values(counted([came]))["price", "1"]
    for share in (0.05, 0.5, 0.95):
        told = values[f'feature_value{{feature="a",quantile="{share}"}}']
        assert told == pytest.approx(np.quantile(numbers, share, method="inverted_cdf"), rel=0.13)
    assert values['feature_cardinality{feature="a"}'] == pytest.approx(5_000, rel=0.08)


def test_registers_that_are_known_are_left_out_and_nothing_is_lost() -> None:
    random = Random(3)
    for _ in range(10):
        known, news = counted([events(random, 60)]), counted([events(random, 60)])
        both = ProfileTable(fine=True)
        both.add(known)
        both.add(news)
        before = int(np.count_nonzero(news.column("registers")))
        news.forget_known(known)
        assert int(np.count_nonzero(news.column("registers"))) < before
        known.add(news)
        assert plain(known) == plain(both)


def test_a_stranger_cannot_pass_as_the_rest() -> None:
    table = ProfileTable(fine=True)
    series = [(OTHER, str(number)) for number in range(50)]
    table.count(series, np.arange(50), [{f"f{number}": 1.0} for number in range(50)])
    assert list(table.rows) == [REST]
    assert table.column("stats")[0, profile.KNOWN] == 50


def test_a_feature_that_only_reports_nulls_tells_no_numbers() -> None:
    values = profile_value.values(counted([[(0, {"a": None}), (0, {"a": None})]]))["price", "1"]
    assert values == {'feature_count{feature="a"}': 2.0, 'feature_null_ratio{feature="a"}': 1.0}


def test_which_zero_is_the_smallest_does_not_depend_on_order() -> None:
    one = counted([[(0, {"a": 0.0}), (0, {"a": -0.0})]])
    other = counted([[(0, {"a": -0.0})], [(0, {"a": 0.0})]])
    assert plain(one) == plain(other)


def test_no_features_are_no_rows() -> None:
    table = counted([[(0, {}), (1, {})], []])
    assert len(table) == 0
    assert profile_value.values(table) == {}
    assert profile_value.counts(table) == {}


def test_names_of_strangers_cannot_break_a_measure() -> None:
    values = profile_value.values(counted([[(0, {'a"\n\\': 'b"\n\\'})]]))["price", "1"]
    assert 'feature_category_ratio{feature="a\\"\\n\\\\",category="b\\"\\n\\\\"}' in values
