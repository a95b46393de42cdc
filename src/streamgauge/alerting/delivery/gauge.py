"""What the notifier counts and measures about itself."""

import time
from collections.abc import Iterable, Mapping

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from streamgauge.alerting.routing.watchdog import Sight

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class ChannelGauges(msgspec.Struct, frozen=True):
    """What is counted of one channel."""

    sent: Counter
    failed: Counter
    retries: Counter
    seconds: Histogram
    accepted: Histogram


class Gauges:
    """Counters of one notifier."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.alerts = Counter(
            "streamgauge_notifier_alerts", "Alerts read", ["state"], registry=registry
        )
        self.rejected = Counter(
            "streamgauge_notifier_rejected", "Records that were no alert", registry=registry
        )
        self.notifications = Counter(
            "streamgauge_notifications", "Results", ["target", "result"], registry=registry
        )
        self.retries = Counter(
            "streamgauge_notification_retries", "Tries again", ["target"], registry=registry
        )
        self.seconds = Histogram(
            "streamgauge_notification_seconds",
            "Of one try, until the other side answered",
            ["target"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.accepted = Histogram(
            "streamgauge_notification_accepted_seconds",
            "From when a notice was due until the other side accepted it",
            ["target"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.waiting = Gauge(
            "streamgauge_notifications_waiting", "Not settled", ["target"], registry=registry
        )
        self.assigned = Gauge(
            "streamgauge_notifier_assigned", "1 on the one that notifies", registry=registry
        )
        self.reloads = Counter(
            "streamgauge_notifier_reloads",
            "Readings of the configuration anew",
            ["result"],
            registry=registry,
        )
        self.age = Gauge(
            "streamgauge_notifier_watch_age_seconds",
            "Since the newest tick (merge) or Watchdog record (judge) came",
            ["watched"],
            registry=registry,
        )
        self.missing = Gauge(
            "streamgauge_notifier_watch_missing",
            "1 on what has been silent for longer than watch.after",
            ["watched"],
            registry=registry,
        )
        self.heartbeats = Counter(
            "streamgauge_notifier_heartbeats",
            "Requests to the outside watcher",
            ["result"],
            registry=registry,
        )
        self.beat = Gauge(
            "streamgauge_notifier_heartbeat_delivered_timestamp_seconds",
            "When the outside watcher took one last, 0 if never",
            registry=registry,
        )
        for result in ("delivered", "failed"):
            self.heartbeats.labels(result)
        self.polled = time.monotonic()

    def wait(self, counts: Mapping[str, int]) -> None:
        """So many notices of each target wait; one that is configured no more waits for nothing."""
        self.waiting.clear()
        for target, count in counts.items():
            self.waiting.labels(target).set(count)

    def watch(self, sights: Iterable[Sight]) -> None:
        """What is watched is as old as this now; what is not named is not watched."""
        for gauge in (self.age, self.missing):
            gauge.clear()
        for sight in sights:
            self.age.labels(sight.name).set(sight.age / 1000)
            self.missing.labels(sight.name).set(sight.missing)

    def channel(self, name: str) -> ChannelGauges:
        """Those of one channel."""
        return ChannelGauges(
            sent=self.notifications.labels(name, "delivered"),
            failed=self.notifications.labels(name, "failed"),
            retries=self.retries.labels(name),
            seconds=self.seconds.labels(name),
            accepted=self.accepted.labels(name),
        )
