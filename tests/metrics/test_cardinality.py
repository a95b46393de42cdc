import numpy as np
import pytest

from streamgauge.metrics import cardinality
from streamgauge.metrics.column import Floats

# Flajolet et al. (2007): the standard error is 1.04 / sqrt(m).
SIGMA = 1.04 / np.sqrt(cardinality.REGISTERS)


def sketch(values: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    held = np.zeros(cardinality.REGISTERS, np.uint8)
    place, rho = cardinality.registers(values)
    np.maximum.at(held, place, rho)
    return held


@pytest.mark.parametrize("number", [1, 10, 1_000, 5_000, 20_000, 300_000])
@pytest.mark.parametrize("seed", range(4))
def test_the_error_is_that_of_the_paper(number: int, seed: int) -> None:
    drawn: Floats = np.random.default_rng(seed).normal(size=number)
    even: Floats = np.arange(number, dtype=np.float64) * 2.0 ** (seed * 5)
    for values in (drawn, even):
        estimate = cardinality.estimate(sketch(values))
        assert abs(estimate - number) <= max(3.5 * SIGMA * number, 1.0)


def test_values_that_come_again_change_nothing() -> None:
    values = np.random.default_rng(1).normal(size=3_000)
    assert np.array_equal(sketch(values), sketch(np.tile(values, 5)))


def test_the_larger_registers_are_the_union() -> None:
    values = np.random.default_rng(2).normal(size=6_000)
    one, other = sketch(values[:4_000]), sketch(values[2_000:])
    assert np.array_equal(np.maximum(one, other), sketch(values))


def test_zero_is_one_value_whatever_its_sign() -> None:
    assert np.array_equal(sketch(np.array([0.0])), sketch(np.array([-0.0])))
    assert round(cardinality.estimate(sketch(np.array([0.0, -0.0])))) == 1


def test_nothing_has_no_values() -> None:
    assert cardinality.estimate(np.zeros(cardinality.REGISTERS, np.uint8)) == 0.0


def test_ranks_are_what_counting_bits_gives() -> None:
    values = np.random.default_rng(3).normal(size=2_000)
    place, rho = cardinality.registers(values)
    for value, at, said in zip(values, place.tolist(), rho.tolist(), strict=True):
        bits = int(cardinality._mix(np.array([value]).view(np.uint64))[0])
        rest = bits >> 11
        assert at == bits & 2_047
        assert said == (rest & -rest).bit_length()
