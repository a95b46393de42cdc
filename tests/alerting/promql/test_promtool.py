"""Our results are judged by Prometheus' own tool, on rules and series drawn by chance.

Debian's promtool 2.42 has ranges and a lookback that are closed on the left, Prometheus 3 and we
have open ones: expressions are evaluated seven seconds beside the samples, where both agree. It
compares floats bit by bit and NaN with nothing: what depends on the order of operations is rounded.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.promql.vector import show

from .random_expression import Drawn, Expressions
from .random_series import COUNT, STEP, draw_series
from .series import load, samples

pytestmark = pytest.mark.prometheus

SEED = 20_261_122
SETS, PAIRS = 40, 45


def test_promtool_agrees_on_random_rules_and_series(promtool: str, tmp_path: Path) -> None:
    chance = Random(SEED)
    groups, refused, told = [], [], 0
    for _ in range(SETS):
        series = draw_series(chance)
        held = load(Store(), series, STEP)
        group: dict[str, Any] = _group(series)
        errors: dict[str, Any] = _group(series)
        for text, at in _questions(chance):
            case: dict[str, Any] = {"expr": text, "eval_time": f"{at}ms"}
            try:
                case["exp_samples"] = _expected(text, held, at)
                group["promql_expr_test"].append(case)
                told += bool(case["exp_samples"])
            except EvaluationError:
                errors["promql_expr_test"].append(case)
        groups.append(group)
        refused.append(errors)
    assert told >= 1_000
    assert _judge(promtool, tmp_path, groups) == (0, [])
    wrong = sum(len(group["promql_expr_test"]) - 1 for group in refused)
    assert wrong >= 10
    status, lines = _judge(promtool, tmp_path, refused)
    assert status
    assert sum("err: " in line for line in lines) == wrong


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


def _expected(text: str, held: Store, at: int) -> list[dict[str, Any]]:
    return [{"labels": show(it.labels), "value": it.value} for it in samples(text, held, at)]


def _group(series: Mapping[str, str]) -> dict[str, Any]:
    return {
        "interval": f"{STEP}ms",
        "input_series": [{"series": text, "values": values} for text, values in series.items()],
        # Evaluated last in time, so that promtool has read all samples before the first.
        "promql_expr_test": [{"expr": "vector(1) < 1", "eval_time": "1h"}],
    }


def _judge(promtool: str, folder: Path, groups: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Exit status and complaints of promtool."""
    path = folder / "test.yml"
    text = json.dumps({"evaluation_interval": "30s", "tests": groups})
    assert "NaN" not in text
    path.write_text(text.replace("Infinity", ".inf"), "utf-8")
    told = subprocess.run(
        [promtool, "test", "rules", path], capture_output=True, text=True, check=False, timeout=100
    )
    return told.returncode, told.stderr.splitlines()
