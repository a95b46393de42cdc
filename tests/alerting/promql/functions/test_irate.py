"""Cases of prometheus promql/promqltest/testdata/functions.test, "irate()" and "idelta()"."""

import pytest
from tests.alerting.promql.series import MINUTE, ask, store


def test_irate_is_between_the_last_two() -> None:
    held = store(5 * MINUTE, foo="0+10x10", bar="0+10x5 0+10x5")
    assert ask("irate(foo[50m])", held, 50 * MINUTE) == pytest.approx({"{}": 10 / 300})
    assert ask("irate(bar[50m])", held, 30 * MINUTE) == {"{}": 0.0}  # began anew
    assert ask("irate(foo[5m])", held, 50 * MINUTE) == {}


def test_idelta_is_between_the_last_two() -> None:
    held = store(5 * MINUTE, foo="0 50 100 150", bar="0 50 100 50")
    assert ask("idelta(foo[20m])", held, 20 * MINUTE) == {"{}": 50.0}
    assert ask("idelta(bar[20m])", held, 20 * MINUTE) == {"{}": -50.0}
