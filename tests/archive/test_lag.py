"""Somebody is told in time, before Kafka deletes what is not archived."""

import logging
import urllib.request
from urllib.error import HTTPError

import pytest
from tests.archive.sample import CHAIN

from streamgauge.archive.gauge import Gauges, listen
from streamgauge.archive.inbox import Held, Key
from streamgauge.archive.lag import Lag
from streamgauge.archive.record import Record
from streamgauge.contracts.topics import TOPICS
from streamgauge.embedded import free_port
from streamgauge.settings import InputError

NOW = 1_800_000_000.0
KEPT_S = TOPICS["predictions"].retention_ms / 1_000


def held(age_s: float, *, records: int = 1) -> dict[Key, Held]:
    since = int((NOW - age_s) * 1_000)
    found = [Record(0, since, b"")] * records
    return {("predictions", 0): Held(CHAIN, 0, 0, since, found)}


def shown(gauges: Gauges, name: str) -> float | None:
    return gauges.registry.get_sample_value(f"streamgauge_archive_{name}", {"topic": "predictions"})


def test_lag_is_the_age_of_the_oldest_record_that_waits() -> None:
    gauges = Gauges()
    Lag(gauges).show(held(90), lambda _: 0, NOW)
    assert shown(gauges, "lag_seconds") == 90
    Lag(gauges).show(held(90, records=0), lambda _: 0, NOW)
    assert shown(gauges, "lag_seconds") == 0
    Lag(gauges).show(held(90, records=0), lambda _: 5, NOW)
    assert shown(gauges, "lag_seconds") == 90


def test_a_lag_near_the_retention_warns_and_not_with_every_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gauges = Gauges()
    lag = Lag(gauges)
    with caplog.at_level(logging.WARNING):
        lag.show(held(KEPT_S * 0.49), lambda _: 0, NOW)
        assert caplog.messages == []
        for second in range(100):
            lag.show(held(KEPT_S * 0.75), lambda _: 0, NOW + second)
    assert len(caplog.messages) == 1
    assert "75 % of how long Kafka keeps it" in caplog.messages[0]
    assert shown(gauges, "retention_used_ratio") == pytest.approx(0.75, abs=0.001)


def test_the_port_answers_probes_and_prometheus_and_nothing_else() -> None:
    gauges, port = Gauges(), free_port()
    stop = listen("127.0.0.1", port, gauges)
    try:
        with pytest.raises(InputError, match=r"archive\.host, archive\.port"):
            listen("127.0.0.1", port, gauges)

        def get(path: str) -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        assert get("/health")[0] == 200
        assert "streamgauge_archive_partitions 0.0" in get("/metrics")[1]
        assert get("/../etc/passwd") == (404, "/metrics and /health\n")
        gauges.seen -= 1_000
        status, body = get("/health")
        assert status == 503
        assert "stuck" in body
    finally:
        stop()
