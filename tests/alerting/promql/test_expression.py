import pytest

from streamgauge.alerting.promql.parse import parse


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("a", 300_000),
        ("a offset 1h", 3_900_000),
        ("a offset -1h", 0),
        ("rate(a[1m])", 60_000),
        ("rate(a[1h] offset 1d) > a", 90_000_000),
        ("rate(a[1h] offset -30m)", 1_800_000),
        ("time()", 0),
    ],
)
def test_an_expression_knows_how_far_it_looks_back(text: str, reach: int) -> None:
    assert parse(text).reach == reach


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ('a{b="c"} > 1', True),
        ("abs(-a offset 5m) * 2 + 1 >= bool 3", True),
        ("clamp(rate(a[5m]), 0, 1) > 0.5", True),
        ("time() - timestamp(a) > 60", True),
        ("a", True),
        ("a > b", False),
        ("a + a", False),
        ("a > 1 and a < 2", False),
        ("sum(a)", False),
        ("topk(1, a)", False),
        ("absent(a)", False),
        ("scalar(a) > bool 1", False),
        ('label_replace(a, "x", "y", "", "")', False),
        ("sort(a)", False),
        ("histogram_quantile(0.9, a)", False),
        ("vector(1)", False),
        ("1 > bool 0", False),
        ('{__name__=~"a|b"} > 1', False),
    ],
)
def test_pointwise_is_what_one_series_decides_alone(text: str, alone: bool) -> None:
    assert parse(text).pointwise is alone


def test_an_expression_names_its_selectors() -> None:
    read = parse('rate(a{b="c"}[5m] offset 1m) > on(b) d')
    assert [(it.name, it.range, it.offset) for it in read.selectors] == [
        ("a", 300_000, 60_000),
        ("d", 0, 0),
    ]
    assert read.selectors[0].selects({"__name__": "a", "b": "c"})
    assert not read.selectors[0].selects({"__name__": "a"})
