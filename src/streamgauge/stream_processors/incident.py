"""Incidents of the state log as alerts: events that nobody counted, sums that are gone or refused.

No rule can see these, so the stage tells them itself, on `alerts` and `alert-state` as the judge
does. The same incident gives the same alert, however often it is told. `state_refused` ends when a
worker could take the partition; the two others, which nothing can mend, after an hour.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec
from confluent_kafka import KafkaException

from streamgauge.alerting.fingerprint import fingerprint
from streamgauge.contracts import codec
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.event import Labels
from streamgauge.logs import log
from streamgauge.settings import Kafka
from streamgauge.stream_processors.log_record import Skip
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.read_back import read_back

Kind = Literal["data_loss", "state_lost", "state_refused"]
# How long people are shown what nothing can mend.
LASTING_MS = 3_600_000
_MS = 1_000
_EXPR: dict[Kind, str] = {
    "data_loss": "state_log_lost_events > 0",
    "state_lost": "state_log_lost > 0",
    "state_refused": "state_log_refused > 0",
}


class Incident(msgspec.Struct, frozen=True):
    """What happened to one partition of a stage's source; `evidence` tells one from another."""

    kind: Kind
    stage: str
    topic: str
    partition: int
    summary: str
    description: str
    evidence: dict[str, float | str]
    value: float = 1.0
    generation: str = ""

    def labels(self) -> Labels:
        """What identifies the alert, whatever is in its evidence."""
        generation = {"generation": self.generation} if self.generation else {}
        return {
            "alertname": self.kind,
            **generation,
            "partition": str(self.partition),
            "severity": "critical",
            "stage": self.stage,
            "topic": self.topic,
        }


def of_skip(stage: str, topic: str, partition: int, skip: Skip, generation: str = "") -> Incident:
    """The incident that a skip is: a loss of data, or of the state.

    >>> skip = Skip(epoch=0, begin=10, end=17, cause="data_loss")
    >>> of_skip("measure", "predictions", 0, skip).summary
    'measure lost 7 events of predictions[0]: offsets 10 to 16'
    """
    place = f"{topic}[{partition}]"
    evidence: dict[str, float | str] = {"from": skip.begin, "to": skip.end}
    if skip.cause == "data_loss":
        lost = skip.end - skip.begin
        return Incident(
            kind="data_loss",
            stage=stage,
            topic=topic,
            partition=partition,
            summary=f"{stage} lost {lost} events of {place}: "
            f"offsets {skip.begin} to {skip.end - 1}",
            description=f"Kafka deleted {place} from offset {skip.begin} up to, not including, "
            f"{skip.end} before {stage} had counted it. Figures of that time are too low.",
            evidence=evidence,
            value=float(lost),
            generation=generation,
        )
    return Incident(
        kind="state_lost",
        stage=stage,
        topic=topic,
        partition=partition,
        summary=f"{stage} found no state of {place}, counts again from offset {skip.end}",
        description=f"Offsets of {place} were committed, but the state log does not have what was "
        f"counted. All that Kafka still has, from offset {skip.end} on, is counted again.",
        evidence=evidence,
        generation=generation,
    )


def of_refusal(
    stage: str, topic: str, partition: int, reason: str, generation: str = ""
) -> Incident:
    """The incident that a refused state log is."""
    return Incident(
        kind="state_refused",
        stage=stage,
        topic=topic,
        partition=partition,
        summary=f"{stage} cannot go on with {topic}[{partition}]: its state is refused",
        description=reason,
        evidence={"refusal": reason},
        generation=generation,
    )


def begin(incident: Incident, before: Alert | None, now: int) -> Alert | None:
    """The alert to tell; None where `before`, the last of this fingerprint, has told it.

    A refusal goes on while it fires, whatever its words are; a loss is told once for each range.
    """
    if before is not None:
        fires = before.ends_at is None
        told = incident.evidence.items() <= before.evidence.items()
        if fires if incident.kind == "state_refused" else told:
            return None
    labels = incident.labels()
    name, episode = fingerprint(labels), before.episode + 1 if before else 1
    return Alert(
        id=f"{name}-{episode}-firing",
        fingerprint=name,
        episode=episode,
        state="firing",
        rule=incident.kind,
        severity="critical",
        labels=labels,
        annotations={
            "summary": incident.summary,
            "description": incident.description,
            "runbook_url": f"docs/runbooks/{incident.kind}.md",
        },
        expr=_EXPR[incident.kind],
        value=incident.value,
        starts_at=now,
        updated_at=now,
        samples=int(incident.value),
        evidence=incident.evidence | {"threshold": 0.0, "comparison": ">"},
    )


def end(alert: Alert, now: int) -> Alert | None:
    """How the alert of a partition that is measured again ends; None while it is to be seen."""
    if alert.ends_at is not None:
        return None
    if alert.rule != "state_refused" and now < alert.starts_at + LASTING_MS:
        return None
    return msgspec.structs.replace(
        alert,
        id=f"{alert.episode_id}-resolved",
        state="resolved",
        updated_at=now,
        ends_at=now,
        evidence=alert.evidence | {"reason": "the partition is measured"},
    )


def _age(alert: Alert) -> tuple[int, int, bool]:
    return alert.episode, alert.updated_at, alert.ends_at is not None


class Incidents:
    """Tells the incidents of one stage, and when they are over."""

    def __init__(
        self,
        kafka: Kafka,
        stage: str,
        outbox: Outbox,
        *,
        generation: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._kafka = kafka
        self._stage = stage
        self._generation = generation
        self._outbox = outbox
        self._clock = clock
        self._told: dict[str, Alert] = {}

    def recall(self) -> None:
        """Read what was told so far, by this worker or another; before telling more. Blocks."""
        for message in read_back(self._kafka, "alert-state", 0):
            try:
                alert = codec.decode(Alert, message.value() or b"")
            except codec.UNREADABLE:
                continue
            if alert.rule in _EXPR and alert.labels.get("stage") == self._stage:
                known = self._told.get(alert.fingerprint, alert)
                self._told[alert.fingerprint] = max(known, alert, key=_age)

    def tell_skip(self, topic: str, partition: int, skip: Skip) -> None:
        """A `data_loss` or `state_lost` of a partition."""
        self._begin(of_skip(self._stage, topic, partition, skip, self._generation))

    def tell_refusal(self, topic: str, partition: int, reason: str) -> None:
        """A `state_refused` of a partition."""
        self._begin(of_refusal(self._stage, topic, partition, reason, self._generation))

    async def settle(self, topic: str, partitions: Iterable[int]) -> None:
        """These partitions are measured: end what is over; call it about once a minute."""
        if await asyncio.to_thread(self._recalled, topic):
            self._end(topic, partitions)

    def settle_now(self, topic: str, partitions: Iterable[int]) -> None:
        """The same for a stage that is a thread. Blocks."""
        if self._recalled(topic):
            self._end(topic, partitions)

    def _recalled(self, topic: str) -> bool:
        try:
            self.recall()
        except (KafkaException, TimeoutError) as error:
            log.warning("incidents not looked at", topic=topic, error=repr(error))
            return False
        return True

    def _end(self, topic: str, partitions: Iterable[int]) -> None:
        here = {str(partition) for partition in partitions}
        for alert in list(self._told.values()):
            labels = alert.labels
            mine = labels.get("generation", "") == self._generation
            if mine and labels.get("topic") == topic and labels.get("partition") in here:
                self._put(end(alert, self._now()))

    def firing(self) -> list[Alert]:
        """What is told and not over."""
        return [alert for alert in self._told.values() if alert.ends_at is None]

    def _begin(self, incident: Incident) -> None:
        before = self._told.get(fingerprint(incident.labels()))
        self._put(begin(incident, before, self._now()))

    def _put(self, alert: Alert | None) -> None:
        if alert is None:
            return
        self._told[alert.fingerprint] = alert
        body = codec.encode(alert)
        self._outbox.put("alerts", alert.fingerprint, body)
        self._outbox.put("alert-state", alert.fingerprint, body)
        log.error(alert.rule, state=alert.state, **alert.labels, **alert.annotations)

    def _now(self) -> int:
        return int(self._clock() * _MS)
