"""All that the page shows, and the part of it that changed since a client last heard."""

from typing import Literal

import msgspec

from streamgauge.contracts.allocation import Allocation
from streamgauge.contracts.event import Labels
from streamgauge.dashboard.alert_row import AlertRow, firing, pending, recent
from streamgauge.dashboard.figure import Figures, figures, is_idle, weighted
from streamgauge.dashboard.health import health
from streamgauge.dashboard.model_row import ModelRow, model_row, model_series
from streamgauge.dashboard.series import key_of
from streamgauge.dashboard.service_row import ServiceRow, service_rows
from streamgauge.dashboard.state import State

# The tick comes every few seconds; without it nothing on the page is live.
TICK_LIMIT = 30_000

Badge = Literal["waiting", "healthy", "degraded", "critical", "stale"]


class Link(msgspec.Struct, frozen=True):
    """Whether Kafka answers, since when, and whether the past has been read."""

    up: bool
    since: int
    caught_up: bool


class Overall(msgspec.Struct, frozen=True, kw_only=True):
    """The deployment in six figures, each weighted by traffic; null where nobody measured."""

    uptime: float | None
    per_minute: float
    response: float | None
    errors: float | None
    cache: float | None
    fallback: float | None


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand and how fresh that is; part of every message to the page."""

    now: int
    badge: Badge
    reasons: list[str]
    kafka: Link
    watermark: int | None
    ticked: int | None
    completeness: float | None
    overall: Overall
    unread: dict[str, int]
    unread_reason: str


class Alerts(msgspec.Struct, frozen=True):
    """The alerts in their three places."""

    firing: list[AlertRow]
    pending: list[AlertRow]
    recent: list[AlertRow]


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A snapshot, or an update that holds the changed parts only. `models` are changed rows."""

    meta: Meta
    models: list[ModelRow] | None = None
    services: list[ServiceRow] | None = None
    alerts: Alerts | None = None
    allocations: list[Allocation] | None = None


def page(state: State, now: int, link: Link, since: int = 0) -> Page:
    """What changed after `since`, everything at 0."""
    news = {part for part, seq in state.changed.items() if seq > since}
    whole = since == 0
    return Page(
        meta=meta(state, now, link),
        models=_rows(state, since) if whole or "models" in news else None,
        services=service_rows(state, now) if whole or "services" in news else None,
        alerts=(
            Alerts(firing(state), pending(state), recent(state, now))
            if whole or "alerts" in news
            else None
        ),
        allocations=(
            [state.allocations[name] for name in sorted(state.allocations)]
            if whole or "allocations" in news
            else None
        ),
    )


def meta(state: State, now: int, link: Link) -> Meta:
    badge, reasons = badge_of(state, now, link)
    return Meta(
        now=now,
        badge=badge,
        reasons=reasons,
        kafka=link,
        watermark=(state.tick.watermark or None) if state.tick else None,
        ticked=state.tick.at if state.tick else None,
        completeness=state.tick.completeness if state.tick else None,
        overall=overall(state, now),
        unread=state.unread,
        unread_reason=state.unread_reason,
    )


def badge_of(state: State, now: int, link: Link) -> tuple[Badge, list[str]]:
    """The one word at the top, and why it is not `healthy`."""
    if not link.up:
        return "stale", ["Kafka does not answer"]
    if not state.series and not state.heartbeats and not state.alerts:
        return "waiting", ["no traffic yet"]
    if state.tick and now - state.tick.at > TICK_LIMIT:
        return "stale", ["the measures stand still"]
    judged = health(state, now)
    holding = firing(state)
    reasons = [*judged.reasons, *(f"{row.rule} fires" for row in holding)]
    if judged.status == "critical" or any(row.severity == "critical" for row in holding):
        return "critical", reasons
    worse = judged.status == "degraded" or any(row.severity != "info" for row in holding)
    return ("degraded", reasons) if worse else ("healthy", [])


def overall(state: State, now: int) -> Overall:
    """Sums and means over all models that have traffic now."""
    live: list[Figures] = [
        figures(series.current())
        for series in model_series(state)
        if not is_idle(series.newest(), state.tick)
    ]
    shares = [row.uptime for row in service_rows(state, now) if row.uptime is not None]
    return Overall(
        uptime=sum(shares) / len(shares) if shares else None,
        per_minute=60 * sum(point.rate or 0.0 for point in live),
        response=weighted((point.api, point.count) for point in live),
        errors=weighted((point.errors, point.count) for point in live),
        cache=weighted((point.cache, point.count) for point in live),
        fallback=weighted((point.fallback, point.count) for point in live),
    )


def _rows(state: State, since: int) -> list[ModelRow]:
    newest = max(state.touched.values(), default=0)
    return [
        model_row(series, state)
        for series in model_series(state)
        if since == 0 or _touched(state, series.labels, newest) > since
    ]


def _touched(state: State, labels: Labels, newest: int) -> int:
    """When a row last changed; a signal may name the model alone. Forgotten means: just now."""
    own = state.touched.get(key_of(labels), newest)
    return max(own, state.touched.get(key_of({"model": labels["model"]}), 0))
