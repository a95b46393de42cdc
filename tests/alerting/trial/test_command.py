"""Test files give the verdict that promtool gives, and say what was expected."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from streamgauge.alerting.trial import command
from streamgauge.settings import InputError

from .suite import DOWN, HEAD, SUITES, write

WRONG = [
    ("evaluation_interval: 1m\nrule_files:\n- rules.yml\n- none.yml", 4, "none.yml: no such file"),
    ('tests:\n- input_series:\n  - {series: \'a{b="1",b="2"}\', values: 1}', 3, "in it twice"),
    ("tets: []", 1, "unknown key tets"),
    ("rule_files: [no*.yml]", 1, "no*.yml: no such file"),
    ("evaluation_interval: soon", 1, "'soon' is no duration"),
    ("tests:\n- input_series:\n  - {series: up, values: 1 2 three}", 3, "'three' is no value"),
    ("tests:\n- input_series:\n  - {series: 'up{', values: 1}", 3, "is no series"),
    ("tests:\n- promql_expr_test:\n  - {expr: up, eval_time: x}", 3, "'x' is no duration"),
    ("tests:\n- alert_rule_test:\n  - {alert: up}", 3, "unknown key alert"),
]


@pytest.mark.parametrize("name", SUITES)
def test_each_suite_gives_the_verdict_that_is_meant(name: str, tmp_path: Path) -> None:
    text, holds = SUITES[name]
    outcome = command.run(write(tmp_path, text))
    assert outcome.checks
    assert (not outcome.failures) is holds, outcome.failures


@pytest.mark.prometheus
@pytest.mark.parametrize("name", SUITES)
def test_promtool_gives_the_same_verdict(name: str, tmp_path: Path, promtool: str) -> None:
    text, holds = SUITES[name]
    done = subprocess.run(
        [promtool, "test", "rules", write(tmp_path, text)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) is holds, done.stdout + done.stderr


@pytest.mark.parametrize(("text", "line", "said"), WRONG)
def test_a_wrong_file_is_named_by_line_and_reason(
    text: str, line: int, said: str, tmp_path: Path
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as raised:
        command.run(path)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert said in str(raised.value)


def test_a_failure_shows_what_was_expected_and_what_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, HEAD + DOWN.replace("is down", "is up"))
    with pytest.raises(SystemExit) as ended:
        command.run_tests([path])
    assert ended.value.code == 1
    first, expected, got, last = capsys.readouterr().out.splitlines()
    assert first == f"{path}:14: a name: alerts InstanceDown at 8m"
    assert '"summary":"1 of a is up"' in expected
    assert '"summary":"1 of a is down"' in got
    assert last == f"{path}: 1 checks, 1 FAILED"


def test_json_has_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command.run_tests([write(tmp_path, HEAD + DOWN)], json=True)
    (report,) = msgspec.json.decode(capsys.readouterr().out, type=list[command.Report])
    assert (report.checks, report.failures) == (1, [])


def test_no_file_at_all_is_an_error() -> None:
    with pytest.raises(InputError, match="at least one file"):
        command.run_tests([])
