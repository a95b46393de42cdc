import numpy as np
import pytest

from streamgauge.detectors.l_infinity import LInfinity

from .table import row

L_INFINITY = LInfinity()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # p = .2 .3 .5, q = .1 .4 .5.
        ((2, 3, 5), (1, 4, 5), 0.1),
        # TFDV, metrics_test.cc: {hello .1, world .9} against {.3, .7}; {b .9, c .1}, {a .3, b .7}.
        ((1, 9), (3, 7), 0.2),
        ((0, 9, 1), (3, 7, 0), 0.3),
    ],
)
def test_the_published_cases(
    before: tuple[int, ...], after: tuple[int, ...], expected: float
) -> None:
    assert L_INFINITY.compare(row(*before), row(*after)).distance[0] == pytest.approx(expected)


def test_the_cases_of_nannyml() -> None:
    # NannyML, tests/drift: aabbcc against the same and a d, and against bbbbb, to two places.
    assert round(float(L_INFINITY.compare(row(2, 2, 2, 0), row(2, 2, 2, 1)).distance[0]), 2) == 0.14
    assert round(float(L_INFINITY.compare(row(2, 2, 2), row(0, 5, 0)).distance[0]), 2) == 0.67


def test_what_is_empty_is_unknown() -> None:
    assert np.isnan(L_INFINITY.compare(row(0, 0), row(1, 2)).distance[0])
