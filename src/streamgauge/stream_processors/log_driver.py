"""The state log of a stage on Kafka: claims, restores, writes, tails and trims.

What counts is decided by the pure protocol of `log_owner` and `log_fold`; this file carries its
instructions out. All its methods belong to the event loop.
"""

import asyncio
from typing import Generic, TypeVar
from uuid import uuid4

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streamgauge.contracts.topics import state_topic
from streamgauge.logs import log
from streamgauge.settings import Kafka
from streamgauge.stream_processors.application import group
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.log_fold import Fold, Sums
from streamgauge.stream_processors.log_owner import Append, Instruction, Owner, Refuse
from streamgauge.stream_processors.log_record import AnyLogRecord, encode
from streamgauge.stream_processors.log_restore import Place, restore
from streamgauge.stream_processors.log_tail import LogTail
from streamgauge.stream_processors.log_trim import KEPT_S, trim
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.topic_id import topic_id

S = TypeVar("S")
_TRIM_EVERY_S = 300.0
_LOOK_EVERY_S = 0.01


class Refused(Exception):  # noqa: N818 a decision that a human has to look at, not a fault
    """The log cannot be read, or is of another topic: stop, page, and guess nothing."""


class OwnedLog(Generic[S]):
    """One log of this process: `state.<stage>.<source>`, of the partitions that it owns.

    `trims` says that the broker can delete records. A `generation` has a log and a group of its
    own.
    """

    def __init__(
        self,
        kafka: Kafka,
        stage: str,
        source: str,
        outbox: Outbox,
        sums: Sums[S],
        *,
        trims: bool,
        generation: str = "",
    ) -> None:
        self.topic = state_topic(stage, source, generation).name
        self.source = source
        self.held: dict[int, Held[S]] = {}
        self._kafka = kafka
        self._group = group(stage, generation)
        self._outbox = outbox
        self._sums = sums
        self._trims = trims
        self._trimmed: dict[int, float] = {}
        self._tail = LogTail(kafka, self.topic)
        self._tokens: dict[int, Held[S]] = {}
        self._admin: AdminClient | None = None
        # What Kafka called the source when its partitions were acquired; "" if it does not say.
        self._source_id = ""

    async def acquire(self, partition: int) -> Held[S]:
        """Claim a partition and restore its sums.

        Raises `Refused` where the sums cannot be known. Who finds `stopped` set has to commit
        `take_commit()` and end with exit status 75.
        """
        self.release(partition)
        source_id = self._source_id = await asyncio.to_thread(self._ask_source_id)
        fold = Fold(self._sums.empty(), self._sums.add, self._sums.load)
        owner = Owner(uuid4().hex, fold, source_id)
        for instruction in owner.start():
            self._append(partition, instruction)
        place = Place(self.topic, self.source, self._group, partition)
        restored = await asyncio.to_thread(restore, self._kafka, place, owner, source_id)
        for instruction in restored.told:
            if isinstance(instruction, Refuse):
                raise Refused(f"{self.topic}[{partition}]: {instruction.reason}")
        held = Held(partition, owner, self._put, restored.claim, restored.told)
        held.foreign, held.drift = restored.foreign, restored.drift
        log.info(
            "state log restored",
            topic=self.topic,
            partition=partition,
            next=held.next,
            records=restored.records,
            seconds=round(restored.seconds, 3),
        )
        # Another acquisition of this process may have come in between; its claim came later.
        self.release(partition)
        self.held[partition] = held
        self._tokens[self._tail.follow(partition, restored.claim + 1)] = held
        return held

    def release(self, partition: int) -> None:
        """Forget a partition and stop tailing it."""
        held = self.held.pop(partition, None)
        if held is not None:
            self._tail.leave(partition)
            self._tokens = {token: one for token, one in self._tokens.items() if one is not held}

    def poll(self) -> None:
        """Hand what the tail has read to the owners; call it as often as deltas are flushed."""
        self._outbox.poll()
        for token, offset, record in self._tail.heard():
            if (held := self._tokens.get(token)) is not None:
                held.hear(offset, record)
                held.drift = self._tail.drifts.get(token, held.drift)
        if reason := self._outbox.failed or self._tail.failed:
            for held in self.held.values():
                held.fail(reason)

    async def drain(self, seconds: float) -> bool:
        """Wait until all that was written counts; whether it does, on every held partition."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            self.poll()
            open_ends = [one for one in self.held.values() if not one.settled]
            if not open_ends or any(one.stopped for one in open_ends) or loop.time() > deadline:
                return not open_ends
            await asyncio.sleep(_LOOK_EVERY_S)

    async def trim(self, now: float) -> None:
        """Cut the logs below a base older than `KEPT_S`; `now` in seconds since 1970."""
        for partition, held in list(self.held.items()):
            if not self._trims or held.base < 0:
                continue
            if now - self._trimmed.setdefault(partition, now) < _TRIM_EVERY_S:
                continue
            self._trimmed[partition] = now
            before = int((now - KEPT_S) * 1_000)
            try:
                await asyncio.to_thread(trim, self._kafka, self.topic, partition, held.base, before)
            except (KafkaException, TimeoutError) as error:
                # A log that is longer than it need be is no reason to stop measuring.
                log.warning("state log not trimmed", topic=self.topic, error=repr(error))

    def close(self) -> None:
        """Stop tailing; what is in the outbox is the outbox's."""
        self._tail.close()
        # A client that nobody asks goes on calling a broker that may be gone.
        self._admin = None

    def _append(self, partition: int, instruction: Instruction) -> None:
        assert isinstance(instruction, Append)
        self._put(partition, instruction.record)

    def _put(self, partition: int, record: AnyLogRecord) -> None:
        self._outbox.put(self.topic, str(partition), encode(record), partition=partition)

    async def source_is_another(self) -> bool:
        """Whether the source was deleted and made again since its partitions were acquired.

        While it is away, nobody can tell.
        """
        if not self._source_id:
            return False
        try:
            found = await asyncio.to_thread(self._ask_source_id)
        except (KafkaException, TimeoutError) as error:
            log.warning("source not looked at", topic=self.source, error=repr(error))
            return False
        return found not in ("", self._source_id)

    def _ask_source_id(self) -> str:
        if self._admin is None:
            self._admin = AdminClient(self._kafka.confluent())
        return topic_id(self._admin, self.source)
