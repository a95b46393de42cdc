"""Cases of prometheus promql/promqltest/testdata/aggregators.test."""

import math

import pytest

from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.store import Store

from .series import ask, load, samples

HELD = load(
    Store(),
    {
        f'r{{job="{job}",instance="{instance}",group="{group}"}}': str(100 * value)
        for value, (job, group, instance) in enumerate(
            [(j, g, i) for j in ("api", "app") for g in ("prod", "canary") for i in "01"], 1
        )
    }
    | {"odd": "NaN", 'odd{x="1"}': "2", 'odd{x="2"}': "1", 'foo{region="eu"}': "900"},
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum(r)", {"{}": 3600.0}),
        ('sum by (group) (r{job="api"})', {'{group="prod"}': 300.0, '{group="canary"}': 700.0}),
        ("SUM BY (job) (r)", {'{job="api"}': 1000.0, '{job="app"}': 2600.0}),
        ("sum(r) by (job, none)", {'{job="api"}': 1000.0, '{job="app"}': 2600.0}),
        ("sum without (instance, group) (r)", {'{job="api"}': 1000.0, '{job="app"}': 2600.0}),
        ("sum by () (r)", {"{}": 3600.0}),
        ("sum by (__name__) (r)", {"r{}": 3600.0}),
        ("sum without (instance, group, job) (r or foo)", {"{}": 3600.0, '{region="eu"}': 900.0}),
        ("avg by (job) (r)", {'{job="api"}': 250.0, '{job="app"}': 650.0}),
        ("count by (job) (r)", {'{job="api"}': 4.0, '{job="app"}': 4.0}),
        ("min(r)", {"{}": 100.0}),
        ("max(r)", {"{}": 800.0}),
        ("group(r)", {"{}": 1.0}),
        ("stddev(r)", {"{}": 229.12878474779}),
        ("stdvar by (job) (r)", {'{job="api"}': 12500.0, '{job="app"}': 12500.0}),
        ("quantile(0.8, r)", {"{}": 660.0}),
        ("quantile(-1, r)", {"{}": -math.inf}),
        ("quantile(scalar(none), r)", {"{}": math.nan}),
        ("quantile(0, odd)", {"{}": math.nan}),  # NaN is the smallest
        ("max(odd)", {"{}": 2.0}),
        ("min(odd)", {"{}": 1.0}),
        ("max(odd{x=''})", {"{}": math.nan}),
        ("sum(odd)", {"{}": math.nan}),
        ("sum(none)", {}),
        ("count(none)", {}),
        ("sum(sum by (group) (r)) by (job)", {"{}": 3600.0}),
        ("avg(vector(1e308) or on(a) foo * 1e306)", {"{}": 1e308}),
    ],
)
def test_groups_become_elements(expression: str, expected: dict[str, float]) -> None:
    assert ask(expression, HELD, 0) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("topk(3, r)", [800.0, 700.0, 600.0]),
        ("topk((3), (r))", [800.0, 700.0, 600.0]),
        ("bottomk(3, r)", [100.0, 200.0, 300.0]),
        ('topk(5, r{group="canary",job="app"})', [800.0, 700.0]),
        ("topk by (job) (1, r)", [400.0, 800.0]),
        ("topk(0, r)", []),
        ("topk(-1, r)", []),
        ("topk(1.9, r)", [800.0]),
        ("topk(2, odd)", [2.0, 1.0]),
        ("bottomk(2, odd)", [1.0, 2.0]),
    ],
)
def test_the_first_are_chosen_with_all_their_labels(expression: str, values: list[float]) -> None:
    found = samples(expression, HELD, 0)
    assert [it.value for it in found] == values
    assert all("__name__" in it.labels for it in found)


def test_nan_is_chosen_last() -> None:
    assert math.isnan(samples("topk(3, odd)", HELD, 0)[-1].value)
    assert math.isnan(samples("bottomk(3, odd)", HELD, 0)[-1].value)


@pytest.mark.parametrize("count", ["NaN", "Inf", "1e19"])
def test_a_number_that_counts_nothing_is_an_error(count: str) -> None:
    with pytest.raises(EvaluationError, match="is no number of elements"):
        ask(f"topk({count}, r)", HELD, 0)
