"""The newest tick is found among measures, and an outside watcher hears that all is well."""

from pathlib import Path

import pytest
from confluent_kafka import Producer

from streamgauge.alerting.delivery.pulse import newest_tick, open_watcher
from streamgauge.bench.receiver_end.webhook_end import WebhookEnd
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Tick
from streamgauge.settings import InputError, Settings


@pytest.mark.kafka
def test_the_newest_tick_is_the_one_that_kafka_got_last(deployment: Settings) -> None:
    producer = Producer(deployment.kafka.confluent())
    for value in (
        encode(Tick(at=60_000, watermark=60_000, completeness=1.0)),
        b"garbage",
        b'{"type":"\xff"}',
        b"[" * 100_000,
    ):
        producer.produce("measures", value)
    assert producer.flush(60) == 0
    assert newest_tick(deployment.kafka) is not None


async def test_an_outside_watcher_is_asked_at_the_address_in_the_file(
    tmp_path: Path, webhook: WebhookEnd
) -> None:
    (tmp_path / "beat").write_text(webhook.url)
    watcher = open_watcher(tmp_path / "beat", ("127.0.0.1/32",))
    assert watcher is not None
    await watcher.call("", headers={})
    assert webhook.asked == 1
    await watcher.close()


def test_a_watchers_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert open_watcher(None, ()) is None
    with pytest.raises(InputError, match=r"alerting\.heartbeat_url_file: .*beat"):
        open_watcher(tmp_path / "beat", ())
