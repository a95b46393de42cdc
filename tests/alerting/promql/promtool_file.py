"""Test files of promtool: written, and judged by it."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from streamgauge.alerting.promql.vector import Sample, show


def group(series: Mapping[str, str], step: int) -> dict[str, Any]:
    """A group of tests over these series, with a value each `step` ms."""
    return {
        "interval": f"{step}ms",
        "input_series": [{"series": text, "values": values} for text, values in series.items()],
        # Late, so that promtool has read all samples before the first expression.
        "promql_expr_test": [{"expr": "vector(1) < 1", "eval_time": "1h"}],
    }


def case(text: str, at: int, expected: Sequence[Sample]) -> dict[str, Any]:
    """An expression with what it has to give at a time in ms."""
    told = [{"labels": show(it.labels), "value": it.value} for it in expected]
    return {"expr": text, "eval_time": f"{at}ms", "exp_samples": told}


def judge(
    promtool: str, folder: Path, groups: Sequence[Mapping[str, Any]], *rules: str
) -> tuple[int, list[str]]:
    """Exit status and complaints of promtool."""
    path = folder / "test.yml"
    text = json.dumps({"evaluation_interval": "1m", "rule_files": rules, "tests": groups})
    assert "NaN" not in text
    path.write_text(text.replace("Infinity", ".inf"), "utf-8")
    told = subprocess.run(
        [promtool, "test", "rules", path], capture_output=True, text=True, check=False, timeout=300
    )
    return told.returncode, told.stderr.splitlines()
