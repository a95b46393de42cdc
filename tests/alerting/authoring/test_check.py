from pathlib import Path

import msgspec
import pytest

from streamgauge.alerting.authoring.check import Checked, check
from streamgauge.alerting.rules.reader import shipped_rules
from streamgauge.settings import InputError

GOOD = """
groups:
  - name: g
    rules:
      - alert: A
        expr: prediction_error_ratio > 0.05
        labels: {severity: info}
        annotations: {summary: s, runbook_url: docs/a.md}
"""


def written(folder: Path, **texts: str) -> list[Path]:
    paths = []
    for name, text in texts.items():
        paths.append(folder / f"{name}.yml")
        paths[-1].write_text(text)
    return paths


def test_one_bad_file_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = written(tmp_path, bad="groups: 1", good=GOOD)
    with pytest.raises(InputError, match="1 of 2"):
        check(bad, good)
    printed = capsys.readouterr()
    assert printed.out == f"{good}: 1 rules, good\n"
    assert f"{bad}:1:" in printed.err


def test_the_default_is_what_is_shipped_and_nothing_there_looks_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    check()
    assert len(capsys.readouterr().out.splitlines()) == len(shipped_rules())


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "prediction_error_ratio",
            "prediction_eror_ratio",
            "unknown measure prediction_eror_ratio; did you mean prediction_error_ratio",
        ),
        ("0.05", "5", "prediction_error_ratio is between 0 and 1; 5 is never reached"),
        ("runbook_url", "runbook", "no runbook_url"),
        ("summary", "summery", "no summary"),
        ("severity", "urgency", "no severity: it is warning"),
    ],
)
def test_what_may_not_be_meant_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, said: str
) -> None:
    (path,) = written(tmp_path, rules=GOOD.replace(before, after))
    check(path)
    good, warned = capsys.readouterr().out.splitlines()
    assert good == f"{path}: 1 rules, good"
    assert warned.startswith(f"{path}:5: warning: A: {said}")


def test_conditions_in_words_are_checked_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = written(tmp_path, words="- {name: a, condition: mae > 1}")
    check(path)
    assert capsys.readouterr().out == f"{path}: 1 rules, good\n"


def test_json_has_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad, odd = written(tmp_path, bad="groups: 1", odd=GOOD.replace("0.05", "5"))
    with pytest.raises(InputError):
        check(bad, odd, json=True)
    first, second = msgspec.json.decode(capsys.readouterr().out, type=list[Checked])
    assert first.error.startswith(f"{bad}:1:")
    assert (second.rules, second.error, second.warnings[0].rule) == (1, "", "A")


CONFIG = """
route:
  receiver: all
  routes:
  - receiver: all
    matchers: [alertname="A"]
    routes: [{receiver: all, matchers: [severity="info"]}]
  - {receiver: all, matchers: [alertname="B"]}
  - {receiver: all, matchers: [severity="critical"]}
  - {receiver: all, matchers: [team="any"]}
receivers: [{name: all, slack_configs: [{api_url_file: secret}]}]
inhibit_rules:
- {source_matchers: [alertname="C"], target_matchers: [severity="info"], equal: [alertname]}
streamgauge:
  escalations: [{name: e, chain: [all], matchers: [severity="critical"]}]
"""


def test_what_of_a_configuration_no_rule_can_reach_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules, people = written(tmp_path, rules=GOOD, people=CONFIG)
    check(rules, notifier=people)
    assert capsys.readouterr().out.splitlines() == [
        f"{rules}: 1 rules, good",
        f"{people}: good",
        f'{people}: warning: route {{}}/{{alertname="B"}}: no rule can lead to it',
        f'{people}: warning: route {{}}/{{severity="critical"}}: no rule can lead to it',
        f'{people}: warning: inhibition 1: no rule can be its source (alertname="C")',
        f"{people}: warning: escalation e: no rule can lead to it",
    ]


def test_a_wrong_configuration_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules, people = written(tmp_path, rules=GOOD, people="route: 1")
    with pytest.raises(InputError, match="1 of 2 files"):
        check(rules, notifier=people)
    assert f"{people}:1:" in capsys.readouterr().err


def test_the_shipped_rules_and_the_example_of_a_configuration_fit_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    check(notifier=Path(__file__).parents[3] / "deploy" / "alertmanager.yml")
    assert "warning" not in capsys.readouterr().out
