from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from streamgauge.metrics import series_table
from streamgauge.metrics.cap import OTHER, Key, rank
from streamgauge.metrics.layout import Layout
from streamgauge.metrics.series_table import MODELS, PLACES, VALUES, SeriesTable, rule
from streamgauge.metrics.summary import BRIEF
from streamgauge.metrics.traffic import Traffic

from .event import prediction, randoms, total_of

some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SMALL_MODELS, SMALL_VALUES, SMALL_PLACES = 4, 3, 14


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few places that they run out."""
    monkeypatch.setattr(series_table, "MODELS", SMALL_MODELS)
    monkeypatch.setattr(series_table, "VALUES", SMALL_VALUES)
    monkeypatch.setattr(series_table, "PLACES", SMALL_PLACES)


def expected(keys: list[Key]) -> set[Key]:
    """By definition: declared values, then model by model the best of each, while there is room."""
    families: dict[tuple[bool, int], set[Key]] = {}
    for key in {key for key in keys if OTHER not in key}:
        kind = "declared" if key[3] == "eu" else "value"
        family = (kind == "value", rank("\0".join((kind, *key[:3]))))
        families.setdefault(family, set()).add(key)
    ordered: list[Key] = []
    for _, members in sorted(families.items()):
        best = sorted(members, key=lambda key: rank("\0".join(key)))
        ordered += best[:SMALL_VALUES]
    return set(ordered[:SMALL_PLACES])


def values(random: Random, number: int) -> list[Key]:
    return [
        (
            random.choice(("a", "b", "c", OTHER)),
            random.choice("123"),
            "region",
            random.choice((str(random.randrange(9)), OTHER, "eu")),
        )
        for _ in range(number)
    ]


def table(keys: list[Key]) -> SeriesTable:
    made = SeriesTable(BRIEF, rule({"region": ("eu",)}))
    for key in keys:
        row = made.place([key])[0]
        made.column("cells")[row, 0] += 1
        made.add_names(key if key in made.rows else made.home(key), {"n": {key[3]: 1}})
    return made


def plain(held: SeriesTable) -> dict[Key, tuple[int, dict[str, dict[str, int]]]]:
    return {
        key: (int(held.column("cells")[row, 0]), held.names[key])
        for key, row in sorted(held.rows.items())
    }


@pytest.mark.usefixtures("_small")
def test_values_that_have_no_place_count_with_their_model_and_models_with_the_rest() -> None:
    for seed in range(30):
        random = Random(seed)
        keys = values(random, 150)
        whole = table(keys)
        random.shuffle(keys)
        merged = table(keys[:70])
        merged.add(table(keys[70:]))
        assert plain(merged) == plain(whole)
        assert sum(count for count, _ in plain(whole).values()) == len(keys)
        own = [key for key in whole.rows if OTHER not in key]
        rests = [key for key in whole.rows if key[0] != OTHER and key[3] == OTHER]
        assert len(own) <= SMALL_PLACES
        undeclared = Counter(key[:3] for key in own if key[3] != "eu")
        assert max(undeclared.values()) <= SMALL_VALUES
        assert len(rests) <= SMALL_MODELS
        assert set(whole.rows) - set(own) - set(rests) == {(OTHER, OTHER, "region", OTHER)}
        assert set(own) == expected(keys)
        for key in own:
            assert plain(whole)[key] == (keys.count(key), {"n": {key[3]: keys.count(key)}})


def test_many_models_lose_none_of_their_few_values() -> None:
    keys: list[Key] = [
        (f"m{model}", "1", "region", str(region)) for model in range(150) for region in range(10)
    ]
    assert set(table(keys).rows) == set(keys)


def test_one_model_that_makes_values_up_does_not_take_those_of_others() -> None:
    strange: list[Key] = [("m", "1", "user", str(number)) for number in range(3 * VALUES)]
    others: list[Key] = [(f"n{number}", "1", "user", "a") for number in range(100)]
    held = plain(table([*strange[:VALUES], *others, *strange[VALUES:]]))
    assert set(others) <= held.keys()
    assert held["m", "1", "user", OTHER][0] == 2 * VALUES
    assert len(held) == VALUES + 1 + len(others)


def test_models_that_are_made_up_fill_no_more_than_there_is_room_for() -> None:
    keys: list[Key] = [(f"m{number}", "1", "region", "x") for number in range(PLACES + 700)]
    made = SeriesTable(Layout((Traffic(),)), rule())
    rows = made.place(keys)
    np.add.at(made.flat("cells"), rows * made.layout.width, 1)
    own = [key for key in made.rows if OTHER not in key]
    rests = [key for key in made.rows if key[0] != OTHER and key[3] == OTHER]
    assert (len(own), len(rests)) == (PLACES, MODELS)
    assert made.column("cells")[:, 0].sum() == len(keys)


@pytest.mark.usefixtures("_small")
def test_declared_values_come_first() -> None:
    keys: list[Key] = [("m", "1", "region", str(number)) for number in range(100)]
    assert ("m", "1", "region", "eu") in table([*keys, ("m", "1", "region", "eu")]).rows
    assert ("m", "1", "region", "eu") in table([("m", "1", "region", "eu"), *keys]).rows


@pytest.mark.parametrize("size", [2, 4])
def test_a_stranger_cannot_pass_as_the_rest_nor_make_it_grow(size: int) -> None:
    made = SeriesTable(BRIEF, rule())
    for number in range(2 * max(MODELS, VALUES)):
        key = (OTHER, str(number), "region", str(number))[:size]
        row = made.place([key])[0]
        made.column("cells")[row, 0] += 1
    rest = (OTHER, OTHER, "region", OTHER) if size == 4 else (OTHER, OTHER)
    assert list(made.rows) == [rest]
    assert made.column("cells")[0, 0] == 2 * max(MODELS, VALUES)


@some
@given(randoms)
def test_samples_and_names_move_with_their_series(random: Random) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series_table, "MODELS", 3)
        events = [
            prediction(number, model=f"m{random.randrange(9)}", prediction=random.choice("xyz"))
            for number in range(60)
        ]
        random.shuffle(events)
        whole = total_of(events).series
        merged = total_of(events[:20]).series
        merged.add(total_of(events[20:]).series)
        assert set(merged.rows) == set(whole.rows)
        for key in whole.rows:
            assert merged.draws[key].drawn() == whole.draws[key].drawn()
            assert merged.names[key] == whole.names[key]
        kept = {key[0] for key in whole.rows}
        rest = {one.id for one in whole.draws[OTHER, OTHER].drawn()}
        assert rest == {event.id for event in events if event.model not in kept}
