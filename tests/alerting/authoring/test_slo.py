"""Objectives become the SRE workbook's rules, and Prometheus reads them."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from streamgauge.alerting.authoring.convert import converted
from streamgauge.alerting.authoring.slo import PAGE, TICKET, Slo, expand, rate
from streamgauge.alerting.rules.reader import shipped_rules
from streamgauge.settings import InputError

EXAMPLES = shipped_rules()[0].parent / "example"
HEAD = "slos:\n- name: a\n  objective: 99.9\n"
WRONG = [
    ("slos:\n- name: a b\n  objective: 99\n  ratio: x\n", 2, "expected letters"),
    ("slos:\n- name: a\n  objective: 0.999\n  ratio: x\n", 2, "expected per cent"),
    (HEAD, 2, "expected one of bad, good, ratio, good_ratio, bad_when"),
    (HEAD + "  bad: x\n", 2, "bad needs total"),
    (HEAD + "  ratio: x\n  bad: y\n  total: z\n", 2, "expected one of"),
    (HEAD + "  bad_when: x\n", 2, "expected for example data_freshness_seconds > 300"),
    (HEAD + "  bad_when: x > 1\n  total: y\n", 2, "expected no total"),
    (HEAD + "  ratio: x\n  min_events: -1\n", 2, "expected 0 or more"),
    (HEAD + "  ratio: x\n  window: soon\n", 2, "is no duration"),
    (HEAD + "  ratio: x{\n", 2, "slo a: "),
    (HEAD + "  ratio: x\n  windw: 1d\n", 5, "unknown key windw"),
    (HEAD + "  ratio: x\n- name: a\n  objective: 99\n  ratio: x\n", 5, "a name of its own"),
]


def test_the_burn_rates_are_those_of_the_workbook() -> None:
    # SRE workbook, chapter 5, table 5-8: 14.4 (1h, 5m), 6 (6h, 30m) and 1 (3d, 6h).
    slo = Slo(name="a", objective=99.9, ratio="x")
    assert [(round(rate(slo, one), 9), one.long, one.short) for one in (*PAGE, *TICKET)] == [
        (14.4, "1h", "5m"),
        (6.0, "6h", "30m"),
        (1.0, "3d", "6h"),
    ]
    week = Slo(name="a", objective=99.9, ratio="x", window="1w")
    assert round(rate(week, PAGE[0]), 9) == 3.36


def test_a_budget_is_written_as_a_person_would() -> None:
    burns = expand(Slo(name="a", objective=99.9, ratio="x", total="y"))["rules"][-2]
    assert burns["alert"] == "a_budget_burns"
    assert "> 0.0144\n" in burns["expr"]
    assert "> 0.006\n" in burns["expr"]
    assert "0.1% may be" in burns["annotations"]["summary"]


@pytest.mark.parametrize(
    ("kind", "bad", "total"),
    [
        ({"bad": "b", "total": "t"}, "sum by (model) (b)", "sum by (model) (t)"),
        (
            {"good": "g", "total": "t"},
            "sum by (model) (t) - sum by (model) (g)",
            "sum by (model) (t)",
        ),
        ({"ratio": "r", "total": "t"}, "sum by (model) (r * t)", "sum by (model) (t)"),
        ({"good_ratio": "r"}, "sum by (model) ((1 - r))", "count by (model) (r)"),
        ({"ratio": "r"}, "sum by (model) (r)", "count by (model) (r)"),
        ({"bad_when": "f >= 3"}, "sum by (model) (f >= bool 3)", "count by (model) (f)"),
    ],
)
def test_what_counts_as_bad_can_be_said_in_five_ways(
    kind: dict[str, str], bad: str, total: str
) -> None:
    rules = expand(msgspec.convert({"name": "a", "objective": 99, **kind}, Slo))["rules"]
    assert [rule["expr"] for rule in rules[:2]] == [bad, total]


@pytest.mark.parametrize(("text", "line", "said"), WRONG)
def test_a_wrong_objective_is_named_by_line_and_reason(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = tmp_path / "slo.yml"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        converted(path)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert said in str(raised.value)


@pytest.mark.prometheus
@pytest.mark.parametrize("name", ["slo", "words"])
def test_prometheus_itself_accepts_what_the_examples_become(
    name: str, tmp_path: Path, promtool: str
) -> None:
    made = tmp_path / "rules.yml"
    made.write_text(converted(EXAMPLES / f"{name}.yml"))
    done = subprocess.run([promtool, "check", "rules", made], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
