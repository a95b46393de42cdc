"""Cases of prometheus promql/promqltest/testdata/functions.test, "label_replace"."""

import pytest
from tests.alerting.promql.series import ask, load

from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.store import Store

HELD = load(Store(), {'m{src="source-value-10",dst="old"}': "0"})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('"dst", "new-$1", "src", "source-value-(.*)"', 'dst="new-10", src="source-value-10"'),
        ('"dst", "new-$1", "src", "value-(.*)"', 'dst="old", src="source-value-10"'),
        ('"dst", "$2 ${1}x", "src", "(.*)-(.*)"', 'dst="10 source-valuex", src="source-value-10"'),
        ('"dst", "$1x", "src", "(.*)"', 'src="source-value-10"'),  # no group is called 1x
        ('"dst", "$n", "src", "(?P<n>s).*"', 'dst="s", src="source-value-10"'),
        ('"dst", "$$1", "src", "(.*)"', 'dst="$1", src="source-value-10"'),
        ('"dst", "v-$1", "none", "source-(.*)"', 'dst="old", src="source-value-10"'),
        ('"dst", "v-$1", "none", "(.*)"', 'dst="v-", src="source-value-10"'),
        ('"dst", "", "dst", ".*"', 'src="source-value-10"'),
        ('"__name__", "n", "", ""', None),
    ],
)
def test_a_label_is_made_of_what_matches_as_a_whole(arguments: str, expected: str | None) -> None:
    name = "m" if expected else "n"
    labels = expected or 'dst="old", src="source-value-10"'
    assert ask(f"label_replace(m, {arguments})", HELD, 0) == {f"{name}{{{labels}}}": 0.0}


def test_two_results_with_the_same_labels_are_an_error() -> None:
    held = load(Store(), {'m{a="1"}': "0", 'm{a="2"}': "1"})
    with pytest.raises(EvaluationError, match="same labelset"):
        ask('label_replace(m, "a", "", "", "")', held, 0)
