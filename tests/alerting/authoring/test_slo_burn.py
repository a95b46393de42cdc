"""Burn-rate rules on series: they fire when the budget burns, by promtool and by us alike."""

import subprocess
from pathlib import Path

import pytest

from streamgauge.alerting.authoring.convert import converted
from streamgauge.alerting.trial import command

SLO = """
slos:
- {name: a, objective: 99.9, ratio: prediction_error_ratio, total: prediction_count}
- {name: fresh, objective: 99, bad_when: data_freshness_seconds > 300, min_events: 10}
"""
# An hour without an error, two and a half with 2 %, then none: times stay off the boundaries,
# since Prometheus 2 counts both ends of a range and Prometheus 3 (and we) one.
SUITE = """
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
- interval: 1m
  input_series:
  - {series: 'prediction_error_ratio{model="m", version="1"}', values: '0x60 0.02x150 0x500'}
  - {series: 'prediction_count{model="m", version="1"}', values: '1000x710'}
  - {series: 'prediction_error_ratio{model="quiet", version="1"}', values: '0x60 0.02x150 0x500'}
  - {series: 'prediction_count{model="quiet", version="1"}', values: '0.1x710'}
  - {series: 'data_freshness_seconds{model="m", version="1"}', values: '10x60 400x60 10x500'}
  alert_rule_test:
  - {alertname: a_budget_burns, eval_time: 75m}
  - alertname: a_budget_burns
    eval_time: 100m
    exp_alerts:
    - exp_labels: {severity: critical, slo: a, model: m}
      exp_annotations:
        summary: "a: VALUE are bad, 0.1% may be"
        description: >-
          The error budget of 30 days (99.9 % good) burns: 2% of it in 1h or 5% of it in 6h.
        runbook_url: docs/runbooks/slo_budget_burn.md
  - {alertname: a_budget_burns, eval_time: 260m}
  - {alertname: fresh_budget_burns, eval_time: 61m}
  - alertname: fresh_budget_burns
    eval_time: 90m
    exp_alerts:
    - exp_labels: {severity: critical, slo: fresh, model: m}
      exp_annotations:
        summary: "fresh: VALUE are bad, 1% may be"
        description: >-
          The error budget of 30 days (99 % good) burns: 2% of it in 1h or 5% of it in 6h.
        runbook_url: docs/runbooks/slo_budget_burn.md
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    slo = tmp_path / "slo.yml"
    slo.write_text(SLO)
    # The value at that minute depends on how ranges end; the words around it do not.
    rules = converted(slo).replace("{{ $value | humanizePercentage }}", "VALUE")
    (tmp_path / "rules.yml").write_text(rules)
    path = tmp_path / "suite.yml"
    path.write_text(SUITE)
    return path


def test_a_budget_that_burns_is_paged_and_little_traffic_is_not(suite: Path) -> None:
    outcome = command.run(suite)
    assert (outcome.checks, outcome.failures) == (5, [])


@pytest.mark.prometheus
def test_promtool_says_the_same(suite: Path, promtool: str) -> None:
    done = subprocess.run(
        [promtool, "test", "rules", suite], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
