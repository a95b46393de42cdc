"""Alerts for `bench alerts`: one by one at a rate, many at once, and a storm."""

import time
from collections.abc import Iterable, Iterator

from confluent_kafka import Producer

from streamgauge.contracts.alert import Alert
from streamgauge.contracts.codec import encode
from streamgauge.settings import Kafka

FEATURES, SEGMENTS, MODELS = 200, 50, 5
_TICK_S = 0.005
_MINUTE_MS = 60_000


class Load:
    """Writes alerts as the judge does."""

    def __init__(self, kafka: Kafka) -> None:
        self._producer = Producer(
            {
                **kafka.confluent(),
                "linger.ms": 0,
                "queue.buffering.max.messages": 1_000_000,
                "compression.type": "lz4",
            }
        )
        self._count = 0

    def paced(self, channels: tuple[str, ...], rate: int, seconds: float) -> dict[str, float]:
        """So many a second, taking the channels in turn; when each was handed to Kafka."""
        begun, sent = time.time(), dict[str, float]()
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            if (early := due - time.time()) > 0:
                self._producer.poll(0)
                time.sleep(max(early, _TICK_S) if rate > 1 / _TICK_S else early)
            one = self._alert({"channel": channels[number % len(channels)]})
            sent[one.fingerprint] = time.time()
            self._send([one], "alerts")
        self._producer.flush(30)
        return sent

    def burst(self, channel: str, count: int) -> None:
        """So many of one channel at once."""
        self._send([self._alert({"channel": channel}) for _ in range(count)], "alerts")
        self._producer.flush(30)

    def storm(self) -> tuple[float, float]:
        """Everything drifts everywhere, in one second; when it began, and when Kafka had it all."""
        alerts = list(self._everything())
        begun = time.time()
        part = len(alerts) // 20
        for step in range(20):
            if (early := begun + step / 20 - time.time()) > 0:
                time.sleep(early)
            self._send(alerts[step * part : (step + 1) * part], "alerts", "alert-state")
        self._producer.flush(60)
        return begun, time.time()

    def _everything(self) -> Iterator[Alert]:
        for feature in range(FEATURES):
            for segment in range(SEGMENTS):
                for model in range(MODELS):
                    yield self._alert(
                        {
                            "channel": "storm",
                            "feature": f"feature_{feature}",
                            "segment": f"segment_{segment}",
                            "model": f"model_{model}",
                        }
                    )

    def _send(self, alerts: Iterable[Alert], *topics: str) -> None:
        for alert in alerts:
            value = encode(alert)
            for topic in topics:
                self._producer.produce(topic, value, alert.fingerprint)
        self._producer.poll(0)

    def _alert(self, labels: dict[str, str]) -> Alert:
        self._count += 1
        fingerprint, now = f"{self._count:016x}", int(time.time() * 1000)
        return Alert(
            id=f"{fingerprint}-1-firing",
            fingerprint=fingerprint,
            episode=1,
            state="firing",
            rule="Drift",
            severity="critical",
            labels={
                "alertname": "Drift",
                "severity": "critical",
                "part": fingerprint,
                **labels,
            },
            annotations={"summary": "the feature has drifted", "runbook_url": "docs/runbooks"},
            expr="drift_score > 0.2",
            value=0.3,
            value_at_fire=0.3,
            starts_at=now - _MINUTE_MS,
            updated_at=now,
            position=0,
            samples=500,
            evidence={"threshold": 0.2, "window": "5m"},
        )
