"""Alerts of rules drawn by chance are judged by promtool: pending, firing and gone, each minute."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from streamgauge.alerting.judging.rule_group import RuleGroup
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.promql.vector import Sample
from streamgauge.alerting.rules.reader import load_groups

from .promtool_file import case, group, judge
from .random_expression import Expressions
from .random_series import draw_series
from .series import MINUTE, load, samples

pytestmark = pytest.mark.prometheus

SEED = 20_261_122
SETS, RULES, MINUTES = 9, 60, 20
# No sample is on a whole second but the first, which is left out: 2.42 closes ranges on the left.
STEP = 30_007


def test_promtool_agrees_on_the_alerts_of_random_rules(promtool: str, tmp_path: Path) -> None:
    chance = Random(SEED)
    rules, path = _rules(chance), tmp_path / "rules.yml"
    _write(path, rules)
    drawn, told, faulty = [], [], set()
    for _ in range(SETS):
        series = {text: f"_ {values}" for text, values in draw_series(chance).items()}
        alerts, errors = _alerts(path, series)
        drawn.append(group(series, STEP))
        told.append(alerts)
        faulty |= {rules[place]["alert"] for place in errors}
    # promtool gives up on a rule with an error; those are judged as expressions.
    _write(path, [rule for rule in rules if rule["alert"] not in faulty])
    seen = 0
    for tests, alerts in zip(drawn, told, strict=True):
        for at, found in alerts:
            expected = [it for it in found if it.labels["alertname"] not in faulty]
            tests["promql_expr_test"].append(case("ALERTS", at, expected))
            seen += len(expected)
    assert (RULES - len(faulty)) * SETS >= 400
    assert seen >= 5_000
    assert judge(promtool, tmp_path, drawn, str(path)) == (0, [])


def _rules(chance: Random) -> list[dict[str, Any]]:
    """Without a look ahead: promtool has no samples from after the time of a rule."""
    expressions = Expressions(chance)
    rules: list[dict[str, Any]] = []
    while len(rules) < RULES:
        text = expressions.vector(chance.randint(1, 3)).text
        if "offset -" not in text:
            rules.append(
                {
                    "alert": f"rule_{len(rules)}",
                    "expr": f"({text}) > {chance.choice((-50, 0, 1, 100))}",
                    "for": chance.choice(("0s", "1m", "3m")),
                    "keep_firing_for": chance.choice(("0s", "0s", "2m")),
                }
            )
    return rules


def _write(path: Path, rules: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps({"groups": [{"name": "drawn", "rules": rules}]}), "utf-8")


def _alerts(path: Path, series: dict[str, str]) -> tuple[list[tuple[int, list[Sample]]], set[int]]:
    """What ALERTS is each minute, and the places of rules that could not be evaluated."""
    (read,) = load_groups([path])
    rules, held = RuleGroup(read.rules), load(Store(), series, STEP)
    errors: set[int] = set()
    for minute in range(MINUTES + 1):
        rules.evaluate(minute * MINUTE, held)
        errors |= rules.errors.keys()
    times = range(0, MINUTES * MINUTE + 1, MINUTE)
    return [(at, samples("ALERTS", held, at)) for at in times], errors
