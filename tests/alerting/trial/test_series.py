import pytest

from streamgauge.alerting.trial.series import read_labels, read_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # From the comments of promql/parser/lex.go and the documentation of unit tests.
        ("-2+4x3", [-2, 2, 6, 10]),
        ("1-2x4", [1, -1, -3, -5, -7]),
        ("1x4", [1, 1, 1, 1, 1]),
        ("0x2", [0, 0, 0]),
        ("", []),
        ("inf -Inf", [float("inf"), float("-inf")]),
        (".5 1e3 1.", [0.5, 1000, 1]),
    ],
)
def test_values_expand_as_promtool_does(text: str, values: list[float]) -> None:
    assert read_values(text) == [(value,) for value in values]


def test_gaps_and_the_end_of_a_series() -> None:
    assert read_values("_ _x2 1 stale stalex1 _x0") == [
        *[None] * 3,
        (1.0,),
        (None,),
        (None,),
        (None,),
    ]


@pytest.mark.parametrize("text", ["x3", "1+2", "_+1x2", "stale+1x2", "0x1F", "1_000", "1x", "a"])
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no value"):
        read_values(text)


def test_a_file_cannot_ask_for_more_than_fits() -> None:
    with pytest.raises(ValueError, match="more than"):
        read_values("1x999999999")


@pytest.mark.parametrize("text", ['up{a=~"b"}', "up offset 5m", "up[5m]", "1", "sum(up)", "{"])
def test_what_is_no_series_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no series"):
        read_labels(text)


def test_labels_may_be_quoted_in_any_way_and_empty_ones_are_none() -> None:
    assert read_labels("""up{a='x', b=`y`, c="",}""") == {"__name__": "up", "a": "x", "b": "y"}
