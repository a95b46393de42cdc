from pathlib import Path

import pytest

from streamgauge.alerting.rule_file import load_rules
from streamgauge.settings import InputError

from .rule_text import rules

GOOD = """
groups:
  - name: g
    rules:
      - alert: A
        expr: prediction_error_ratio > 0.05
"""
# What is wrong, in which line of the text, and what the message names.
WRONG = [
    ("groups: [", 1, "stream end"),
    ("groups: {}", 1, "Expected array"),
    ("grups: []", 1, "unknown key grups"),
    ("groups:\n- name: g\n  rulez: []", 3, "unknown key rulez"),
    ("groups:\n- name: g\n- name: g", 3, "no other group"),
    ("groups:\n- name: g\n  name: h", 3, "duplicate key name"),
    ("groups:\n- name: g\n  interval: soon", 3, "'soon' is no duration"),
    (GOOD + "        keep_firing_for: 5m\n", 7, "unknown key keep_firing_for"),
    (GOOD + "        for: 5 minutes\n", 7, "group g, rule A: for: '5 minutes' is no duration"),
    (GOOD + "        labels:\n          severity: urgent\n", 8, "expected critical, warning, info"),
    (GOOD + "        labels:\n          a-b: x\n", 8, "'a-b' cannot be a name"),
    (GOOD + "        labels:\n          alertname: x\n", 8, "'alertname' cannot be a name"),
    (GOOD + "        labels:\n          x: '{{ $value }}'\n", 8, "templates are for annotations"),
    (GOOD + "        labels: {x: }\n", 7, "Expected str, got null"),
    (GOOD + "        annotations:\n          streamgauge_nodata: ok\n", 8, "streamgauge_nodata"),
    (GOOD + "        annotations:\n          streamgauge_min_samples: -1\n", 8, "whole number"),
    (
        GOOD + "        annotations:\n          summary: '{{ end }}'\n",
        8,
        "{{ end }} is not supported",
    ),
    (GOOD + "      - alert: A\n        expr: a > 1\n", 7, "duplicate alert A"),
    (GOOD + "      - alert: ''\n        expr: a > 1\n", 7, "an alert needs a name"),
    (GOOD + "      - record: x\n        expr: a > 1\n", 7, "unknown key record"),
    (GOOD + "  - name: h\n    rules:\n      - {alert: A, expr: a > 1}\n", 9, "at"),
]
OUTSIDE = [
    ("sum(a) > 1", "an aggregation (sum(a{}))"),
    ("rate(a[5m]) > 1", "a function call (rate(a{}[5m]))"),
    ("a", "a measure (a{}) without a comparison"),
    ("a > b", "a comparison of two measures"),
    ("a > bool 1", "the modifier bool"),
    ("a offset 5m > 1", "offset (a{} offset 5m)"),
    ("a @ start() > 1", "the modifier @"),
    ("-a > 1", "a sign before a measure"),
    ("a * 2 > 1", "arithmetic or a second comparison"),
    ("a + 1", "the operator +"),
    ("a > 1 and b > 2", "the operator and"),
    ("1 > 2", "no PromQL"),
    ('{__name__=~"a.*"} > 1', "a matcher on the measure's name"),
    ('{x="1"} > 1', "a selector without a measure's name"),
    ("a{l=~'('} > 1", "no PromQL"),
    ("a >", "no PromQL"),
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
        return rules(tmp_path / "r.yml", text)[0].min_samples

    assert of("prediction_error_ratio > 0.05") == 20
    assert of("prediction_error_ratio > 0.05", "5m") == 1
    assert of("service_up < 1") == of("prediction_rate < 1") == of("drift_signal == 1") == 0
