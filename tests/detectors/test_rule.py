import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.detectors.rule import RuleError, parse

VALUES = st.none() | st.floats(allow_nan=False) | st.sampled_from(["a", "b", ""])


@pytest.mark.parametrize(
    ("rule", "row", "broken"),
    [
        ("low <= high", {"low": 1.0, "high": 1.0}, False),
        ("low <= high", {"low": 2.0, "high": 1.0}, True),
        ("low < high", {"low": 1.0, "high": 1.0}, True),
        ("age >= 0", {"age": -0.5}, True),
        ("age>=0", {"age": 0.0}, False),
        ("colour != 'red'", {"colour": "red"}, True),
        ('colour == "red"', {"colour": "blue"}, True),
        ("colour == 'red'", {"colour": 5.0}, True),
        ("a == 1 when b > 0", {"a": 2.0, "b": 1.0}, True),
        ("a == 1 when b > 0", {"a": 2.0, "b": 0.0}, False),
        ("a == 1 when b > 0", {"a": 2.0, "b": None}, False),
        ("a == 1 when b > 0", {"a": None, "b": 1.0}, False),
        ("a < 1", {"a": "text"}, False),
        ("`my field` < -1.5e3", {"my field": 0.0}, True),
        ("shop.open-hours <= 24", {"shop.open-hours": 25.0}, True),
        ("größe > 0", {"größe": 0.0}, True),
        ("when == 1 when when > 0", {"when": 2.0}, True),
        ("a < b", {"a": math.inf, "b": 1e308}, True),
    ],
)
def test_what_breaks_a_rule(rule: str, row: dict[str, float | str | None], broken: bool) -> None:
    assert parse(rule).broken({name: [value] for name, value in row.items()}) == [broken]


def test_a_field_that_nobody_sent_breaks_nothing() -> None:
    assert parse("low <= high").broken({"low": [1.0, 2.0]}) == [False, False]
    assert parse("low <= high").broken({}) == []


@given(st.lists(st.tuples(VALUES, VALUES, VALUES)), st.sampled_from(["<=", "==", "!=", ">"]))
def test_one_row_does_not_know_of_the_others(
    rows: list[tuple[float | str | None, ...]], sign: str
) -> None:
    rule = parse(f"a {sign} b when c != 0")
    columns = {name: [row[place] for row in rows] for place, name in enumerate("abc")}
    alone = [
        rule.broken({name: [value] for name, value in zip("abc", row, strict=True)})[0]
        for row in rows
    ]
    assert rule.broken(columns) == alone


@pytest.mark.parametrize(
    ("rule", "column"),
    [
        ("", 1),
        ("low", 4),
        ("low <=", 7),
        ("low = high", 5),
        ("low <= high and more", 13),
        ("low <= high when", 17),
        ("low <= high when a", 19),
        ("low <= high when a < b c", 24),
        ("__import__('os') == 1", 11),
        ("a < 'open", 5),
        ("a < b.c()", 8),
        ("3x < 1", 1),
        ("1 < 2", 1),
        ("<= high", 1),
    ],
)
def test_what_cannot_be_read_names_the_column(rule: str, column: int) -> None:
    with pytest.raises(RuleError, match=f"column {column}: "):
        parse(rule)


def test_a_rule_knows_its_fields() -> None:
    assert parse("a == 1 when b > c").fields == {"a", "b", "c"}
