import numpy as np
import pytest

from streamgauge.bench.detector import simulated
from streamgauge.bench.detector.simulated import AUTOCORRELATED, CALM, DAILY, STATIONARY, Source
from streamgauge.bench.detector.stream import REFERENCE, Kind

SEED = 20261121
EVERY = STATIONARY | AUTOCORRELATED | DAILY
KINDS: frozenset[Kind] = frozenset({"rate", "number", "table"})


@pytest.mark.parametrize("name", EVERY)
def test_a_still_stream_is_as_its_reference_was(name: str) -> None:
    (stream,) = simulated.calm({name: EVERY[name]}, KINDS, 40_000, SEED, at_once=50_000)
    assert stream.changes == ()
    assert len(stream.values) == 40_000
    # Two days of a cycle; autocorrelation of .5 triples the variance of a mean. Five deviations.
    slack = 5 * float(stream.values.std()) * np.sqrt(3 / REFERENCE + 3 / 40_000)
    assert stream.reference.mean() == pytest.approx(stream.values.mean(), abs=slack)
    if stream.kind == "rate":
        assert set(np.unique(stream.values)) == {0.0, 1.0}
    if stream.kind == "table":
        assert stream.values.shape == (40_000, simulated.FEATURES)


def test_a_seed_is_a_stream_and_parts_add_up_to_all_events() -> None:
    def drawn(seed: int) -> list[np.ndarray]:
        sources: dict[str, Source] = {"normal": STATIONARY["normal"]}
        streams = simulated.calm(sources, KINDS, 2_500, seed, at_once=1_000)
        return [stream.values for stream in streams]

    parts = drawn(SEED)
    assert [len(part) for part in parts] == [1_000, 1_000, 500]
    assert all(np.array_equal(a, b) for a, b in zip(parts, drawn(SEED), strict=True))
    assert not np.array_equal(parts[0], drawn(SEED + 1)[0])


def test_a_stream_changes_where_it_says() -> None:
    streams = {stream.name: stream for stream in simulated.changing(KINDS, SEED)}
    assert len(streams) == len(simulated.RATES) + 2 * len(simulated.MOVES)
    tripled = streams["errors 0.1 x3"].values
    # Five deviations of a share of 5,000 are .021 and of 10,000 are .023.
    assert tripled[:CALM].mean() == pytest.approx(0.1, abs=0.03)
    assert tripled[CALM:].mean() == pytest.approx(0.3, abs=0.03)
    table = streams["0.5 sigma in one of 20"]
    moved = table.values[CALM:].mean(axis=0) - table.values[:CALM].mean(axis=0)
    assert int(np.abs(moved).argmax()) == table.moved
    assert moved[table.moved] == pytest.approx(0.5, abs=0.1)
    spread = streams["1.5 times sigma"].values
    assert spread[CALM:].std() / spread[:CALM].std() == pytest.approx(1.5, abs=0.1)


def test_only_streams_of_the_kinds_that_are_asked_for_are_made() -> None:
    kinds: frozenset[Kind] = frozenset({"number"})
    assert {stream.kind for stream in simulated.changing(kinds, SEED)} == {"number"}
    made = list(simulated.calm(EVERY, kinds, 10, SEED, at_once=10))
    assert {stream.name for stream in made} == {
        "normal",
        "heavy-tailed",
        "autocorrelated",
        "by day",
    }


def test_autocorrelated_values_carry_a_half_on_and_keep_their_variance() -> None:
    values = simulated.autocorrelated(np.random.default_rng(SEED), 50_000)
    assert np.corrcoef(values[:-1], values[1:])[0, 1] == pytest.approx(0.5, abs=0.03)
    assert values.std() == pytest.approx(1.0, abs=0.03)
