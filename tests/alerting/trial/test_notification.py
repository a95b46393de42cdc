"""Tests of notifications: what is told is compared with what is expected, in both directions."""

from pathlib import Path

import pytest
from tests.alerting.amtool import accepts, needs_amtool

from streamgauge.alerting.trial import command
from streamgauge.settings import InputError

ROOT = Path(__file__).parents[3]
CONFIG = """
route:
  receiver: all
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 1h
receivers:
- name: all
  console_configs: [{}]
  slack_configs: [{api_url_file: secrets/slack}]
"""
HEAD = "notification_test:\n- name: n\n  config: people.yml\n  until: 3m\n"
ALERT = "  alerts:\n  - {labels: &a {alertname: A, team: x}, from: 5s, until: 40s}\n"
TOLD = """  exp_notifications:
  - {at: 15s, receiver: all, firing: [*a]}
  - {at: 75s, receiver: all, resolved: [*a], reason: resolved}
"""
WRONG = [
    (HEAD + "  alerts: [{labels: {team: x}}]\n", 5, "needs the label alertname"),
    (HEAD + ALERT + "  acks: [{labels: {alertname: B}, at: 1m}]\n", 7, "no alert has these labels"),
    (HEAD + "  start: today\n", 5, "expected for example 2026-11-20T08:00:00Z"),
    (HEAD + "  alerts: [{labels: {alertname: A}, from: x}]\n", 5, "'x' is no duration"),
    (HEAD + "  silences: [{matchers: [x], until: 1m}]\n", 2, "is no matcher"),
]


def suite(folder: Path, text: str) -> Path:
    (folder / "people.yml").write_text(CONFIG)
    path = folder / "suite.yml"
    path.write_text(text)
    return path


def said(folder: Path, text: str) -> list[str]:
    return [one.show() for one in command.run(suite(folder, text)).failures]


def test_what_is_told_as_expected_is_good_without_anybodys_secrets(tmp_path: Path) -> None:
    outcome = command.run(suite(tmp_path, HEAD + ALERT + TOLD))
    assert (outcome.checks, outcome.failures) == (2, [])
    assert not (tmp_path / "secrets").exists()


def test_a_notice_at_another_time_is_missing_and_unexpected(tmp_path: Path) -> None:
    missing, extra = said(tmp_path, HEAD + ALERT + TOLD.replace("15s", "16s"))
    assert missing.startswith(f"{tmp_path / 'suite.yml'}:8: n: to all\n")
    assert 'expected: at 16s to all: firing {alertname="A", team="x"}' in missing
    assert 'got:      at 15s to all: firing {alertname="A", team="x"} (new)' in missing
    assert "n: not expected" in extra


def test_other_labels_another_receiver_or_reason_fail(tmp_path: Path) -> None:
    for before, after in (
        ("firing: [*a]", "firing: [{alertname: A}]"),
        ("15s, receiver: all", "15s, receiver: some"),
        ("reason: resolved", "reason: repeat"),
    ):
        assert len(said(tmp_path, HEAD + ALERT + TOLD.replace(before, after))) == 2


def test_nothing_expected_means_that_nothing_may_be_told(tmp_path: Path) -> None:
    assert said(tmp_path, HEAD) == []
    assert len(said(tmp_path, HEAD + ALERT)) == 2


def test_integrations_can_be_told_apart(tmp_path: Path) -> None:
    each = TOLD.replace("all", "all/slack") + TOLD.replace("all", "all/console").partition("\n")[2]
    assert said(tmp_path, HEAD + ALERT + each) == []
    one_only = TOLD.replace("all", "all/slack")
    assert len(said(tmp_path, HEAD + ALERT + one_only)) == 2


def test_a_silence_mutes_for_its_time(tmp_path: Path) -> None:
    silence = '  silences: [{matchers: [team="x"], until: 30s}]\n'
    assert said(tmp_path, HEAD + ALERT + silence) == []


@pytest.mark.parametrize(("text", "line", "named"), WRONG)
def test_a_wrong_test_is_named_by_line_and_reason(
    text: str, line: int, named: str, tmp_path: Path
) -> None:
    path = suite(tmp_path, text)
    with pytest.raises(InputError) as raised:
        command.run(path)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert named in str(raised.value)


def test_a_wrong_configuration_is_named_where_it_lies(tmp_path: Path) -> None:
    path = suite(tmp_path, HEAD)
    (tmp_path / "people.yml").write_text(CONFIG.replace("group_wait", "grop_wait"))
    with pytest.raises(InputError, match="unknown key grop_wait") as raised:
        command.run(path)
    assert str(raised.value).startswith(f"{tmp_path / 'people.yml'}:4: ")


def test_the_example_of_routing_by_severity_does_what_it_says() -> None:
    outcome = command.run(ROOT / "deploy" / "alertmanager_test.yml")
    assert outcome.checks == 19
    assert outcome.failures == []


@needs_amtool
def test_alertmanagers_own_tool_accepts_the_example_without_our_key(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "alertmanager.yml").read_text("utf-8")
    path = tmp_path / "alertmanager.yml"
    path.write_text(text.partition("# What Alertmanager does not know.")[0])
    assert accepts(path)
