"""The newest tick is found among measures, and an outside watcher hears that all is well."""

from pathlib import Path

import pytest
from confluent_kafka import Producer

from streamgauge.alerting.delivery.burial import Burials
from streamgauge.alerting.delivery.duty import Duty
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.inbox import Assigned
from streamgauge.alerting.delivery.ownership import Ownership
from streamgauge.alerting.delivery.pulse import Pulse, newest_tick, open_watcher
from streamgauge.alerting.delivery.receipt import Receipts
from streamgauge.alerting.delivery.restore import Restore
from streamgauge.alerting.receivers.receiver import Context
from streamgauge.alerting.routing.plan import Plan, Watch
from streamgauge.alerting.routing.route import Route
from streamgauge.bench.receiver_end.webhook_end import WebhookEnd
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Tick
from streamgauge.settings import InputError, Settings

from .conftest import Owned


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


@pytest.mark.kafka
async def test_a_tick_is_found_behind_many_measures_and_the_watcher_hears_of_it(
    deployment: Settings, owned: Owned, tmp_path: Path, webhook: WebhookEnd
) -> None:
    producer = Producer(deployment.kafka.confluent())
    tick = encode(Tick(at=60_000, watermark=60_000, completeness=1.0))
    for value in (tick, *[b"a measure"] * 600):
        producer.produce("measures", value)
    assert producer.flush(20) == 0
    gauges = Gauges()
    base = Plan(route=Route(receiver="team"), receivers={"team": ()}, watch=Watch("team"))
    ownership = Ownership(
        owned.ledger,
        gauges,
        plan=lambda: base,
        context=Context,
        burials=Burials(owned.ledger, gauges),
        told=lambda _notice: None,
        receipts=Receipts(tmp_path),
    )
    assert ownership.sights() == []
    start = Assigned(epoch=0, start=0, since=0, floor=0, first=True, ends={})
    ownership.duty = Duty(
        base,
        Restore(start),
        clock=ownership.clock,
        channels={},
        gauges=gauges,
        refused=lambda _message, _reject: None,
    )
    (tmp_path / "beat").write_text(webhook.url)
    watcher = open_watcher(tmp_path / "beat", ("127.0.0.1/32",))
    pulse = Pulse(deployment.kafka, ownership, watcher, gauges)
    webhook.answers, webhook.always = [(500, "", {})], (204, "", {})
    for _ in range(3):
        await pulse.look()
    # The one that failed is made up for at the next look, not a minute later.
    assert webhook.asked == 2
    sample = gauges.registry.get_sample_value
    name = "streamgauge_notifier_heartbeats_total"
    assert [sample(name, {"result": one}) for one in ("delivered", "failed")] == [1.0, 1.0]
    assert sample("streamgauge_notifier_heartbeat_delivered_timestamp_seconds")
    assert [(one.name, one.missing) for one in ownership.sights()] == [
        ("merge", False),
        ("judge", False),
    ]
    # After a reload another address is asked, and at once.
    (tmp_path / "beat").write_text(f"{webhook.url}?other")
    other = open_watcher(tmp_path / "beat", ("127.0.0.1/32",))
    assert other is not None
    await pulse.use(other)
    await pulse.look()
    assert webhook.asked == 3
    await other.close()


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
    (tmp_path / "beat").write_text("http://beat.example.org/key")
    with pytest.raises(InputError, match="expected an https address"):
        open_watcher(tmp_path / "beat", ())
    assert open_watcher(tmp_path / "beat", ("beat.example.org",)) is not None
