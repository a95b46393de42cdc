"""The one list of topics: what each carries, its key, and how long Kafka keeps it."""

import msgspec

from streamgauge.contracts.alert import Ack, Alert, Silence
from streamgauge.contracts.allocation import Allocation, Deployment
from streamgauge.contracts.dead_letter import DeadLetter, Replay
from streamgauge.contracts.decision import Command, Decision, RuleSet
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import Measure, Signal, Tick
from streamgauge.contracts.notification import Notification
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import Reference
from streamgauge.contracts.summary import Summary
from streamgauge.contracts.usage import Usage

DAY_MS = 86_400_000
FOREVER = -1
MB = 1024 * 1024


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A topic as Kafka should have it. `partitions` 0 means: as the deployment is set to."""

    name: str
    key: str
    carries: tuple[type[msgspec.Struct], ...]
    about: str
    partitions: int = 0
    retention_ms: int = 7 * DAY_MS
    compact: bool = False
    hot: bool = False
    internal: bool = False
    max_message_bytes: int = MB

    def config(self) -> dict[str, str]:
        """Kafka's topic settings.

        >>> TOPICS["alert-state"].config()["cleanup.policy"]
        'compact'
        """
        settings = {
            "cleanup.policy": "compact" if self.compact else "delete",
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(self.max_message_bytes),
        }
        if not self.compact:
            settings["retention.ms"] = str(self.retention_ms)
        return settings


_TOPICS = (
    Topic(
        name="predictions",
        key="prediction id",
        carries=(Prediction,),
        hot=True,
        about="every prediction that a service made",
    ),
    Topic(
        name="outcomes",
        key="prediction id",
        carries=(Outcome,),
        hot=True,
        about="the truth that came later; may be corrected",
    ),
    Topic(name="feedback", key="session", carries=(Feedback,), about="ratings and suggestions"),
    Topic(name="usage", key="session", carries=(Usage,), about="features viewed and used"),
    Topic(name="heartbeats", key="service", carries=(Heartbeat,), about="health of the services"),
    Topic(
        name="measures",
        key="model or service",
        carries=(Measure, Signal, Tick),
        partitions=1,
        retention_ms=30 * DAY_MS,
        about="all values of a series in a window; signals of the detectors; the tick",
    ),
    Topic(
        name="summaries",
        key="model, service or experiment",
        carries=(Summary,),
        retention_ms=7 * DAY_MS,
        internal=True,
        max_message_bytes=8 * MB,
        about="closed windows with their integers and ordered sample, for detect; whole days",
    ),
    Topic(
        name="references",
        key="model, version and kind",
        carries=(Reference,),
        partitions=1,
        compact=True,
        max_message_bytes=8 * MB,
        about="feature schema with frozen grid; references with content hash",
    ),
    Topic(
        name="alerts",
        key="fingerprint",
        carries=(Alert,),
        partitions=1,
        retention_ms=30 * DAY_MS,
        about="the full log of pending, firing and resolved",
    ),
    Topic(
        name="alert-state",
        key="fingerprint",
        carries=(Alert,),
        partitions=1,
        compact=True,
        about="what holds now",
    ),
    Topic(
        name="silences",
        key="id",
        carries=(Silence,),
        partitions=1,
        compact=True,
        about="alerts that are not sent for a while",
    ),
    Topic(
        name="acks",
        key="id",
        carries=(Ack,),
        partitions=1,
        compact=True,
        about="who owns an alert's episode",
    ),
    Topic(
        name="notifications",
        key="group and receiver",
        carries=(Notification,),
        partitions=1,
        retention_ms=30 * DAY_MS,
        max_message_bytes=8 * MB,
        about="delivery ledger: claim, intent and result",
    ),
    Topic(
        name="rules",
        key="name",
        carries=(RuleSet,),
        partitions=1,
        compact=True,
        about="versioned rule sets, each effective at an event time",
    ),
    Topic(
        name="commands",
        key="subject",
        carries=(Command,),
        partitions=1,
        retention_ms=365 * DAY_MS,
        about="what an operator or rule asked",
    ),
    Topic(
        name="decisions",
        key="subject",
        carries=(Decision,),
        partitions=1,
        retention_ms=365 * DAY_MS,
        about="what was done and why: the audit, a hash chain",
    ),
    Topic(
        name="allocations",
        key="experiment",
        carries=(Allocation,),
        partitions=1,
        compact=True,
        about="the traffic shares of experiments as they are now",
    ),
    Topic(
        name="deployments",
        key="model",
        carries=(Deployment,),
        partitions=1,
        compact=True,
        about="the versions that serve as they are now",
    ),
    Topic(
        name="dead-letters",
        key="original key",
        carries=(DeadLetter,),
        partitions=1,
        retention_ms=30 * DAY_MS,
        max_message_bytes=8 * MB,
        about="original bytes, reason and source position of what could not be read",
    ),
    Topic(
        name="replays",
        key="source position",
        carries=(Replay,),
        partitions=1,
        compact=True,
        about="which dead letters were sent again, so that each one is once",
    ),
)

TOPICS = {topic.name: topic for topic in _TOPICS}

# (stage, source topic): each stateful stage keeps one log per topic that it reads.
STATE_LOGS = (
    ("measure", "predictions"),
    ("measure", "heartbeats"),
    ("measure", "outcomes"),
    ("measure", "usage"),
    ("measure", "feedback"),
    ("reward", "outcomes"),
    ("reward", "feedback"),
    ("detect", "summaries"),
    ("detect", "measures"),
)


def state_topic(stage: str, source: str, generation: str = "") -> Topic:
    """The state log of a stage: as many partitions as its source, trimmed by its owner only.

    A `generation` is a second log beside the first, of a stage that counts the same again.

    >>> state_topic("measure", "predictions", "fix-1").name
    'state.measure.predictions.fix-1'
    """
    return Topic(
        name=f"state.{stage}.{source}" + (f".{generation}" if generation else ""),
        key="source partition",
        carries=(),
        partitions=TOPICS[source].partitions,
        retention_ms=FOREVER,
        internal=True,
        max_message_bytes=8 * MB,
        about=f"state of {stage} over {source}",
    )


def every_topic() -> list[Topic]:
    """All topics of a deployment, state logs included."""
    return [*_TOPICS, *(state_topic(stage, source) for stage, source in STATE_LOGS)]
