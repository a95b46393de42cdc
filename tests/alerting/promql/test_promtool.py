"""Our results are judged by Prometheus' own tool, on rules and series drawn by chance.

Debian's promtool 2.42 has ranges and a lookback that are closed on the left, Prometheus 3 and we
have open ones: expressions are evaluated seven seconds beside the samples, where both agree. It
compares floats bit by bit and NaN with nothing: what depends on the order of operations is rounded.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.store import Store

from .promtool_file import case, group, judge
from .random_expression import Drawn, Expressions
from .random_series import COUNT, STEP, draw_series
from .series import load, samples

pytestmark = pytest.mark.prometheus

SEED = 20_261_122
SETS, PAIRS = 40, 45


def test_promtool_agrees_on_random_rules_and_series(promtool: str, tmp_path: Path) -> None:
    chance = Random(SEED)
    right, wrong, told, refused = [], [], 0, 0
    for _ in range(SETS):
        series = draw_series(chance)
        held = load(Store(), series, STEP)
        right.append(group(series, STEP))
        wrong.append(group(series, STEP))
        for text, at in _questions(chance):
            try:
                expected = samples(text, held, at)
            except EvaluationError:
                wrong[-1]["promql_expr_test"].append(case(text, at, []))
                refused += 1
            else:
                right[-1]["promql_expr_test"].append(case(text, at, expected))
                told += bool(expected)
    assert told >= 1_000
    assert judge(promtool, tmp_path, right) == (0, [])
    assert refused >= 10
    status, lines = judge(promtool, tmp_path, wrong)
    assert status
    assert sum("err: " in line for line in lines) == refused


def _questions(chance: Random) -> Iterator[tuple[str, int]]:
    drawn = Expressions(chance)
    for _ in range(PAIRS):
        at = chance.randint(5, COUNT + 9) * STEP + 7_000
        yield _comparable(drawn.vector(chance.randint(1, 4))), at


def _comparable(drawn: Drawn) -> str:
    if drawn.exact:
        return f"({drawn.text}) >= -Inf"  # without NaN
    # Halves of 7e-4 are no values that sums and means of our series have: no ties.
    return f"round(clamp({drawn.text}, -1e6, 1e6), 7e-4) >= -Inf"
