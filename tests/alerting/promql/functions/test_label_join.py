"""Cases of prometheus promql/promqltest/testdata/functions.test, "label_join"."""

import pytest
from tests.alerting.promql.series import ask, load

from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.store import Store

HELD = load(Store(), {'m{a="1",b="2",dst="old"}': "0"})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('"dst", "-", "a", "b"', 'a="1", b="2", dst="1-2"'),
        ('"dst", "-", "a", "none", "b"', 'a="1", b="2", dst="1--2"'),
        ('"dst", "", "none", "neither"', 'a="1", b="2"'),
        ('"dst", ", "', 'a="1", b="2"'),
        ('"new", ", ", "b", "a"', 'a="1", b="2", dst="old", new="2, 1"'),
    ],
)
def test_a_label_is_made_of_others(arguments: str, expected: str) -> None:
    assert ask(f"label_join(m, {arguments})", HELD, 0) == {f"m{{{expected}}}": 0.0}


def test_two_results_with_the_same_labels_are_an_error() -> None:
    held = load(Store(), {'m{a="1",b="x"}': "0", 'm{a="2",b="x"}': "1"})
    with pytest.raises(EvaluationError, match="same labelset"):
        ask('label_join(m, "a", "", "b")', held, 0)
