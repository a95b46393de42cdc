"""Features on frozen grids: rows of their own, exact counts, one answer for each feature."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from streamgauge.metrics import frozen_grid, grid, profile, profile_value
from streamgauge.metrics.cap import OTHER, Key
from streamgauge.metrics.feature_name import OTHER_FROZEN, row_name, split
from streamgauge.metrics.packed import (
    UnknownCellsError,
    decode_rows,
    encode_profile,
    read_columns,
    read_rows,
)
from streamgauge.metrics.profile import KNOWN, NULL, TEXT, Features, ProfileTable
from streamgauge.metrics.schema import Schema

from .event import EXTREMES, cut, randoms
from .frozen import fields, grids, reference, schema
from .test_profile import plain

some = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SERIES: list[Key] = [("price", "1"), ("price", "2"), ("price", "1", "region", "eu")]
Event = tuple[int, Features, bool]


def events(random: Random, number: int) -> list[Event]:
    """Features of a series; whether its grid was known when they came."""
    made: list[Event] = []
    for _ in range(number):
        features: Features = {
            "age": random.choice((random.gauss(0, 2), None, "old", *EXTREMES)),
            "size": random.gauss(5, 1),
            "kind": random.choice(("a", "b")),
        }
        made.append((random.randrange(3), features, random.random() < 0.7))
    return made


def known_schemas(random: Random) -> list[Schema | None]:
    values = [random.gauss(0, 1) for _ in range(200)]
    mine = schema(age=values, size=values)
    return [mine, None, mine]


def counted(batches: list[list[Event]], schemas: list[Schema | None]) -> ProfileTable:
    table = ProfileTable(fine=True)
    for batch in batches:
        for frozen in (True, False):
            chosen = [one for one in batch if one[2] == frozen]
            code = np.array([place for place, _, _ in chosen], np.int64)
            features = [held for _, held, _ in chosen]
            table.count(SERIES, code, features, schemas if frozen else [])
    return table


@some
@given(randoms)
def test_each_row_counts_on_its_own_grid_as_plain_python_does(random: Random) -> None:
    schemas = known_schemas(random)
    came = events(random, 60)
    table = counted([came], schemas)
    seen: dict[Key, list[float | str | None]] = {}
    for place, features, frozen in came:
        for name, value in features.items():
            held = schemas[place] if frozen else None
            called = row_name(name, held.grid) if held and name in held.plans else name
            seen.setdefault((*SERIES[place], called), []).append(value)
    assert set(table.rows) == set(seen)
    for key, values in seen.items():
        row = table.rows[key]
        name, digits = split(key[-1])
        numbers = np.array([value for value in values if isinstance(value, float)])
        texts = [value for value in values if isinstance(value, str)]
        stats = table.column("stats")[row]
        assert stats[[KNOWN, NULL, TEXT]].tolist() == [len(numbers), values.count(None), len(texts)]
        assert table.categories.get(key, {}) == dict(Counter(texts))
        cells, out = grid.cell(numbers), 0
        if digits:
            mine = schemas[0]
            assert mine is not None
            cells = frozen_grid.cell(mine.plans[name], numbers)
            least, most = mine.spans[name]
            out = sum(not least <= number <= most for number in numbers)
        expected = np.bincount(cells, minlength=grid.CELLS)
        assert table.column("grid")[row].tolist() == expected.tolist()
        assert table.column("out")[row, 0] == out


@some
@given(randoms)
def test_however_events_are_cut_and_merged_the_rows_are_the_same(random: Random) -> None:
    schemas = known_schemas(random)
    came = events(random, 60)
    whole = plain(counted([came], schemas))
    batches = cut(random, came)
    assert plain(counted(batches, schemas)) == whole
    random.shuffle(batches)
    merged = ProfileTable(fine=True)
    for batch in batches:
        merged.add(counted([batch], schemas))
    assert plain(merged) == whole


@some
@given(randoms)
def test_groups_of_a_frozen_grid_are_its_cells_added_up(random: Random) -> None:
    table = counted([events(random, 60)], known_schemas(random))
    coarse = ProfileTable(fine=False)
    coarse.add(table)
    for key, row in table.rows.items():
        groups = table.column("grid")[row].reshape(16, 32).sum(axis=1)
        assert coarse.column("grid")[coarse.rows[key]].tolist() == groups.tolist()
        assert coarse.column("out")[coarse.rows[key]] == table.column("out")[row]


def test_a_feature_is_told_once_whatever_it_was_counted_on() -> None:
    # Seed 7.
    random = np.random.default_rng(7)
    before, after = random.normal(10, 3, 3_000), random.normal(10, 3, 5_000)
    known = grids(reference(fields(age=before.tolist())))
    mine = known.of("price", "1", 0)
    table = ProfileTable(fine=True)
    code = np.zeros(len(before), np.int64)
    table.count([("price", "1")], code, [{"age": one} for one in before.tolist()])
    generic = profile_value.values(table, known)["price", "1"]
    assert not any(name.startswith("feature_out_of_range_ratio") for name in generic)
    some = [{"age": one, "new": None} for one in after.tolist()]
    table.count([("price", "1")], np.zeros(len(after), np.int64), some, [mine])
    assert sorted(split(key[-1])[0] for key in table.rows) == ["age", "age", "new"]
    told = profile_value.values(table, known)["price", "1"]
    every = np.concatenate([before, after])
    assert told['feature_count{feature="age"}'] == len(every)
    assert told['feature_mean{feature="age"}'] == pytest.approx(every.mean(), abs=1e-6)
    assert told['feature_min{feature="age"}'] == every.min()
    assert told['feature_max{feature="age"}'] == every.max()
    assert told['feature_cardinality{feature="age"}'] == pytest.approx(len(every), rel=0.08)
    out = ((after < before.min()) | (after > before.max())).mean()
    assert told['feature_out_of_range_ratio{feature="age"}'] == pytest.approx(out)
    for share in (0.05, 0.5, 0.95):
        name = f'feature_value{{feature="age",quantile="{share}"}}'
        assert told[name] == pytest.approx(np.quantile(every, share), rel=0.12)
    # Without the grid only what stands on the generic one is known.
    blind = profile_value.values(table)["price", "1"]
    name = 'feature_value{feature="age",quantile="0.5"}'
    assert blind[name] == generic[name]
    assert blind.keys() == told.keys()


def test_quantiles_on_a_frozen_grid_are_closer_than_on_the_generic_one() -> None:
    # Seed 8; 512 cells between quantiles of the reference.
    random = np.random.default_rng(8)
    values = random.normal(1_000, 1, 5_000)
    known = grids(reference(fields(age=values.tolist())))
    table = ProfileTable(fine=True)
    some = [{"age": one} for one in values.tolist()]
    code = np.zeros(len(some), np.int64)
    table.count([("price", "1")], code, some, [known.of("price", "1", 0)])
    told = profile_value.values(table, known)["price", "1"]
    for share in (0.05, 0.5, 0.95):
        name = f'feature_value{{feature="age",quantile="{share}"}}'
        assert told[name] == pytest.approx(np.quantile(values, share), abs=0.05)


def test_quantiles_that_nobody_can_tell_are_left_out() -> None:
    mine = schema(age=[1.0, 2.0])
    table = ProfileTable(fine=True)
    table.count([("price", "1")], np.zeros(2, np.int64), [{"age": 1.0}, {"age": 2.0}], [mine])
    told = profile_value.values(table)["price", "1"]
    assert 'feature_mean{feature="age"}' in told
    assert not any(name.startswith("feature_value") for name in told)


@pytest.mark.parametrize("seed", range(3))
def test_no_made_up_name_takes_the_place_of_a_feature_of_the_schema(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "FEATURES", 5)
    random = Random(seed)
    mine = schema(**{f"f{at}": [1.0, 2.0] for at in range(5)})
    names = [f"f{at}" for at in range(5)] + [f"made up {at}" for at in range(20)]
    random.shuffle(names)
    table = ProfileTable(fine=True)
    for name in names:
        table.count([("price", "1")], np.zeros(1, np.int64), [{name: 1.0}], [mine])
    kept = Counter(bool(split(key[-1])[1]) for key in table.rows if key[-1] != OTHER)
    assert kept == {True: 5, False: 5}
    assert table.column("stats")[table.rows["price", "1", OTHER], KNOWN] == 15


@pytest.mark.parametrize("seed", range(3))
def test_where_there_is_no_room_grids_still_do_not_mix(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "ROWS", 12)
    random = Random(seed)
    mine = schema(a=[1.0, 2.0], b=[5.0])
    series: list[Key] = [(f"m{at}", "1") for at in range(10)]
    came = [(place, frozen) for place in range(10) for frozen in (True, False)]

    def table(order: list[tuple[int, bool]]) -> ProfileTable:
        made = ProfileTable(fine=True)
        for place, frozen in order:
            schemas: list[Schema | None] = [mine if frozen else None] * len(series)
            made.count(series, np.array([place]), [{"a": 9.0, "b": 5.0}], schemas)
        return made

    whole = table(came)
    rest = [whole.rows[OTHER, OTHER, name] for name in (OTHER, OTHER_FROZEN)]
    assert len(whole) <= 12
    assert whole.column("stats")[:, KNOWN].sum() == 40
    generic, frozen = whole.column("stats")[rest, KNOWN]
    assert generic == frozen > 0
    assert whole.column("out")[rest, 0].tolist() == [0, frozen // 2]
    random.shuffle(came)
    assert plain(table(came)) == plain(whole)
    merged = table(came[:9])
    merged.add(table(came[9:]))
    assert plain(merged) == plain(whole)
    told = profile_value.values(whole)[OTHER, OTHER]
    assert told[f'feature_count{{feature="{OTHER}"}}'] == generic + frozen


def test_rows_of_a_version_that_knew_no_range_are_read() -> None:
    table = counted([events(Random(3), 40)], [None, None, None])
    part = decode_rows(encode_profile(table, list(table.rows)))
    del part.columns["out"]
    back = ProfileTable(fine=True)
    read_rows(part, back)
    assert plain(back) == plain(table)
    assert not read_columns(part)["out"].any()
    del part.columns["low"]
    with pytest.raises(UnknownCellsError, match="other columns: low"):
        read_columns(part)
