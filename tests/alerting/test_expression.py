import math

import pytest

from streamgauge.alerting.expression import parse


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("a > 0.05", 0.05, False),
        ("a >= 0.05", 0.05, True),
        ("0.05 < a", 0.06, True),
        ("0.05 > a", 0.06, False),
        ("1 <= a", 1.0, True),
        ("(a) != (1)", 2.0, True),
        ("a == 1", 1.0, True),
        ("a > -1", 0.0, True),
        ("a < Inf", 1e308, True),
        ("a > 1e3", 1001.0, True),
        ("a > 1", math.nan, False),
        ("a == NaN", math.nan, False),
        ("a != 1", math.nan, True),
    ],
)
def test_comparisons_hold_as_in_prometheus(text: str, value: float, holds: bool) -> None:
    assert parse(text).holds(value) is holds


@pytest.mark.parametrize(
    ("matcher", "labels", "selected"),
    [
        ('model="m"', {"model": "m"}, True),
        ('model!="m"', {"model": "m"}, False),
        ('model=~"m.*|x"', {"model": "m1"}, True),
        ('model=~"m"', {"model": "m1"}, False),
        ('model!~"m"', {"model": "m1"}, True),
        # An absent label is an empty one.
        ('region=""', {"model": "m"}, True),
        ('region!=""', {"model": "m"}, False),
        ('region=~".*"', {}, True),
        ('region=~".+"', {}, False),
        ('model=~"a.b"', {"model": "a\nb"}, True),
        ('model="m",version="2"', {"model": "m", "version": "1"}, False),
    ],
)
def test_matchers_select_as_in_prometheus(
    matcher: str, labels: dict[str, str], selected: bool
) -> None:
    assert parse(f"a{{{matcher}}} > 1").selects(labels) is selected


def test_a_name_may_be_a_matcher() -> None:
    assert parse('{__name__="a",x="1"} > 1').metric == "a"
