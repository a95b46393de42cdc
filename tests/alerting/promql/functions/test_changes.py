"""Cases of prometheus promql/promqltest/testdata/functions.test, "resets() and changes()"."""

import pytest
from tests.alerting.promql.series import MINUTE, ask, load

from streamgauge.alerting.promql.store import Store

REQUESTS = {
    'r{path="foo"}': "1 2 3 0 1 0 0 1 2 0",
    'r{path="bar"}': "1 2 3 4 5 1 2 3 4 5",
    'r{path="biz"}': "0x4 1x4",
}


@pytest.mark.parametrize(
    ("expression", "foo", "bar", "biz"),
    [
        ("resets(r[10m])", 0.0, 0.0, 0.0),
        ("resets(r[20m])", 1.0, 0.0, 0.0),
        ("resets(r[30m])", 1.0, 0.0, 0.0),
        ("resets(r[32m])", 2.0, 1.0, 0.0),
        ("resets(r[50m])", 3.0, 1.0, 0.0),
        ("changes(r[6m])", 0.0, 0.0, 0.0),
        ("changes(r[20m])", 2.0, 2.0, 0.0),
        ("changes(r[30m])", 3.0, 4.0, 0.0),
        ("changes(r[50m])", 7.0, 8.0, 1.0),
    ],
)
def test_changes_and_resets_are_counted(
    expression: str, foo: float, bar: float, biz: float
) -> None:
    held = load(Store(), REQUESTS, 5 * MINUTE)
    assert ask(expression, held, 50 * MINUTE) == {
        '{path="foo"}': foo,
        '{path="bar"}': bar,
        '{path="biz"}': biz,
    }


def test_nothing_in_the_range_counts_nothing() -> None:
    held = load(Store(), REQUESTS, 5 * MINUTE)
    assert ask("changes(r[5m])", held, 50 * MINUTE) == {}


def test_nan_after_nan_is_no_change() -> None:
    held = load(Store(), {'x{a="b"}': "NaN NaN NaN", 'x{a="c"}': "0 NaN 0"}, 5 * MINUTE)
    assert ask("changes(x[20m])", held, 15 * MINUTE) == {'{a="b"}': 0.0, '{a="c"}': 2.0}
