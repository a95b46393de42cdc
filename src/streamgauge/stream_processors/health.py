"""Whether a worker is well, on its own port: `/health` for probes, `/metrics` for Prometheus."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from streamgauge.producers.provision import Drift
from streamgauge.settings import InputError
from streamgauge.stream_processors.keeper import Keeper
from streamgauge.stream_processors.measure import Measure
from streamgauge.stream_processors.merge import Merge


class Read(Protocol):
    """A stage that counts what it reads."""

    @property
    def records(self) -> int:
        """How many records it has read."""

    @property
    def rejected(self) -> int:
        """How many of them it has put on `dead-letters`."""


class Faulty(Protocol):
    """What judges rules, and counts how often it could not."""

    @property
    def faults(self) -> Mapping[str, int]:
        """How often each rule had no verdict, by its name."""


class Health:
    """A small HTTP server; `failure` says why the worker is not well."""

    def __init__(self, host: str, port: int, failure: Callable[[], str | None]) -> None:
        self._host = host
        self._port = port
        self._failure = failure
        self._keepers: dict[str, Keeper] = {}
        self._stages: dict[str, Read] = {}
        self._rules: Faulty | None = None
        self._merge: Merge | None = None
        self._measure: Measure | None = None
        self._drift: Sequence[Drift] = ()
        self._registry = CollectorRegistry()
        self._registry.register(self)
        app = web.Application()
        app.add_routes([web.get("/health", self._health), web.get("/metrics", self._metrics)])
        self._runner = web.AppRunner(app, access_log=None)

    def watch_keeper(self, topic: str, keeper: Keeper) -> None:
        """Show how far the partitions of a source topic are."""
        self._keepers[topic] = keeper

    def watch_labels(self, measure: Measure) -> None:
        """Show how much the label store remembers."""
        self._measure = measure

    def watch_rules(self, rules: Faulty) -> None:
        """Show which rules could not be judged."""
        self._rules = rules

    def watch_stage(self, name: str, stage: Read) -> None:
        """Show how much a stage has read."""
        self._stages[name] = stage

    def watch_merge(self, merge: Merge) -> None:
        """Show the watermark."""
        self._merge = merge

    def watch_topics(self, drift: Sequence[Drift]) -> None:
        """Show what was wrong with the topics when the worker started."""
        self._drift = drift

    async def start(self) -> None:
        """Listen."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            place = f"{self._host}:{self._port}"
            raise InputError(f"worker.port: {place}: {error.strerror}") from None

    async def stop(self) -> None:
        """Close the port."""
        await self._runner.cleanup()

    async def _health(self, _request: web.Request) -> web.Response:
        reason = self._failure() or self._stalled()
        body = {
            "status": "failing" if reason else "ok",
            "reason": reason,
            "partitions": {topic: sorted(keeper.kept) for topic, keeper in self._keepers.items()},
            "watermark": self._merge.watermark if self._merge else None,
        }
        return web.Response(
            body=msgspec.json.encode(body),
            status=503 if reason else 200,
            content_type="application/json",
        )

    def _stalled(self) -> str | None:
        """Which partitions of this worker do not move although they should."""
        stalled = [
            f"{topic}[{partition}]"
            for topic, keeper in self._keepers.items()
            for partition, kept in sorted(keeper.kept.items())
            if not kept.live
        ]
        return f"no fetch or event in 30 s: {', '.join(stalled)}" if stalled else None

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    def collect(self) -> Iterable[Metric]:
        """What Prometheus scrapes: read off the stages when it asks."""
        names = ("topic", "partition")
        accepted = CounterMetricFamily(
            "streamgauge_events_accepted", "Events counted", labels=names
        )
        rejected = CounterMetricFamily(
            "streamgauge_events_rejected", "Events put on dead-letters", labels=names
        )
        late = CounterMetricFamily(
            "streamgauge_events_late", "Events of closed windows", labels=names
        )
        live = GaugeMetricFamily(
            "streamgauge_partition_live", "1 if it advanced or was at its end in 30 s", labels=names
        )
        lag = GaugeMetricFamily(
            "streamgauge_consumer_lag_events", "Events that wait to be counted", labels=names
        )
        age = GaugeMetricFamily(
            "streamgauge_partition_watermark_age_seconds",
            "How far the partition's watermark is behind the clock",
            labels=names,
        )
        size = GaugeMetricFamily(
            "streamgauge_state_log_bytes", "What a restore would have to read", labels=names
        )
        unknown = CounterMetricFamily(
            "streamgauge_events_with_unknown_fields",
            "Events with fields that this version does not know; while most have, an estimate",
            labels=names,
        )
        foreign = GaugeMetricFamily(
            "streamgauge_state_log_foreign_records",
            "Records in the state log that are none of ours, as far as its owner has read",
            labels=names,
        )
        for topic, keeper in self._keepers.items():
            for partition, kept in list(keeper.kept.items()):
                unknown.add_metric((topic, str(partition)), kept.unknown)
                foreign.add_metric((topic, str(partition)), kept.held.foreign)
                place = (topic, str(partition))
                accepted.add_metric(place, kept.accepted)
                rejected.add_metric(place, kept.rejected)
                late.add_metric(place, kept.late)
                live.add_metric(place, float(kept.live))
                lag.add_metric(place, kept.lag)
                size.add_metric(place, kept.log_bytes)
                if kept.watermark:
                    age.add_metric(place, time.time() - kept.watermark / 1_000)
        read = CounterMetricFamily("streamgauge_records_read", "Records followed", labels=["stage"])
        for name, stage in self._stages.items():
            read.add_metric([name], stage.records)
        refused = CounterMetricFamily(
            "streamgauge_records_rejected", "Records put on dead-letters", labels=["stage"]
        )
        for name, stage in self._stages.items():
            refused.add_metric([name], stage.rejected)
        wrong = GaugeMetricFamily(
            "streamgauge_topic_setting_wrong",
            "1 for each setting of a topic that was not as it should be when the worker started",
            labels=["topic", "setting"],
        )
        for one in self._drift:
            wrong.add_metric([one.topic, one.setting], 1.0)
        yield from (accepted, rejected, late, live, lag, age, size, read, refused, wrong)
        yield from (unknown, foreign, self._remembered())
        faults = CounterMetricFamily(
            "streamgauge_rule_faults", "Evaluations of a rule without a verdict", labels=["rule"]
        )
        for rule, count in (self._rules.faults if self._rules else {}).items():
            faults.add_metric([rule], count)
        yield faults
        if self._merge is not None:
            behind = time.time() - self._merge.watermark / 1_000
            yield GaugeMetricFamily(
                "streamgauge_watermark_age_seconds",
                "How far the watermark is behind the clock",
                behind if self._merge.watermark else float("nan"),
            )
            yield CounterMetricFamily(
                "streamgauge_measures_published", "Measures published", self._merge.published
            )

    def _remembered(self) -> Metric:
        entries = GaugeMetricFamily(
            "streamgauge_label_store_entries",
            "What the label store has remembered in join.keep_hours; full: what found no room",
            labels=["kind"],
        )
        for kind, count in sorted(self._measure.remembered.items() if self._measure else ()):
            entries.add_metric([kind], count)
        return entries
