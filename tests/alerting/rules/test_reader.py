from pathlib import Path

import pytest
from tests.alerting.rule_text import rules

from streamgauge.alerting.rules.reader import load_groups, load_rules
from streamgauge.alerting.rules.rule import AlertingRule, RecordingRule
from streamgauge.settings import InputError

GOOD = """
groups:
  - name: g
    rules:
      - alert: A
        expr: prediction_error_ratio > 0.05
"""
RECORD = """
groups:
  - name: g
    rules:
      - record: x
        expr: sum(a)
"""


def noted(name: str, text: str) -> str:
    return f"{GOOD}        annotations:\n          streamgauge_{name}: '{text}'\n"


# What is wrong, in which line of the text, and what the message names.
WRONG = [
    ("groups: [", 1, "expected node content"),
    ("groups: {}", 1, "Expected array"),
    ("grups: []", 1, "unknown key grups"),
    ("groups:\n- name: g\n  rulez: []", 3, "unknown key rulez"),
    ("groups:\n- name: g\n- name: g", 3, "no other group"),
    ("groups:\n- name: g\n  name: h", 3, "duplicate key name"),
    ("groups:\n- name: g\n  interval: soon", 3, "group g: interval: 'soon' is no duration"),
    ("groups:\n- name: g\n  query_offset: x", 3, "group g: query_offset: 'x' is no duration"),
    ("groups:\n- name: g\n  limit: -1", 3, "group g: limit: expected a whole number"),
    ("groups:\n- name: g\n  labels: {a: '{{ $value }}'}", 3, "templates are for rules"),
    ("groups:\n- name: g\n  rules: [{expr: a}]", 3, "a rule needs one of alert and record"),
    (GOOD + "        keep_firing: 5m\n", 7, "unknown key keep_firing"),
    (GOOD + "        keep_firing_for: x\n", 7, "rule A: keep_firing_for: 'x' is no duration"),
    (GOOD + "        for: 5 minutes\n", 7, "group g, rule A: for: '5 minutes' is no duration"),
    (GOOD + "        labels:\n          severity: urgent\n", 8, "expected critical, warning, info"),
    (GOOD + "        labels:\n          a-b: x\n", 8, "'a-b' cannot be a name"),
    (GOOD + "        labels:\n          alertname: x\n", 8, "'alertname' cannot be a name"),
    (GOOD + "        labels:\n          x: '{{ query 1 }}'\n", 8, "query is not supported"),
    (GOOD + "        for: 300y\n", 7, "'300y' is out of range; expected at most 292y"),
    (GOOD + "        labels: {x: [1]}\n", 7, "Expected str, got array"),
    (GOOD + "        annotations: {summary: '{{ end }}'}\n", 7, "{{ end }} has no beginning"),
    (GOOD + "      - alert: A\n        expr: a > 1\n", 7, "has the name and labels of the one at"),
    (GOOD + "      - alert: ''\n        expr: a > 1\n", 7, "an alert needs a name"),
    (GOOD + "        record: x\n", 5, "a rule needs one of alert and record"),
    (GOOD + "  - name: h\n    rules:\n      - {alert: A, expr: a > 1}\n", 9, "at"),
    (RECORD.replace(" x", " 1x"), 5, "'1x' cannot be the name of a series"),
    (RECORD + "        for: 1m\n", 7, "group g, rule x: for: a recording rule has none"),
    (RECORD + "        annotations: {a: b}\n", 7, "annotations: a recording rule has none"),
    (RECORD + "        labels: {a: '{{ $value }}'}\n", 7, "templates are for rules that alert"),
    (noted("nodata", "ok"), 8, "unknown streamgauge_nodata; expected one of streamgauge_min_sam"),
    (noted("min_samples", "-1"), 8, "'-1'; expected a whole number"),
    (noted("no_data", "page"), 8, "'page'; expected ok, keep, alert"),
    (noted("no_data_for", "soon"), 8, "'soon' is no duration"),
    (noted("clear_expr", "a >"), 8, "streamgauge_clear_expr: 'a >', column 4"),
    (noted("flap", "0.5"), 8, "'0.5'; expected two shares of changes"),
    (noted("flap", "0.5/0.25"), 8, "expected two shares of changes"),
    (noted("flap", "./."), 8, "expected two shares of changes"),
    (noted("evidence", "features,all"), 8, "'all'; expected some of features,segments,samples"),
    (noted("min_samples", "5").replace("prediction_error_ratio", "sum(a)"), 8, "one measure"),
    (
        noted("no_data", "keep") + "          streamgauge_no_data_for: 5m\n",
        9,
        "streamgauge_no_data_for has no meaning",
    ),
]
# What PROMQL refuses is in promql/test_parse.py.
OUTSIDE = [
    ("rate(a[5m:1m]) > 1", "a subquery"),
    ("a @ start() > 1", "the modifier @"),
    ("a[5m]", "a range is no result of a rule"),
    ("a >", "column 4: no PromQL"),
    (
        "a > 1 and\n            rate(b[5m:1m]) > 1",
        "'rate(b[5m:1m]) > 1', line 2, column 9: a subqu",
    ),
    ("a > 1\n          and > b", "'and > b', line 2, column 5: no PromQL"),
]


@pytest.mark.parametrize(("text", "line", "named"), WRONG)
def test_a_wrong_file_is_named_by_line_and_reason(
    tmp_path: Path, text: str, line: int, named: str
) -> None:
    path = tmp_path / "r.yml"
    with pytest.raises(InputError) as caught:
        rules(path, text)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert named in str(caught.value)


@pytest.mark.parametrize(("expr", "named"), OUTSIDE)
def test_what_is_outside_the_subset_is_refused_by_name(
    tmp_path: Path, expr: str, named: str
) -> None:
    path = tmp_path / "r.yml"
    with pytest.raises(InputError) as caught:
        rules(path, GOOD.replace("prediction_error_ratio > 0.05", f"|-\n          {expr}"))
    assert str(caught.value).startswith(f"{path}:6: group g, rule A: ")
    assert named in str(caught.value)


def test_a_file_that_is_absent_empty_or_no_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    with pytest.raises(InputError, match="No such file"):
        load_rules([path])
    path.write_text("")
    with pytest.raises(InputError, match="empty"):
        load_rules([path])
    path.write_bytes(b"a: \xff")
    with pytest.raises(InputError, match="not UTF-8"):
        load_rules([path])


def test_a_file_that_grows_by_its_aliases_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(InputError, match="too large"):
        rules(tmp_path / "r.yml", "\n".join(lines))


def test_min_samples_has_a_default_where_open_windows_are_judged(tmp_path: Path) -> None:
    def of(expr: str, hold: str = "0") -> int:
        text = GOOD.replace("prediction_error_ratio > 0.05", expr) + f"        for: {hold}\n"
        (rule,) = rules(tmp_path / "r.yml", text)
        assert isinstance(rule, AlertingRule)
        return rule.extension.min_samples

    assert of("prediction_error_ratio > 0.05") == 20
    assert of("prediction_error_ratio > 0.05", "5m") == 1
    assert of("service_up < 1") == of("prediction_rate < 1") == of("drift_signal == 1") == 0


def test_a_file_has_all_that_prometheus_knows_and_the_extensions(tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    path.write_text("""
groups:
  - name: g
    interval: 30s
    limit: 5
    query_offset: 10s
    labels: {team: ml, tier: low}
    rules:
      - record: "a:sum"
        expr: sum by (model) (a)
        labels: {tier: high}
      - alert: A
        expr: |
          prediction_error_ratio
            > 0.05
        for: 5m
        keep_firing_for: 10m
        labels: {severity: critical}
        annotations:
          streamgauge_min_samples: "7"
          streamgauge_no_data: alert
          streamgauge_no_data_for: 20m
          streamgauge_clear_expr: prediction_error_ratio < 0.02
          streamgauge_flap: 0.25/0.5
          streamgauge_evidence: features, samples
""")
    (group,) = load_groups([path])
    recording, rule = group.rules
    assert (group.interval, group.query_offset) == (30_000, 10_000)
    assert isinstance(recording, RecordingRule)
    assert (recording.labels, recording.limit) == ({"team": "ml", "tier": "high"}, 5)
    assert isinstance(rule, AlertingRule)
    assert (rule.hold, rule.keep, rule.limit) == (300_000, 600_000, 5)
    assert rule.expr == "prediction_error_ratio > 0.05"
    assert rule.labels == {"team": "ml", "tier": "low", "severity": "critical"}
    assert rule.place == f"{path}:12"
    extension = rule.extension
    assert (extension.min_samples, extension.no_data, extension.no_data_for) == (
        7,
        "alert",
        1_200_000,
    )
    assert extension.clear is not None
    assert extension.clear.text == "prediction_error_ratio < 0.02"
    assert extension.flap == (0.25, 0.5)
    assert extension.evidence == frozenset(("features", "samples"))
