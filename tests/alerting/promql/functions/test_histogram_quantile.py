"""Cases of prometheus promql/promqltest/testdata/histograms.test."""

import math

import pytest
from tests.alerting.promql.series import ask, load

from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.store import Store

POSITIVE = {"0.1": 5, ".2": 7, "1e0": 11, "+Inf": 12}
NEGATIVE = {"-.2": 1, "-0.1": 2, "0.3": 2, "+Inf": 3}
SIXTHS = {"0": 0, "2": 1, "4": 2, "6": 3, "+Inf": 3}


@pytest.mark.parametrize(
    ("buckets", "share", "expected"),
    [
        (POSITIVE, -0.1, -math.inf),
        (POSITIVE, 1.01, math.inf),
        (POSITIVE, math.nan, math.nan),
        (POSITIVE, 0, 0.0),
        (POSITIVE, 0.2, 0.048),
        (POSITIVE, 0.5, 0.15),
        (POSITIVE, 0.8, 0.72),
        (POSITIVE, 1, 1.0),
        (NEGATIVE, 0, -0.2),
        (NEGATIVE, 0.2, -0.2),
        (NEGATIVE, 0.5, -0.15),
        (NEGATIVE, 0.8, 0.3),
        (SIXTHS, 1 / 6, 1.0),
        (SIXTHS, 0.5, 3.0),
        (SIXTHS, 5 / 6, 5.0),
        ({"1": 0, "+Inf": 2}, 0, math.nan),  # 0/0 in the first bucket
        ({"0.1": 1, "0.2": 2}, 0.5, math.nan),  # no last bucket
        ({"+Inf": 2}, 0.5, math.nan),
        ({"0.1": 0, "+Inf": 0}, 0.5, math.nan),
        ({"0.1": 2, "0.2": 1, "0.3": 4, "+Inf": 4}, 0.75, 0.25),  # a lost sample
        ({"0.1": 10, "0.2": 10 - 1e-14, "+Inf": 10}, 1, 0.1),
        ({"0.1": 1, "what": 9, "0.2": 2, "2e-1": 2, "+Inf": 4}, 0.25, 0.1),
    ],
)
def test_the_quantile_is_interpolated_in_its_bucket(
    buckets: dict[str, float], share: float, expected: float
) -> None:
    held = load(Store(), {f'b{{le="{le}",j="a"}}': str(float(n)) for le, n in buckets.items()})
    found = ask(f"histogram_quantile({share}, b)", held, 0)
    assert found == pytest.approx({'{j="a"}': expected}, nan_ok=True)


def test_two_histograms_that_differ_in_their_name_alone_are_an_error() -> None:
    names = {f'{name}{{le="{le}"}}': "1" for name in "ab" for le in ("1", "+Inf")}
    with pytest.raises(EvaluationError, match="same labelset"):
        ask('histogram_quantile(0.5, {__name__=~"a|b"})', load(Store(), names), 0)
