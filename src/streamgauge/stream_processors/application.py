"""Faust applications, one a stage, with the settings that exactness and speed need."""

import ssl
from typing import Any

import faust

from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Kafka, Settings
from streamgauge.stream_processors.batch_fetch import SERIALIZER, carry_batches
from streamgauge.stream_processors.transport import App

EX_TEMPFAIL = 75
# The state must not be gone on with: the supervisor tries again now and then, not at once.
EX_DATAERR = 65


def group(stage: str, generation: str = "") -> str:
    """The consumer group of a stage, and of a generation of it that counts anew.

    >>> group("measure"), group("measure", "fix-1")
    ('streamgauge-measure', 'streamgauge-measure-fix-1')
    """
    return f"streamgauge-{stage}" + (f"-{generation}" if generation else "")


def application(stage: str, settings: Settings, generation: str = "") -> faust.App:
    """The Faust app of a stage: no tables, no web, own commits, committed transactions only.

    `stream_buffer_maxsize` is small because a message holds 2,000 events; the session timeout is
    short because a first join of the embedded broker takes half of it.
    """
    kafka = settings.kafka
    instance = settings.worker.instance
    datadir = settings.worker.datadir / stage
    datadir.mkdir(parents=True, exist_ok=True)
    return App(
        group(stage, generation),
        broker=[f"kafka://{address.strip()}" for address in kafka.brokers.split(",")],
        broker_credentials=credentials(kafka),
        store="memory://",
        datadir=datadir,
        web_enabled=False,
        consumer_group_instance_id=instance and f"{stage}-{instance}",
        topic_partitions=kafka.partitions,
        topic_disable_leader=True,
        topic_allow_declare=False,
        autodiscover=False,
        stream_wait_empty=False,
        stream_buffer_maxsize=16,
        consumer_auto_offset_reset="earliest",
        # A message holds up to 2,000 events. More in a poll takes memory, and is no faster.
        consumer_max_fetch_size=4 << 20,
        broker_max_poll_records=12,
        broker_session_timeout=kafka.session_timeout,
        broker_rebalance_timeout=max(3.0, kafka.session_timeout / 2),
        broker_heartbeat_interval=min(1.0, kafka.session_timeout / 6),
    )


def batches(app: faust.App, name: str) -> Any:
    """A topic that is read in record batches and never committed by Faust.

    Whoever reads it counts `RecordBatch.skipped` as rejected and buries it.
    """
    assert name in TOPICS
    carry_batches(name, skip_broken=True)
    return app.topic(
        name, key_serializer=SERIALIZER, value_serializer=SERIALIZER, internal=False, acks=False
    )


def credentials(kafka: Kafka) -> Any:
    """How aiokafka logs in; None for plain connections."""
    protocol = kafka.security_protocol
    context = None
    if protocol in ("SSL", "SASL_SSL"):
        context = ssl.create_default_context(cafile=kafka.ssl_cafile)
        if kafka.ssl_certfile:
            context.load_cert_chain(kafka.ssl_certfile, kafka.ssl_keyfile, kafka.ssl_key_password)
    if protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=kafka.password(),
            ssl_context=context,
            mechanism=kafka.sasl_mechanism,
        )
    return faust.SSLCredentials(context) if context else None


def on_rebalance(app: faust.App, *, revoked: Any, assigned: Any) -> None:
    """Call these coroutines with the app and the partitions when they go and when they come."""
    signals: Any = app  # Faust types a handler as taking keywords only, and calls it so not
    signals.on_partitions_revoked.connect(revoked)
    signals.on_partitions_assigned.connect(assigned)
