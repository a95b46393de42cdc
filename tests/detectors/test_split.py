import numpy as np
import pytest

from streamgauge.detectors.split import Split


@pytest.mark.parametrize("by", [0.25, -0.25])
def test_the_means_on_both_sides_are_those_of_the_stream(by: float) -> None:
    for seed in range(20):
        values = np.random.default_rng(seed).normal(0.5, 0.125, 1_100)
        values[1_000:] += by
        split = Split()
        for value in values.tolist():
            split.add(value)
        before, count, total = split.sides()
        assert before == pytest.approx(0.5, abs=0.02)
        assert count == pytest.approx(100, abs=8)
        assert total / count == pytest.approx(0.5 + by, abs=0.04)


def test_a_long_past_is_small() -> None:
    split = Split()
    for _ in range(100_000):
        split.add(0.25)
    assert sum(len(level) for level in split.levels) <= 8 * 17
    before, count, _ = split.sides()
    assert (before, count) == (0.25, 0)


@pytest.mark.parametrize("values", [[], [0.3], [0.3, 0.3, 0.3]])
def test_a_stream_that_did_not_move_has_one_side(values: list[float]) -> None:
    split = Split()
    for value in values:
        split.add(value)
    before, count, _ = split.sides()
    assert count == 0
    assert before == pytest.approx(0.3 if values else 0.0)
