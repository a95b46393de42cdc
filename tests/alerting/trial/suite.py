"""Rule files and test files that several tests of this room use."""

from pathlib import Path

# After the example of Prometheus' documentation, "Unit testing for rules".
RULES = """
groups:
- name: example
  rules:
  - alert: InstanceDown
    expr: up == 0
    for: 5m
    labels: {severity: critical, kind: "{{ $labels.job }}"}
    annotations:
      summary: "{{ $labels.instance }} of {{ $labels.job }} is down"
      value: "{{ $value }}"
  - record: job:up:sum
    expr: sum by (job) (up)
  - alert: JobHalf
    expr: job:up:sum < 2
    keep_firing_for: 2m
    labels: {severity: info}
- name: later
  rules:
  - alert: Errors
    expr: rate(errors_total[5m]) > 0.5
    for: 2m
    labels: {severity: warning}
    annotations: {summary: "{{ $value | humanize }}/s"}
  - alert: Absent
    expr: absent(heartbeat)
    for: 2m
    labels: {severity: warning}
  - alert: Somewhere
    expr: errors_total > 300
    labels: {severity: info, where: "{{ $externalLabels.cluster }}/{{ .ExternalLabels.none }}"}
    annotations:
      link: "{{ $externalURL }}{{ .ExternalURL }}"
      all: "{{ $externalLabels }}"
      eu: '{{ if eq $externalLabels.cluster "eu" }}yes{{ else }}no{{ end }}'
"""
HEAD = """
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
- interval: 1m
  name: a name
  input_series:
  - {series: 'up{job="a", instance="1"}', values: '1x2 0x12'}
  - {series: 'up{job="a", instance="2"}', values: '1 1 1 1 1 1 1 0 0 1x10'}
  - {series: errors_total, values: '0+60x6 360x4 _x2 stale'}
  - {series: heartbeat, values: '1 1 stale _x3 1x9'}
"""
DOWN = """
  alert_rule_test:
  - alertname: InstanceDown
    eval_time: 8m
    exp_alerts:
    - exp_labels: {severity: critical, kind: a, job: a, instance: "1"}
      exp_annotations: {summary: 1 of a is down, value: "0"}
"""
# Name → test file, and whether it holds. promtool 2.42 and ours have to agree on each.
SUITES = {
    "external labels and address": (
        HEAD
        + """
  external_labels: {cluster: eu, zone: b}
  external_url: https://p.example
  alert_rule_test:
  - alertname: Somewhere
    eval_time: 8m
    exp_alerts:
    - exp_labels: {severity: info, where: eu/}
      exp_annotations:
        {link: "https://p.examplehttps://p.example", all: "map[cluster:eu zone:b]", eu: "yes"}
""",
        True,
    ),
    "no external labels": (
        HEAD
        + """
  alert_rule_test:
  - alertname: Somewhere
    eval_time: 8m
    exp_alerts:
    - exp_labels: {severity: info, where: /}
      exp_annotations: {link: "", all: "map[]", eu: "no"}
""",
        True,
    ),
    "docs example": (HEAD + DOWN, True),
    "too early": (HEAD + DOWN.replace("8m", "7m"), False),
    "between evaluations": (HEAD + DOWN.replace("8m", "8m30s"), True),
    "other label": (HEAD + DOWN.replace('"1"', '"2"'), False),
    "no annotations expected": (HEAD + DOWN.partition("      exp_annotations")[0], False),
    "other annotation": (HEAD + DOWN.replace("is down", "is up"), False),
    "none expected, one there": (
        HEAD + "  alert_rule_test:\n  - {alertname: InstanceDown, eval_time: 8m}\n",
        False,
    ),
    "none expected, none there": (
        HEAD + "  alert_rule_test:\n  - {alertname: InstanceDown, eval_time: 3m}\n",
        True,
    ),
    "a name that no rule has": (
        HEAD + "  alert_rule_test:\n  - {alertname: Nobody, eval_time: 3m}\n",
        True,
    ),
    "kept firing": (
        HEAD
        + "  alert_rule_test:\n  - {alertname: JobHalf, eval_time: 12m, exp_alerts:"
        + " [{exp_labels: {severity: info, job: a}}]}\n",
        True,
    ),
    "absent": (
        HEAD
        + "  alert_rule_test:\n  - {alertname: Absent, eval_time: 4m, exp_alerts:"
        + " [{exp_labels: {severity: warning}}]}\n"
        + "  - {alertname: Absent, eval_time: 3m}\n  - {alertname: Absent, eval_time: 6m}\n",
        True,
    ),
    "rate": (
        HEAD
        + "  alert_rule_test:\n  - {alertname: Errors, eval_time: 5m30s, exp_alerts:"
        + " [{exp_labels: {severity: warning}, exp_annotations: {summary: 1/s}}]}\n",
        True,
    ),
    "expressions": (
        HEAD
        + """
  promql_expr_test:
  - {expr: 'sum(up)', eval_time: 1m, exp_samples: [{labels: '{}', value: 2}]}
  - {expr: 'job:up:sum', eval_time: 8m, exp_samples: [{labels: 'job:up:sum{job="a"}', value: 0}]}
  - {expr: '1 + 1', eval_time: 1m, exp_samples: [{value: 2.0}]}
  - expr: ALERTS{alertname="InstanceDown"}
    eval_time: 4m
    exp_samples:
    - labels: ALERTS{alertname="InstanceDown", alertstate="pending", instance="1", job="a",
        kind="a", severity="critical"}
      value: 1
  - {expr: heartbeat, eval_time: 4m}
  - expr: job:up:sum
    eval_time: 8m
    exp_samples: [{labels: '{__name__="job:up:sum", job="a"}', value: 0}]
""",
        True,
    ),
    "another value": (
        HEAD
        + "  promql_expr_test:\n"
        + "  - {expr: 'sum(up)', eval_time: 1m, exp_samples: [{labels: '{}', value: 3}]}\n",
        False,
    ),
    "a sample too many": (
        HEAD
        + "  promql_expr_test:\n"
        + "  - {expr: 'up', eval_time: 1m, exp_samples: [{labels: 'up{job=\"a\"}', value: 1}]}\n",
        False,
    ),
    "nothing equals not a number": (
        HEAD
        + "  promql_expr_test:\n"
        + "  - {expr: '0 / 0', eval_time: 1m, exp_samples: [{labels: '{}', value: .nan}]}\n",
        False,
    ),
    "steps are added up": (
        """
rule_files: [rules.yml]
tests:
- interval: 30s
  input_series:
  - {series: s, values: '0.1+0.1x9 -1-2x1 1e3 +Inf -5x1 3-1x2'}
  promql_expr_test:
  - {expr: s, eval_time: 1m, exp_samples: [{labels: s, value: 0.30000000000000004}]}
  - {expr: s, eval_time: 5m30s, exp_samples: [{labels: s, value: -3}]}
  - {expr: s, eval_time: 6m, exp_samples: [{labels: s, value: 1000}]}
  - {expr: s, eval_time: 9m, exp_samples: [{labels: s, value: 1}]}
""",
        True,
    ),
    "groups in the order that is asked for": (
        """
rule_files: [order.yml]
group_eval_order: [first, second]
evaluation_interval: 1m
tests:
- interval: 1m
  input_series: [{series: s, values: '1+1x5'}]
  promql_expr_test:
  - {expr: twice, eval_time: 2m, exp_samples: [{labels: twice, value: 7}]}
""",
        True,
    ),
    "a rule that breaks": (
        """
rule_files: [broken.yml]
tests:
- input_series: [{series: 's{a="1"}', values: 1}, {series: 's{a="2"}', values: 1}]
  alert_rule_test: [{alertname: A, eval_time: 0m}]
""",
        False,
    ),
}
ORDER = """
groups:
- {name: second, rules: [{record: twice, expr: once + s}]}
- {name: first, rules: [{record: once, expr: s + 1}]}
"""
BROKEN = """
groups:
- {name: g, rules: [{alert: A, expr: 'label_replace(s, "a", "x", "a", ".*") == 1'}]}
"""


def write(folder: Path, text: str) -> Path:
    """Put a test file and all rule files into a folder."""
    (folder / "rules.yml").write_text(RULES)
    (folder / "order.yml").write_text(ORDER)
    (folder / "broken.yml").write_text(BROKEN)
    path = folder / "suite.yml"
    path.write_text(text)
    return path
