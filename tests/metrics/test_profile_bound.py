"""How many rows features take, whoever makes their names up."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

from streamgauge.metrics import profile
from streamgauge.metrics.cap import OTHER, Key
from streamgauge.metrics.packed import decode_rows, encode_profile, read_rows
from streamgauge.metrics.profile import ProfileTable

from .event import cut
from .test_profile import REST, SERIES, Event, counted, plain

MANY = [(f"m{number}", "1") for number in range(40)]


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few places that they run out."""
    monkeypatch.setattr(profile, "FEATURES", 12)
    monkeypatch.setattr(profile, "ROWS", 60)


def parts_of(random: Random, came: list[Event], series: Sequence[Key] = SERIES) -> ProfileTable:
    merged = ProfileTable(fine=True)
    for batch in cut(random, came):
        merged.add(counted([batch], series))
    return merged


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("seed", range(5))
def test_made_up_features_of_a_model_are_bounded_whatever_their_order(seed: int) -> None:
    random = Random(seed)
    came: list[Event] = [(0, {f"f{place}": 1.0}) for place in range(profile.FEATURES + 40)]
    came += [(1, {"age": 1.0})]
    random.shuffle(came)
    table = counted(cut(random, came))
    assert len(table) == profile.FEATURES + 2
    assert table.column("stats")[table.rows["price", "1", OTHER], profile.KNOWN] == 40
    assert ("price", "2", "age") in table.rows
    random.shuffle(came)
    assert plain(table) == plain(counted([came])) == plain(parts_of(random, came))


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("seed", range(5))
def test_made_up_models_are_bounded_whatever_their_order(
    seed: int,
) -> None:
    random = Random(seed)
    came: list[Event] = [
        (number, {f"f{place}": 1.0}) for number in range(40) for place in range(1, 20, 3)
    ]
    whole = counted([came], MANY)
    random.shuffle(came)
    assert plain(counted(cut(random, came), MANY)) == plain(whole)
    assert plain(parts_of(random, came, MANY)) == plain(whole)
    assert profile.ROWS - 7 <= len(whole) <= profile.ROWS
    assert int(whole.column("stats")[:, profile.KNOWN].sum()) == len(came)
    # Whole models go: who is there has all its features.
    features = Counter(key[:2] for key in whole.rows if key != REST)
    assert set(features.values()) == {7}


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("first", range(2))
def test_who_had_no_room_in_one_part_of_a_sum_has_none_in_the_sum(
    first: int,
) -> None:
    full: list[Event] = [(number, {f"f{at}": 1.0 for at in range(7)}) for number in range(20)]
    # Few enough of each model for all to have room, were it not for what the other part knows.
    thin: list[Event] = [(number, {"f0": 1.0}) for number in range(20)]
    whole = plain(counted([full + thin], MANY))
    parts = [counted([full], MANY), counted([thin], MANY)]
    merged = ProfileTable(fine=True)
    for part in (parts[first], parts[1 - first]):
        merged.add(part)
    assert plain(merged) == whole
    read = ProfileTable(fine=True)
    for part in (parts[first], parts[1 - first]):
        read_rows(decode_rows(encode_profile(part, list(part.rows))), read)
    assert plain(read) == whole


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("seed", range(5))
def test_segments_go_before_models_whatever_their_order(seed: int) -> None:
    random = Random(seed)
    models = [(f"m{number}", "1") for number in range(5)]
    segments = [(*model, "region", region) for model in models for region in ("eu", "us")]
    series: list[Key] = [*models, *segments]
    came: list[Event] = [
        (place, {f"f{feature}": 1.0}) for place in range(len(series)) for feature in range(7)
    ]

    def table(order: list[Event]) -> ProfileTable:
        one = ProfileTable(fine=True)
        for place, held in order:
            one.count(series, np.array([place]), [held])
        return one

    whole = table(came)
    assert len(whole) <= profile.ROWS + 2
    kept = Counter(key[:-1] for key in whole.rows)
    assert all(kept[model] == 7 for model in models)
    rest = {(OTHER, OTHER, "region", region) for region in ("eu", "us")}
    assert {key for key in kept if key[0] == OTHER} == rest
    assert {kept[key] for key in segments if key in kept} == {7}
    assert int(whole.column("stats")[:, profile.KNOWN].sum()) == len(came)
    random.shuffle(came)
    assert plain(table(came)) == plain(whole)
    halves = [table(came[:50]), table(came[50:])]
    merged = ProfileTable(fine=True)
    for half in halves:
        merged.add(half)
    assert plain(merged) == plain(whole)


@pytest.mark.usefixtures("_small")
def test_made_up_features_of_a_segment_are_bounded_too() -> None:
    segment = ("price", "1", "region", "eu")
    table = ProfileTable(fine=True)
    many: list[profile.Features] = [{f"f{place}": 1.0} for place in range(profile.FEATURES + 40)]
    table.count([segment], np.zeros(len(many), np.int64), many)
    assert len(table) == profile.FEATURES + 1
    assert table.column("stats")[table.rows[*segment, OTHER], profile.KNOWN] == 40
