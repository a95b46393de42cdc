"""Rules on the past: when they fire, for how long, and what another version of them changes."""

from pathlib import Path

import pytest
from tests.alerting.rule_text import MINUTE, measure, one_rule, signal, tick

from streamgauge.alerting.backtest.episode import Past, relive
from streamgauge.alerting.backtest.report import UNGROUPED, differing, report
from streamgauge.alerting.backtest.show import show
from streamgauge.alerting.backtest.source import between, lines
from streamgauge.alerting.judging.judge import Judge
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import AnyReading

BAD = {10, 11, 12, 30, 31, 32, 33}


def readings(minutes: int = 60) -> list[AnyReading]:
    told: list[AnyReading] = []
    for minute in range(minutes):
        told.append(measure(minute, 0.5 if minute in BAD else 0.01))
        told.append(tick(minute + 1))
    return told


def past(path: Path, limit: float, hold: str, minutes: int = 60) -> Past:
    rules = one_rule(path, f"prediction_error_ratio > {limit}", **{"for": hold})
    (found,) = relive([Judge(rules)], readings(minutes))
    return found


def test_episodes_say_when_a_rule_fired_and_for_how_long(tmp_path: Path) -> None:
    found = past(tmp_path / "r.yml", 0.1, "2m")
    assert [
        (one.starts_at // MINUTE, one.fired_at // MINUTE, one.lasted(0) // MINUTE)
        for one in found.episodes
    ] == [(10, 12, 2), (30, 32, 3)]
    assert (found.since, found.until, found.readings) == (0, 60 * MINUTE, 120)


def test_what_still_fires_lasts_to_the_end(tmp_path: Path) -> None:
    found = past(tmp_path / "r.yml", 0.1, "2m", minutes=33)
    assert found.episodes[-1].resolved_at is None
    assert found.episodes[-1].lasted(found.until) == MINUTE
    told = report(found, [("A", "warning")], UNGROUPED, 1.0)
    assert "still fires" in "\n".join(show(told))


def test_a_report_counts_messages_and_names_rules_that_never_fired(tmp_path: Path) -> None:
    found = past(tmp_path / "r.yml", 0.1, "2m")
    told = report(found, [("A", "warning"), ("B", "info")], UNGROUPED, 750.0)
    fired, silent = told.rules
    assert (fired.fired, fired.seconds, silent.fired, silent.seconds) == (2, 300.0, 0, 0.0)
    # Two fired and two resolved in an hour, which is 168 times as many a week.
    assert fired.notifications_per_week == told.notifications_per_week == 4 * 168
    text = list(show(told))
    assert text[0] == (
        '1970-01-01 00:12:00  A{model="m", version="1"}  0.5  resolved 1970-01-01 00:14:00 after 2m'
    )
    assert "A  warning   fired 2x, 5m in all, 672 notifications a week" in text
    assert "750 times as fast as life" in text[-1]


def test_the_difference_between_two_sets_of_rules_is_what_fires_with_one_only(
    tmp_path: Path,
) -> None:
    quick, slow = past(tmp_path / "a.yml", 0.1, "2m"), past(tmp_path / "b.yml", 0.1, "4m")
    assert [one.fired_at // MINUTE for one in differing(quick, slow)] == [12]
    assert differing(slow, quick) == []


def test_both_are_judged_in_one_run_as_if_alone(tmp_path: Path) -> None:
    rules = [
        one_rule(tmp_path / f"{n}.yml", f"prediction_error_ratio > {n}", **{"for": "2m"})
        for n in (0.1, 0.9)
    ]
    first, second = relive([Judge(one) for one in rules], readings())
    assert first == past(tmp_path / "r.yml", 0.1, "2m")
    assert second.episodes == []


def test_lines_are_read_as_tail_prints_them() -> None:
    told = [measure(0, 0.5), signal(1, active=True), tick(1)]
    text = [encode(one).decode() + "\n" for one in told]
    assert list(lines([*text, "\n"])) == told
    with pytest.raises(ValueError, match="line 2: "):
        list(lines([text[0], '{"type": "tick"}']))


def test_a_part_of_the_past_is_chosen_by_event_time() -> None:
    told: list[AnyReading] = [
        measure(0, 0.5),
        measure(1, 0.5),
        signal(1, active=True),
        tick(1),
        tick(2),
    ]
    assert list(between(told, MINUTE, 2 * MINUTE)) == told[1:4]


def test_nothing_measured_is_said(tmp_path: Path) -> None:
    found = past(tmp_path / "r.yml", 0.1, "2m", minutes=0)
    assert list(show(report(found, [], UNGROUPED, 1.0))) == ["nothing was measured in that time"]
