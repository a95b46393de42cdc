"""What the notifier measures of itself is what its page says, and ages are those of now."""

import re
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.routing.watchdog import Sight

PAGE = (Path(__file__).parents[3] / "docs" / "notifier.md").read_text("utf-8")


def exposed(gauges: Gauges) -> dict[str, str]:
    families = text_string_to_metric_families(generate_latest(gauges.registry).decode())
    return {one.name: one.type for one in families if not one.name.endswith("_created")}


def test_the_page_names_all_of_its_metrics_and_no_other() -> None:
    told = set(re.findall(r"^\| `(streamgauge_\w+)`", PAGE, re.MULTILINE))
    found = exposed(Gauges())
    assert told == {f"{name}_total" if kind == "counter" else name for name, kind in found.items()}


def test_a_target_that_is_gone_waits_for_nothing() -> None:
    gauges = Gauges()
    for counts in ({"old/email": 5, "team/email": 1}, {"team/email": 2}):
        gauges.wait(counts)
    value, name = gauges.registry.get_sample_value, "streamgauge_notifications_waiting"
    assert value(name, {"target": "team/email"}) == 2.0
    assert value(name, {"target": "old/email"}) is None


def test_what_is_watched_no_more_has_no_age() -> None:
    gauges = Gauges()
    gauges.watch([Sight("merge", 90_500, missing=False), Sight("judge", 120_000, missing=True)])
    value = gauges.registry.get_sample_value
    age, missing = "streamgauge_notifier_watch_age_seconds", "streamgauge_notifier_watch_missing"
    assert [value(age, {"watched": name}) for name in ("merge", "judge")] == [90.5, 120.0]
    assert [value(missing, {"watched": name}) for name in ("merge", "judge")] == [0.0, 1.0]
    gauges.watch([])
    assert value(age, {"watched": "merge"}) is None
