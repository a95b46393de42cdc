import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from streamgauge.detectors.check import Check, parts, ranked


@given(st.integers(0, 300), st.integers(0, 300), st.floats(0.0, 0.99))
def test_the_odds_are_those_of_the_binomial(hits: int, rest: int, allowed: float) -> None:
    one = Check("null", hits, hits + rest, allowed)
    expected = binom.sf(hits - 1, hits + rest, allowed) if hits else 1.0
    assert one.odds() == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_where_everything_may_be_wrong_nothing_is_odd() -> None:
    assert Check("null", 10, 10, 1.0).odds() == 1.0
    assert Check("null", 0, 0).share == 0.0


def test_issues_are_ranked_by_how_far_they_are_above_what_is_allowed() -> None:
    issues = ranked(
        [
            ("a", Check("null", 30, 100, 0.25)),
            ("b", Check("unseen", 20, 100)),
            ("c", Check("type", 20, 100)),
        ]
    )
    assert [name for name, _ in issues] == ["b", "c", "a"]
    told = parts(issues)
    assert [part.share for part in told] == pytest.approx([0.2 / 0.45, 0.2 / 0.45, 0.05 / 0.45])
    assert told[0].text == "b: 20 % never seen before"
    assert told[2].text == "a: 30 % null, at most 25 % expected"
    assert told[2].before is not None
    assert told[2].before.shares == [0.75, 0.25]
    assert parts([]) == []
