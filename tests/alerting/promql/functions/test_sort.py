"""Cases of prometheus promql/promqltest/testdata/functions.test, "sort"."""

from tests.alerting.promql.series import load, samples

from streamgauge.alerting.promql.store import Store

HELD = load(Store(), {f'm{{a="{value}"}}': value for value in ("3", "NaN", "1", "2")})


def test_nan_is_last_either_way() -> None:
    assert [it.labels["a"] for it in samples("sort(m)", HELD, 0)] == ["1", "2", "3", "NaN"]
    assert [it.labels["a"] for it in samples("sort_desc(m)", HELD, 0)] == ["3", "2", "1", "NaN"]
