import subprocess
from pathlib import Path

import pytest
import yaml
from tests.alerting.rule_text import alerting

from streamgauge.alerting.authoring.convert import convert
from streamgauge.alerting.rules.reader import shipped_rules
from streamgauge.settings import InputError

# Seed 004, lines 138 to 153.
SEED = """
alerts:
  - name: ml_inference_latency_high
    condition: p95_latency > 100ms for 5 minutes
    severity: WARNING
  - name: ml_service_unavailable
    condition: health_check fails for 2 minutes
    severity: CRITICAL
  - name: high_fallback_rate
    condition: fallback_rate > 20% for 10 minutes
    severity: WARNING
  - name: model_drift_detected
    condition: feature_drift_score > 0.3
    severity: INFO
"""
WRONG = [
    ("- name: a\n  condition: p95_latncy > 1s\n", 2, "rule a: unknown measure p95_latncy"),
    ("- name: a\n  condition: mae > 1\n  severity: bad\n", 3, "expected critical, warning, info"),
    ("- name: a\n  condition: mae > 1\n- name: a\n  condition: mae > 2\n", 3, "no other rule"),
    ("alerts:\n- name: a\n", 2, "missing required field condition"),
    ("alerts:\n- name: a\n  condition: mae > 1\n  sevrity: info\n", 4, "unknown key sevrity"),
]


def printed(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    convert(path)
    return capsys.readouterr().out


def test_the_seeds_rules_become_a_rule_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, made = tmp_path / "seed.yml", tmp_path / "made.yml"
    path.write_text(SEED)
    made.write_text(printed(path, capsys))
    rules = {rule.name: rule for rule in alerting([made])}
    shipped = {rule.name: rule for rule in alerting(shipped_rules())}
    assert len(rules) == 4
    for name, rule in rules.items():
        same = shipped[name]
        assert (rule.expr, rule.hold, rule.severity) == (same.expr, same.hold, same.severity)
    assert printed(made, capsys) == made.read_text()


def test_a_bare_list_with_labels_and_words_of_its_own_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.yml"
    path.write_text(
        "- name: slow\n  condition: p95_latency > 1s\n  labels: {team: a}\n"
        "  annotations: {summary: 'too slow', runbook_url: docs/slow.md}\n"
    )
    (rule,) = yaml.safe_load(printed(path, capsys))["groups"][0]["rules"]
    assert rule["labels"] == {"team": "a", "severity": "warning"}
    assert rule["annotations"] == {"summary": "too slow", "runbook_url": "docs/slow.md"}


@pytest.mark.parametrize(("text", "line", "said"), WRONG)
def test_a_wrong_file_is_named_by_line_and_reason(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = tmp_path / "own.yml"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        convert(path)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert said in str(raised.value)


def test_words_that_the_judge_refuses_are_named_by_rule(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text("- {name: a, condition: mae > 1, annotations: {summary: '{{ end }}'}}")
    with pytest.raises(InputError) as raised:
        convert(path)
    assert str(raised.value).startswith(f"{path}: group own, rule a: summary: ")


@pytest.mark.parametrize("path", shipped_rules(), ids=lambda path: path.stem)
def test_a_rule_file_is_printed_in_one_form_and_says_the_same(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "made.yml"
    made.write_text(printed(path, capsys))
    assert yaml.safe_load(made.read_text()) == yaml.safe_load(path.read_text("utf-8"))
    assert printed(made, capsys) == made.read_text()


@pytest.mark.prometheus
def test_prometheus_itself_accepts_what_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], promtool: str
) -> None:
    path, made = tmp_path / "seed.yml", tmp_path / "made.yml"
    path.write_text(SEED)
    made.write_text(printed(path, capsys))
    done = subprocess.run([promtool, "check", "rules", made], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
