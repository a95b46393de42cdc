import math

import pytest

from streamgauge.alerting.promql.evaluate import evaluate
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.rules.condition import Condition


@pytest.mark.parametrize(
    ("text", "plain", "remembers"),
    [
        ("a > 1", True, False),
        ('1 >= (a{b="c"})', True, False),
        ("a * 2 > 1", False, False),
        ("a offset 1m > 1", False, True),
        ("rate(a[1m]) > 1", False, True),
        ("a > bool 1", False, False),
        ("a", False, False),
        ("a > b", False, False),
        ("a + 1", False, False),
        ("a > 1 > 2", False, False),
        ("vector(1)", False, False),
    ],
)
def test_a_condition_is_plain_if_it_compares_one_measure_as_it_is(
    text: str, plain: bool, remembers: bool
) -> None:
    condition = Condition(parse(text))
    assert (condition.is_plain, condition.remembers) == (plain, remembers)


@pytest.mark.parametrize(
    ("text", "op", "threshold"),
    [
        ("a > 1", ">", 1.0),
        ("0.5 <= a", ">=", 0.5),
        ('{__name__="a"} == -1', "==", -1.0),
        ('(a{b!~"c|d"}) < (Inf)', "<", math.inf),
        ("a > 100ms", ">", 0.1),
        ("rate(a[5m]) > 1", ">", 1.0),
        ("a > bool 1", "", 0.0),
        ("a > b", "", 0.0),
    ],
)
def test_the_number_stands_on_the_right_whichever_side_it_was_on(
    text: str, op: str, threshold: float
) -> None:
    condition = Condition(parse(text))
    assert (condition.op, condition.threshold) == (op, threshold)


@pytest.mark.parametrize(
    "text",
    ["a > 1", "1 < a", "a * 2 != 2", "a > bool 1", "sum(a) <= 3", "a and b", "a > b", "vector(2)"],
)
def test_what_meets_is_what_promql_gives(text: str) -> None:
    store = Store()
    for name, label, value in (("a", "x", 1.0), ("a", "y", 2.0), ("b", "x", 1.5), ("a", "z", -1)):
        store.append({"__name__": name, "l": label}, 0, value)
    found = Condition(parse(text)).judge(store, 0)
    given = [(dict(it.labels), it.value) for it in evaluate(parse(text), store, 0)]
    assert [(dict(it.labels), it.value) for it in found if it.met] == given
    assert len(found) >= len(given)


def test_the_furthest_value_is_beyond_the_threshold_and_never_nan() -> None:
    above, below = Condition(parse("a > 1")), Condition(parse("1 > a"))
    assert (above.further(2, 3), below.further(2, 3)) == (3, 2)
    assert above.further(None, math.nan) is None
    assert above.further(2.0, math.nan) == above.further(math.nan, 2.0) == 2.0
