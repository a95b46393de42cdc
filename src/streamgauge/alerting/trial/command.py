"""Runs test files of rules: series, alerts over time or a recording, and what is expected."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from streamgauge.alerting.rules.reader import load_groups
from streamgauge.alerting.trial import notification, replay
from streamgauge.alerting.trial.file import Opened
from streamgauge.alerting.trial.group import Trial
from streamgauge.alerting.trial.outcome import Failure, Outcome
from streamgauge.alerting.trial.replay import Fold
from streamgauge.settings import InputError


class Report(msgspec.Struct, frozen=True):
    """One file: how many checks it has, and those that failed."""

    file: str
    checks: int
    failures: list[Failure]


def run_tests(files: Sequence[Path], fold: Fold | None = None, *, json: bool = False) -> None:
    """Run all files and print what they found; SystemExit(1) if a check fails.

    `fold` measures recorded events, for `replay_test` with `events`.
    """
    if not files:
        raise InputError("rules test: expected at least one file")
    reports = [_report(path, fold) for path in files]
    if json:
        print(msgspec.json.encode(reports).decode())
    else:
        for report in reports:
            _show(report)
    if any(report.failures for report in reports):
        raise SystemExit(1)


def run(path: Path, fold: Fold | None = None) -> Outcome:
    """All tests of a file; InputError names what is wrong with it."""
    opened = Opened(path)
    groups = load_groups(opened.rule_files())
    order = {name: index for index, name in enumerate(opened.file.group_eval_order)}
    groups.sort(key=lambda group: order.get(group.name, 0))
    outcome = Outcome()
    for number in range(len(opened.file.tests)):
        outcome.add(Trial(opened, number, groups).run())
    for number in range(len(opened.file.notification_test)):
        outcome.add(notification.run(opened, number))
    rules = [rule for group in groups for rule in group.rules]
    for number in range(len(opened.file.replay_test)):
        outcome.add(replay.run(opened, number, rules, fold))
    return outcome


def _report(path: Path, fold: Fold | None) -> Report:
    outcome = run(path, fold)
    return Report(str(path), outcome.checks, outcome.failures)


def _show(report: Report) -> None:
    for failure in report.failures:
        print(failure.show())
    failed = len(report.failures)
    print(f"{report.file}: {report.checks} checks, " + (f"{failed} FAILED" if failed else "good"))
