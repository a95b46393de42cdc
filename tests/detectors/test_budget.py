import pytest

from streamgauge.detectors.budget import Budget

MONTH = 30 * 86_400_000


def test_a_month_of_short_windows_spends_what_is_allowed() -> None:
    budget = Budget(false_alarms=3.0)
    assert sum(budget.of_time(MONTH / 43_200) for _ in range(43_200)) == pytest.approx(3.0)
    assert sum(budget.of_events(10, a_month=1e6) for _ in range(100_000)) == pytest.approx(3.0)


def test_monitors_share_one_budget() -> None:
    assert Budget(monitors=40).of_time(60_000) == pytest.approx(Budget().of_time(60_000) / 40)
    assert Budget(monitors=0).of_time(60_000) == Budget().of_time(60_000)


def test_no_window_may_spend_a_whole_false_alarm() -> None:
    assert Budget(false_alarms=1e9).of_time(MONTH) == 0.01
    assert Budget().of_events(1e12, a_month=10) == 0.01
