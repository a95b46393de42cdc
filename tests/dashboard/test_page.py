"""What the page is told: rows, totals, the badge, and only what changed."""

import msgspec
import pytest

from streamgauge.dashboard.figure import figures, is_idle
from streamgauge.dashboard.page import Badge, Link, Page, page
from streamgauge.dashboard.record import Record
from streamgauge.dashboard.state import State, fold

from .sample import T0, WIDTH, alert, allocation, heartbeat, measure, service_up, signal, tick

UP = Link(up=True, since=T0, caught_up=True)
NOW = T0 + WIDTH


def state(*records: Record) -> State:
    made = State()
    for record in records:
        fold(made, record)
    return made


def look(*records: Record, link: Link = UP, now: int = NOW) -> Page:
    return page(state(*records), now, link)


def test_a_row_has_the_figures_in_the_units_that_people_read() -> None:
    rows = look(measure()).models
    assert rows is not None
    row = rows[0]
    assert (row.model, row.version, row.window.final) == ("price", "1", True)
    assert row.figures.rate == 1.0
    assert (row.figures.p50, row.figures.p95) == (45.0, 72.0)
    assert row.figures.api == 145.0
    assert row.chart.p95 == [72.0]


def test_the_rate_of_an_open_window_counts_the_time_that_has_passed() -> None:
    assert figures(measure(count=30, final=False, as_of=T0 + 20_000)).rate == 1.5


def test_a_figure_that_nobody_measured_is_null_and_not_zero() -> None:
    bare = measure()
    bare.values.clear()
    bare.values["prediction_confidence_mean"] = float("nan")
    point = figures(bare)
    assert point.p95 is None
    assert point.errors is None
    assert point.confidence is None


def test_the_narrowest_window_of_a_series_is_shown() -> None:
    wide = msgspec.structs.replace(measure(width=300_000, start=T0), window="5m")
    rows = look(measure(), wide).models
    assert rows is not None
    assert [row.window.name for row in rows] == ["1m"]


def test_series_of_segments_are_not_taken_for_models() -> None:
    segment = measure()
    segment.labels["region"] = "eu"
    assert look(segment).models == []


def test_an_active_signal_shows_as_drift_of_every_version_it_names() -> None:
    page_ = look(measure(), measure(version="2"), signal(version="2"))
    assert page_.models is not None
    assert [len(row.drift) for row in page_.models] == [0, 1]
    page_ = look(measure(), measure(version="2"), signal())
    assert page_.models is not None
    assert [len(row.drift) for row in page_.models] == [1, 1]
    gone = look(measure(), signal(), signal(active=False, end=T0 + 1)).models
    assert gone is not None
    assert gone[0].drift == []


def test_totals_are_weighted_by_traffic() -> None:
    overall = look(
        measure(model="a", count=30, errors=0.1), measure(model="b", count=90, errors=0.02)
    ).meta.overall
    assert overall.per_minute == 120.0
    assert overall.errors == pytest.approx(0.04)


def test_a_model_without_traffic_leaves_the_totals() -> None:
    records = measure(model="a", count=30), tick(T0 + 2 * WIDTH)
    assert is_idle(measure(), tick(T0 + 2 * WIDTH))
    assert not is_idle(measure(), tick(T0 + 2 * WIDTH - 1))
    assert look(*records, now=T0 + 2 * WIDTH).meta.overall.per_minute == 0


def test_uptime_is_the_mean_of_closed_windows() -> None:
    records = [service_up(1.0), service_up(0.5, 1), service_up(0.0, 2, final=False)]
    assert look(*records, heartbeat(NOW), now=T0 + 3 * WIDTH).meta.overall.uptime == 0.75


HEALTHY = (measure(), heartbeat(NOW), tick(NOW))


@pytest.mark.parametrize(
    ("records", "badge"),
    [
        ((), "waiting"),
        (HEALTHY, "healthy"),
        ((*HEALTHY, alert(severity="info")), "healthy"),
        ((*HEALTHY, alert(severity="warning")), "degraded"),
        ((*HEALTHY, alert(severity="critical")), "critical"),
        ((*HEALTHY, alert("pending", severity="critical")), "healthy"),
        ((measure(), heartbeat(NOW, loaded=False), tick(NOW)), "degraded"),
        ((measure(), heartbeat(NOW - 30_000), tick(NOW)), "critical"),
        ((measure(), heartbeat(NOW), tick(NOW - 31_000)), "stale"),
    ],
)
def test_the_badge_says_the_worst_that_holds(records: tuple[Record, ...], badge: Badge) -> None:
    assert look(*records).meta.badge == badge


def test_without_kafka_the_page_is_stale_whatever_was_last_known() -> None:
    down = look(*HEALTHY, link=Link(up=False, since=T0, caught_up=True))
    assert down.meta.badge == "stale"
    assert down.meta.kafka.since == T0


def test_an_update_holds_the_changed_parts_and_rows_only() -> None:
    made = state(measure(model="a"), measure(model="b"), alert(), allocation(), heartbeat(NOW))
    known = made.seq
    assert page(made, NOW, UP, known).models is None
    fold(made, measure(model="b", revision=2))
    news = page(made, NOW, UP, known)
    assert news.models is not None
    assert [row.model for row in news.models] == ["b"]
    assert (news.alerts, news.services, news.allocations) == (None, None, None)
    known = made.seq
    fold(made, signal(model="a"))
    drifted = page(made, NOW, UP, known).models
    assert drifted is not None
    assert [row.model for row in drifted] == ["a"]


def test_resolved_alerts_are_shown_for_an_hour() -> None:
    ended = alert("resolved")
    for now, shown in ((T0 + 3_600_000, 1), (T0 + 3_601_001, 0)):
        alerts = look(ended, now=now).alerts
        assert alerts is not None
        assert len(alerts.recent) == shown


def test_an_instance_that_was_replaced_does_not_speak_for_the_service() -> None:
    rows = look(heartbeat(NOW - 60_000, instance="old", loaded=False), heartbeat(NOW)).services
    assert rows is not None
    assert (rows[0].instances, rows[0].up, rows[0].models) == (1, 1, {"price@1": True})
