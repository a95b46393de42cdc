"""Columns count from 1; the grammar itself is promql-parser's."""

import pytest

from streamgauge.alerting.matcher import Matcher
from streamgauge.alerting.promql.error import OutsideSubsetError
from streamgauge.alerting.promql.parse import parse


@pytest.mark.parametrize(
    ("text", "column", "construct"),
    [
        ("a[5m:1m] > 1", 2, "a subquery"),
        ("max_over_time(rate(a[5m])[1h:])", 26, "a subquery"),
        ("a > 1 and b @ 0", 13, "the modifier @"),
        ("a @ end()", 3, "the modifier @"),
        ('a{x="1" or x="2"}', 9, "or between label matchers"),
        ('count_values("x", a)', 1, "the aggregation count_values"),
        ("1 + limitk(1, a)", 5, "the aggregation limitk"),
        ("a > 0 unless info(a)", 14, "the function info"),
        ("mad_over_time(a[5m])", 1, "the function mad_over_time"),
        ("histogram_fraction(0, 1, a)", 1, "the function histogram_fraction"),
        ("step()", 1, "the function step"),
        ("a\n  + foo(b)", 5, "the function foo"),
        ("rate(a[5m] smoothed)", 12, "the modifier smoothed"),
    ],
)
def test_what_is_outside_the_subset_is_named_with_its_column(
    text: str, column: int, construct: str
) -> None:
    with pytest.raises(OutsideSubsetError) as refused:
        parse(text)
    assert f"column {column}: {construct}" in str(refused.value)
    assert "supported: " in str(refused.value)


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ("a > > 1", 5, "unexpected '>'"),
        ("a > 1 for 5m", 7, "unexpected 'for'"),
        (r"a{b=~`\d\d`} > > 1", 16, "unexpected '>'"),
        (r"a{b=~`\d\d`} and", 17, "unexpected end"),
        ("a b", 3, "unexpected 'b'"),
        ("a and", 6, "unexpected end"),
        ("sum((a)", 4, "unclosed left parenthesis"),
        ("a))", 2, "unexpected right parenthesis"),
        ("a ∧ b", 3, "unexpected character"),
        ('a{b=~"(?=x)"}', 6, "no regular expression"),
        ('label_replace(a, "b", "", "c", "(")', 1, "invalid regular expression"),
        ('1 + label_join(a, "1", "", "c")', 5, "invalid label name '1'"),
        ("a[5x]", 4, "bad number or duration"),
        ("1 + absent(1)", 5, "expected type vector in call to function 'absent', got scalar"),
        ("b > 1 and rate(a) > 1", 11, "expected type matrix in call to function 'rate'"),
        ("b + sum(1)", 5, "expected type vector in aggregation expression, got scalar"),
        ("a > 1 and 1 == 1", 11, "comparisons between scalars must use BOOL modifier"),
        ("a[5m]", 1, "a range is no result"),
        ('"x"', 1, "a string is no result"),
        ("", 1, "no expression found"),
    ],
)
def test_what_is_no_promql_is_told_with_its_column(text: str, column: int, what: str) -> None:
    with pytest.raises(OutsideSubsetError) as refused:
        parse(text)
    assert f"column {column}: " in str(refused.value)
    assert what in str(refused.value)


@pytest.mark.parametrize(
    "text", ["sum > 1", "by", "offset", "a # or @ [1m:]", 'a{b="x or @ [1m:"}', "a:b > 1"]
)
def test_words_of_the_language_are_names_and_texts_too(text: str) -> None:
    assert parse(text).pointwise


def test_raw_strings_have_no_escapes() -> None:
    assert parse(r"a{b=~`\d\n`}").selectors[0].matchers == (Matcher("b", "=~", r"\d\n"),)


@pytest.mark.parametrize("times", [200, 800, 100_000])
@pytest.mark.parametrize(
    ("before", "after"), [("abs(", ")"), ("-", ""), ("", " + a"), ("(", ") + 1")]
)
def test_what_is_nested_too_deeply_is_refused(before: str, after: str, times: int) -> None:
    with pytest.raises(OutsideSubsetError, match="expected at most"):
        parse(f"{before * times}a{after * times}")
