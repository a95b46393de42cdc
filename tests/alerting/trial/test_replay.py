"""Tests of replays: a recorded stream gives the log of alerts that was expected."""

from pathlib import Path

import pytest
from tests.alerting.rule_text import measure, tick

from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.rules.reader import load_rules
from streamgauge.alerting.trial import command
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import AnyReading
from streamgauge.settings import InputError

RULES = """
groups:
- name: g
  rules:
  - {alert: A, expr: prediction_error_ratio > 0.1, for: 2m}
"""
HEAD = "rule_files: [rules.yml]\nreplay_test:\n- name: n\n"
SEEN = HEAD + "  measures: measures.jsonl\n"
TOLD = """  exp_alerts:
  - {alertname: A, state: firing, at: 7m, labels: {model: m}}
  - {alertname: A, state: resolved, at: 9m}
"""


def stream() -> list[AnyReading]:
    told: list[AnyReading] = []
    for minute in range(100, 120):
        told += [measure(minute, 0.5 if 105 <= minute < 108 else 0.0), tick(minute + 1)]
    return told


def suite(folder: Path, text: str) -> Path:
    (folder / "rules.yml").write_text(RULES)
    (folder / "measures.jsonl").write_bytes(b"\n".join(map(encode, stream())))
    path = folder / "suite.yml"
    path.write_text(text)
    return path


def test_what_comes_as_expected_is_good(tmp_path: Path) -> None:
    outcome = command.run(suite(tmp_path, SEEN + TOLD))
    assert (outcome.checks, outcome.failures) == (2, [])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("at: 7m", "at: 8m", "got:      A firing at 420s"),
        ("model: m", "model: x", 'expected: A firing at 420s {"model":"x"}'),
        ("state: resolved", "state: firing", "got:      A resolved at 540s"),
        ("  - {alertname: A, state: resolved, at: 9m}\n", "", "n: not expected"),
        ("9m}", "9m}\n  - {alertname: A, state: firing, at: 15m}", "got:      nothing"),
    ],
)
def test_what_differs_is_shown(before: str, after: str, said: str, tmp_path: Path) -> None:
    (failed,) = command.run(suite(tmp_path, SEEN + TOLD.replace(before, after))).failures
    assert said in failed.show()


def test_times_may_count_from_a_moment(tmp_path: Path) -> None:
    text = SEEN + "  start: 1970-01-01T01:45:00Z\n" + TOLD.replace("7m", "2m").replace("9m", "4m")
    assert command.run(suite(tmp_path, text)).failures == []


def test_a_log_has_to_be_equal_byte_for_byte(tmp_path: Path) -> None:
    path = suite(tmp_path, SEEN + "  log: alerts.jsonl\n")
    judge = Judge(load_rules([tmp_path / "rules.yml"]))
    alerts = [a for at, one in enumerate(stream()) for a in judge.step(one, at).transitions]
    text = b"\n".join(map(encode, alerts))
    (tmp_path / "alerts.jsonl").write_bytes(text)
    assert command.run(path).failures == []
    (tmp_path / "alerts.jsonl").write_bytes(text.replace(b'"m"', b'"n"'))
    (failed,) = command.run(path).failures
    assert failed.check == "n: line 1 of alerts.jsonl"


def test_events_are_measured_by_whoever_can(tmp_path: Path) -> None:
    path = suite(tmp_path, HEAD + "  events: measures.jsonl\n" + TOLD)
    with pytest.raises(InputError, match="events need all of streamgauge"):
        command.run(path)
    assert command.run(path, fold=lambda _: stream()).failures == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (HEAD, 3, "expected either measures or events"),
        (HEAD + "  measures: absent.jsonl\n", 4, "No such file"),
        (HEAD + "  measures: rules.yml\n", 4, "line 2: "),
        (SEEN + "  log: absent.jsonl\n", 5, "No such file"),
    ],
)
def test_a_wrong_test_is_named_by_line_and_reason(
    text: str, line: int, said: str, tmp_path: Path
) -> None:
    path = suite(tmp_path, text)
    with pytest.raises(InputError) as raised:
        command.run(path)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert said in str(raised.value)


def test_texts_of_a_replay_know_their_place(tmp_path: Path) -> None:
    path = suite(tmp_path, SEEN + "  log: alerts.jsonl\n  external_labels: {cluster: eu}\n")
    text = RULES.replace("for: 2m", 'for: 2m, annotations: {at: "{{ $externalLabels.cluster }}"}')
    (tmp_path / "rules.yml").write_text(text)
    (tmp_path / "alerts.jsonl").write_text("")
    (failure,) = command.run(path).failures
    assert '"annotations":{"at":"eu"}' in failure.got
